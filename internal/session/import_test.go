package session_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// A configuration that leaves the business id to the provider fits a session
// that has one.
func TestImport_minimal(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		made := e.create(t, minimal(nil))
		r := e.imported(t)
		prototest.WantEmptyPlan(t, r, minimal(nil))
		if text(r, "biz_id") != text(made, "biz_id") {
			t.Errorf("biz_id is %q, want %q", text(r, "biz_id"), text(made, "biz_id"))
		}
	})
}

// What the API may not have told is settled in place, for the session's life,
// without a call and without another session, and the plan names it.
func TestImport_settlesInPlace(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		e.create(t, full(nil))
		r := e.imported(t)
		id, calls := idOf(r), e.total()
		settle := func(config prototest.Object, names string) {
			t.Helper()
			plan := r.Plan(t.Context(), config)
			prototest.WantWarning(t, plan.Diagnostics, "Imported Session Keeps Its Parameters", id, "change of "+names+" is only written to the state", "keeps what it was made with")
			if strings.Contains(plan.Diagnostics.String(), "secret") || strings.Contains(plan.Diagnostics.String(), "login") {
				t.Errorf("the warning has a value:\n%s", plan.Diagnostics)
			}
			if plan.IsEmpty(r) || len(plan.RequiresReplace) > 0 {
				t.Fatalf("replaces for %q, want a change in place", plan.RequiresReplace)
			}
			prototest.WantNothing(t, r.Apply(t.Context(), plan))
			prototest.WantEmptyPlan(t, r, config)
		}

		// A value for null, and null for a value, as a generated configuration
		// has for sensitive arguments.
		generated := full(prototest.Object{"language": nil, "callback_url": nil, "timeouts": prototest.Object{"delete": "5m"}})
		settle(generated, "callback_url, iframe_enabled, language, liveness_type")
		if r.Values()["liveness_type"] != "login" || r.Values()["language"] != nil {
			t.Errorf("got %v, want the configuration's values", r.Values())
		}
		if idOf(r) != id || e.total() != calls {
			t.Errorf("got session %s after %d calls, want %s and none", idOf(r), e.total()-calls, id)
		}
		refresh(t, r)
		prototest.WantEmptyPlan(t, r, generated)

		// The true values, later.
		settle(full(prototest.Object{"language": nil}), "callback_url")

		// Another value is another session.
		for name, v := range (prototest.Object{"liveness_type": "ACTION", "iframe_enabled": true, "callback_url": "https://app.example.com/other"}) {
			later := full(prototest.Object{"language": nil, name: v})
			if got := r.Plan(t.Context(), later).RequiresReplace; len(got) != 1 || got[0] != name {
				t.Errorf("changing %s later replaces for %q, want for it", name, got)
			}
		}
	})
}

// A plan that replaces an imported session anyway has nothing to say about what
// is settled.
func TestImport_replaced(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		made := e.create(t, full(nil))
		e.finish(t, made, simulator.ResultPass)
		r := e.imported(t)
		plan := r.Plan(t.Context(), full(prototest.Object{"region": "THA"}))
		prototest.WantNothing(t, plan.Diagnostics)
		if len(plan.RequiresReplace) != 1 {
			t.Errorf("replaces for %q, want for region", plan.RequiresReplace)
		}
	})
}

func TestImport_errors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		behaviour simulator.Behaviour
		id        string // "" is the session's
		erased    bool
		want      []string
	}{
		"an unknown id":  {id: "0000000000000000", want: []string{"0000000000000000", "does not know", "SIGNATURE_NOT_EXIST"}},
		"a blank id":     {id: " ", want: []string{"signature id", "empty"}},
		"nothing echoed": {behaviour: simulator.Behaviour{EchoParameters: simulator.EchoNone}, want: []string{"tells none of the parameters"}},
		"no data yet":    {behaviour: simulator.Behaviour{Pending: simulator.PendingNullData}, want: []string{"tells none of the parameters"}},
		"an erased one":  {erased: true, want: []string{"does not know"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				e.SetBehaviour(test.behaviour)
				made := e.create(t, full(nil))
				if test.erased {
					e.finish(t, made, simulator.ResultPass)
					e.erase(t, made)
				}
				id := test.id
				if id == "" {
					id = e.Sessions()[0].SignatureID
				}
				r := e.server.NewResource(typeName)
				prototest.WantError(t, r.Import(t.Context(), id), append(test.want, "Unable to Import Liveness Session")...)
				if r.Exists() {
					t.Errorf("the state has %v, want nothing", r.Values())
				}
			})
		})
	}
}

// An echo of nothing but nulls is an empty echo.
func TestImport_ofNulls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Config{})
		e := env{sim, prototest.Configured(t, withEcho(sim.Transport(), `{"returnUrl":null,"userId":null,"ignoreFailWhenJump":false}`), nil)}
		made := e.create(t, full(nil))
		r := e.server.NewResource(typeName)
		prototest.WantError(t, r.Import(t.Context(), idOf(made)), "tells none of the parameters")
	})
}

// A failing read during the import records nothing.
func TestImport_survivesTrouble(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"error", "html-200", "data-array", "reset", "iam-country", "data-wrong-type"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				made := e.create(t, full(nil))
				e.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: kind, Count: -1})
				r := e.server.NewResource(typeName)
				if diags := r.Import(t.Context(), idOf(made)); !diags.HasError() || r.Exists() {
					t.Errorf("got %v and:\n%s", r.Values(), diags)
				}
			})
		})
	}
}

// An erased session of which the API still tells something can be imported,
// and what was erased of it is settled by the configuration.
func TestImport_blanked(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		e.SetBehaviour(simulator.Behaviour{AfterClear: simulator.AfterClearBlanked})
		made := e.create(t, minimal(prototest.Object{"biz_id": "order-1"}))
		e.finish(t, made, simulator.ResultPass)
		e.erase(t, made)
		r := e.imported(t)
		if r.Values()["user_id"] != nil || text(r, "region") != "PHL" {
			t.Errorf("got user_id %v and region %q, want what the API still tells", r.Values()["user_id"], text(r, "region"))
		}
		prototest.WantWarning(t, r.Configure(t.Context(), minimal(prototest.Object{"biz_id": "order-1"})), "Imported Session Keeps Its Parameters")
		prototest.WantWarning(t, destroy(t, e, r), "Liveness Session Was Gone")
	})
}

// A session that was imported is erased like any other.
func TestImport_thenDestroy(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		made := e.create(t, minimal(nil))
		e.finish(t, made, simulator.ResultPass)
		prototest.WantNothing(t, destroy(t, e, e.imported(t)))
	})
}
