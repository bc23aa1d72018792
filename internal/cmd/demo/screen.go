package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"
)

// Styles of text, as parameters of the terminal's SGR sequence.
const (
	bold  = "1"
	dim   = "2"
	green = "32"
)

// redrawInterval is the time between two pictures of the progress line.
const redrawInterval = 100 * time.Millisecond

// screen is what the demo prints to: whole lines, in each call of Write. On a
// terminal it has colors, and a last line that shows how far the demo is.
type screen struct {
	color bool
	width int // of the progress line, 0 for none

	mu       sync.Mutex // of what follows
	out      io.Writer
	progress string // what is shown now
}

// newScreen returns a screen that is plain unless out is a terminal that can
// do more and the user has not asked for less, see https://no-color.org.
func newScreen(out io.Writer) *screen {
	file, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" || runtime.GOOS == "windows" {
		return &screen{out: out}
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		width = 0
	}
	return &screen{out: out, color: true, width: width}
}

// paint returns text in a style.
func (s *screen) paint(style, text string) string {
	if !s.color {
		return text
	}
	return "\x1b[" + style + "m" + text + "\x1b[0m"
}

// Write prints above the progress line.
func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	progress := s.progress
	s.draw("")
	n, err := s.out.Write(p)
	s.draw(progress)
	return n, err
}

// draw replaces the progress line.
func (s *screen) draw(progress string) {
	if progress == s.progress {
		return
	}
	const eraseLine = "\r\x1b[K"
	fmt.Fprint(s.out, eraseLine+progress)
	s.progress = progress
}

// during calls do. Meanwhile it shows step, the first of which is 1, as the
// progress.
func (s *screen) during(step, steps int, do func() error) error {
	if s.width == 0 {
		return do()
	}
	ended := make(chan struct{})
	var drawing sync.WaitGroup
	drawing.Go(func() { s.animate(step, steps, ended) })
	defer drawing.Wait()
	defer close(ended)
	return do()
}

// animate draws the progress line until the step has ended.
func (s *screen) animate(step, steps int, ended <-chan struct{}) {
	began := time.Now()
	redraw := time.NewTicker(redrawInterval)
	defer redraw.Stop()
	for {
		progress := ""
		running := true
		select {
		case <-redraw.C:
			progress = s.paint(dim, progressLine(step, steps, time.Since(began), s.width))
		case <-ended:
			running = false
		}
		s.mu.Lock()
		s.draw(progress)
		s.mu.Unlock()
		if !running {
			return
		}
	}
}

// progressLine returns a bar, two cells for a step, and the time that the step
// has taken, in less than width cells: a line that fills the terminal wraps.
func progressLine(step, steps int, took time.Duration, width int) string {
	bar := strings.Repeat("━━", step) + strings.Repeat("──", steps-step)
	line := []rune(fmt.Sprintf("      %s %d s", bar, int(took.Seconds())))
	return string(line[:max(0, min(len(line), width-1))])
}
