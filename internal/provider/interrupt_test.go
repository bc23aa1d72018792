package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/acctest"
	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// unfinished configures a session that nobody finishes.
var unfinished = with(session, prototest.Object{"user_id": "user-1"})

// patient is a provider block with more retries than any of these tests takes.
var patient = prototest.Object{"max_retries": 20}

// refusing is a transport on which some requests cannot be sent.
type refusing struct {
	http.RoundTripper
	path string // the end of the refused paths, "" for none
}

func (r *refusing) RoundTrip(req *http.Request) (*http.Response, error) {
	if r.path != "" && strings.HasSuffix(req.URL.Path, r.path) {
		return nil, fmt.Errorf("dial: %w", syscall.ECONNREFUSED)
	}
	return r.RoundTripper.RoundTrip(req)
}

// interruption is what one interrupted operation works with.
type interruption struct {
	sim     *simulator.Simulator
	network *refusing
	server  *prototest.Server
	r       *prototest.Resource
}

// Every wait of every operation ends soon after an interrupt, with an error that
// says so, and does not change the state.
func TestInterrupt_waits(t *testing.T) {
	t.Parallel()
	type arrangement func(t *testing.T, i *interruption)
	type operation struct {
		name    string
		created bool // it needs a session
		begin   func(t *testing.T, i *interruption) prototest.Diagnostics
	}
	fault := func(fault simulator.Fault) arrangement {
		fault.Count = -1
		return func(t *testing.T, i *interruption) {
			if err := i.sim.Inject(fault); err != nil {
				t.Fatal(err)
			}
		}
	}
	create := operation{"create", false, func(t *testing.T, i *interruption) prototest.Diagnostics {
		return i.r.Configure(t.Context(), with(unfinished, prototest.Object{"timeouts": prototest.Object{"create": "2h"}}))
	}}
	read := operation{"refresh", true, func(t *testing.T, i *interruption) prototest.Diagnostics { return i.r.Refresh(t.Context()) }}
	destroy := operation{"destroy", true, func(t *testing.T, i *interruption) prototest.Diagnostics { return i.r.Destroy(t.Context()) }}
	data := operation{"data source", true, func(t *testing.T, i *interruption) prototest.Diagnostics {
		_, diags := i.server.ReadDataSource(t.Context(), "advance_liveness_result", prototest.Object{
			"signature_id": i.r.Values()["signature_id"], "wait_for_completion": true,
		})
		return diags
	}}
	for _, test := range []struct {
		name       string
		arrange    arrangement
		operations []operation
		after      time.Duration
	}{
		{
			name:       "between two attempts to mint a token",
			arrange:    fault(simulator.Fault{Operation: simulator.OpToken, Kind: "reset"}),
			operations: []operation{create, read, destroy, data},
			after:      20 * time.Second,
		},
		{
			name:       "within an attempt to mint a token",
			arrange:    fault(simulator.Fault{Operation: simulator.OpToken, Kind: "timeout"}),
			operations: []operation{create, read, destroy, data},
			after:      20 * time.Second,
		},
		{
			name:       "backoff before generate-url",
			arrange:    func(_ *testing.T, i *interruption) { i.network.path = "/generate-liveness-detection-url" },
			operations: []operation{create},
			after:      20 * time.Second,
		},
		{
			name:       "backoff before get-result",
			arrange:    fault(simulator.Fault{Operation: simulator.OpResult, Kind: "error"}),
			operations: []operation{read, data},
			after:      20 * time.Second,
		},
		{
			name:       "backoff before clear-data",
			arrange:    fault(simulator.Fault{Operation: simulator.OpClear, Kind: "http-500"}),
			operations: []operation{destroy},
			after:      20 * time.Second,
		},
		{
			name:       "within get-result",
			arrange:    fault(simulator.Fault{Operation: simulator.OpResult, Kind: "timeout"}),
			operations: []operation{read, data},
			after:      20 * time.Second,
		},
		{
			name:       "within clear-data",
			arrange:    fault(simulator.Fault{Operation: simulator.OpClear, Kind: "slow-body"}),
			operations: []operation{destroy},
			after:      20 * time.Second,
		},
		{
			name: "blocked by Retry-After",
			arrange: func(t *testing.T, i *interruption) {
				for _, op := range []simulator.Operation{simulator.OpGenerate, simulator.OpResult, simulator.OpClear} {
					fault(simulator.Fault{Operation: op, Kind: "service-busy", RetryAfter: "45"})(t, i)
				}
			},
			operations: []operation{create, read, destroy, data},
			after:      20 * time.Second,
		},
		{
			name:       "until the session is finished",
			arrange:    func(*testing.T, *interruption) {},
			operations: []operation{destroy, data},
			after:      10*time.Minute + 123*time.Millisecond,
		},
		{
			name:       "until an erasure is confirmed",
			arrange:    fault(simulator.Fault{Operation: simulator.OpClear, Kind: "in-processing"}),
			operations: []operation{destroy},
			after:      10*time.Minute + 123*time.Millisecond,
		},
	} {
		for _, op := range test.operations {
			t.Run(test.name+"/"+op.name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					sim := simulator.New(simulator.Config{})
					i := &interruption{sim: sim, network: &refusing{RoundTripper: sim.Transport()}}
					i.server = prototest.Configured(t, i.network, patient)
					i.r = i.server.NewResource(typeName)
					if op.created {
						if diags := i.r.Configure(t.Context(), unfinished); diags.HasError() {
							t.Fatal(diags)
						}
						i.server = prototest.Configured(t, i.network, patient) // with a token yet to mint
						i.r = i.r.On(i.server)
					}
					before := i.r.State
					test.arrange(t, i)

					time.AfterFunc(test.after, i.server.Stop)
					begun := time.Now()
					diags := op.begin(t, i)
					if took := time.Since(begun) - test.after; took < 0 || took > 2*time.Second {
						t.Errorf("it ended %s after the interrupt, want 0 to 2 s after it; it said:\n%s", took, diags)
					}
					if !i.r.State.Equal(before) {
						t.Errorf("the state is %v, want it as before", i.r.Values())
					}
					said := diags.Errors().String()
					wants := []string{"interrupted"}
					if op.name == "destroy" {
						wants = append(wants, "stays in the state")
					}
					if id, ok := i.r.Values()["signature_id"].(string); ok {
						wants = append(wants, id)
					}
					for _, want := range wants {
						if !strings.Contains(said, want) {
							t.Errorf("want %q in:\n%s", want, said)
						}
					}
				})
			})
		}
	}
}

// A generate-url that was sent is completed, and the session that it created is
// in the state.
func TestInterrupt_sentGenerate(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		latency time.Duration
		fault   string
		ends    time.Duration
		created bool
	}{
		{name: "response", latency: 20 * time.Second, ends: 20 * time.Second, created: true},
		{name: "response without a link", latency: 20 * time.Second, fault: "no-url", ends: 20 * time.Second, created: true},
		{name: "request timeout", latency: 40 * time.Second, ends: 30 * time.Second},
		{name: "refusal", latency: 20 * time.Second, fault: "region-wrong", ends: 20 * time.Second},
		{name: "no retry", latency: 20 * time.Second, fault: "error", ends: 20 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := simulator.New(simulator.Config{})
				server := prototest.Configured(t, sim.Transport(), nil)
				r := server.NewResource(typeName)
				warmUp(t, sim, server)
				sim.SetBehaviour(simulator.Behaviour{LatencyMin: simulator.Seconds(test.latency.Seconds())})
				if test.fault != "" {
					if err := sim.Inject(simulator.Fault{Operation: simulator.OpGenerate, Kind: test.fault, AfterEffect: true}); err != nil {
						t.Fatal(err)
					}
				}

				time.AfterFunc(5*time.Second, server.Stop)
				begun, calls := time.Now(), sim.CallCount(simulator.OpGenerate)
				diags := r.Configure(t.Context(), unfinished)
				if took := time.Since(begun); took < test.ends || took > test.ends+2*time.Second {
					t.Errorf("it ended after %s, want %s", took, test.ends)
				}
				if got := sim.CallCount(simulator.OpGenerate) - calls; got != 1 {
					t.Errorf("%d calls of generate-url, want 1", got)
				}
				if r.Exists() != test.created || diags.HasError() == (test.created && test.fault == "") {
					t.Errorf("in the state: %t, want %t; it said:\n%s", r.Exists(), test.created, diags)
				}
				if _, known := sim.Session(text(r.Values()["signature_id"])); known != test.created {
					t.Errorf("the state has %v, which the API knows: %t, want %t", r.Values(), known, test.created)
				}
			})
		})
	}
}

// warmUp lets the provider mint its token.
func warmUp(t *testing.T, sim *simulator.Simulator, server *prototest.Server) {
	t.Helper()
	if diags := server.NewResource(typeName).Configure(t.Context(), unfinished); diags.HasError() {
		t.Fatal(diags)
	}
	if got := sim.CallCount(simulator.OpToken); got != 1 {
		t.Fatalf("%d tokens, want 1", got)
	}
}

// Of many operations at the same time, those that were sent are completed, and
// those that wait for the limiter end: there is no third kind.
func TestInterrupt_many(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const many = 30
		sim := simulator.New(simulator.Config{})
		server := prototest.Configured(t, sim.Transport(), prototest.Object{"requests_per_second": 1.0})
		warmUp(t, sim, server)
		sim.SetBehaviour(simulator.Behaviour{LatencyMin: 10})

		const after = 20*time.Second + 500*time.Millisecond
		begun := time.Now()
		time.AfterFunc(after, server.Stop)
		var all sync.WaitGroup
		var created, canceled int
		var mu sync.Mutex
		for range many {
			all.Go(func() {
				r := server.NewResource(typeName)
				diags := r.Configure(t.Context(), unfinished)
				took := time.Since(begun) - after
				mu.Lock()
				defer mu.Unlock()
				switch {
				case r.Exists() && !diags.HasError() && took <= 10*time.Second:
					created++
				case !r.Exists() && strings.Contains(diags.Errors().String(), "interrupted") && took <= 2*time.Second:
					canceled++
				default:
					t.Errorf("%s after the interrupt, in the state: %t; it said:\n%s", took, r.Exists(), diags)
				}
			})
		}
		all.Wait()
		if got, want := created, len(sim.Sessions())-1; got != want || got+canceled != many || canceled == 0 || created <= 10 {
			t.Errorf("%d created and %d canceled of %d, and the API made %d; want as many created as made, more than 10, and some canceled", created, canceled, many, want)
		}
	})
}

// Ctrl-C during a destroy that waits: it ends within seconds, all sessions are
// still in the state, and the error says why.
func TestAccInterrupt_destroy(t *testing.T) {
	t.Parallel()
	skipWithoutSignals(t)
	sim := acctest.NewSimulator(t, simulator.Config{})
	tf := acctest.NewTerraform(t, sim.ProviderConfig()+manySessions(3, "user-${count.index}"))
	tf.Run("apply", "-auto-approve")

	running := tf.Start("destroy", "-auto-approve")
	acctest.Eventually(t, "three refused erasures", func() bool { return sim.CallCount(simulator.OpClear) >= 3 })
	begun := time.Now()
	interruptAll(t, tf, running)
	output, exit := running.Wait()
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("it went on for %s, want a few seconds", took)
	}
	if exit != 1 {
		t.Errorf("exit code %d, want 1", exit)
	}
	said := acctest.Unwrapped(output)
	for _, want := range []string{"Unable to Erase Liveness Session", "was interrupted after", "stays in the state"} {
		if got := strings.Count(said, want); got != 3 {
			t.Errorf("%d times %q, want it 3 times in:\n%s", got, want, output)
		}
	}
	state := sessionsInState(t, tf)
	for _, s := range sim.Sessions() {
		if !state[s.SignatureID] || s.State != simulator.StateIssued {
			t.Errorf("session %s is %s and in the state: %t; want it untouched", s.SignatureID, s.State, state[s.SignatureID])
		}
	}
}

// Ctrl-C while sessions are being created: what the API creates is in the state.
func TestAccInterrupt_create(t *testing.T) {
	t.Parallel()
	skipWithoutSignals(t)
	sim := acctest.NewSimulator(t, simulator.Config{Latency: 2 * time.Second})
	tf := acctest.NewTerraform(t, sim.ProviderConfig()+manySessions(4, "user-${count.index}"))
	running := tf.Start("apply", "-auto-approve", "-parallelism=3")
	acctest.Eventually(t, "three sessions that are being made", func() bool { return sim.CallCount(simulator.OpGenerate) >= 3 })
	interruptAll(t, tf, running)
	output, exit := running.Wait()
	if exit != 1 {
		t.Errorf("exit code %d, want 1", exit)
	}
	state := sessionsInState(t, tf)
	if got := len(sim.Sessions()); got != 3 || len(state) != 3 {
		t.Errorf("the API made %d sessions and the state has %d, want 3; output:\n%s", got, len(state), output)
	}
	for _, s := range sim.Sessions() {
		if !state[s.SignatureID] {
			t.Errorf("session %s is not in the state; output:\n%s", s.SignatureID, output)
		}
	}
}
