package advance

import (
	"context"
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// pacer decides when a call may be sent. All calls of a client share one, so
// that an API that throttles one of them is spared by all.
//
// Callers stand in line: each blocks on sending to turn, which the runtime
// serves first come, first served. The head of the line waits until the gate
// is open and a slot is free; the others wait behind it, or give up at their
// own deadline.
type pacer struct {
	turn    chan struct{}
	ceiling *rate.Limiter // the user's; infinite where there is none
	limiter *rate.Limiter // what the API turned out to allow; unused until its first refusal

	mu    sync.Mutex
	allow allowed
}

// ticket says when a call was let through.
type ticket struct{ sent time.Time }

func newPacer(requestsPerSecond float64) *pacer {
	ceiling := rate.Inf
	if requestsPerSecond > 0 {
		ceiling = rate.Limit(requestsPerSecond)
	}
	return &pacer{
		turn:    make(chan struct{}, 1),
		ceiling: rate.NewLimiter(ceiling, 1),
		limiter: rate.NewLimiter(1, 1),
	}
}

// wait returns when the caller may send. Waiting is no try. It fails at once
// where the gate opens only after the caller's deadline.
func (p *pacer) wait(ctx context.Context) (ticket, error) {
	if opens, _ := p.look(); time.Now().Before(opens) {
		if err := inTime(ctx, opens); err != nil {
			return ticket{}, err
		}
	}
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return ticket{}, context.Cause(ctx)
	}
	if err := slot(ctx, p.ceiling); err != nil {
		return ticket{}, err
	}
	for {
		opens, perSecond := p.look()
		if time.Now().Before(opens) {
			if err := sleepUntil(ctx, opens); err != nil {
				return ticket{}, err
			}
			continue // others may have shut it for longer meanwhile
		}
		if math.IsInf(perSecond, 1) {
			return ticket{time.Now()}, context.Cause(ctx)
		}
		p.limiter.SetLimit(rate.Limit(perSecond))
		if err := slot(ctx, p.limiter); err != nil {
			return ticket{}, err
		}
		if opens, _ := p.look(); !time.Now().Before(opens) {
			return ticket{time.Now()}, nil
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
func (p *pacer) look() (opens time.Time, perSecond float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.allow.opens, p.allow.rate(time.Now())
}

// served takes note of a call that was not throttled.
func (p *pacer) served(t ticket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.allow.served(t.sent)
}

// refused takes note of a throttled call: nobody sends until the pause that the
// API asked for has passed, or one of the client's own choosing.
func (p *pacer) refused(t ticket, pause time.Duration, asked bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !asked {
		pause = max(pause, p.allow.twoCalls())
	}
	p.allow.refused(t.sent, time.Now(), pause)
}

// allowed finds out what the API allows. Until the first refusal there is no
// limit. A refusal means that the allowance is used up at that moment; so what
// was served between two refusals is just what the API allows in that time.
// That rate is kept to for some rounds and then raised, step by step, until the
// next refusal tells that it is too much.
//
// It is all arithmetic on times that it is given, so that it can be tested
// without waiting.
type allowed struct {
	opens    time.Time // nobody sends before this
	estimate float64   // calls a second; 0 before the first refusal
	hold     float64   // rounds to keep to the estimate once the gate is open

	now   measuring  // since the last refusal that counted
	ended *measuring // by that refusal; nil once the estimate is made of it
}

// measuring counts what the API served in a stretch of time.
type measuring struct {
	since   time.Time
	until   time.Time // the refusal that ended it
	served  int
	probing bool // the refusal came above the estimate
}

const (
	// savedUp is how long an allowance is taken to save up while nobody
	// calls, and how long a used-up one may take to show again: a limit "a
	// second" is counted so.
	savedUp = time.Second

	// A round is the time of so many calls, within bounds. Steps are measured
	// in rounds, so that refusals are as rare among calls at every rate.
	roundCalls = 20
	minRound   = 200 * time.Millisecond
	maxRound   = 1500 * time.Millisecond

	firstHold = 3 // rounds at most for the first estimate
	longHold  = 6 // rounds for one that has proved itself
	shortHold = 1 // rounds for one that was just lowered
	soon      = 4 // rounds within which a second refusal means a lowered limit

	cautious = 0.98 // of the estimate, while it is held
	slightly = 0.95 // of the estimate, after one refusal while it was held
	decrease = 0.85 // of the estimate, at most, after another one soon
	growth   = 0.8  // of the estimate, in the first round after the hold
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
	rounds := at.Sub(a.opens).Seconds() / a.round().Seconds()
	raising := max(0, rounds-a.hold)
	return a.estimate * (cautious + growth*raising + growth*raising*raising)
}

func (a *allowed) round() time.Duration {
	return min(max(time.Duration(roundCalls/a.estimate*float64(time.Second)), minRound), maxRound)
}

// served counts a call that was let through at a time. One that was on its way
// when another was refused belongs to the measuring that ended then.
func (a *allowed) served(sent time.Time) {
	if a.ended != nil && !sent.After(a.ended.until) {
		a.ended.served++
		return
	}
	if a.now.since.IsZero() {
		a.now.since = sent
	}
	a.now.served++
}

// twoCalls is the time of two calls: shorter than that, a pause would only earn
// the next refusal.
func (a *allowed) twoCalls() time.Duration {
	if a.estimate == 0 {
		return 0
	}
	return min(time.Duration(2/a.estimate*float64(time.Second)), maxRound)
}

// refused takes note of a refusal. Calls that were on their way with another
// refused one tell nothing new, nor do those that find the allowance still
// used up soon after.
func (a *allowed) refused(sent, at time.Time, pause time.Duration) {
	if a.now.until.IsZero() || sent.Sub(a.now.until) > savedUp {
		a.end(sent, at)
	}
	a.opens = later(a.opens, at.Add(pause))
	// Only as much of the pause counts as the API can save up.
	a.now.since = later(a.now.until, a.opens.Add(-savedUp))
}

// end closes a measuring and begins the next, which keeps the time of the
// refusal in until.
func (a *allowed) end(sent, at time.Time) {
	ended := a.now
	if ended.since.IsZero() {
		ended.since = sent
	}
	ended.probing = a.estimate > 0 && a.rate(at) > a.estimate
	ended.until = at
	a.ended = &ended
	a.now = measuring{until: at}
}

// settle makes the estimate of a measuring. It waits for the gate to open,
// because calls that were on their way are still being answered.
func (a *allowed) settle(m measuring) {
	span := m.until.Sub(m.since)
	if a.estimate == 0 {
		span += savedUp // before the first call
	}
	measured := float64(max(m.served, 1)) / max(span, time.Millisecond).Seconds()
	lowered := a.estimate > 0 && !m.probing
	switch {
	case a.estimate == 0:
		// Of a few calls there is little to rely on: the burst may have been
		// smaller than it is taken for, or others may have used it up.
		a.estimate, a.hold = measured, min(float64(m.served)/roundCalls, firstHold)
	case lowered && span > soon*a.round():
		a.estimate *= slightly // perhaps another process's doing
	case lowered:
		a.estimate, a.hold = min(decrease*a.estimate, measured), shortHold
	case math.Abs(measured/a.estimate-1) < 0.1:
		a.estimate, a.hold = measured, longHold
	default:
		a.estimate, a.hold = measured, shortHold
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
