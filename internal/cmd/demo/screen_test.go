package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestNewScreen(t *testing.T) {
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no terminal to be had: %v", err)
	}
	defer terminal.Close()
	read, pipe, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	defer pipe.Close()
	for name, test := range map[string]struct {
		out         *os.File
		noColor, tm string
		want        bool
	}{
		"a terminal":                  {terminal, "", "xterm-256color", true},
		"a terminal without colors":   {terminal, "1", "xterm-256color", false},
		"a terminal that can do less": {terminal, "", "dumb", false},
		"a pipe":                      {pipe, "", "xterm-256color", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("NO_COLOR", test.noColor)
			t.Setenv("TERM", test.tm)
			if s := newScreen(test.out); s.color != test.want || !test.want && s.width != 0 {
				t.Errorf("color %t, width %d; want color: %t", s.color, s.width, test.want)
			}
		})
	}
}

func TestScreen_progress(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		s := &screen{out: &out, color: true, width: 80}
		err := s.during(1, 3, func() error {
			time.Sleep(1150 * time.Millisecond)
			fmt.Fprintln(s, "a line")
			return os.ErrClosed
		})
		if !errors.Is(err, os.ErrClosed) {
			t.Errorf("error %v, want that of the step", err)
		}
		const erase = "\r\x1b[K"
		at := func(seconds string) string { return erase + "\x1b[2m      ━━──── " + seconds + " s\x1b[0m" }
		if want := at("0") + at("1") + erase + "a line\n" + at("1") + erase; out.String() != want {
			t.Errorf("got  %q\nwant %q", out.String(), want)
		}
	})
}

func TestScreen_plain(t *testing.T) {
	t.Parallel()

	var out bytes.Buffer
	s := newScreen(&out)
	err := s.during(1, 3, func() error {
		_, err := fmt.Fprintln(s, s.paint(bold, "a line"))
		return err
	})
	if want := "a line\n"; err != nil || out.String() != want {
		t.Errorf("got %q, %v, want %q", out.String(), err, want)
	}
}

func TestProgressLine(t *testing.T) {
	t.Parallel()

	for width, want := range map[int]string{80: "      ━━━━── 61 s", 10: "      ━━━", 1: "", 0: ""} {
		if got := progressLine(2, 3, 61900*time.Millisecond, width); got != want {
			t.Errorf("%d columns: got %q, want %q", width, got, want)
		}
	}
	if strings.Count(progressLine(11, 11, 0, 80), "─") > 0 {
		t.Error("the bar of the last step is not full")
	}
}
