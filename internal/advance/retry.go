package advance

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// maxAmbiguousRetries bounds the retries of a call that is not idempotent
// after ambiguous attempts. Each retry of generate-url may leave a session
// that nobody knows of; it holds no face and ends within the hour (API §8.2).
const maxAmbiguousRetries = 2

// retryBudget counts the retries that a call has left.
type retryBudget struct {
	retries       int // of any class
	ambiguous     int // after an ambiguous attempt
	tokenRenewals int
	clockFixes    int
}

func newRetryBudget(op operation, maxRetries int) *retryBudget {
	b := &retryBudget{retries: maxRetries, ambiguous: maxRetries, tokenRenewals: 1, clockFixes: 1}
	if !op.idempotent {
		b.ambiguous = min(maxRetries, maxAmbiguousRetries)
	}
	return b
}

// use reports whether an attempt of the given class may be retried, and counts
// the retry. A token renewal and a clock fix do not count as retries: they
// change the request.
func (b *retryBudget) use(class attemptClass) bool {
	switch class {
	case throttled, notSent:
		return take(&b.retries)
	case ambiguous:
		return b.ambiguous > 0 && take(&b.retries) && take(&b.ambiguous)
	case tokenRejected:
		return take(&b.tokenRenewals)
	case clockSkewed:
		return take(&b.clockFixes)
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

// delay returns how long to wait before the next attempt: as long as the API
// asked for, or the next step of the backoff. A renewed token and a corrected
// clock need no wait.
func (r response) delay(delays backoff.BackOff) time.Duration {
	switch {
	case r.class == tokenRejected, r.class == clockSkewed:
		return 0
	case r.retryAfter != nil:
		return *r.retryAfter
	default:
		return delays.NextBackOff()
	}
}

// newBackOff returns an exponential backoff with full jitter. The upper bound
// of a delay grows from half a second to half a minute.
func newBackOff() backoff.BackOff {
	return &backoff.ExponentialBackOff{
		InitialInterval:     250 * time.Millisecond,
		RandomizationFactor: 1,
		Multiplier:          2,
		MaxInterval:         15 * time.Second,
	}
}

// sleepUntil waits until t. It fails immediately if the deadline of ctx is before
// t.
func sleepUntil(ctx context.Context, t time.Time) error {
	if err := inTime(ctx, t); err != nil {
		return err
	}
	return sleep(ctx, time.Until(t))
}

// sleep waits for d. If ctx ends first, it returns the cause.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return context.Cause(ctx) // no timer for the common case of no wait
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// inTime returns a *RetryAfterError if the deadline of ctx is before t, and the
// cause if ctx has ended.
func inTime(ctx context.Context, t time.Time) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(t) {
		return &RetryAfterError{Until: t, Deadline: deadline}
	}
	return nil
}
