package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"
)

// The marks around the short table in a page of the documentation.
const (
	guideBegin = "<!-- bench:begin -->\n"
	guideEnd   = "<!-- bench:end -->\n"
)

// guideColumns are the columns of the short table.
var guideColumns = []string{"sessions", "latency", "shape", "seconds", "× plain"}

// updateGuide writes the short table into a page, between its marks.
func updateGuide(path string, m machine, results []result) error {
	page, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	head, rest, found := bytes.Cut(page, []byte(guideBegin))
	_, tail, closed := bytes.Cut(rest, []byte(guideEnd))
	if !found || !closed {
		return fmt.Errorf("%s does not have the lines %q and %q", path, guideBegin, guideEnd)
	}
	page = slices.Concat(head, []byte(guideBegin), guide(m, results), []byte(guideEnd), tail)
	return os.WriteFile(path, page, 0o644)
}

// guide returns the short table, with what a reader needs to understand it.
func guide(m machine, results []result) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "\nMeasured by `make bench` with Terraform %s on %d CPUs; the median of %d. The three figures are those of apply, an\n", m.terraform, m.cpus, m.runs)
	b.WriteString("empty plan, and destroy. The latency is that of one call of the API. Compare the times only with one another.\n\n")
	writeTable(&b, guideColumns, results)
	b.WriteString("\n")
	for _, s := range shapes {
		if slices.ContainsFunc(results, func(r result) bool { return r.shape.name == s.name }) {
			fmt.Fprintf(&b, "- **%s**: %s\n", s.name, s.about)
		}
	}
	b.WriteString("\n")
	return b.Bytes()
}
