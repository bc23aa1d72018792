package advance

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// pacer decides when a call may be sent. All calls of a client share one.
type pacer struct {
	ceiling *rate.Limiter // nil without a ceiling

	mu    sync.Mutex
	opens time.Time // nobody sends before this
}

func newPacer(requestsPerSecond float64) *pacer {
	p := &pacer{}
	if requestsPerSecond > 0 {
		p.ceiling = rate.NewLimiter(rate.Limit(requestsPerSecond), 1)
	}
	return p
}

// wait returns when the caller may send. Waiting is no try.
func (p *pacer) wait(ctx context.Context) error {
	for {
		p.mu.Lock()
		opens := p.opens
		p.mu.Unlock()
		if !time.Now().Before(opens) {
			break
		}
		if err := sleepUntil(ctx, opens); err != nil {
			return err
		}
	}
	if p.ceiling == nil {
		return context.Cause(ctx)
	}
	return p.ceiling.Wait(ctx)
}

// refused stops everyone until the given time.
func (p *pacer) refused(until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until.After(p.opens) {
		p.opens = until
	}
}

func (p *pacer) accepted() {}
