package advance

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Poll calls probe until it reports done or fails, and waits as schedule says
// in between. It ends with the context's cause when ctx ends first; what probe
// last saw is for the caller to tell. It is the one way of waiting for a
// transaction: a schedule is made by [ConstantBackoff] or [ExponentialBackoff].
func Poll(ctx context.Context, schedule backoff.BackOff, probe func(context.Context) (done bool, err error)) error {
	for {
		done, err := probe(ctx)
		if done || err != nil {
			return err
		}
		timer := time.NewTimer(schedule.NextBackOff())
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		}
	}
}

// ConstantBackoff is a schedule of even intervals (API §5.7).
func ConstantBackoff(interval time.Duration) backoff.BackOff {
	return backoff.NewConstantBackOff(interval)
}

// ExponentialBackoff is a schedule for a wait whose end nobody knows: soon enough
// for a session that a test has just finished, sparing with one that takes its
// hour. The intervals grow from a second to half a minute.
func ExponentialBackoff() backoff.BackOff {
	return &backoff.ExponentialBackOff{
		InitialInterval: time.Second,
		Multiplier:      1.5,
		MaxInterval:     30 * time.Second,
	}
}
