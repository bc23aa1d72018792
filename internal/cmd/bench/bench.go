package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/tfcli"
)

// bench has what all rows share.
type bench struct {
	dir       string // temporary; all files are in it
	self      string // path of this program
	terraform string // path of the command
	provider  string // path of the real provider
	cliConfig string // path of a CLI configuration that installs this program as the provider
}

// row is what one row of the table is about.
type row struct {
	shape    shape
	sessions int
	latency  time.Duration
}

// measure measures all rows, and prints those that are compared with one
// another as soon as they are known.
func (o options) measure(ctx context.Context, out, progress io.Writer) (err error) {
	b, err := newBench(ctx, progress)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	machine, err := b.describe(ctx, o.runs)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, machine)

	var results []result
	for _, latency := range o.latencies {
		for _, n := range o.sizes {
			rows := o.rows(n, latency)
			if len(rows) == 0 {
				continue
			}
			group, err := b.group(ctx, progress, rows, o.runs)
			if err != nil {
				return err
			}
			printGroup(out, group)
			// Written each time: an interrupt loses only what is not measured yet.
			results = append(results, group...)
			if err := o.write(machine, results); err != nil {
				return err
			}
		}
	}
	return nil
}

// rows returns the rows of n sessions.
func (o options) rows(n int, latency time.Duration) []row {
	var rows []row
	for _, s := range o.shapes {
		if n <= s.largest {
			rows = append(rows, row{s, n, latency})
		}
	}
	return rows
}

// clearLine removes the line of progress from a terminal.
const clearLine = "\r\x1b[K"

// group measures rows that are compared with one another. Each run measures all
// of them, so that what else the machine does concerns them all.
func (b *bench) group(ctx context.Context, progress io.Writer, rows []row, runs int) ([]result, error) {
	measured := make([][]result, len(rows))
	for run := range runs {
		for i, r := range rows {
			fmt.Fprintf(progress, "%s%d sessions, %v, %s, run %d of %d", clearLine, r.sessions, r.latency, r.shape.name, run+1, runs)
			one, err := b.measure(ctx, r)
			if err != nil {
				return nil, fmt.Errorf("%s with %d sessions: %w", r.shape.name, r.sessions, err)
			}
			measured[i] = append(measured[i], one)
		}
	}
	fmt.Fprint(progress, clearLine)
	medians := make([]result, len(rows))
	for i := range rows {
		medians[i] = medianOf(measured[i])
	}
	return medians, nil
}

func newBench(ctx context.Context, progress io.Writer) (*bench, error) {
	root, err := tfcli.ModuleRoot(".")
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	terraform, err := tfcli.Find(ctx, root, progress)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "advance-bench-")
	if err != nil {
		return nil, fmt.Errorf("creating a temporary folder: %w", err)
	}
	b := &bench{dir: dir, self: self, terraform: terraform}
	b.provider, err = tfcli.Build(ctx, root, dir)
	if err == nil {
		b.cliConfig, err = tfcli.Mirror(dir, self)
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return b, nil
}

// write writes the files that were asked for.
func (o options) write(m machine, results []result) error {
	var errs [3]error
	if o.markdown != "" {
		errs[0] = os.WriteFile(o.markdown, markdown(m, results), 0o644)
	}
	if o.svg != "" {
		errs[1] = os.WriteFile(o.svg, plot(results), 0o644)
	}
	if o.guide != "" {
		errs[2] = updateGuide(o.guide, m, results)
	}
	return errors.Join(errs[:]...)
}
