package advance

import (
	"math"
	"time"

	"golang.org/x/time/rate"
)

// The constants of the estimate, each with what it trades.
const (
	// decrease is the part of the rate that is kept after a throttled call.
	// More wastes less of a steady limit; less makes room for another process
	// sooner.
	decrease = 0.7

	// recoveryCalls is after how many calls the rate is back at its maximum.
	// More means fewer throttled calls; less finds a raised limit sooner.
	recoveryCalls = 20

	// maxRecovery bounds that time, for low rates. More means fewer throttled
	// calls; less finds out sooner that the estimate is too low.
	maxRecovery = 6 * time.Second

	// trustedCalls is how many calls have to be served before an estimate is
	// relied on. More finds the share of a limit
	// that another process has used up; less means fewer throttled calls.
	trustedCalls = 5

	// slowStart is by how much the rate grows in a second until then. More is
	// quicker; less means fewer throttled calls.
	slowStart = 6
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
	max       float64       // calls a second; 0 before the first throttled call
	recovery  time.Duration // from resumed until the rate is max again
	resumed   time.Time     // end of the pause after the last throttled call
	throttled time.Time     // when the last call was sent that changed max
	trusted   bool          // whether enough calls were served before that

	total  int       // served calls
	second time.Time // start of the current sample, which lasts for a second
	calls  int       // served in it
	peak   int       // most calls of a sample since the last change of max
}

// rate returns the rate at a time.
func (e *rateEstimator) rate(at time.Time) rate.Limit {
	since := max(0, at.Sub(e.resumed))
	switch {
	case e.max == 0:
		return rate.Inf
	case !e.trusted:
		return rate.Limit(e.max * math.Pow(slowStart, since.Seconds()))
	}
	x := since.Seconds()/e.recovery.Seconds() - 1
	return rate.Limit(e.max * (1 + (1-decrease)*x*x*x))
}

// sample counts a served call.
func (e *rateEstimator) sample(sent time.Time) {
	if sent.Sub(e.second) >= time.Second {
		e.second, e.calls = sent, 0
	}
	e.total++
	e.calls++
	e.peak = max(e.peak, e.calls)
}

// update takes note of a throttled call. Calls that were throttled within a
// second of another are about the same limit and tell nothing new.
func (e *rateEstimator) update(sent time.Time) {
	first := e.max == 0
	if !first && sent.Sub(e.throttled) < time.Second {
		return
	}
	served, current := max(1, float64(e.peak)), float64(e.rate(sent))
	e.max = served
	if !first {
		// No more than twice of what was served, because the rate also grows
		// while there is little to send.
		e.max = max(1, min(max(served, decrease*current), current, 2*served))
	}
	e.trusted = e.total >= trustedCalls
	e.recovery = min(maxRecovery, time.Duration(recoveryCalls/e.max*float64(time.Second)))
	e.throttled = sent
	e.second, e.calls, e.peak = time.Time{}, 0, 0
}
