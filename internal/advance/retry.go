package advance

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// newBackOff is exponential backoff with full jitter: from nothing up to half a
// second at first, up to half a minute at last.
func newBackOff() backoff.BackOff {
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

// maxAmbiguousRetries bounds how often generate-url is tried again after an
// outcome that nobody knows. Each may leave a session without an owner, which
// holds no face and ends within the hour (API §8.2).
const maxAmbiguousRetries = 2

// retryBudget is what is left of one call's tries.
type retryBudget struct {
	retries  int // of any kind
	ambiguous int // after an ambiguous outcome
	renewals int // of a permanent token
	clockFixes    int // of a permanent clock
}

func newRetryBudget(op Operation, maxRetries int) *retryBudget {
	a := &retryBudget{retries: maxRetries, ambiguous: maxRetries, renewals: 1, clockFixes: 1}
	if op == OpGenerateURL {
		a.ambiguous = min(maxRetries, maxAmbiguousRetries)
	}
	return a
}

// take reports whether v may be followed by another try, and counts it. A
// renewed token and a mended clock cost no retry: they change the request.
func (a *retryBudget) use(v attemptClass) bool {
	switch v {
	case throttled, notSent:
		return take(&a.retries)
	case ambiguous:
		return a.ambiguous > 0 && take(&a.retries) && take(&a.ambiguous)
	case tokenRejected:
		return take(&a.renewals)
	case clockSkewed:
		return take(&a.clockFixes)
	default:
		return false
	}
}

func take(n *int) bool {
	if *n <= 0 {
		return false
	}
	*n--
	return true
}
