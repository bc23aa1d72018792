package main

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// medianOf returns the median of several runs of a row. The calls are those of
// the last run: they are the same in all.
func medianOf(runs []result) result {
	m := runs[len(runs)-1]
	for i := range m.phases {
		of := func(field func(phase) int64) int64 {
			var values []int64
			for _, run := range runs {
				values = append(values, field(run.phases[i]))
			}
			return median(values)
		}
		p := &m.phases[i]
		p.took = time.Duration(of(func(p phase) int64 { return int64(p.took) }))
		p.connections = int(of(func(p phase) int64 { return int64(p.connections) }))
		p.terraform.CPU = time.Duration(of(func(p phase) int64 { return int64(p.terraform.CPU) }))
		p.terraform.Peak = of(func(p phase) int64 { return p.terraform.Peak })
		p.provider.CPU = time.Duration(of(func(p phase) int64 { return int64(p.provider.CPU) }))
		p.provider.Peak = of(func(p phase) int64 { return p.provider.Peak })
	}
	return m
}

// columns are the columns of the table. Three figures with a slash between are
// those of apply, plan and destroy.
var columns = []string{
	"sessions", "latency", "shape", "seconds", "× terraform_data", "× same schema", "× plain",
	"calls", "connections", "Terraform CPU s", "provider CPU s", "Terraform MB", "provider MB",
}

const legend = `Three figures are those of apply, an empty plan, and destroy. × is the time in units of another row: the two floors and the plain sessions.
The floor same-schema is a provider that only sleeps: its resources have the schema of the plain sessions, and as much in the state and in the private state.
Calls are by operation, of all three commands: token, generate-url, get-result, clear-data. MB is the peak of the resident memory.
`

// cells returns a row of the table. others are the rows that it is compared
// with: its own and those of the same number of sessions and latency.
func cells(r result, others []result) []string {
	c := []string{fmt.Sprint(r.sessions), r.latency.String(), r.shape.name, r.three(func(p phase) string { return seconds(p.took) })}
	for _, name := range []string{floorBuiltin, floorSleep, plain} {
		c = append(c, ratios(r, find(others, name, r.row)))
	}
	if !r.shape.real {
		c = append(c, "", "")
	} else {
		var calls [len(operations)]int
		for _, p := range r.phases {
			for i, n := range p.calls {
				calls[i] += n
			}
		}
		c = append(c, join(calls[:]), r.three(func(p phase) string { return fmt.Sprint(p.connections) }))
	}
	provider := func(p phase) usage { return p.provider }
	terraform := func(p phase) usage { return p.terraform }
	return append(c, r.cpu(terraform), r.cpu(provider), r.peak(terraform), r.peak(provider))
}

// find returns the result of another shape in the same conditions, or nil.
func find(results []result, shape string, like row) *result {
	for i, r := range results {
		if r.shape.name == shape && r.sessions == like.sessions && r.latency == like.latency {
			return &results[i]
		}
	}
	return nil
}

// ratios returns the times of r in units of those of base, empty without one.
func ratios(r result, base *result) string {
	if base == nil || base.shape.name == r.shape.name {
		return ""
	}
	var parts [len(commands)]string
	for i, p := range r.phases {
		parts[i] = fmt.Sprintf("%.2f", p.took.Seconds()/base.phases[i].took.Seconds())
	}
	return strings.Join(parts[:], " / ")
}

// three returns a cell with a figure of each command.
func (r result) three(figure func(phase) string) string {
	var parts [len(commands)]string
	for i, p := range r.phases {
		parts[i] = figure(p)
	}
	return strings.Join(parts[:], " / ")
}

// cpu is empty if it was not measured, or there is no such process.
func (r result) cpu(of func(phase) usage) string {
	if of(r.phases[0]).CPU <= 0 {
		return ""
	}
	return r.three(func(p phase) string { return seconds(of(p).CPU) })
}

// peak is empty as cpu is.
func (r result) peak(of func(phase) usage) string {
	if of(r.phases[0]).Peak <= 0 {
		return ""
	}
	return r.three(func(p phase) string { return fmt.Sprintf("%.0f", float64(of(p).Peak)/1e6) })
}

// seconds has two figures after the point below ten, and one from there on.
func seconds(d time.Duration) string {
	if s := d.Seconds(); s >= 9.995 {
		return fmt.Sprintf("%.1f", s)
	}
	return fmt.Sprintf("%.2f", d.Seconds())
}

func join(numbers []int) string {
	parts := make([]string, len(numbers))
	for i, n := range numbers {
		parts[i] = fmt.Sprint(n)
	}
	return strings.Join(parts, " / ")
}

// printGroup prints rows that are compared with one another.
func printGroup(out io.Writer, group []result) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.Join(columns, "\t"))
	for _, r := range group {
		fmt.Fprintln(w, strings.Join(cells(r, group), "\t"))
	}
	w.Flush()
	fmt.Fprintln(out)
}

// markdown returns all rows as one table.
func markdown(m machine, results []result) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n", m)
	writeTable(&b, columns, results)
	fmt.Fprintf(&b, "\n%s", legend)
	return b.Bytes()
}

// writeTable writes some of the columns in Markdown.
func writeTable(b *bytes.Buffer, shown []string, results []result) {
	fmt.Fprintf(b, "| %s |\n|%s\n", strings.Join(shown, " | "), strings.Repeat("---|", len(shown)))
	for _, r := range results {
		all := cells(r, results)
		for _, column := range shown {
			fmt.Fprintf(b, "| %s ", all[slices.Index(columns, column)])
		}
		b.WriteString("|\n")
	}
}
