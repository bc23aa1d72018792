package advance

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// newDelays is exponential backoff with full jitter: from nothing up to half a
// second at first, up to half a minute at last.
func newDelays() backoff.BackOff {
	return &backoff.ExponentialBackOff{
		InitialInterval:     250 * time.Millisecond,
		RandomizationFactor: 1,
		Multiplier:          2,
		MaxInterval:         15 * time.Second,
	}
}

// sleepUntil waits for t, where that is in time.
func sleepUntil(ctx context.Context, t time.Time) error {
	if err := inTime(ctx, t); err != nil {
		return err
	}
	timer := time.NewTimer(time.Until(t))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// inTime fails where the context ends before t: waiting for it could only end
// in a time-out.
func inTime(ctx context.Context, t time.Time) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(t) {
		return &RetryAfterError{Until: t, Deadline: deadline}
	}
	return nil
}

// maxUnknownRetries bounds how often generate-url is tried again after an
// outcome that nobody knows. Each may leave a session without an owner, which
// holds no face and ends within the hour (API §8.2).
const maxUnknownRetries = 2

// allowance is what is left of one call's tries.
type allowance struct {
	retries  int // of any kind
	unknowns int // after an unknown outcome
	renewals int // of a refused token
	mends    int // of a refused clock
}

func newAllowance(op Operation, maxRetries int) *allowance {
	a := &allowance{retries: maxRetries, unknowns: maxRetries, renewals: 1, mends: 1}
	if op == OpGenerateURL {
		a.unknowns = min(maxRetries, maxUnknownRetries)
	}
	return a
}

// take reports whether v may be followed by another try, and counts it. A
// renewed token and a mended clock cost no retry: they change the request.
func (a *allowance) take(v verdict) bool {
	switch v {
	case throttled, unreachable:
		return spend(&a.retries)
	case unknown:
		return a.unknowns > 0 && spend(&a.retries) && spend(&a.unknowns)
	case tokenRefused:
		return spend(&a.renewals)
	case clockRefused:
		return spend(&a.mends)
	default:
		return false
	}
}

func spend(n *int) bool {
	if *n <= 0 {
		return false
	}
	*n--
	return true
}
