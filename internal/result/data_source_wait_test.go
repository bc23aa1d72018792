package result_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

func TestLivenessResultDataSource_waits(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		config   prototest.Object
		finishes time.Duration
		outcome  simulator.Outcome
		want     string
		took     time.Duration
		calls    int
	}{
		"every 15 s by default": {
			config: prototest.Object{}, finishes: 40 * time.Second, outcome: simulator.Outcome{Result: simulator.ResultPass},
			want: "PASS", took: 45 * time.Second, calls: 4,
		},
		"as often as configured": {
			config: prototest.Object{"poll_interval": "10m"}, finishes: 40 * time.Second, outcome: simulator.Outcome{Result: simulator.ResultFail},
			want: "FAIL", took: 10 * time.Minute, calls: 2,
		},
		"until nobody can come any more": {
			config: prototest.Object{"poll_interval": "7m"},
			want:   "INCOMPLETE", took: 63 * time.Minute, calls: 10,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := simulator.New(simulator.Config{})
				id := newSession(t, sim, "user-1")
				if tc.finishes > 0 {
					time.AfterFunc(tc.finishes, func() { finish(t, sim, id, tc.outcome) })
				}
				server := prototest.Configured(t, sim.Transport(), nil)
				tc.config["signature_id"] = id
				tc.config["wait_for_completion"] = true

				started := time.Now()
				state, diags := server.ReadDataSource(t.Context(), typeName, tc.config)
				if diags.HasError() {
					t.Fatal(diags)
				}
				if took := time.Since(started); took != tc.took {
					t.Errorf("took %s, want %s", took, tc.took)
				}
				if state["finished"] != true || state["overall_result"] != tc.want {
					t.Errorf("finished is %v, overall_result is %v; want true, %s", state["finished"], state["overall_result"], tc.want)
				}
				if state["passed"] != (tc.want == "PASS") {
					t.Errorf("passed is %v", state["passed"])
				}
				if got := sim.CallCount(simulator.OpResult); got != tc.calls {
					t.Errorf("%d calls, want %d", got, tc.calls)
				}
			})
		})
	}
}

// TestLivenessResultDataSource_timeOut is about how long a read takes at most.
// The timeout of a single attempt does not end a wait: the call is tried again.
func TestLivenessResultDataSource_timeout(t *testing.T) {
	t.Parallel()
	const waited = "was still not finished after a wait of "
	for name, tc := range map[string]struct {
		config prototest.Object
		silent bool // the API does not answer
		took   time.Duration
		want   []string
	}{
		"a single read":             {prototest.Object{}, true, time.Minute, []string{"could not be read", "Attempts: "}},
		"a single read, configured": {prototest.Object{"timeouts": prototest.Object{"read": "5s"}}, true, 5 * time.Second, []string{"could not be read", "Attempts: 1"}},
		"a wait": {
			prototest.Object{"wait_for_completion": true},
			false, 75 * time.Minute, []string{waited + "1h15m0s. The API last said: INCOMPLETE, not finished.", "cleared already", "-refresh=false"},
		},
		"a wait, configured": {
			prototest.Object{"wait_for_completion": true, "timeouts": prototest.Object{"read": "20s"}},
			false, 20 * time.Second, []string{waited + "20s. The API last said: INCOMPLETE, not finished.", "cleared already", "-refresh=false"},
		},
		"a wait within a call": {
			prototest.Object{"wait_for_completion": true, "timeouts": prototest.Object{"read": "20s"}},
			true, 20 * time.Second, []string{waited + "20s. The API has not said anything about it yet.", "cleared already", "-refresh=false", "Attempts: 1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				// The link outlives all waits, so that nothing ever finishes.
				sim := simulator.New(simulator.Config{LinkLifetime: 24 * time.Hour})
				id := newSession(t, sim, "user-1")
				if tc.silent {
					if err := sim.Inject(simulator.Fault{Operation: simulator.OpResult, Kind: "timeout", Count: -1}); err != nil {
						t.Fatal(err)
					}
				}
				server := prototest.Configured(t, sim.Transport(), nil)
				tc.config["signature_id"] = id

				started := time.Now()
				state, diags := server.ReadDataSource(t.Context(), typeName, tc.config)
				if took := time.Since(started); took != tc.took {
					t.Errorf("took %s, want %s", took, tc.took)
				}
				if state != nil {
					t.Errorf("state is %v, want none", state)
				}
				checkError(t, diags, nil, append(tc.want, "timeout passed", "Operation: get-result")...)
			})
		})
	}
}

func TestLivenessResultDataSource_interrupt(t *testing.T) {
	t.Parallel()
	for name, latency := range map[string]time.Duration{
		"between two calls": 0,
		"within a call":     10 * time.Second,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := simulator.New(simulator.Config{})
				id := newSession(t, sim, "user-1")
				server := prototest.Configured(t, sim.Transport(), nil)
				sim.SetBehaviour(simulator.Behaviour{LatencyMin: simulator.Seconds(latency.Seconds())})
				time.AfterFunc(time.Minute, server.Stop)

				started := time.Now()
				_, diags := server.ReadDataSource(t.Context(), typeName, prototest.Object{"signature_id": id, "wait_for_completion": true})
				if took := time.Since(started); took != time.Minute {
					t.Errorf("took %s, want 1m0s", took)
				}
				checkError(t, diags, nil, "after a wait of 1m0s. The API last said: INCOMPLETE, not finished.", "The operation was interrupted.", "-refresh=false")
			})
		})
	}
}

// TestLivenessResultDataSource_log is about what a wait writes: its progress,
// and nothing about the person.
func TestLivenessResultDataSource_log(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Config{})
		id := newSession(t, sim, "user-1")
		time.AfterFunc(20*time.Second, func() { finish(t, sim, id, simulator.Outcome{Result: simulator.ResultPass}) })
		var log bytes.Buffer
		ctx := tflogtest.RootLogger(t.Context(), &log)
		server := prototest.Configured(t, sim.Transport(), nil)
		_, diags := server.ReadDataSource(ctx, typeName, prototest.Object{"signature_id": id, "wait_for_completion": true, "return_image_type": "URL"})
		if diags.HasError() {
			t.Fatal(diags)
		}
		text := log.String()
		for _, line := range []string{
			`"@message":"waiting for the liveness transaction to finish","@module":"provider","outage":false,"signature_id":"` + id + `","state":"INCOMPLETE, not finished","waited":"0s"`,
			`"waited":"15s"`,
		} {
			if !strings.Contains(text, line) {
				t.Errorf("the log has no %s:\n%s", line, text)
			}
		}
		if private := regexp.MustCompile(`user-1|order-1|app\.example\.com|/media/|eyJ|` + simulator.DefaultSecretKey).FindString(text); private != "" {
			t.Errorf("the log has %q:\n%s", private, text)
		}
	})
}
