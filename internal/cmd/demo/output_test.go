package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

func TestLineWriter(t *testing.T) {
	t.Parallel()

	tests := map[string]struct {
		keep   func(string) bool
		writes []string
		want   string
	}{
		"lines cut anywhere":        {everyLine, []string{"on", "e\ntw", "o\n"}, "      | one\n      | two\n"},
		"a last line without end":   {everyLine, []string{"one\ntwo"}, "      | one\n      | two\n"},
		"blank lines":               {everyLine, []string{"\n\none\n\n\n  \ntwo\n\n"}, "      | one\n      |\n      | two\n"},
		"a blank line in color":     {everyLine, []string{"one\n\x1b[0m\x1b[1m\ntwo\n"}, "      | one\n      |\n      | \x1b[0m\x1b[1mtwo\x1b[0m\n"},
		"carriage returns":          {everyLine, []string{"one\r\n"}, "      | one\n"},
		"only what is worth it":     {func(line string) bool { return line != "b" }, []string{"a\n\nb\n\nc\n"}, "      | a\n      |\n      | c\n"},
		"nothing worth it":          {func(string) bool { return false }, []string{"a\n\nb\n"}, ""},
		"the progress of a destroy": {progressOnly, []string{"  - url = null\nx: Destroying... [id=1]\nx: Destruction complete after 0s\n"}, "      | x: Destroying... [id=1]\n      | x: Destruction complete after 0s\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			var out bytes.Buffer
			w := &lineWriter{out: &out, gutter: "|", keep: test.keep}
			for _, s := range test.writes {
				if n, err := io.Copy(w, strings.NewReader(s)); n != int64(len(s)) || err != nil {
					t.Errorf("writing %q: %d, %v", s, n, err)
				}
			}
			w.flush()
			if got := out.String(); got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}
