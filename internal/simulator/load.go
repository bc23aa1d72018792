package simulator

import (
	"math/rand/v2"
	"time"
)

// bucket is a token bucket. It fills with time, and each call takes one.
type bucket struct {
	calls   float64   // that may be served at once
	updated time.Time // zero before the first call
}

// take takes one call out, if there is one. A rate of 0 is unlimited.
func (b *bucket) take(now time.Time, rate, burst float64) bool {
	if rate <= 0 {
		*b = bucket{}
		return true
	}
	b.refill(now, rate, burst)
	if b.calls < 1 {
		return false
	}
	b.calls--
	return true
}

// refill adds the allowance of the time since the last refill. A bucket that
// was never used is full.
func (b *bucket) refill(now time.Time, rate, burst float64) {
	if rate <= 0 {
		return
	}
	if b.updated.IsZero() {
		*b = bucket{calls: burst, updated: now}
		return
	}
	b.calls = min(burst, b.calls+rate*max(0, now.Sub(b.updated).Seconds()))
	b.updated = now
}

// latencySource gives out the latencies of API answers.
type latencySource struct {
	behaviour Behaviour
	random    *rand.Rand
}

// newLatencySource returns a source with a fixed seed, so that a test meets the
// same latencies each time that it runs.
func newLatencySource(b Behaviour) latencySource {
	return latencySource{behaviour: b, random: rand.New(rand.NewPCG(1, 2))}
}

// next returns the latency of the next answer.
func (l latencySource) next() time.Duration {
	share := l.behaviour.LatencyTailShare
	if share > 0 && l.random.Float64() < share {
		return l.behaviour.LatencyTail
	}
	spread := l.behaviour.LatencyMax - l.behaviour.LatencyMin
	if spread <= 0 {
		return l.behaviour.LatencyMin
	}
	return l.behaviour.LatencyMin + time.Duration(l.random.Int64N(int64(spread)+1))
}
