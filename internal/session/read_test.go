package session_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// What became of a session is no drift, in whichever way the API shows it.
func TestRead_outcomeIsNoDrift(t *testing.T) {
	t.Parallel()
	gaveUp := simulator.Outcome{Result: simulator.ResultIncomplete, Captured: new(true)}
	for name, test := range map[string]struct {
		behaviour simulator.Behaviour
		outcome   *simulator.Outcome
		erased    bool
	}{
		"pending, null error code": {behaviour: simulator.Behaviour{Pending: simulator.PendingIncomplete}},
		"pending, null data":       {behaviour: simulator.Behaviour{Pending: simulator.PendingNullData}},
		"pending, null result":     {behaviour: simulator.Behaviour{Pending: simulator.PendingNullResult}},
		"nothing echoed":           {behaviour: simulator.Behaviour{EchoParameters: simulator.EchoNone}},
		"passed":                   {outcome: &simulator.Outcome{Result: simulator.ResultPass}},
		"passed, all switches": {
			outcome: &simulator.Outcome{Result: simulator.ResultPass},
			behaviour: simulator.Behaviour{
				FaceDetail: simulator.FaceDetailSmall, EventTime: simulator.EventTimeTimestmap,
				FaceVideo: simulator.FaceVideoLink, EchoParameters: simulator.EchoAll, MessageDrift: true,
			},
		},
		"failed":                      {outcome: &simulator.Outcome{Result: simulator.ResultFail}},
		"attacked":                    {outcome: &simulator.Outcome{Result: simulator.ResultFail, ErrorCode: "LIVENESS_ATTACK"}},
		"given up":                    {outcome: &gaveUp},
		"erased, blanked":             {outcome: &simulator.Outcome{Result: simulator.ResultPass}, erased: true, behaviour: simulator.Behaviour{AfterClear: simulator.AfterClearBlanked}},
		"erased, success":             {outcome: &simulator.Outcome{Result: simulator.ResultFail}, erased: true, behaviour: simulator.Behaviour{AfterClear: simulator.AfterClearSuccess}},
		"erased, and nothing is told": {outcome: &gaveUp, erased: true, behaviour: simulator.Behaviour{AfterClear: simulator.AfterClearBlanked, EchoParameters: simulator.EchoNone}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				e.SetBehaviour(test.behaviour)
				r := e.create(t, full(nil))
				before := r.Values()
				if test.outcome != nil {
					if err := e.Finish(idOf(r), *test.outcome); err != nil {
						t.Fatal(err)
					}
				}
				if test.erased {
					e.erase(t, r)
				}
				for range 2 {
					refresh(t, r)
					if diff := cmp.Diff(before, r.Values()); diff != "" {
						t.Errorf("state (-before +after):\n%s", diff)
					}
					wantEmptyPlan(t, r, full(nil))
				}
				time.Sleep(2 * time.Hour) // the link has long expired
				refresh(t, r)
				wantEmptyPlan(t, r, full(nil))
			})
		})
	}
}

func TestRead_removesWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"forgotten", "erased", "with a full stop"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				r := e.create(t, minimal(nil))
				id := idOf(r)
				switch kind {
				case "forgotten":
					e.Forget(id)
				case "erased":
					e.finish(t, r, simulator.ResultPass)
					e.erase(t, r)
				default:
					e.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: "signature-not-exist"})
				}
				wantWarning(t, r.Refresh(t.Context()), "Liveness Session Is Gone", id, "nothing was erased by this run")
				if r.Exists() {
					t.Fatalf("the state has %v, want nothing", r.Values())
				}
				wantNothing(t, r.Configure(t.Context(), minimal(nil)))
				if idOf(r) == id {
					t.Error("want a new session")
				}
			})
		})
	}
}

// A failing read leaves the state as it was, for no answer but one says that
// a session is gone.
func TestRead_survivesEveryAnswer(t *testing.T) {
	t.Parallel()
	for _, kind := range simulator.FaultKinds() {
		if kind.Kind == "envelope" || !slices.Contains(kind.Operations, simulator.OpResult) {
			continue
		}
		t.Run(kind.Kind, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				r := e.create(t, minimal(nil))
				before := r.Values()
				e.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: kind.Kind, Count: -1})
				started := time.Now()
				diags := r.Refresh(t.Context())
				if took := time.Since(started); took > time.Minute {
					t.Errorf("took %s, want an end by timeouts.read", took)
				}
				if strings.HasPrefix(kind.Kind, "signature-not-exist") {
					wantWarning(t, diags, "Gone")
					return
				}
				if diff := cmp.Diff(before, r.Values()); diff != "" {
					t.Errorf("state (-before +after):\n%s", diff)
				}
				if diags.HasError() {
					wantError(t, diags, "Unable to Read Liveness Session", idOf(r), "the state is as it was")
				}
			})
		})
	}
}

func TestRead_obeysItsTimeout(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, minimal(prototest.Object{"timeouts": prototest.Object{"read": "7s"}}))
		e.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: "timeout", Count: -1})
		started := time.Now()
		wantError(t, r.Refresh(t.Context()), "timeout passed", "timeouts")
		if took := time.Since(started); took != 7*time.Second {
			t.Errorf("took %s, want 7s", took)
		}
	})
}

// "Not known" from another origin proves nothing: neither a read nor a destroy
// believes it, and both say where the session was made.
func TestOriginMismatch_notKnown(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		keys  simulator.Config
		block prototest.Object
		want  []string
	}{
		"another endpoint": {
			block: prototest.Object{"endpoint": "http://127.0.0.1:81/gateway/"},
			want:  []string{"http://127.0.0.1:81/gateway does not know", "was made at http://127.0.0.1.", "endpoint"},
		},
		"another account": {
			keys:  simulator.Config{AccessKey: "otheraccesskey"},
			block: prototest.Object{"access_key": "otheraccesskey"},
			want:  []string{"was made at http://127.0.0.1 by another account"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				made := e.create(t, minimal(nil))
				other := simulator.New(test.keys)
				transport := other.Transport()
				if test.block["endpoint"] != nil {
					transport = withoutPath(transport, "/gateway")
				}
				r := made.On(prototest.Configured(t, transport, test.block))

				want := append([]string{idOf(r), "proves nothing", "terraform state rm"}, test.want...)
				wantError(t, r.Refresh(t.Context()), append(want, "Unable to Read Liveness Session")...)
				wantError(t, r.Destroy(t.Context()), append(want, "Unable to Erase Liveness Session")...)
				if !r.Exists() {
					t.Error("the session left the state")
				}

				// At home all is well.
				e.finish(t, made, simulator.ResultPass)
				refresh(t, made)
				wantNothing(t, destroy(t, e, r.On(e.server)))
			})
		})
	}
}

// A session that is still known is read and erased from wherever that is: only
// "not known" is a matter of where one asks.
func TestOriginMismatch_known(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, minimal(nil)).On(e.another(t, prototest.Object{"endpoint": "http://localhost"}))
		e.finish(t, r, simulator.ResultPass)
		refresh(t, r)
		wantNothing(t, destroy(t, e, r))
	})
}

// While an argument of the provider is unknown nothing is called: a create
// plans as always and a read keeps the state.
func TestUnknownProviderArguments(t *testing.T) {
	t.Parallel()
	for _, block := range []prototest.Object{
		{"access_key": prototest.Unknown, "secret_key": prototest.Unknown},
		{"endpoint": prototest.Unknown, "access_key": "a", "secret_key": "b"},
		{"access_token": prototest.Unknown},
		{"token_endpoint": prototest.Unknown},
		{"request_timeout": prototest.Unknown},
		{"token_period_seconds": prototest.Unknown},
		{"max_retries": prototest.Unknown},
		{"requests_per_second": prototest.Unknown},
	} {
		withFakeTime(t, func(t *testing.T, e env) {
			made := e.refreshed(t, minimal(nil))
			calls := e.total()
			unsure := prototest.NewServer(t, e.Transport())
			wantNothing(t, unsure.Configure(block))

			r := unsure.NewResource(typeName)
			plan := r.Plan(t.Context(), minimal(nil))
			wantNothing(t, plan.Diagnostics)
			if plan.Planned.IsNull() {
				t.Error("want a create to be planned")
			}

			diags := r.Import(t.Context(), idOf(made))
			wantError(t, diags, "Provider Configuration Not Known Yet", "The import", "-target")
			for name, v := range block {
				if v == prototest.Unknown {
					wantText(t, diags.String(), `"`+name+`"`)
				}
			}

			old := made.On(unsure)
			refresh(t, old)
			if diff := cmp.Diff(made.Values(), old.Values()); diff != "" || !bytes.Equal(old.Private, made.Private) {
				t.Errorf("state after a read (-before +after):\n%s", diff)
			}
			wantEmptyPlan(t, old, minimal(nil))

			// Terraform knows all before it applies; should it not, nothing
			// may happen, and above all no crash.
			wantError(t, r.Apply(t.Context(), plan), "Provider Configuration Not Known Yet")
			wantError(t, old.Destroy(t.Context()), "Provider Configuration Not Known Yet")
			if r.Exists() || !old.Exists() || e.total() != calls {
				t.Errorf("created %t, destroyed %t, %d calls; want nothing to have happened", r.Exists(), !old.Exists(), e.total()-calls)
			}
		})
	}
}
