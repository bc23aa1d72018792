package advance

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Poll calls probe until it is done or fails, and waits between the calls as
// schedule says. A failure for which [IsTemporary] reports true does not end the
// wait. If ctx ends first, or the next attempt of a call would be due after its
// deadline, Poll returns the cause, together with the failure before if the last
// call failed. All waits for a transaction use Poll, with [ConstantBackoff] or
// [ExponentialBackoff].
func Poll(ctx context.Context, schedule backoff.BackOff, probe func(context.Context) (done bool, err error)) error {
	var outage error // the failure of the last call
	for {
		done, err := probe(ctx)
		switch {
		case err != nil && !IsTemporary(err):
			return afterOutage(ctx, err, outage)
		case done:
			return err
		}
		outage = err
		if err := sleep(ctx, schedule.NextBackOff()); err != nil {
			return afterOutage(ctx, err, outage)
		}
	}
}

// afterOutage adds the failure of the call before to the error that ends a wait
// in time.
func afterOutage(ctx context.Context, err, outage error) error {
	var late *RetryAfterError
	if outage == nil || ctx.Err() == nil && !errors.As(err, &late) {
		return err
	}
	return fmt.Errorf("%w; the call before failed too: %w", err, outage)
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
