package simulator

import (
	"context"
	"time"
)

// Now returns the time on the simulator's clock: time.Now, plus all that
// [Simulator.Advance] has added.
func (s *Simulator) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now()
}

// Advance moves the simulator's clock on by d: links and tokens grow older, and
// a rate limit's allowance and a running erasure move on too. The clock never
// goes back: a negative d does nothing.
func (s *Simulator) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offset += max(d, 0)
}

// SetSkew puts the API's clock off by d from [Simulator.Now], as if its
// servers' clocks were wrong; a negative d puts it behind. The API's clock is
// what a client gets to see: the Date header, every epoch figure in an answer,
// and the clock that the timestamp of a token request is checked against.
// What the simulator keeps to itself stays on Now: tokens and links live as
// long as they should, whatever the skew is or becomes, and [Session] and
// [Call] tell their times on Now.
func (s *Simulator) SetSkew(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.skew = d
}

// now is Now for callers that hold the lock. The monotonic reading is dropped,
// for the times are compared and shown as wall-clock times only.
func (s *Simulator) now() time.Time {
	return time.Now().Add(s.offset).Round(0).UTC()
}

// apiNow returns the time on the API's clock.
func (s *Simulator) apiNow() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now().Add(s.skew)
}

// apiMillis returns t, a time on the simulator's clock, as the epoch
// milliseconds that the API shows for it.
func (s *Simulator) apiMillis(t time.Time) int64 {
	return t.Add(s.skew).UnixMilli()
}

// sleep waits for d and reports whether it could: false means that ctx, the
// context of the request, ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
