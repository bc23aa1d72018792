package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// recordingFile is the recording that the README shows.
const recordingFile = "demo.svg"

// textLines returns the lines of text in an SVG.
func textLines(t *testing.T, svg []byte) []string {
	t.Helper()

	var document struct {
		Lines []struct {
			Text string `xml:",innerxml"`
		} `xml:"svg>g>text"`
	}
	if err := xml.Unmarshal(svg, &document); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, line := range document.Lines {
		var text strings.Builder
		d := xml.NewDecoder(strings.NewReader(line.Text))
		for token, err := d.Token(); err == nil; token, err = d.Token() {
			if chars, ok := token.(xml.CharData); ok {
				text.Write(chars)
			}
		}
		lines = append(lines, text.String())
	}
	return lines
}

// wantRecorded fails unless the recording shows what the demo has printed.
func wantRecorded(t *testing.T, printed string) {
	t.Helper()

	svg, err := os.ReadFile(recordingFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(transcript(printed), textLines(t, svg)); diff != "" {
		t.Errorf("the demo prints (-), and the recording shows (+):\n%s\nIf the demo is right: go run ./internal/cmd/demo -record internal/cmd/demo/demo.svg", diff)
	}
}

func TestTranscript(t *testing.T) {
	t.Parallel()

	printed := `
No terraform >= 1.5.0 on PATH: installing the latest release into .terraform-bin.
      Using /home/me/.terraform-bin/terraform
      Listening at http://127.0.0.1:43211
      |       + callback_url_wo    = (write-only attribute)
      | Creation complete after 12s [id=0123456789abcdef]
` + epilogue
	want := []string{
		"      Using /usr/local/bin/terraform",
		"      Listening at http://127.0.0.1:8787",
		"      | Creation complete after 0s [id=ab70284b63d9e535]",
		"",
		"That was all: a session on apply, its result, its erasure on destroy.",
	}
	if diff := cmp.Diff(want, transcript(printed)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParts(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		line string
		want []part
	}{
		"nothing":     {"", nil},
		"plain":       {"a b", []part{{"", "a b"}}},
		"in a style":  {"a \x1b[32mb\x1b[0m c", []part{{"", "a "}, {"s32", "b"}, {"", " c"}}},
		"two styles":  {"\x1b[0m\x1b[1m\x1b[32mNo changes.\x1b[0m\x1b[1m Good.\x1b[0m\x1b[0m", []part{{"s1 s32", "No changes."}, {"s1", " Good."}}},
		"empty reset": {"\x1b[1ma\x1b[mb", []part{{"s1", "a"}, {"", "b"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			if diff := cmp.Diff(test.want, parts(test.line)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDraw(t *testing.T) {
	t.Parallel()

	lines := []string{`a <b> & "c"`, "", "  \x1b[1mbold\x1b[0m"}
	for i := len(lines); i < recordingRows+2; i++ {
		lines = append(lines, fmt.Sprintf("line %d", i))
	}
	lines[recordingRows+1] = "[2/2] The next step"
	svg, err := draw(lines)
	if err != nil {
		t.Fatal(err)
	}
	want := append([]string{`a <b> & "c"`, "", "  bold"}, lines[3:]...)
	if diff := cmp.Diff(want, textLines(t, svg)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, want := range []string{
		`<tspan class="s1">bold</tspan>`,
		// 3 s, 80 ms and 2 s, 80 ms and 8 s.
		`animation: scroll 13.16s`,
		`0.00% { transform: translateY(0px); }`,
		`22.80% { transform: translateY(-19px); }`,
		`38.60% { transform: translateY(-38px); }`,
		`transform="translate(0 -38)"`,
	} {
		if !bytes.Contains(svg, []byte(want)) {
			t.Errorf("want %q in:\n%s", want, svg)
		}
	}

	if _, err := draw([]string{strings.Repeat("x", recordingColumns+1)}); err == nil {
		t.Error("want an error for a line that does not fit")
	}
}
