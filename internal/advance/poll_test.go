package advance

import (
	"context"
	"errors"
	"slices"
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

// A wait outlives an outage. It ends with a permanent refusal or its context,
// and then tells of an outage that was not over.
func TestPoll_outage(t *testing.T) {
	t.Parallel()

	pending := succeed(`{"overallResult":"INCOMPLETE"}`)
	passed := succeed(`{"overallResult":"PASS"}`)
	outages := map[string]reply{
		"HTTP 502":    {status: 502},
		"reset":       {reset: errReset},
		"refused":     {refuse: errRefused},
		"silence":     {think: time.Hour},
		"ERROR":       refuse(CodeError, "Server error."),
		"RETRY_LATER": refuse(CodeRetryLater, ""),
	}
	for name, outage := range outages {
		for end, last := range map[string]reply{"over": passed, "then refused": refuse(CodeAccessDenied, ""), "to the end": outage} {
			t.Run(name+"/"+end, func(t *testing.T) {
				t.Parallel()

				synctest.Test(t, func(t *testing.T) {
					script := []reply{pending, pending}
					for range 24 { // Four calls with all their attempts.
						script = append(script, outage)
					}
					api := &fakeAPI{script: map[Operation][]reply{OpGetResult: append(script, last)}}
					c := newClient(t, api)
					ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
					defer cancel()
					started := time.Now()
					err := Poll(ctx, ConstantBackoff(15*time.Second), func(ctx context.Context) (bool, error) {
						r, err := c.GetResult(ctx, "ed8b", "")
						return err == nil && r.Finished(), err
					})
					late := (*RetryAfterError)(nil)
					switch end {
					case "over":
						if err != nil {
							t.Errorf("got error %v, want the wait to outlive the outage", err)
						}
					case "then refused":
						if errorOf(t, err).Code != CodeAccessDenied {
							t.Errorf("got error %v, want the refusal", err)
						}
					default:
						if !errors.Is(err, context.DeadlineExceeded) && !errors.As(err, &late) {
							t.Errorf("got error %v, want the end of the time", err)
						}
						if !hasTemporary(err) {
							t.Errorf("got error %v, want the last failure in it", err)
						}
						if waited := time.Since(started); waited < 58*time.Minute {
							t.Errorf("got a wait of %v, want about an hour", waited)
						}
					}
				})
			})
		}
	}
}

// hasTemporary reports whether one of the errors that make up err is temporary.
func hasTemporary(err error) bool {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		return slices.ContainsFunc(several.Unwrap(), hasTemporary)
	}
	return IsTemporary(err)
}
