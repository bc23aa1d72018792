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
	// throttled40 serves 40 calls in the first tenth of a second, then throttles
	// one. Nobody sends before second 1.
	throttled40 := func(e *rateEstimator) {
		e.sampleMany(40, 0, 0.1)
		e.throttle(0.1, 1)
	}
	// again throttles one more in second 2. A recovery then takes a second.
	again := func(e *rateEstimator) {
		throttled40(e)
		e.sampleMany(40, 1, 2)
		e.throttle(2, 3)
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
		"what was served at first":              {run: throttled40, at: 1, want: 40},
		"no less during the pause":              {run: throttled40, at: 0.5, want: 40},
		"and more after that":                   {run: throttled40, at: 3, want: 40 + 4*growth},
		"a part of it after another one":        {run: again, at: 3, want: decrease * 40},
		"the estimate after a recovery":         {run: again, at: 4, want: 40},
		"slowly":                                {run: again, at: 3.5, want: 40 * (1 - (1-decrease)/8)},
		"and more after the recovery":           {run: again, at: 6, want: 40 + 4*growth},
		"another throttled call of that second": {run: func(e *rateEstimator) { again(e); e.throttle(2.5, 5) }, at: 5, want: decrease * 40},
		"a halved limit": {
			run: func(e *rateEstimator) {
				again(e)
				e.sampleMany(10, 3, 4)
				e.throttle(4, 5)
			},
			at:   5,
			want: decrease * decrease * 40,
		},
		"a raised limit": {
			run: func(e *rateEstimator) {
				again(e)
				e.sampleMany(240, 3, 6)
				e.throttle(6, 7)
			},
			at:   7,
			want: decrease * 80,
		},
		"a burst after hours with little to send": {
			run: func(e *rateEstimator) {
				again(e)
				e.sampleMany(1000, 3, 9000)
				e.sampleMany(44, 9000.5, 9000.6)
				e.throttle(9000.6, 9001)
			},
			at:   9001,
			want: decrease * 44,
		},
		"a throttled call before anything was served": {
			run:  func(e *rateEstimator) { e.throttle(0, 1) },
			at:   1,
			want: 1,
		},
		"a recovery is not longer at a low rate": {
			run: func(e *rateEstimator) {
				e.throttle(0, 1)
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
