package advance

import (
	"context"
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limiter decides when a call may be sent. All calls of a client share one, so
// that an API that throttles one of them is spared by all.
//
// Callers stand in line: each blocks on sending to turn, which the runtime
// serves first come, first served. The head of the line waits until the gate
// is open and a slot is free; the others wait behind it, or give up at their
// own deadline.
type limiter struct {
	turn    chan struct{}
	ceiling *rate.Limiter // the user's; infinite where there is none
	adapted *rate.Limiter // what the API turned out to allow; unused until its first refusal

	mu    sync.Mutex
	allow allowed
}

func newLimiter(requestsPerSecond float64) *limiter {
	ceiling := rate.Inf
	if requestsPerSecond > 0 {
		ceiling = rate.Limit(requestsPerSecond)
	}
	return &limiter{
		turn:    make(chan struct{}, 1),
		ceiling: rate.NewLimiter(ceiling, 1),
		adapted: rate.NewLimiter(1, 1),
	}
}

// wait returns when the caller may send. Waiting is no try. It fails at once
// where the gate opens only after the caller's deadline.
func (l *limiter) acquire(ctx context.Context) (sent time.Time, err error) {
	if opens, _ := l.look(); time.Now().Before(opens) {
		if err := inTime(ctx, opens); err != nil {
			return time.Time{}, err
		}
	}
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return time.Time{}, context.Cause(ctx)
	}
	if err := slot(ctx, l.ceiling); err != nil {
		return time.Time{}, err
	}
	for {
		opens, perSecond := l.look()
		if time.Now().Before(opens) {
			if err := sleepUntil(ctx, opens); err != nil {
				return time.Time{}, err
			}
			continue // others may have shut it for longer meanwhile
		}
		if math.IsInf(perSecond, 1) {
			return time.Now(), context.Cause(ctx)
		}
		l.adapted.SetLimit(rate.Limit(perSecond))
		if err := slot(ctx, l.adapted); err != nil {
			return time.Time{}, err
		}
		if opens, _ := l.look(); !time.Now().Before(opens) {
			return time.Now(), nil
		}
	}
}

// slot waits for a limiter's next free slot.
func slot(ctx context.Context, limiter *rate.Limiter) error {
	reserved := limiter.Reserve()
	if err := sleepUntil(ctx, time.Now().Add(reserved.Delay())); err != nil {
		reserved.Cancel()
		return err
	}
	return nil
}

// look tells when the gate opens, and how fast to go then.
func (l *limiter) look() (opens time.Time, perSecond float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.allow.opens, l.allow.rate(time.Now())
}

// served takes note of a call that was not throttled.
func (l *limiter) onSuccess(sent time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.allow.served(sent)
}

// refused takes note of a throttled call: nobody sends until the pause that the
// API asked for has passed, or one of the client's own choosing.
func (l *limiter) onThrottled(sent time.Time, pause time.Duration, asked bool) (blockedUntil time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.allow.refused(sent, time.Now(), pause, asked)
	return l.allow.opens
}

// allowed finds out what the API allows. Until the first refusal there is no
// limit. A refusal means that the allowance is used up at that moment; so what
// was served between two refusals is just what the API allows in that time.
// That rate is kept to for some rounds and then raised, ever faster, until the
// next refusal tells that it is too much.
//
// How the API counts is not documented (API §8). Up to a second's worth may
// save up, or calls may be counted in windows of a second. So a measuring does
// not count on calls that were saved up in a pause. Where that is wrong, the
// next refusal comes sooner and corrects it.
//
// It is all arithmetic on times that it is given, so that it can be tested
// without waiting.
type allowed struct {
	opens    time.Time     // nobody sends before this
	estimate float64       // calls a second; 0 before the first refusal
	round    time.Duration // the measure of steps at that rate
	hold     time.Duration // how long to keep to the estimate once the gate is open
	proof    float64       // rounds to hold it once the next refusal has confirmed it
	asked    time.Duration // the pause that the API asked for last
	again    int           // refusals since the last one that was counted

	now   measuring  // since the last refusal that was counted
	ended *measuring // by that refusal; nil once the estimate is made of it
}

// The figures were found by trying, with the limits that TestPacingFigures has.
const (
	// A window is how long an allowance is taken to save up while nobody calls,
	// and how long a used-up one may take to show again: a limit "a second" is
	// counted so.
	window = time.Second

	// A round is the time of so many calls, within bounds, so that refusals are
	// as rare among calls at every rate.
	roundCalls = 20
	minRound   = 100 * time.Millisecond
	maxRound   = 3 * time.Second
	blindRound = 500 * time.Millisecond // where too few calls were served to tell a rate

	fewCalls  = 4  // fewer make no estimate: others may be using up the limit
	manyCalls = 15 // as many make one that is relied on

	shortHold = 1 // rounds for an estimate that was corrected
	proofHold = 2 // rounds for it once a refusal has confirmed it
	longHold  = 4 // rounds once that has happened again, and for a first one that is relied on

	// Where a refusal costs a pause, a first estimate that is relied on is held
	// for so many times that pause, up to a second of it.
	dear     = 800 * time.Millisecond
	patience = 10

	soon      = 2    // rounds within which another refusal means a lowered limit
	confirmed = 0.2  // of the estimate, by which a measuring may be off
	cautious  = 0.97 // of the estimate, while it is held
	slightly  = 0.95 // of the estimate, after one refusal while it was held
	decrease  = 0.8  // of the estimate, at most, after another one soon
	growth    = 2    // of the estimate, in the first round after the hold
	leastBase = 10   // calls a second from which growth is reckoned at least
)

// rate is how many calls a second may be sent at a moment.
func (a *allowed) rate(at time.Time) float64 {
	if a.ended != nil && !at.Before(a.opens) {
		a.settle(*a.ended)
		a.ended = nil
	}
	if a.estimate == 0 {
		return math.Inf(1)
	}
	rounds := max(0, at.Sub(a.opens)-a.hold).Seconds() / a.round.Seconds()
	return cautious*a.estimate + growth*max(a.estimate, leastBase)*rounds*rounds
}

// served counts a call that was let through at a time. One that was on its way
// when another was refused belongs to the measuring that ended then.
func (a *allowed) served(sent time.Time) {
	if a.ended != nil && !sent.After(a.ended.until) {
		a.ended.count(sent)
		return
	}
	if a.now.since.IsZero() {
		a.now = firstMeasuring(sent)
	}
	a.now.count(sent)
}

// refused takes note of a refusal. Calls that were on their way with another
// refused one tell nothing new, nor do those that find the allowance still
// used up soon after.
func (a *allowed) refused(sent, at time.Time, pause time.Duration, asked bool) {
	switch {
	case a.now.until.IsZero() || sent.Sub(a.now.until) > window:
		a.end(sent, at)
	case !sent.Before(a.opens):
		a.again++
	}
	a.asked = pause
	if !asked {
		a.asked = 0
		pause = max(pause, a.ownPause(at))
	}
	shut := later(a.opens, at)
	a.opens = later(a.opens, at.Add(pause))
	a.now.closed += max(0, a.opens.Sub(shut))
}

// ownPause is how long to wait at least where the API names no pause: the rest
// of the second that was used up first, and later on the time of two calls,
// twice as long for each further refusal soon after. Shorter than that, a pause
// would only earn the next one.
func (a *allowed) ownPause(at time.Time) time.Duration {
	if a.estimate == 0 {
		return a.ended.since.Add(2 * window).Sub(at)
	}
	return seconds(min(math.Ldexp(2/a.estimate, a.again), 1.5))
}

// end closes a measuring and begins the next.
func (a *allowed) end(sent, at time.Time) {
	ended := a.now
	if ended.since.IsZero() {
		ended = firstMeasuring(sent)
	}
	if a.estimate > 0 {
		ended.sending = a.rate(at)
	}
	ended.until = at
	a.ended, a.again = &ended, 0
	a.now = measuring{since: at, until: at}
}

// settle makes the estimate of a measuring. It waits for the gate to open,
// because calls that were on their way are still being answered.
func (a *allowed) settle(m measuring) {
	measured, peak := m.perSecond(), float64(m.peak)
	switch held := m.sending <= a.estimate; {
	case a.estimate == 0 && m.served < fewCalls:
		a.keep(measured, 0, proofHold)
		a.round = blindRound
	case a.estimate == 0 && m.served < manyCalls:
		a.keep(max(measured, peak), shortHold, proofHold)
	case a.estimate == 0:
		a.keep(max(measured, peak), longHold, longHold)
		if a.asked >= dear {
			a.hold = max(a.hold, patience*min(a.asked, window))
		}
	case held && m.until.Sub(m.since) > soon*a.round:
		a.keep(slightly*a.estimate, proofHold, proofHold) // perhaps another process's doing
	case held:
		a.keep(min(decrease*a.estimate, measured), shortHold, proofHold)
	case math.Abs(measured/a.estimate-1) < confirmed:
		a.keep((measured+a.estimate)/2, a.proof, min(2*a.proof, longHold))
	case measured > a.estimate:
		// A part of it was served while the rate was held down, so there is
		// more to be had: up to the rate in the end, if it was made use of.
		a.keep((measured+min(max(measured, m.sending), 2*measured))/2, shortHold, proofHold)
	default:
		// Less was served, perhaps because less was to be sent.
		a.keep(max(measured, min(peak, a.estimate)), shortHold, proofHold)
	}
}

// keep makes an estimate, to be held for so many rounds, and for proof rounds
// once it is confirmed.
func (a *allowed) keep(estimate, hold, proof float64) {
	a.estimate = estimate
	a.round = min(max(seconds(roundCalls/estimate), minRound), maxRound)
	a.hold = seconds(hold * a.round.Seconds())
	a.proof = proof
}

// measuring counts what the API served in a stretch of time.
type measuring struct {
	since   time.Time     // the refusal before
	until   time.Time     // the refusal that ended it
	closed  time.Duration // how long nobody was to send in between
	served  int
	sending float64 // calls a second that might be sent in the end

	second   time.Time // a second began then
	inSecond int       // calls that were served in it
	peak     int       // the most that were served in a second
}

func (m *measuring) count(sent time.Time) {
	if sent.Sub(m.second) >= window {
		m.second, m.inSecond = sent, 0
	}
	m.inSecond++
	m.peak = max(m.peak, m.inSecond)
	m.served++
}

// firstMeasuring begins at the first call of all. The second before it is like
// a pause: as much may have saved up.
func firstMeasuring(sent time.Time) measuring {
	return measuring{since: sent.Add(-window), closed: window}
}

// perSecond is how many calls were served in a second, the pauses left out: in
// most ways of counting nothing, or not much, is to be had for them later. Of
// less than a second it can't be told, so then they count.
func (m measuring) perSecond() float64 {
	span := m.until.Sub(m.since)
	return float64(max(m.served, 1)) / max(span-m.closed, min(span, window), time.Millisecond).Seconds()
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
