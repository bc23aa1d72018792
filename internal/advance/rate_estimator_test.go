package advance

import (
	"math"
	"testing"
	"time"

	"golang.org/x/time/rate"
)

// at returns a time, in seconds after the first call.
func at(seconds float64) time.Time {
	return time.Unix(1_000_000, 0).Add(time.Duration(seconds * float64(time.Second)))
}

// sampleMany counts n served calls, spread evenly between two times.
func (e *rateEstimator) sampleMany(n int, from, to float64) {
	for i := range n {
		e.sample(at(from + (to-from)*float64(i)/float64(n)))
	}
}

// throttle is a throttled call and the end of the pause after it.
func (e *rateEstimator) throttle(sent, resumed float64) {
	e.update(at(sent))
	e.resumed = at(resumed)
}

func TestRateEstimator(t *testing.T) {
	t.Parallel()
	// throttled20 serves 20 calls in the first tenth of a second, then throttles
	// one. Nobody sends before second 1. A recovery takes a second.
	throttled20 := func(e *rateEstimator) {
		e.sampleMany(20, 0, 0.1)
		e.throttle(0.1, 1)
	}
	tests := map[string]struct {
		run  func(e *rateEstimator)
		at   float64
		want float64
	}{
		"no limit before the first throttled call": {
			run:  func(e *rateEstimator) { e.sampleMany(1000, 0, 1) },
			at:   1,
			want: float64(rate.Inf),
		},
		"a part of the estimate at first":       {run: throttled20, at: 1, want: decrease * 20},
		"no less during the pause":              {run: throttled20, at: 0.5, want: decrease * 20},
		"the estimate after a recovery":         {run: throttled20, at: 2, want: 20},
		"more after that":                       {run: throttled20, at: 3, want: 20 * (2 - decrease)},
		"ever faster":                           {run: throttled20, at: 4, want: 20 * (1 + 8*(1-decrease))},
		"another throttled call of that second": {run: func(e *rateEstimator) { throttled20(e); e.throttle(1.05, 3) }, at: 3, want: decrease * 20},
		"a halved limit": {
			run: func(e *rateEstimator) {
				throttled20(e)
				e.sampleMany(10, 1, 2)
				e.throttle(2, 2.1)
			},
			at:   2.1,
			want: decrease * decrease * 20,
		},
		"a raised limit": {
			run: func(e *rateEstimator) {
				throttled20(e)
				e.sampleMany(100, 1, 4)
				e.throttle(4, 4.1)
			},
			at:   4.1,
			want: decrease * decrease * 20 * (1 + 8*(1-decrease)),
		},
		"a burst after hours with little to send": {
			run: func(e *rateEstimator) {
				throttled20(e)
				e.sampleMany(1000, 1, 9000)
				e.sampleMany(22, 9000.5, 9000.6)
				e.throttle(9000.6, 9001)
			},
			at:   9001,
			want: decrease * 2 * 22,
		},
		"a throttled call before anything was served": {
			run:  func(e *rateEstimator) { e.throttle(0, 1) },
			at:   1,
			want: 1,
		},
		"then a slow start": {
			run:  func(e *rateEstimator) { e.throttle(0, 1) },
			at:   3,
			want: slowStart * slowStart,
		},
		"until enough calls were served": {
			run: func(e *rateEstimator) {
				e.throttle(0, 1)
				e.sampleMany(trustedCalls, 1, 2)
				e.throttle(2, 3)
			},
			at:   3,
			want: decrease * trustedCalls,
		},
		"a recovery is not longer at a low rate": {
			run: func(e *rateEstimator) {
				e.sampleMany(trustedCalls, 0, 10)
				e.throttle(10, 10)
			},
			at:   10 + maxRecovery.Seconds(),
			want: 1,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var e rateEstimator
			test.run(&e)
			got := float64(e.rate(at(test.at)))
			if got != test.want && math.Abs(got-test.want) > 0.01 {
				t.Errorf("rate %v s after the first call: got %v, want %v", test.at, got, test.want)
			}
		})
	}
}

func TestRateEstimator_rateChangesNothing(t *testing.T) {
	t.Parallel()
	var e rateEstimator
	e.sampleMany(20, 0, 0.1)
	e.throttle(0.1, 1)
	before := e
	for i := range 10 {
		e.rate(at(float64(i)))
	}
	if e != before {
		t.Errorf("asking for the rate changed %+v to %+v", before, e)
	}
}

func TestRateEstimator_neverStops(t *testing.T) {
	t.Parallel()
	var e rateEstimator
	for i := range 1000 {
		now := 2 * float64(i)
		e.throttle(now, now)
		if got := e.rate(at(now)); got < decrease || got == rate.Inf {
			t.Fatalf("after %d throttled calls the rate is %v", i+1, got)
		}
	}
}
