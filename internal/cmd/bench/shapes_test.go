package main

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestUnavoidable(t *testing.T) {
	t.Parallel()

	const latency = 50 * time.Millisecond
	for _, test := range []struct {
		command string
		n       int
		want    time.Duration
	}{
		{apply, 1, 2 * latency}, // the token, and the call
		{apply, 10, 2 * latency},
		{apply, 11, 3 * latency},
		{plan, 100, 11 * latency},
		{destroy, 100, 22 * latency}, // reads and erases, in two processes
	} {
		if got := unavoidable(test.command, test.n, latency); got != test.want {
			t.Errorf("%s of %d: %v, want %v", test.command, test.n, got, test.want)
		}
	}
	if got := unavoidable(destroy, 1000, 0); got != 0 {
		t.Errorf("without latency: %v, want 0", got)
	}
}

func TestConfiguration(t *testing.T) {
	t.Parallel()

	for n, ranges := range map[int]string{
		1:     "range(1), range(1000)",
		1000:  "range(1), range(1000)",
		1001:  "range(2), range(1000)",
		10000: "range(10), range(1000)",
	} {
		if got := shapes[0].configuration(n); !strings.Contains(got, ranges) {
			t.Errorf("%d sessions: want %s in:\n%s", n, ranges, got)
		}
	}
	for _, s := range shapes {
		if needs := s.name != floorBuiltin; strings.Contains(s.configuration(1), "required_providers") != needs {
			t.Errorf("%s: requires the provider: %t, want %t", s.name, !needs, needs)
		}
	}
}

func TestRows_largest(t *testing.T) {
	t.Parallel()

	o := options{shapes: shapes}
	for n, want := range map[int][]string{
		10:            names(shapes),
		mostResources: names(shapes),
		mostSessions:  {"set"},
	} {
		var got []string
		for _, r := range o.rows(n, 0) {
			got = append(got, r.shape.name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d sessions: shapes %v, want %v", n, got, want)
		}
	}
}
