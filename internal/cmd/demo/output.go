package main

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// styles are the SGR sequences of a terminal, with which Terraform colors its
// output.
var styles = regexp.MustCompile("\x1b\\[([0-9;]*)m")

func stripStyles(text string) string { return styles.ReplaceAllString(text, "") }

func everyLine(string) bool { return true }

// progressOnly leaves out the list of every attribute that is about to go.
func progressOnly(line string) bool {
	return strings.Contains(line, "Destroying") || strings.Contains(line, "Destruction complete") || strings.Contains(line, "Destroy complete")
}

// lineWriter passes on whole lines, indented. Blank lines come singly, and none
// comes first or last.
type lineWriter struct {
	out     io.Writer
	gutter  string // at the start of each line
	keep    func(line string) bool
	partial []byte
	shown   bool   // a line was passed on
	blank   bool   // a blank line waits for the next one
	style   string // of the next line: Terraform sets it on a blank one
}

// Write never fails: what the demo prints decides nothing.
func (w *lineWriter) Write(p []byte) (int, error) {
	w.partial = append(w.partial, p...)
	for {
		line, rest, found := bytes.Cut(w.partial, []byte("\n"))
		if !found {
			return len(p), nil
		}
		w.line(string(line))
		w.partial = rest
	}
}

// flush passes on a last line that has no end.
func (w *lineWriter) flush() {
	if len(w.partial) > 0 {
		w.line(string(w.partial))
		w.partial = nil
	}
}

func (w *lineWriter) line(text string) {
	text = strings.TrimRight(text, " \r")
	if stripStyles(text) == "" {
		w.blank = w.shown
		w.style += text
		return
	}
	if !w.keep(text) {
		return
	}
	text = w.style + text
	if strings.Contains(text, "\x1b") {
		text += "\x1b[0m" // or the next line, which may be the demo's own, has the style too
	}
	w.style = ""
	if w.blank {
		fmt.Fprintln(w.out, "      "+w.gutter)
	}
	fmt.Fprintln(w.out, "      "+w.gutter+" "+text)
	w.shown, w.blank = true, false
}
