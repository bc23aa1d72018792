package main

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"math"
	"os"
	"regexp"
	"strings"
	"text/template"
	"time"
	"unicode/utf8"
)

// The sizes of the recording: of its window in cells of a terminal, and of a cell
// and of the margin in the units of the SVG.
const (
	recordingRows    = 26
	recordingColumns = 92

	cellWidth  = 8.43
	cellHeight = 19
	descent    = 5 // of a letter below the line on which it stands
	margin     = 16
)

// How long the recording waits at the start, after a line, before the next step,
// and at the end. They are not the times of the real demo, which mostly waits for
// the compiler.
const (
	startDelay = 3 * time.Second
	lineDelay  = 80 * time.Millisecond
	stepDelay  = 2 * time.Second
	endDelay   = 8 * time.Second
)

//go:embed recording.svg.tmpl
var recordingText string

var recordingTemplate = template.Must(template.New("recording").Parse(recordingText))

// record plays the demo and draws what it prints into an SVG file.
func record(ctx context.Context, file string) error {
	var printed bytes.Buffer
	if err := play(ctx, &screen{out: &printed, color: true}); err != nil {
		return err
	}
	svg, err := draw(transcript(printed.String()))
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, svg, 0o644); err != nil {
		return fmt.Errorf("writing the recording: %w", err)
	}
	return nil
}

// What is different in each run of the demo, and what is recorded instead.
var variable = []struct {
	pattern *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`No terraform .* on PATH: .*\n`), ""},
	{regexp.MustCompile(`.* callback_url_wo .*\n`), ""}, // not shown by a Terraform before 1.11
	{regexp.MustCompile(`(Using ).*`), "${1}/usr/local/bin/terraform"},
	{regexp.MustCompile(`(http://127\.0\.0\.1:)\d+`), "${1}8787"},
	{regexp.MustCompile(`\b[0-9a-f]{16}\b`), "ab70284b63d9e535"},
	{regexp.MustCompile(`( after )\d+s`), "${1}0s"},
}

// transcript returns the lines that are recorded of the demo's output: without
// the advice at its end, and the same for each run.
func transcript(printed string) []string {
	printed, _, _ = strings.Cut(printed, adviceTitle)
	for _, v := range variable {
		printed = v.pattern.ReplaceAllString(printed, v.instead)
	}
	return strings.Split(strings.Trim(printed, "\n"), "\n")
}

// recording is the data of the template.
type recording struct {
	Width, Height         int // of all
	Margin                int
	TextWidth, TextHeight int // of what the margin is around
	Lines                 []recordedLine
	Frames                []frame
	Last                  frame
	Duration              time.Duration // of all frames
}

// recordedLine is a line of text at a vertical position.
type recordedLine struct {
	Y     int
	Parts []part
}

// part is a part of a line with its CSS classes, such as "s1 s32" for bold green.
type part struct{ Classes, Text string }

// frame is a vertical position of the text in the window, from a time on.
type frame struct {
	Start time.Duration
	Top   int
}

// Percent returns the start in percent of the whole duration.
func (f frame) Percent(whole time.Duration) float64 {
	return 100 * f.Start.Seconds() / whole.Seconds()
}

// draw returns an SVG of a window over the first lines, through which the others
// then scroll. A viewer that does not animate it shows the last lines.
func draw(lines []string) ([]byte, error) {
	r := recording{Margin: margin, TextWidth: int(math.Ceil(recordingColumns * cellWidth)), TextHeight: recordingRows * cellHeight}
	r.Width, r.Height = r.TextWidth+2*margin, r.TextHeight+2*margin
	r.Frames = []frame{{}}
	end := startDelay
	for i, line := range lines {
		text := stripStyles(line)
		if n := utf8.RuneCountInString(text); n > recordingColumns {
			return nil, fmt.Errorf("line %d has %d columns, more than %d: %s", i+1, n, recordingColumns, text)
		}
		r.Lines = append(r.Lines, recordedLine{Y: (i+1)*cellHeight - descent, Parts: parts(line)})
		if i < recordingRows {
			continue
		}
		if strings.HasPrefix(text, "[") {
			end += stepDelay
		}
		r.Frames = append(r.Frames, frame{Start: end, Top: (recordingRows - i - 1) * cellHeight})
		end += lineDelay
	}
	r.Duration = end + endDelay
	r.Last = r.Frames[len(r.Frames)-1]

	var svg bytes.Buffer
	if err := recordingTemplate.Execute(&svg, r); err != nil {
		return nil, fmt.Errorf("drawing the recording: %w", err)
	}
	return svg.Bytes(), nil
}

// parts splits a line where its style changes.
func parts(line string) []part {
	var all []part
	var classes []string
	text := func(s string) {
		if s != "" {
			all = append(all, part{strings.Join(classes, " "), s})
		}
	}
	end := 0
	for _, m := range styles.FindAllStringSubmatchIndex(line, -1) {
		text(line[end:m[0]])
		end = m[1]
		if style := line[m[2]:m[3]]; strings.Trim(style, "0") == "" {
			classes = nil
		} else {
			classes = append(classes, "s"+style)
		}
	}
	text(line[end:])
	return all
}
