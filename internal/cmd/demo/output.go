package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

func everyLine(string) bool { return true }

// progressOnly leaves out the list of every attribute that is about to go.
func progressOnly(line string) bool {
	return strings.Contains(line, "Destroying") || strings.Contains(line, "Destruction complete") || strings.Contains(line, "Destroy complete")
}

// lineWriter passes on whole lines, indented. Blank lines come singly, and none
// comes first or last.
type lineWriter struct {
	out     io.Writer
	keep    func(line string) bool
	partial []byte
	shown   bool // a line was passed on
	blank   bool // a blank line waits for the next one
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
	if text == "" {
		w.blank = w.shown
		return
	}
	if !w.keep(text) {
		return
	}
	if w.blank {
		fmt.Fprintln(w.out, "      |")
	}
	fmt.Fprintln(w.out, "      | "+text)
	w.shown, w.blank = true, false
}
