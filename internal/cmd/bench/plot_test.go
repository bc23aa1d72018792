package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestAxis(t *testing.T) {
	t.Parallel()

	a := axis{low: 10, high: 1000, from: 200, to: 0}
	for value, want := range map[float64]float64{10: 200, 100: 100, 1000: 0, 1: 200, 5000: 0} {
		if got := a.at(value); math.Abs(got-want) > 1e-9 {
			t.Errorf("%v is at %v, want %v", value, got, want)
		}
	}
}

func TestTicks(t *testing.T) {
	t.Parallel()

	for _, test := range []struct {
		low, high float64
		want      []float64
	}{
		{0.8, 12, []float64{1, 2, 5, 10}},
		{0.15, 3, []float64{0.2, 0.5, 1, 2}},
		{0.5, 900, []float64{1, 10, 100}},
	} {
		got := ticks(test.low, test.high)
		equal := slices.EqualFunc(got, test.want, func(a, b float64) bool { return math.Abs(a/b-1) < 1e-9 })
		if !equal {
			t.Errorf("from %v to %v: %v, want %v", test.low, test.high, got, test.want)
		}
	}
}

func TestPlot(t *testing.T) {
	t.Parallel()

	larger := sample(t, plain, 10, 10, 10)
	larger.sessions = 1000
	slow := sample(t, plain, 20, 20, 20)
	slow.latency = 200 * time.Millisecond
	svg := plot([]result{sample(t, floorBuiltin, 1, 1, 1), sample(t, plain, 2, 2, 2), larger, slow})

	circles := 0
	for decoder := xml.NewDecoder(bytes.NewReader(svg)); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in:\n%s", err, svg)
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "circle" {
			circles++
		}
	}
	if want := 4 * len(commands); circles != want {
		t.Errorf("%d points, want %d", circles, want)
	}
	for _, want := range []string{
		"apply: seconds, at 50ms a call", "destroy: seconds, at 200ms a call", ">terraform_data: floor", ">plain: advance_liveness_session with for_each<", ">1000<", ">sessions<",
		"prefers-color-scheme: dark", `class="line floor"`,
	} {
		if !strings.Contains(string(svg), want) {
			t.Errorf("want %q in:\n%s", want, svg)
		}
	}
	if strings.Contains(string(svg), "NaN") || strings.Contains(string(svg), "Inf") {
		t.Errorf("a place that is no number:\n%s", svg)
	}
}

func TestPlot_oneResult(t *testing.T) {
	t.Parallel()

	svg := string(plot([]result{sample(t, plain, 1, 1, 1)}))
	if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
		t.Errorf("a place that is no number:\n%s", svg)
	}
}

func TestColours(t *testing.T) {
	t.Parallel()

	for _, s := range shapes {
		if colours[s.name] == "" {
			t.Errorf("the shape %s has no colour", s.name)
		}
	}
}
