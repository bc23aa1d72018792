package advance

import (
	"time"

	"golang.org/x/time/rate"
)

// The constants of the estimate, each with what it trades.
const (
	// decrease is the part of the rate that is kept after a throttled call. More
	// wastes less of a steady limit; less makes room for another process sooner.
	decrease = 0.7

	// recoveryCalls is the number of calls after which the rate is back at the
	// estimate. More means fewer throttled calls; less finds a raised limit
	// sooner.
	recoveryCalls = 40

	// maxRecovery bounds the time of that, for low rates. More means fewer
	// throttled calls; less finds out sooner that the estimate is too low.
	maxRecovery = 10 * time.Second

	// growth is the number of calls a second by which the rate has grown a
	// second after that; it grows with the square of the time. More is sooner at
	// a high limit; less means fewer throttled calls at a low one.
	growth = 14
)

// rateEstimator estimates how many calls a second the API allows. There is no
// limit until the first throttled call. The calls that were served in the
// busiest second before a throttled call are the estimate: the API allows at
// least so many.
//
// The rate follows the curve of TCP CUBIC, as the adaptive retry mode of the
// AWS SDKs does. It begins at a part of the estimate, comes back to it slowly,
// and then looks for more, ever faster.
//
// All times come from the caller.
type rateEstimator struct {
	max       float64       // the estimate, in calls a second; 0 before the first throttled call
	recovery  time.Duration // from resumed until the rate is max again
	resumed   time.Time     // end of the pause after the last throttled call
	throttled time.Time     // when the last call was sent that changed max

	second time.Time // start of the current sample, which lasts for a second
	calls  int       // served in it
	peak   int       // most calls of a sample since the last change of max
}

// rate returns the rate at a time.
func (e *rateEstimator) rate(at time.Time) rate.Limit {
	if e.max == 0 {
		return rate.Inf
	}
	t := (max(0, at.Sub(e.resumed)) - e.recovery).Seconds()
	if t < 0 {
		x := t / e.recovery.Seconds()
		return rate.Limit(e.max * (1 + (1-decrease)*x*x*x))
	}
	return rate.Limit(e.max + growth*t*t)
}

// sample counts a served call.
func (e *rateEstimator) sample(sent time.Time) {
	if sent.Sub(e.second) >= time.Second {
		e.second, e.calls = sent, 0
	}
	e.calls++
	e.peak = max(e.peak, e.calls)
}

// update takes note of a throttled call. Calls that were throttled within a
// second of another are about the same limit and tell nothing new.
func (e *rateEstimator) update(sent time.Time) {
	served := max(1, float64(e.peak))
	switch {
	case e.max == 0:
		e.max = served // and look for more from there: it may be a late start
	case sent.Sub(e.throttled) < time.Second:
		return
	default:
		e.max = max(1, min(float64(e.rate(sent)), max(served, decrease*e.max)))
		e.recovery = e.recoveryTime()
	}
	e.throttled = sent
	e.second, e.calls, e.peak = time.Time{}, 0, 0
}

// recoveryTime returns how long a recovery takes at the estimated rate.
func (e *rateEstimator) recoveryTime() time.Duration {
	return min(maxRecovery, time.Duration(recoveryCalls/max(1, e.max)*float64(time.Second)))
}
