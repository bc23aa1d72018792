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
					prototest.WantEmptyPlan(t, r, full(nil))
				}
				time.Sleep(2 * time.Hour) // the link has long expired
				refresh(t, r)
				prototest.WantEmptyPlan(t, r, full(nil))
			})
		})
	}
}

// A session that the API does not know stays in the state with a mark. The plan
// replaces it, and its destroy asks the API itself.
func TestRead_marksWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"forgotten", "erased", "imported and forgotten"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				r := e.create(t, minimal(nil))
				id := idOf(r)
				e.finish(t, r, simulator.ResultPass)
				switch kind {
				case "forgotten":
					e.Forget(id)
				case "erased":
					e.erase(t, r)
				default:
					r = e.imported(t)
					e.Forget(id)
				}
				before := r.Values()
				prototest.WantWarning(t, r.Refresh(t.Context()), "Liveness Session Is Gone", id, "nothing was erased by this run", "Error code: SIGNATURE_NOT_EXIST", "Transaction id: ")
				if diff := cmp.Diff(before, r.Values()); diff != "" {
					t.Fatalf("state (-before +after):\n%s", diff)
				}

				calls := e.total()
				prototest.WantWarning(t, r.Plan(t.Context(), nil).Diagnostics, "Session Not Known to the API", id, "Nothing was erased by this run", "asks the API again")
				plan := r.Plan(t.Context(), minimal(nil))
				prototest.WantWarning(t, plan.Diagnostics, "Liveness Session Will Be Replaced", id, "Nothing was erased by this run")
				if diff := cmp.Diff([]string{"signature_id"}, plan.RequiresReplace); diff != "" || e.total() != calls {
					t.Errorf("%d calls, and replaced by (-want +got):\n%s", e.total()-calls, diff)
				}
				prototest.WantText(t, r.Apply(t.Context(), plan).String(), "Liveness Session Was Gone", id, "Transaction id: ")
				if idOf(r) == id {
					t.Error("want a new session")
				}
				refresh(t, r)
				prototest.WantEmptyPlan(t, r, minimal(nil))
			})
		})
	}
}

// A later read that finds the session takes the mark away.
func TestRead_knownAgain(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.refreshed(t, minimal(nil))
		e.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: "signature-not-exist", Count: -1})
		prototest.WantWarning(t, r.Refresh(t.Context()), "Liveness Session Is Gone")
		e.ClearFaults()

		// An outage in between changes nothing.
		e.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: "iam-country"})
		prototest.WantError(t, r.Refresh(t.Context()), "the state is as it was")
		prototest.WantText(t, r.Plan(t.Context(), minimal(nil)).Diagnostics.String(), "Liveness Session Will Be Replaced")

		refresh(t, r)
		prototest.WantEmptyPlan(t, r, minimal(nil))
		prototest.WantWarning(t, r.Plan(t.Context(), nil).Diagnostics, "Session Not Finished Yet")
	})
}

// What the API quotes of the session is not passed on.
func TestRead_quotesNothing(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, full(nil))
		e.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: "quoting"})
		diags := r.Refresh(t.Context())
		prototest.WantError(t, diags, "Message: Refused: [redacted]")
		wantNothingConfidential(t, diags.String())
	})
}

// One stray answer is not believed.
func TestRead_strayNotKnown(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, minimal(nil))
		e.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: "signature-not-exist"})
		refresh(t, r)
		prototest.WantEmptyPlan(t, r, minimal(nil))
	})
}

// Stray answers mark a session that the API still knows: its destroy erases it,
// once, and says nothing of a session that was gone.
func TestRead_strayMarkThenDestroy(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, minimal(nil))
		e.finish(t, r, simulator.ResultPass)
		e.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: "signature-not-exist", Count: 2})
		prototest.WantWarning(t, r.Refresh(t.Context()), "Liveness Session Is Gone")
		prototest.WantNothing(t, destroy(t, e, r))
		if got := e.CallCount(simulator.OpClear); got != 1 {
			t.Errorf("got %d clear-data calls, want one", got)
		}
	})
}

// A failing read leaves the state as it was, and so does one that is told that
// the session is gone.
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
					prototest.WantWarning(t, diags, "Liveness Session Is Gone")
				}
				if diff := cmp.Diff(before, r.Values()); diff != "" {
					t.Errorf("state (-before +after):\n%s", diff)
				}
				if diags.HasError() {
					prototest.WantError(t, diags, "Unable to Read Liveness Session", idOf(r), "the state is as it was")
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
		prototest.WantError(t, r.Refresh(t.Context()), "timeout passed", "set a longer timeouts.read and apply it with -refresh=false")
		if took := time.Since(started); took != 7*time.Second {
			t.Errorf("took %s, want 7s", took)
		}
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
			prototest.WantNothing(t, unsure.Configure(block))

			r := unsure.NewResource(typeName)
			plan := r.Plan(t.Context(), minimal(nil))
			prototest.WantNothing(t, plan.Diagnostics)
			if plan.Planned.IsNull() {
				t.Error("want a create to be planned")
			}

			diags := r.Import(t.Context(), idOf(made))
			prototest.WantError(t, diags, "Provider Configuration Not Known Yet", "The import", "-target")
			for name, v := range block {
				if v == prototest.Unknown {
					prototest.WantText(t, diags.String(), `"`+name+`"`)
				}
			}

			old := made.On(unsure)
			refresh(t, old)
			if diff := cmp.Diff(made.Values(), old.Values()); diff != "" || !bytes.Equal(old.Private, made.Private) {
				t.Errorf("state after a read (-before +after):\n%s", diff)
			}
			prototest.WantEmptyPlan(t, old, minimal(nil))

			// Terraform knows all before it applies; should it not, nothing
			// may happen, and above all no crash.
			prototest.WantError(t, r.Apply(t.Context(), plan), "Provider Configuration Not Known Yet")
			prototest.WantError(t, old.Destroy(t.Context()), "Provider Configuration Not Known Yet")
			if r.Exists() || !old.Exists() || e.total() != calls {
				t.Errorf("created %t, destroyed %t, %d calls; want nothing to have happened", r.Exists(), !old.Exists(), e.total()-calls)
			}
		})
	}
}
