package advance

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/google/go-cmp/cmp"
)

func TestPoll(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name     string
		schedule backoff.BackOff
		probes   int
		want     []time.Duration
	}{
		{"immediately", ConstantBackoff(time.Hour), 1, []time.Duration{0}},
		{"constant", ConstantBackoff(15 * time.Second), 3, []time.Duration{0, 15 * time.Second, 30 * time.Second}},
		{"exponential", ExponentialBackoff(), 4, []time.Duration{0, time.Second, 2500 * time.Millisecond, 4750 * time.Millisecond}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			synctest.Test(t, func(t *testing.T) {
				started := time.Now()
				var got []time.Duration
				err := Poll(t.Context(), test.schedule, func(context.Context) (bool, error) {
					got = append(got, time.Since(started))
					return len(got) == test.probes, nil
				})
				if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
					t.Errorf("got error %v, probes (-want +got):\n%s", err, diff)
				}
			})
		})
	}
}

func TestExponentialBackoff_bounds(t *testing.T) {
	t.Parallel()

	schedule := ExponentialBackoff()
	last := time.Duration(0)
	for range 100 {
		next := schedule.NextBackOff()
		if next < last || next < time.Second || next > 30*time.Second {
			t.Fatalf("got an interval of %v after one of %v, want them to grow from 1s to 30s", next, last)
		}
		last = next
	}
	if last != 30*time.Second {
		t.Errorf("got intervals of %v at last, want 30s", last)
	}
}

func TestPoll_ends(t *testing.T) {
	t.Parallel()

	errProbe, errUser := errors.New("probe failed"), errors.New("the user pressed Ctrl-C")
	tests := []struct {
		name  string
		probe func(n int) (bool, error)
		ctx   func(context.Context) (context.Context, context.CancelFunc)
		want  error
		after time.Duration
	}{
		{
			"with the probe's error",
			func(n int) (bool, error) { return false, map[int]error{3: errProbe}[n] },
			func(ctx context.Context) (context.Context, context.CancelFunc) { return ctx, func() {} },
			errProbe, 20 * time.Second,
		},
		{
			"with the deadline",
			func(int) (bool, error) { return false, nil },
			func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeout(ctx, 25*time.Second)
			},
			context.DeadlineExceeded, 25 * time.Second,
		},
		{
			"with the cause of an interrupt",
			func(int) (bool, error) { return false, nil },
			func(ctx context.Context) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancelCause(ctx)
				time.AfterFunc(5*time.Second, func() { cancel(errUser) })
				return ctx, func() { cancel(nil) }
			},
			errUser, 5 * time.Second,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			synctest.Test(t, func(t *testing.T) {
				started := time.Now()
				ctx, cancel := test.ctx(t.Context())
				defer cancel()
				n := 0
				err := Poll(ctx, ConstantBackoff(10*time.Second), func(context.Context) (bool, error) {
					n++
					return test.probe(n)
				})
				if !errors.Is(err, test.want) {
					t.Errorf("got error %v, want %v", err, test.want)
				}
				if got := time.Since(started); got != test.after {
					t.Errorf("got an end after %v, want %v", got, test.after)
				}
			})
		})
	}
}
