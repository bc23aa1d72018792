package session_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// Of an imported session the expiry is not known: clear-data is asked from the
// start.
func TestDestroy_imported(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		made := e.create(t, minimal(nil))
		r := e.server.NewResource(typeName)
		prototest.WantNothing(t, r.Import(t.Context(), idOf(made)))
		prototest.WantWarning(t, r.Plan(t.Context(), nil).Diagnostics, "Session Not Finished Yet", "a time that is not known here because the session was imported")
		results := e.CallCount(simulator.OpResult)
		started := time.Now()
		prototest.WantNothing(t, destroy(t, e, r))
		if took := time.Since(started); took < time.Hour || took > time.Hour+30*time.Second {
			t.Errorf("took %s, want the hour and at most one poll", took)
		}
		if got := e.CallCount(simulator.OpResult) - results; got != 0 {
			t.Errorf("got %d get-result calls, want none", got)
		}
		if got := e.CallCount(simulator.OpClear); got < 100 {
			t.Errorf("got %d clear-data calls, want one each poll", got)
		}
	})
}

func TestDestroy_obeysItsTimeout(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, minimal(prototest.Object{"timeouts": prototest.Object{"delete": "10m"}}))
		started := time.Now()
		diags := destroy(t, e, r)
		prototest.WantError(t, diags,
			"The wait for it reached its timeout (timeouts.delete) after 10m0s",
			"at the latest at about 01:00 UTC (2000-01-01T01:00:00Z)",
			"deletion_policy and timeouts in the state", "undo other changes to this resource", "apply, then destroy again",
			"Error code: PARAMETER_ERROR", "Message: Transaction is not finished", "Transaction id: ")
		if took := time.Since(started); took != 10*time.Minute {
			t.Errorf("took %s, want 10m", took)
		}

		// What the error suggests works.
		prototest.WantNothing(t, r.Configure(t.Context(), minimal(prototest.Object{"deletion_policy": "abandon"})))
		prototest.WantWarning(t, destroy(t, e, r), "Liveness Session Abandoned")
	})
}

func TestDestroy_fails(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, minimal(prototest.Object{"deletion_policy": "fail"}))
		started, calls := time.Now(), e.total()
		diags := destroy(t, e, r)
		prototest.WantError(t, diags, `deletion_policy is "fail"`, "at the latest at about 01:00 UTC (2000-01-01T01:00:00Z)",
			"undo other changes to this resource", "apply, then destroy again")
		if took := time.Since(started); took != 0 || e.total()-calls != 1 {
			t.Errorf("took %s and %d calls, want one call and an immediate end", took, e.total()-calls)
		}
		if !r.Exists() {
			t.Fatal("the session left the state")
		}
		time.Sleep(time.Hour)
		prototest.WantNothing(t, destroy(t, e, r))
	})
}

func TestDestroy_abandons(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, minimal(prototest.Object{"deletion_policy": "abandon"}))
		id := idOf(r)
		prototest.WantWarning(t, destroy(t, e, r), "Liveness Session Abandoned", id, "its data was not erased", "at about 01:00 UTC", "import")
		if r.Exists() || e.Sessions()[0].State != simulator.StateIssued {
			t.Errorf("in the state: %t, at the API: %s; want it dropped and untouched", r.Exists(), e.Sessions()[0].State)
		}

		// A finished session is erased under that policy too.
		finished := e.create(t, minimal(prototest.Object{"deletion_policy": "abandon"}))
		e.finish(t, finished, simulator.ResultPass)
		prototest.WantNothing(t, destroy(t, e, finished))
	})
}

func TestDestroy_inProcessingForTooLong(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		e.SetBehaviour(simulator.Behaviour{ProcessingWindow: 3600})
		r := e.create(t, minimal(prototest.Object{"timeouts": prototest.Object{"delete": "2m"}}))
		e.finish(t, r, simulator.ResultPass)
		diags := destroy(t, e, r)
		prototest.WantError(t, diags, "did not confirm it within 2m0s", "timeouts.delete", "Error code: REQUEST_IN_PROCESSING")
		if strings.Contains(diags.String(), "will be finished") || strings.Contains(diags.String(), "abandon") {
			t.Errorf("speaks of finishing or abandoning a session that is finished:\n%s", diags)
		}
		time.Sleep(time.Hour)
		prototest.WantNothing(t, destroy(t, e, r))
	})
}

// An interrupt ends a wait immediately, with the session in the state and an error
// that says where it stands.
func TestDestroy_interrupted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		behaviour simulator.Behaviour
		finished  bool
		at        time.Duration
		want      []string
	}{
		"while the session is unfinished": {
			at:   7 * time.Minute,
			want: []string{"interrupted after 7m0s", "not finished", "at the latest at about 01:00 UTC", "Message: Transaction is not finished"},
		},
		"within a call": {
			behaviour: simulator.Behaviour{LatencyMin: 4},
			at:        10 * time.Second,
			want:      []string{"interrupted after 10s", "not finished", "at the latest at about 01:00 UTC"},
		},
		"while in processing": {
			behaviour: simulator.Behaviour{ProcessingWindow: 600},
			finished:  true,
			at:        3 * time.Minute,
			want:      []string{"in processing", "interrupted", "3m0s", "Error code: REQUEST_IN_PROCESSING"},
		},
		"within the first call": {
			behaviour: simulator.Behaviour{LatencyMin: 4},
			at:        time.Second,
			want:      []string{"The operation was interrupted.", "Operation: clear-data"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				r := e.create(t, minimal(nil))
				if test.finished {
					e.finish(t, r, simulator.ResultPass)
				}
				e.SetBehaviour(test.behaviour)
				time.AfterFunc(test.at, e.server.Stop)
				started := time.Now()
				diags := destroy(t, e, r)
				if took := time.Since(started); took != test.at {
					t.Errorf("took %s, want an end at the interrupt after %s", took, test.at)
				}
				prototest.WantError(t, diags, append(test.want, "stays in the state")...)
			})
		})
	}
}

// A wait that meets trouble says what the trouble is.
func TestDestroy_waitMeetsTrouble(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, minimal(nil))
		e.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: "iam-country", Count: -1})
		prototest.WantError(t, destroy(t, e, r), "Operation: get-result", "Account not authorized for this country")
	})
}

// A wait outlives an outage. One that does not end is told with the rest.
func TestDestroy_waitMeetsAnOutage(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, minimal(prototest.Object{"timeouts": prototest.Object{"delete": "20m"}}))
		e.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: "http-502-html", Count: -1})
		prototest.WantError(t, destroy(t, e, r),
			"The wait for it ", "(timeouts.delete)", "The last call of the wait failed too:",
			"HTTP 502", "Operation: get-result", "Operation: clear-data", "Message: Transaction is not finished", "a longer timeouts.delete")

		time.AfterFunc(10*time.Minute, func() { e.finish(t, r, simulator.ResultPass) })
		time.AfterFunc(11*time.Minute, e.ClearFaults)
		prototest.WantNothing(t, destroy(t, e, r))
	})
}

// A destroy that is throttled or hangs says that a change has to be applied
// first.
func TestDestroy_throttledOrHanging(t *testing.T) {
	t.Parallel()
	for kind, fault := range map[string]simulator.Fault{
		"throttled": {Kind: "retry-later", RetryAfter: "3600"},
		"hanging":   {Kind: "timeout"},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				r := e.create(t, minimal(prototest.Object{"timeouts": prototest.Object{"delete": "1m"}}))
				fault.Operation, fault.Count = simulator.OpClear, -1
				e.inject(t, fault)
				diags := destroy(t, e, r)
				prototest.WantError(t, diags, "a longer timeouts.delete, apply, then destroy again", "deposed", "Operation: clear-data")
				if strings.Contains(diags.String(), "abandon") || strings.Contains(diags.String(), "raise the operation's entry") {
					t.Errorf("offers what does not work:\n%s", diags)
				}
			})
		})
	}
}

// A wait that is throttled until after its timeout says so.
func TestDestroy_throttledWait(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, minimal(nil))
		time.AfterFunc(30*time.Minute, func() {
			e.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: "retry-later", RetryAfter: "7200", Count: -1})
		})
		prototest.WantError(t, destroy(t, e, r),
			"The wait for it ended after 30m", "after this operation's timeout at 2000-01-01T01:15:00Z (timeouts.delete)",
			"Operation: get-result", "Error code: RETRY_LATER", "Operation: clear-data", "a longer timeouts.delete")
	})
}

// A session whose erasure was confirmed in an answer that got lost, and that
// shows nothing any more, is gone: a read has seen its PASS.
func TestDestroy_blankAfterALostAnswer(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, minimal(nil))
		e.finish(t, r, simulator.ResultPass)
		unread := *r
		refresh(t, r)
		e.SetBehaviour(simulator.Behaviour{AfterClear: simulator.AfterClearBlanked})
		e.erase(t, r)
		e.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: "data-empty", Count: -1})
		prototest.WantError(t, destroy(t, e, &unread), "get-result shows that the API still knows the transaction", "Destroy again after 01:05 UTC", "terraform state rm")
		prototest.WantWarning(t, destroy(t, e, r), "Liveness Session Was Gone", "Transaction id: ")
	})
}

// A wait tells its progress, and each question to get-result what it settled.
func TestDestroy_logs(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, full(nil))
		id := idOf(r)
		time.AfterFunc(time.Second, func() { e.finish(t, r, simulator.ResultPass) })
		e.inject(t, simulator.Fault{Operation: simulator.OpClear, Kind: "parameter-error"})
		var log bytes.Buffer
		if diags := r.Destroy(tflogtest.RootLogger(t.Context(), &log)); diags.HasError() {
			t.Fatal(diags)
		}
		prototest.WantText(t, log.String(),
			`{"@level":"info","@message":"erasure is waiting","@module":"provider","in_processing":false,"signature_id":"`+id+`"`,
			`{"@level":"debug","@message":"erasure asked what the refusal by clear-data is about","@module":"provider","conclusion":"not finished","get_result":"INCOMPLETE, not finished","signature_id":"`+id+`"`,
			`{"@level":"debug","@message":"erasure asked whether the transaction is finished","@module":"provider","clear_data_is_due":true,"get_result":"PASS, SUCCESS","signature_id":"`+id+`"`)
		wantNothingConfidential(t, log.String())
	})
}
