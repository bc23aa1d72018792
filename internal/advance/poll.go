package advance

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Poll calls probe until it is done or fails, and waits between the calls as
// schedule says. If ctx ends first, Poll returns its cause. All waits for a
// transaction use it, with [ConstantBackoff] or [ExponentialBackoff].
func Poll(ctx context.Context, schedule backoff.BackOff, probe func(context.Context) (done bool, err error)) error {
	for {
		done, err := probe(ctx)
		if done || err != nil {
			return err
		}
		if err := sleep(ctx, schedule.NextBackOff()); err != nil {
			return err
		}
	}
}

// ConstantBackoff returns a schedule of equal intervals (API §5.7).
func ConstantBackoff(interval time.Duration) backoff.BackOff {
	return backoff.NewConstantBackOff(interval)
}

// ExponentialBackoff returns a schedule of intervals that grow from a second to
// half a minute: soon enough for a session that has just finished, and rare
// enough for one that takes an hour.
func ExponentialBackoff() backoff.BackOff {
	return &backoff.ExponentialBackOff{
		InitialInterval: time.Second,
		Multiplier:      1.5,
		MaxInterval:     30 * time.Second,
	}
}
