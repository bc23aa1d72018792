package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const page = "../../../templates/guides/thousands-of-sessions.md"

// figures are what differs from one run of the program to the next.
var figures = regexp.MustCompile(`[0-9][0-9.]*`)

// TestGuide_page compares the short table of the documentation with what the
// program writes now. The figures are not compared.
func TestGuide_page(t *testing.T) {
	t.Parallel()

	content, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(content), guideBegin)
	block, _, closed := strings.Cut(rest, guideEnd)
	if !found || !closed {
		t.Fatalf("%s does not have the lines %q and %q", page, guideBegin, guideEnd)
	}
	var all []result
	for _, s := range shapes {
		all = append(all, sample(t, s.name, 1, 1, 1))
	}
	large := sample(t, "set", 1, 1, 1)
	large.sessions = 3000 // without plain sessions to compare with
	all = append(all, large)
	written := slices.Collect(strings.Lines(string(guide(machine{terraform: "1.11.4", cpus: 2, runs: 3}, all))))
	for i, line := range written {
		written[i] = figures.ReplaceAllString(line, "0")
	}
	rows := 0
	for line := range strings.Lines(block) {
		if !slices.Contains(written, figures.ReplaceAllString(line, "0")) {
			t.Errorf("not a line that the program writes: %s\nwant one of:\n%s", line, strings.Join(written, ""))
		}
		if strings.Contains(line, "ms | ") {
			rows++
		}
	}
	if rows == 0 {
		t.Errorf("no row in:\n%s", block)
	}
}

func TestUpdateGuide(t *testing.T) {
	t.Parallel()

	path := filepath.Join(t.TempDir(), "page.md")
	if err := os.WriteFile(path, []byte("Before\n"+guideBegin+"old\n"+guideEnd+"After\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	m, results := machine{terraform: "1.11.4", cpus: 2, runs: 3}, []result{sample(t, plain, 2, 2, 2), sample(t, "set", 1, 1, 1)}
	for range 2 { // the second time writes the same
		if err := updateGuide(path, m, results); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := "Before\n" + guideBegin + `
Measured by ` + "`make bench`" + ` with Terraform 1.11.4 on 2 CPUs; the median of 3. The three figures are those of apply, an
empty plan, and destroy. The latency is that of one call of the API. Compare the times only with one another.

| sessions | latency | shape | seconds | × plain |
|---|---|---|---|---|
| 100 | 50ms | plain | 2.00 / 2.00 / 2.00 |  |
| 100 | 50ms | set | 1.00 / 1.00 / 1.00 | 0.50 / 0.50 / 0.50 |

- **plain**: advance_liveness_session with for_each
- **set**: one advance_liveness_session_set

` + guideEnd + "After\n"
	if string(got) != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestUpdateGuide_noMarks(t *testing.T) {
	t.Parallel()

	for name, content := range map[string]string{"none": "Text\n", "no end": guideBegin + "Text\n", "in the wrong order": guideEnd + guideBegin} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			path := filepath.Join(t.TempDir(), "page.md")
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := updateGuide(path, machine{}, nil); err == nil {
				t.Error("no error")
			}
			if got, err := os.ReadFile(path); err != nil || string(got) != content {
				t.Errorf("error %v, the page was changed to:\n%s", err, got)
			}
		})
	}
}
