package action_test

import (
	"testing"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

const summaryClear = "Unable to Clear Liveness Data"

func TestClear_finished(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		e.finish(t, simulator.ResultPass)
		messages, diags, took := e.invoke(t, clearType, nil)
		prototest.WantNothing(t, diags)
		e.wantProgress(t, messages, "Session ID: the API confirmed that its data is erased.")
		if took != 0 {
			t.Errorf("took %s for a finished session", took)
		}
		e.wantCleared(t)
		e.wantEvent(t, "data_cleared")
	})
}

// The state is told when it changes, and once a minute while it does not.
func TestClear_waits(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		e.SetBehaviour(simulator.Behaviour{ProcessingWindow: 10})
		time.AfterFunc(150*time.Second, func() { e.finish(t, simulator.ResultPass) })
		messages, diags, took := e.invoke(t, clearType, prototest.Object{"timeouts": prototest.Object{"invoke": "10m"}})
		prototest.WantNothing(t, diags)
		if took < 150*time.Second || took > 4*time.Minute {
			t.Errorf("took %s, want a little more than 2m40s", took)
		}
		wantOrder(t, messages,
			"Session "+e.id+": not finished. Waiting for the person to finish, or for the link to expire, to erase its data then. Time left: 10m0s.",
			": not finished. ", ": not finished. ",
			"Session "+e.id+": the erasure is in processing. Waiting for the API to confirm it. Time left: ",
			": the API confirmed that its data is erased.")
		e.wantCleared(t)
		e.wantEvent(t, "data_cleared")
	})
}

// Nobody uses the link: the session ends with it, within the default timeout.
func TestClear_nobodyComes(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		_, diags, took := e.invoke(t, clearType, nil)
		prototest.WantNothing(t, diags)
		if took < time.Hour || took > 62*time.Minute {
			t.Errorf("took %s, want about an hour", took)
		}
		e.wantCleared(t)
	})
}

func TestClear_outage(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		time.AfterFunc(time.Minute, func() { e.inject(t, simulator.Fault{Operation: simulator.OpClear, Kind: "http-502-html", Count: -1}) })
		time.AfterFunc(10*time.Minute, e.ClearFaults)
		time.AfterFunc(11*time.Minute, func() { e.finish(t, simulator.ResultFail) })
		_, diags, _ := e.invoke(t, clearType, nil)
		prototest.WantNothing(t, diags)
		e.wantCleared(t)
		e.wantEvent(t, "data_cleared")
	})
}

// An id that the API does not know is an error: it may be of another account.
func TestClear_unknownID(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		e.Forget(e.id)
		_, diags, _ := e.invoke(t, clearType, nil)
		wantError(t, diags, summaryClear, true, `The API at http://127.0.0.1 does not know the session "`+e.id+`". That proves nothing about its data`,
			"Check the signature id", "Operation: get-result", "Error code: SIGNATURE_NOT_EXIST", "Transaction id: ")
		e.wantEvent(t, "clear_failed")
	})
}

// A session that vanishes while the action waits was known to this account, so
// its data is gone.
func TestClear_vanishes(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		time.AfterFunc(time.Minute, func() { e.Forget(e.id) })
		_, diags, _ := e.invoke(t, clearType, nil)
		wantGone(t, diags)
		e.wantEvent(t, "session_gone")
	})
}

func TestClear_erasedBefore(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		e.SetBehaviour(simulator.Behaviour{AfterClear: simulator.AfterClearBlanked})
		e.finish(t, simulator.ResultPass)
		if _, diags, _ := e.invoke(t, clearType, nil); len(diags) > 0 {
			t.Fatal(diags)
		}
		_, diags, _ := e.invoke(t, clearType, nil)
		wantGone(t, diags)
	})
}

func TestClear_notConfirmed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prepare func(t *testing.T, e env)
		took    time.Duration // 0 for any
		want    []string
	}{
		"timeout of an unfinished session": {
			prepare: func(*testing.T, env) {},
			took:    5 * time.Minute,
			want: []string{"is not confirmed.", "reached its timeout (timeouts.invoke) after 5m0s", "a timeouts.invoke of more than an hour",
				"Message: Transaction is not finished", "Transaction id: "},
		},
		"interrupt of the wait": {
			prepare: func(_ *testing.T, e env) { time.AfterFunc(2*time.Minute, e.server.Stop) },
			took:    2 * time.Minute,
			want:    []string{"was interrupted after 2m0s", "Invoke the action again."},
		},
		"in processing for too long": {
			prepare: func(t *testing.T, e env) {
				e.SetBehaviour(simulator.Behaviour{ProcessingWindow: 3600})
				e.finish(t, simulator.ResultPass)
			},
			took: 5 * time.Minute,
			want: []string{"did not confirm it within 5m0s (timeouts.invoke)", "Invoke the action again later.", "Error code: REQUEST_IN_PROCESSING"},
		},
		"an image is still there": {
			prepare: func(t *testing.T, e env) {
				e.finish(t, simulator.ResultPass)
				e.inject(t, simulator.Fault{Operation: simulator.OpClear, Kind: "clear-not-exist", Count: -1})
			},
			want: []string{"but get-result shows an image or video of the person", "ask the vendor's support", "Operation: clear-data"},
		},
		"refused permanently": {
			prepare: func(t *testing.T, e env) {
				e.inject(t, simulator.Fault{Operation: simulator.OpClear, Kind: "iam-country", Count: -1})
			},
			want: []string{"is not confirmed.", "Error code: IAM_FAILED", "entitled to this product"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				test.prepare(t, e)
				_, diags, took := e.invoke(t, clearType, prototest.Object{"timeouts": prototest.Object{"invoke": "5m"}})
				wantError(t, diags, summaryClear, false, test.want...)
				if test.took != 0 && took != test.took {
					t.Errorf("took %s, want %s", took, test.took)
				}
				e.wantEvent(t, "clear_failed")
			})
		})
	}
}

func wantGone(t *testing.T, diags prototest.Diagnostics) {
	t.Helper()
	if len(diags) != 1 || diags.HasError() || diags[0].Summary != "Liveness Session Was Gone" {
		t.Errorf("want one warning that the data was gone, got:\n%s", diags)
	}
}
