package tfutil

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// newClient returns a client of the simulator, and the id of a new session.
// A test within a bubble can use both.
func newClient(t *testing.T, sim *simulator.Simulator) (*advance.Client, string) {
	t.Helper()
	client := newClientWithTransport(t, sim.Transport())
	session, err := client.GenerateURL(t.Context(), advance.SessionRequest{
		ReturnURL:     "https://app.example.com/ok",
		FailReturnURL: "https://app.example.com/fail",
		BizID:         "order-1",
		UserID:        "user-1",
		Region:        "PHL",
	})
	if err != nil {
		t.Fatal(err)
	}
	return client, session.SignatureID
}

func newClientWithTransport(t *testing.T, transport http.RoundTripper) *advance.Client {
	t.Helper()
	client, err := advance.New(advance.Config{
		Endpoint:       advance.DefaultEndpoint,
		Credentials:    advance.Credentials{AccessKey: simulator.DefaultAccessKey, SecretKey: simulator.DefaultSecretKey},
		TokenPeriod:    24 * time.Hour,
		RequestTimeout: advance.DefaultRequestTimeout,
		MaxRetries:     advance.DefaultMaxRetries,
		Transport:      transport,
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// waiting is one wait of a test, with what it told of its progress.
type waiting struct {
	progress []time.Duration
	states   []string
	troubles []time.Duration
}

func (w *waiting) await(ctx context.Context, client *advance.Client, id string) (*advance.Result, error) {
	return Await(ctx, client, id, "", DefaultPollInterval, func(last *advance.Result, trouble error, waited time.Duration) {
		if trouble != nil {
			w.troubles = append(w.troubles, waited)
			return
		}
		w.progress = append(w.progress, waited)
		w.states = append(w.states, last.State())
	})
}

func TestAwait_finishedAlready(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Config{})
		client, id := newClient(t, sim)
		finish(t, sim, id, simulator.ResultFail)

		started := time.Now()
		var w waiting
		got, err := w.await(t.Context(), client, id)
		if err != nil {
			t.Fatal(err)
		}
		if !got.Finished() || got.Passed() {
			t.Errorf("result is %q, want a FAIL", got.State())
		}
		if d := time.Since(started); d != 0 {
			t.Errorf("waited %s for a finished transaction", d)
		}
		if len(w.progress) != 0 {
			t.Errorf("told progress at %v, want none", w.progress)
		}
		checkCalls(t, sim, 1)
	})
}

func TestAwait_finishesMeanwhile(t *testing.T) {
	t.Parallel()
	for name, pending := range map[string]string{
		"incomplete":  simulator.PendingIncomplete,
		"null data":   simulator.PendingNullData,
		"null result": simulator.PendingNullResult,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := simulator.New(simulator.Config{})
				sim.SetBehaviour(simulator.Behaviour{Pending: pending})
				client, id := newClient(t, sim)
				time.AfterFunc(40*time.Second, func() { finish(t, sim, id, simulator.ResultPass) })

				var w waiting
				got, err := w.await(t.Context(), client, id)
				if err != nil {
					t.Fatal(err)
				}
				if !got.Passed() {
					t.Errorf("result is %q, want a PASS", got.State())
				}
				want := []time.Duration{0, 15 * time.Second, 30 * time.Second}
				if !slices.Equal(w.progress, want) {
					t.Errorf("told progress at %v, want %v", w.progress, want)
				}
				checkCalls(t, sim, 4)
			})
		})
	}
}

// An outage that is longer than all retries of a call does not end a wait.
func TestAwait_outage(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"http-502-html", "reset", "error", "service-busy", "html-200"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := simulator.New(simulator.Config{})
				client, id := newClient(t, sim)
				time.AfterFunc(10*time.Minute, func() { inject(t, sim, kind) })
				time.AfterFunc(11*time.Minute, sim.ClearFaults)
				time.AfterFunc(20*time.Minute, func() { finish(t, sim, id, simulator.ResultPass) })

				var w waiting
				got, err := w.await(t.Context(), client, id)
				if err != nil {
					t.Fatal(err)
				}
				if last := w.progress[len(w.progress)-1]; !got.Passed() || last < 19*time.Minute {
					t.Errorf("result is %q, and the last progress was told after %s", got.State(), last)
				}
				if len(w.troubles) == 0 || w.troubles[0] < 10*time.Minute {
					t.Errorf("told the outage at %v, want it from 10m0s on", w.troubles)
				}
			})
		})
	}
}

func TestAwait_nobodyCame(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Config{})
		client, id := newClient(t, sim)
		ctx, cancel := context.WithTimeout(t.Context(), DefaultWait)
		defer cancel()

		var w waiting
		got, err := w.await(ctx, client, id)
		if err != nil {
			t.Fatal(err)
		}
		if !got.Finished() || got.Passed() || got.State() != "INCOMPLETE, USER_TIMEOUT" {
			t.Errorf("result is %q, want INCOMPLETE, USER_TIMEOUT", got.State())
		}
	})
}

// TestAwait_ended is about the waits that bring no result. Each begins at a
// pending session, and has a minute.
func TestAwait_ended(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		prepare    func(t *testing.T, sim *simulator.Simulator, id string, interrupt context.CancelFunc)
		outOfTime  bool
		notKnown   bool
		cause      error
		waited     time.Duration // 0 for a random time, near the timeout
		lastNil    bool
		noAttempts bool
	}{
		"timeout between two calls": {
			prepare: func(_ *testing.T, sim *simulator.Simulator, _ string, _ context.CancelFunc) {
				// With a second's latency the calls begin at 0, 16, 32 and 48 s.
				sim.SetBehaviour(simulator.Behaviour{LatencyMin: 1})
			},
			outOfTime: true, cause: context.DeadlineExceeded, waited: time.Minute, noAttempts: true,
		},
		"timeout within a call": {
			prepare: func(t *testing.T, sim *simulator.Simulator, _ string, _ context.CancelFunc) {
				time.AfterFunc(40*time.Second, func() { inject(t, sim, "timeout") })
			},
			outOfTime: true, cause: context.DeadlineExceeded, waited: time.Minute,
		},
		"timeout within the first call": {
			prepare: func(_ *testing.T, sim *simulator.Simulator, _ string, _ context.CancelFunc) {
				sim.SetBehaviour(simulator.Behaviour{LatencyMin: 20 * 60})
			},
			outOfTime: true, cause: context.DeadlineExceeded, waited: time.Minute, lastNil: true,
		},
		"interrupt between two calls": {
			prepare: func(_ *testing.T, _ *simulator.Simulator, _ string, interrupt context.CancelFunc) {
				time.AfterFunc(20*time.Second, interrupt)
			},
			outOfTime: true, cause: context.Canceled, waited: 20 * time.Second, noAttempts: true,
		},
		"interrupt within a call": {
			prepare: func(_ *testing.T, sim *simulator.Simulator, _ string, interrupt context.CancelFunc) {
				sim.SetBehaviour(simulator.Behaviour{LatencyMin: 10})
				time.AfterFunc(30*time.Second, interrupt)
			},
			outOfTime: true, cause: context.Canceled, waited: 30 * time.Second,
		},
		"told to come back after the timeout": {
			prepare: func(t *testing.T, sim *simulator.Simulator, _ string, _ context.CancelFunc) {
				time.AfterFunc(time.Second, func() {
					if err := sim.Inject(simulator.Fault{Operation: simulator.OpResult, Kind: "retry-later", Count: -1, RetryAfter: "120"}); err != nil {
						t.Error(err)
					}
				})
			},
			outOfTime: true, waited: 15 * time.Second,
		},
		"an outage that does not end": {
			prepare: func(t *testing.T, sim *simulator.Simulator, _ string, _ context.CancelFunc) {
				time.AfterFunc(20*time.Second, func() { inject(t, sim, "reset") })
			},
			outOfTime: true, // at the timeout, or when the next try would be after it
		},
		"a call fails": {
			prepare: func(t *testing.T, sim *simulator.Simulator, _ string, _ context.CancelFunc) {
				time.AfterFunc(20*time.Second, func() { inject(t, sim, "iam-country") })
			},
			waited: 30 * time.Second,
		},
		"the session vanishes": {
			prepare: func(_ *testing.T, sim *simulator.Simulator, id string, _ context.CancelFunc) {
				time.AfterFunc(20*time.Second, func() { sim.Forget(id) })
			},
			notKnown: true, waited: 32 * time.Second,
		},
		"the session is not known": {
			prepare: func(_ *testing.T, sim *simulator.Simulator, id string, _ context.CancelFunc) {
				sim.Forget(id)
			},
			notKnown: true, waited: 2 * time.Second, lastNil: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := simulator.New(simulator.Config{})
				client, id := newClient(t, sim)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				tc.prepare(t, sim, id, cancel)

				var w waiting
				got, err := w.await(ctx, client, id)
				if got != nil {
					t.Errorf("result is %q, want none", got.State())
				}
				var wait *WaitError
				if !errors.As(err, &wait) {
					t.Fatalf("error is %T (%v), want a WaitError", err, err)
				}
				if wait.OutOfTime != tc.outOfTime {
					t.Errorf("outOfTime is %t, want %t", wait.OutOfTime, tc.outOfTime)
				}
				if advance.IsNotKnown(err) != tc.notKnown {
					t.Errorf("IsNotKnown is %t, want %t", !tc.notKnown, tc.notKnown)
				}
				if tc.cause != nil && !errors.Is(err, tc.cause) {
					t.Errorf("cause of %v is not %v", err, tc.cause)
				}
				nearTimeout := wait.Waited > 40*time.Second && wait.Waited <= time.Minute
				if wait.Waited != tc.waited && (tc.waited != 0 || !nearTimeout) {
					t.Errorf("waited %s, want %s", wait.Waited, tc.waited)
				}
				if (wait.Last == nil) != tc.lastNil {
					t.Errorf("the last answer is %v", wait.Last)
				}
				if wait.Last != nil && w.states[len(w.states)-1] != "INCOMPLETE, not finished" {
					t.Errorf("last state told is %q", w.states[len(w.states)-1])
				}
				var call *advance.Error
				if !errors.As(err, &call) || call.Operation != advance.OpGetResult {
					t.Fatalf("%v has no support details of get-result", err)
				}
				if tc.noAttempts && (call.Attempts != 0 || call.TransactionID != wait.Last.TransactionID) {
					t.Errorf("support details are %+v, want those of the last answer", call)
				}
			})
		})
	}
}

func finish(t *testing.T, sim *simulator.Simulator, id, result string) {
	t.Helper()
	if err := sim.Finish(id, simulator.Outcome{Result: result}); err != nil {
		t.Error(err)
	}
}

func inject(t *testing.T, sim *simulator.Simulator, kind string) {
	t.Helper()
	if err := sim.Inject(simulator.Fault{Operation: simulator.OpResult, Kind: kind, Count: -1}); err != nil {
		t.Error(err)
	}
}

func checkCalls(t *testing.T, sim *simulator.Simulator, want int) {
	t.Helper()
	if got := sim.CallCount(simulator.OpResult); got != want {
		t.Errorf("%d get-result calls, want %d", got, want)
	}
}
