package main

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	t.Parallel()

	for _, test := range []struct {
		values []int
		want   int
	}{
		{[]int{7}, 7},
		{[]int{9, 1, 5}, 5},
		{[]int{100, 1, 3, 5}, 4},
		{[]int{2, 2, 2, 90, 1}, 2},
	} {
		before := slices.Clone(test.values)
		if got := median(test.values); got != test.want {
			t.Errorf("median of %v: %d, want %d", before, got, test.want)
		}
		if !slices.Equal(test.values, before) {
			t.Errorf("the values were changed from %v to %v", before, test.values)
		}
	}
}

// sample returns a result of a shape whose commands took some seconds.
func sample(t *testing.T, name string, took ...float64) result {
	t.Helper()
	s, err := shapeNamed(name)
	if err != nil {
		t.Fatal(err)
	}
	r := result{row: row{s, 100, 50 * time.Millisecond}}
	for i := range r.phases {
		r.phases[i].took = time.Duration(took[i] * float64(time.Second))
	}
	return r
}

func TestMedianOf(t *testing.T) {
	t.Parallel()

	runs := []result{sample(t, plain, 9, 1, 1), sample(t, plain, 1, 2, 3), sample(t, plain, 5, 3, 2)}
	for i := range runs {
		runs[i].phases[0].connections = 10 + i
		runs[i].phases[1].terraform = usage{time.Duration(i) * time.Second, int64(i) << 20}
		runs[i].phases[2].provider = usage{time.Duration(i) * time.Minute, int64(i) << 21}
		runs[i].phases[2].calls = [4]int{1, 2, 3, 4}
	}
	want := sample(t, plain, 5, 2, 2)
	want.phases[0].connections = 11
	want.phases[1].terraform = usage{time.Second, 1 << 20}
	want.phases[2].provider = usage{time.Minute, 1 << 21}
	want.phases[2].calls = [4]int{1, 2, 3, 4}
	if got := medianOf(runs); got.phases != want.phases {
		t.Errorf("got %+v\nwant %+v", got.phases, want.phases)
	}
}

func TestCells(t *testing.T) {
	t.Parallel()

	set := sample(t, "set", 1, 0.5, 2.25)
	set.phases[0].calls = [4]int{1, 100, 0, 0}
	set.phases[1].calls = [4]int{1, 0, 100, 0}
	set.phases[2].calls = [4]int{2, 0, 100, 100}
	for i := range set.phases {
		set.phases[i].connections = 10 * (i + 1)
		set.phases[i].provider = usage{time.Duration(i+1) * 100 * time.Millisecond, int64(i+1) * 10e6}
	}
	other := sample(t, plain, 100, 100, 100) // with another latency: not to be compared
	other.latency = 0
	all := []result{sample(t, floorBuiltin, 2, 2, 2), other, sample(t, plain, 4, 2, 9), set}
	want := map[string]string{
		"sessions": "100", "latency": "50ms", "shape": "set", "seconds": "1.00 / 0.50 / 2.25",
		"× terraform_data": "0.50 / 0.25 / 1.12", "× same schema": "", "× plain": "0.25 / 0.25 / 0.25",
		"calls": "4 / 100 / 200 / 100", "connections": "10 / 20 / 30",
		"Terraform CPU s": "", "provider CPU s": "0.10 / 0.20 / 0.30", "Terraform MB": "", "provider MB": "10 / 20 / 30",
	}
	got := cells(set, all)
	for i, column := range columns {
		if got[i] != want[column] {
			t.Errorf("%s: %q, want %q", column, got[i], want[column])
		}
	}
	for name, i := range map[string]int{"× plain": 2, "calls": 0} {
		if got := cells(all[i], all)[slices.Index(columns, name)]; got != "" {
			t.Errorf("%s of %s: %q, want nothing", name, all[i].shape.name, got)
		}
	}
}

func TestSeconds(t *testing.T) {
	t.Parallel()

	for d, want := range map[time.Duration]string{
		0: "0.00", 94 * time.Millisecond: "0.09", 9994 * time.Millisecond: "9.99", 9996 * time.Millisecond: "10.0", 83 * time.Second: "83.0",
	} {
		if got := seconds(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

func TestMarkdown(t *testing.T) {
	t.Parallel()

	m := machine{terraform: "1.11.4", runs: 5, binary: 24_560_000, startup: 41 * time.Millisecond}
	table := string(markdown(m, []result{sample(t, floorBuiltin, 1, 1, 1), sample(t, plain, 2, 2, 2)}))
	for _, want := range []string{"Terraform 1.11.4,", "median of 5", "24.6 MB", "41 ms", "| 100 | 50ms | plain | 2.00 / 2.00 / 2.00 | 2.00 / 2.00 / 2.00 |"} {
		if !strings.Contains(table, want) {
			t.Errorf("want %q in:\n%s", want, table)
		}
	}
	for line := range strings.Lines(table) {
		if n := strings.Count(line, "|"); strings.HasPrefix(line, "|") && n != len(columns)+1 {
			t.Errorf("%d cells, want %d: %s", n-1, len(columns), line)
		}
	}
}
