package erase_test

import (
	"errors"
	"testing"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/erase"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// outages are kinds of faults that a later attempt may not meet.
var outages = []string{"http-502-html", "http-500", "reset", "cut-off", "timeout", "error", "service-busy", "html-200"}

// An outage that is longer than all retries of a call does not end a wait,
// whatever is waited for and whichever call fails.
func TestRun_outage(t *testing.T) {
	t.Parallel()
	for _, kind := range outages {
		for name, test := range map[string]struct {
			op        simulator.Operation
			state     sessionState
			policy    erase.Policy
			behaviour simulator.Behaviour
		}{
			"an unfinished session, get-result":            {simulator.OpResult, unfinished, erase.PolicyWait, simulator.Behaviour{}},
			"an unfinished session, clear-data":            {simulator.OpClear, unfinished, erase.PolicyWait, simulator.Behaviour{}},
			"an erasure in processing, policy \"wait\"":    {simulator.OpClear, passed, erase.PolicyWait, simulator.Behaviour{ProcessingWindow: 20 * 60}},
			"an erasure in processing, policy \"fail\"":    {simulator.OpClear, passed, erase.PolicyFail, simulator.Behaviour{ProcessingWindow: 20 * 60}},
			"an erasure in processing, policy \"abandon\"": {simulator.OpClear, passed, erase.PolicyAbandon, simulator.Behaviour{ProcessingWindow: 20 * 60}},
		} {
			t.Run(kind+"/"+name, func(t *testing.T) {
				t.Parallel()
				withFakeTime(t, func(t *testing.T, e env) {
					job := e.job(t, test.policy)
					e.prepare(t, job, test.state)
					e.SetBehaviour(test.behaviour)
					time.AfterFunc(9*time.Minute, func() {
						if test.state == unfinished {
							e.finish(t, job, simulator.ResultPass)
						}
						e.inject(t, simulator.Fault{Operation: test.op, Kind: kind, Count: -1})
					})
					time.AfterFunc(19*time.Minute, e.ClearFaults)
					started := time.Now()
					if got, err := e.run(t, job, time.Hour); got != cleared {
						t.Errorf("got %q (%v), want %q", got, err, cleared)
					}
					if took := time.Since(started); took < 19*time.Minute || took > 24*time.Minute {
						t.Errorf("took %s, want an end soon after the outage", took)
					}
				})
			})
		}
	}
}

// An outage that does not end leaves the wait to its deadline, and the error says
// what went wrong last.
func TestRun_outageUntilTheEnd(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		job := e.job(t, erase.PolicyWait)
		time.AfterFunc(time.Minute, func() {
			e.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: "http-502-html", Count: -1})
		})
		got, err := e.run(t, job, 10*time.Minute)
		var pending *erase.PendingError
		var trouble *advance.Error
		if got != notFinished || !errors.As(err, &pending) {
			t.Fatalf("got %q (%v), want %q", got, err, notFinished)
		}
		// The last attempt may have been due a few seconds after the deadline.
		if !errors.As(pending.Trouble, &trouble) || trouble.HTTPStatus != 502 || pending.Waited < 9*time.Minute {
			t.Errorf("got %+v, want a wait of 10m and the trouble of get-result", pending)
		}
	})
}

// Trouble that is over is not told.
func TestRun_outageIsOver(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		job := e.job(t, erase.PolicyWait)
		time.AfterFunc(time.Minute, func() {
			e.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: "http-502-html", Count: 20})
		})
		_, err := e.run(t, job, 30*time.Minute)
		var pending *erase.PendingError
		if !errors.As(err, &pending) {
			t.Fatalf("got %v, want an error of the wait", err)
		}
		if pending.Trouble != nil {
			t.Errorf("got the trouble %v, want none", pending.Trouble)
		}
	})
}

// While nothing is known there is nothing to wait for: an outage is an error
// after the call's own retries, under each policy.
func TestRun_outageFromTheStart(t *testing.T) {
	t.Parallel()
	for _, policy := range []erase.Policy{erase.PolicyWait, erase.PolicyFail, erase.PolicyAbandon} {
		t.Run(string(policy), func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				job := e.job(t, policy)
				e.inject(t, simulator.Fault{Operation: simulator.OpClear, Kind: "http-502-html", Count: -1})
				started := time.Now()
				if got, err := e.run(t, job, time.Hour); got != clearFailed {
					t.Errorf("got %q (%v), want %q", got, err, clearFailed)
				}
				if took := time.Since(started); took > 20*time.Second {
					t.Errorf("took %s, want an end after the retries of one call", took)
				}
			})
		})
	}
}

// The API tells the wait to come back after its deadline: it ends immediately.
func TestRun_toldToComeBackLater(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		job := e.job(t, erase.PolicyWait)
		time.AfterFunc(time.Minute, func() {
			e.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: "retry-later", RetryAfter: "3600", Count: -1})
		})
		got, err := e.run(t, job, 10*time.Minute)
		var pending *erase.PendingError
		var late *advance.RetryAfterError
		if got != notFinished || !errors.As(err, &pending) || !errors.As(pending.Err, &late) || pending.Waited > 2*time.Minute {
			t.Errorf("got %q (%v), want %q at the next poll after 1m, with both times", got, err, notFinished)
		}
	})
}
