package erase_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/erase"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// Try ends after one call of clear-data, whatever that says.
func TestTry(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		policy     erase.Policy
		state      sessionState
		processing simulator.Seconds
		want       ending // "" is none yet
		wantState  advance.ClearState
	}{
		"finished":            {policy: erase.PolicyWait, state: passed, want: cleared},
		"forgotten":           {policy: erase.PolicyWait, state: forgotten, want: gone},
		"unfinished, wait":    {policy: erase.PolicyWait, state: unfinished, wantState: advance.ClearNotFinished},
		"unfinished, fail":    {policy: erase.PolicyFail, state: unfinished, want: notFinished, wantState: advance.ClearNotFinished},
		"unfinished, abandon": {policy: erase.PolicyAbandon, state: unfinished, want: abandoned, wantState: advance.ClearNotFinished},
		"in processing":       {policy: erase.PolicyFail, state: passed, processing: 60, wantState: advance.ClearInProcessing},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				job := e.job(t, test.policy)
				e.prepare(t, job, test.state)
				e.SetBehaviour(simulator.Behaviour{ProcessingWindow: test.processing})
				started := time.Now()
				outcome, err := job.Try(t.Context())
				if test.want != "" {
					if got := endingOf(t, outcome, err); got != test.want {
						t.Errorf("got %q (%v), want %q", got, err, test.want)
					}
				} else if outcome != 0 || err != nil {
					t.Errorf("got outcome %d and %v, want none yet", outcome, err)
				}
				if job.State() != test.wantState || e.CallCount(simulator.OpClear) != 1 || time.Since(started) > 3*time.Second {
					t.Errorf("state %d after %d calls and %s; want %d after one call", job.State(), e.CallCount(simulator.OpClear), time.Since(started), test.wantState)
				}
				if test.want != "" {
					return
				}
				// Run waits for the rest.
				if test.state == unfinished {
					time.AfterFunc(time.Minute, func() { e.finish(t, job, simulator.ResultPass) })
				}
				if got, err := e.run(t, job, 10*time.Minute); got != cleared {
					t.Errorf("after that: %q (%v), want %q", got, err, cleared)
				}
			})
		})
	}
}

// A try of a session whose account is not known asks get-result first, so that
// "not known" counts afterwards. Run does not ask that again.
func TestTry_unknownAccount(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		job := e.job(t, erase.PolicyWait)
		job.Origin.Account = ""
		if outcome, err := job.Try(t.Context()); outcome != 0 || err != nil {
			t.Fatalf("got outcome %d and %v, want none yet", outcome, err)
		}
		e.Forget(job.SignatureID)
		if got, err := e.run(t, job, time.Minute); got != gone {
			t.Errorf("got %q (%v), want %q", got, err, gone)
		}
		if got := e.CallCount(simulator.OpResult); got != 5 { // one, and "not known" twice for each question
			t.Errorf("%d calls of get-result, want 5", got)
		}
	})
}

// Jobs that share a limiter make no more calls than it allows. A job whose turn
// would come after its timeout ends with it.
func TestRun_limited(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		limiter := rate.NewLimiter(2, 1)
		jobs := make([]*erase.Job, 20)
		for i := range jobs {
			jobs[i] = e.job(t, erase.PolicyWait)
			jobs[i].Limiter = limiter
		}
		calls, started := len(e.Calls()), time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var running sync.WaitGroup
		for _, job := range jobs {
			running.Go(func() {
				outcome, err := job.Run(ctx)
				if got := endingOf(t, outcome, err); got != notFinished {
					t.Errorf("got %q (%v), want %q", got, err, notFinished)
				}
			})
		}
		running.Wait()
		if took := time.Since(started); took != time.Minute {
			t.Errorf("took %s, want a minute", took)
		}
		if got := len(e.Calls()) - calls; got < 100 || got > 121 {
			t.Errorf("%d calls in a minute, want at most 120 and few less", got)
		}
	})
}
