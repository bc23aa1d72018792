package action_test

import (
	"strings"
	"testing"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

const summaryAwait = "Unable to Await Liveness Result"

// FAIL is a result too, and so is a link that nobody used.
func TestAwait_finishes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		config   prototest.Object
		finishes time.Duration // 0 for never
		result   string
		took     time.Duration
		calls    int
		last     string
	}{
		"already":                {prototest.Object{"poll_interval": "10m"}, time.Nanosecond, simulator.ResultPass, 0, 1, "PASS, SUCCESS"},
		"every 15 s by default":  {nil, 40 * time.Second, simulator.ResultPass, 45 * time.Second, 4, "PASS, SUCCESS"},
		"as often as configured": {prototest.Object{"poll_interval": "10m"}, 40 * time.Second, simulator.ResultFail, 10 * time.Minute, 2, "FAIL, "},
		"nobody comes":           {prototest.Object{"poll_interval": "7m"}, 0, "", 63 * time.Minute, 10, "INCOMPLETE, USER_TIMEOUT"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				if test.finishes > 0 {
					time.AfterFunc(test.finishes, func() { e.finish(t, test.result) })
					time.Sleep(time.Nanosecond)
				}
				messages, diags, took := e.invoke(t, awaitType, test.config)
				prototest.WantNothing(t, diags)
				if took.Round(time.Millisecond) != test.took {
					t.Errorf("took %s, want %s", took, test.took)
				}
				if got := e.CallCount(simulator.OpResult); got != test.calls {
					t.Errorf("%d calls, want %d", got, test.calls)
				}
				if got, want := messages[len(messages)-1], "Session "+e.id+" is finished: "+test.last; !strings.HasPrefix(got, want) {
					t.Errorf("the last message is %q, want %q", got, want)
				}
			})
		})
	}
}

// The state is told immediately, and once a minute while it does not change.
func TestAwait_progress(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		time.AfterFunc(130*time.Second, func() { e.finish(t, simulator.ResultPass) })
		messages, diags, _ := e.invoke(t, awaitType, nil)
		prototest.WantNothing(t, diags)
		const waiting = "Session ID: INCOMPLETE, not finished. Waiting for the person to finish, or for the link to expire. Time left: "
		e.wantProgress(t, messages, waiting+"1h15m0s.", waiting+"1h14m0s.", waiting+"1h13m0s.", "Session ID is finished: PASS, SUCCESS.")
	})
}

func TestAwait_outage(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		time.AfterFunc(time.Minute, func() { e.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: "reset", Count: -1}) })
		time.AfterFunc(10*time.Minute, e.ClearFaults)
		time.AfterFunc(20*time.Minute, func() { e.finish(t, simulator.ResultPass) })
		messages, diags, _ := e.invoke(t, awaitType, nil)
		prototest.WantNothing(t, diags)
		wantOrder(t, messages, "INCOMPLETE, not finished",
			"Session "+e.id+": the last call failed. Waiting for the API to answer again. Time left: 1h", "INCOMPLETE, not finished", "PASS, SUCCESS")
	})
}

func TestAwait_ended(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prepare func(t *testing.T, e env)
		took    time.Duration
		atID    bool
		want    []string
	}{
		"timeout": {
			prepare: func(*testing.T, env) {},
			took:    5 * time.Minute,
			want: []string{"still not finished after a wait of 5m0s. The API last said: INCOMPLETE, not finished.", "cleared already",
				"timeout passed", "raise the operation's entry in timeouts", "Operation: get-result"},
		},
		"interrupt": {
			prepare: func(_ *testing.T, e env) { time.AfterFunc(2*time.Minute, e.server.Stop) },
			took:    2 * time.Minute,
			want:    []string{"after a wait of 2m0s", "The operation was interrupted."},
		},
		"an id that is not known": {
			prepare: func(_ *testing.T, e env) { e.Forget(e.id) },
			took:    2 * time.Second, // it is asked twice
			atID:    true,
			want:    []string{"The API at http://127.0.0.1 does not know the session", "Check the signature id", "Error code: SIGNATURE_NOT_EXIST"},
		},
		"a permanent refusal": {
			prepare: func(t *testing.T, e env) {
				time.AfterFunc(20*time.Second, func() { e.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: "iam-country", Count: -1}) })
			},
			took: 30 * time.Second,
			want: []string{"ended after 30s because a call failed", "Error code: IAM_FAILED"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				test.prepare(t, e)
				_, diags, took := e.invoke(t, awaitType, prototest.Object{"timeouts": prototest.Object{"invoke": "5m"}})
				wantError(t, diags, summaryAwait, test.atID, test.want...)
				if took != test.took {
					t.Errorf("took %s, want %s", took, test.took)
				}
			})
		})
	}
}
