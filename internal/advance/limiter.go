package advance

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limiter decides when a call may be sent. All calls of a client share one, so
// that all of them slow down when the API throttles one.
//
// queue is a FIFO lock: the runtime serves blocked senders in the order of
// arrival. Its holder waits for the pause to end and for bucket; the callers
// behind it wait for the lock, or give up when their context ends.
type limiter struct {
	queue   chan struct{}
	ceiling rate.Limit    // the user's requests_per_second; rate.Inf without one
	bucket  *rate.Limiter // of one token; only the queue's holder uses it

	mu           sync.Mutex
	blockedUntil time.Time
	estimator    rateEstimator
}

// newLimiter returns a limiter that never allows more than requestsPerSecond;
// 0 is no such ceiling.
func newLimiter(requestsPerSecond float64) *limiter {
	ceiling := rate.Inf
	if requestsPerSecond > 0 {
		ceiling = rate.Limit(requestsPerSecond)
	}
	return &limiter{
		queue:   make(chan struct{}, 1),
		ceiling: ceiling,
		bucket:  rate.NewLimiter(ceiling, 1),
	}
}

// acquire waits until the caller may send, and returns the time at which that
// was. It fails immediately with a *RetryAfterError if the wait would go past
// the deadline of ctx.
func (l *limiter) acquire(ctx context.Context) (sent time.Time, err error) {
	if err := inTime(ctx, l.pauseEnd()); err != nil {
		return time.Time{}, err
	}
	select {
	case l.queue <- struct{}{}:
		defer func() { <-l.queue }()
	case <-ctx.Done():
		return time.Time{}, context.Cause(ctx)
	}
	for {
		if err := sleepUntil(ctx, l.pauseEnd()); err != nil {
			return time.Time{}, err
		}
		if err := l.takeToken(ctx); err != nil {
			return time.Time{}, err
		}
		// Another call may have been throttled in the meantime.
		if now := time.Now(); !now.Before(l.pauseEnd()) {
			return now, nil
		}
	}
}

// takeToken waits for a token of the bucket.
func (l *limiter) takeToken(ctx context.Context) error {
	l.bucket.SetLimit(min(l.ceiling, l.limit()))
	token := l.bucket.Reserve()
	if err := sleepUntil(ctx, time.Now().Add(token.Delay())); err != nil {
		token.Cancel()
		return err
	}
	return nil
}

func (l *limiter) pauseEnd() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.blockedUntil
}

// limit returns the rate that the API is believed to allow now.
func (l *limiter) limit() rate.Limit {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.estimator.rate(time.Now())
}

// onSuccess takes note of a call that was not throttled.
func (l *limiter) onSuccess(sent time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.estimator.sample(sent)
}

// onThrottled takes note of a throttled call and returns the time before which
// nobody sends: the end of pause, or of a longer pause before it. asked means
// that the API named the pause (API §8.1).
func (l *limiter) onThrottled(sent time.Time, pause time.Duration, asked bool) (blockedUntil time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.estimator.update(sent)
	if !asked {
		// A backoff knows nothing of the rate, and is too long at a high one.
		pause = min(pause, l.estimator.recoveryTime()/8)
	}
	if end := time.Now().Add(pause); end.After(l.blockedUntil) {
		l.blockedUntil = end
	}
	l.estimator.resumed = l.blockedUntil
	return l.blockedUntil
}
