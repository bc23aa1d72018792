package sessionset_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// An unknown map makes all unknown, and an unknown value its key. The apply makes
// nothing where the value is what it was.
func TestUpdate_unknown(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		atPlan    prototest.Object
		whole     bool // the maps are unknown as a whole
		isUnknown []string
	}{
		"the map":     {config(prototest.Unknown, nil), true, nil},
		"a value":     {config(prototest.Object{"a": prototest.Unknown, "b": "user-b"}, nil), false, []string{"a"}},
		"an argument": {config(users("a", "b"), prototest.Object{"return_url": prototest.Unknown}), false, []string{"a", "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				r := e.create(t, config(users("a", "b"), nil))
				before := mapOf(r, "signature_ids")
				e.finishAll(t, simulator.ResultPass)
				refresh(t, r)
				plan := r.Plan(t.Context(), test.atPlan)
				prototest.WantNothing(t, plan.Diagnostics)
				for _, attribute := range []string{"signature_ids", "urls", "expires_at"} {
					planned := plannedMap(t, plan, attribute)
					if (planned == nil) != test.whole {
						t.Errorf("%s is planned as %v", attribute, plan.Values(t)[attribute])
					}
					for key := range planned {
						if want := slices.Contains(test.isUnknown, key); (planned[key] == prototest.Unknown) != want {
							t.Errorf("key %s of %s is planned as %v; unknown: want %t", key, attribute, planned[key], want)
						}
					}
				}
				plan.Become(r, config(users("a", "b"), nil))
				calls := e.total()
				prototest.WantNothing(t, r.Apply(t.Context(), plan))
				if e.total() != calls || !maps.Equal(mapOf(r, "signature_ids"), before) {
					t.Errorf("%d calls; from %v to %v", e.total()-calls, before, mapOf(r, "signature_ids"))
				}
				wantKeys(t, r, true, "a", "b")

				plan = r.Plan(t.Context(), test.atPlan)
				plan.Become(r, config(prototest.Object{"a": "user-other", "b": "user-b"}, nil))
				if name == "an argument" {
					plan.Become(r, config(users("a", "b"), prototest.Object{"return_url": "https://app.example.com/other"}))
				}
				prototest.WantNothing(t, r.Apply(t.Context(), plan))
				if idOf(r, "a") == before["a"] {
					t.Error("key a was not replaced")
				}
				e.wantCleared(t, before["a"], true)
			})
		})
	}
}

// A refresh sees that links have expired; the plan goes by that, and a saved one
// stays what it is.
func TestUpdate_renews(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		whole := config(users("a", "b", "c"), prototest.Object{"renew_when_expired": true})
		r := e.create(t, whole)
		before := mapOf(r, "signature_ids")
		e.finish(t, r, simulator.ResultPass, "b")
		refresh(t, r)
		saved := r.Plan(t.Context(), config(users("a", "b", "c", "d"), prototest.Object{"renew_when_expired": true}))
		time.Sleep(90 * time.Minute)
		prototest.WantEmptyPlan(t, r, whole) // without a refresh
		prototest.WantNothing(t, r.Apply(t.Context(), saved))
		for key, id := range before {
			if idOf(r, key) != id {
				t.Errorf("a saved plan replaced key %s", key)
			}
		}

		refresh(t, r)
		whole = config(users("a", "b", "c", "d"), prototest.Object{"renew_when_expired": true})
		plan := r.Plan(t.Context(), whole)
		planned := plannedMap(t, plan, "signature_ids")
		if planned["a"] != prototest.Unknown || planned["b"] != before["b"] || planned["c"] != prototest.Unknown || planned["d"] == prototest.Unknown {
			t.Errorf("planned %v", planned)
		}
		prototest.WantNothing(t, r.Apply(t.Context(), plan))
		wantKeys(t, r, true, "a", "b", "c", "d")
		wantUncleared(t, r)
		e.wantCleared(t, before["a"], true)
		e.wantCleared(t, before["b"], false)
		refresh(t, r)
		prototest.WantEmptyPlan(t, r, whole)
	})
}

// A set that is not complete becomes so without a call, if nothing is missing any
// more.
func TestUpdate_completeAgain(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, config(users("a", "b"), prototest.Object{"renew_when_expired": true}))
		time.Sleep(2 * time.Hour)
		refresh(t, r)
		e.inject(t, simulator.Fault{Operation: simulator.OpGenerate, Kind: "parameter-error", Count: -1})
		if diags := apply(t, r, config(users("a", "b"), prototest.Object{"renew_when_expired": true})); !diags.HasError() {
			t.Fatal("want an error")
		}
		wantKeys(t, r, false, "a", "b")
		calls := e.total()
		plan := r.Plan(t.Context(), config(users("a", "b"), nil))
		if plan.Values(t)["complete"] != true {
			t.Errorf("complete is planned as %v", plan.Values(t)["complete"])
		}
		prototest.WantNothing(t, r.Apply(t.Context(), plan))
		wantKeys(t, r, true, "a", "b")
		if e.total() != calls {
			t.Errorf("%d calls were made", e.total()-calls)
		}
	})
}

// An unknown renew_when_expired may become true.
func TestUpdate_unknownRenewal(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, config(users("a"), nil))
		old := idOf(r, "a")
		time.Sleep(2 * time.Hour)
		refresh(t, r)
		plan := r.Plan(t.Context(), config(users("a"), prototest.Object{"renew_when_expired": prototest.Unknown}))
		if planned := plannedMap(t, plan, "signature_ids"); planned["a"] != prototest.Unknown {
			t.Errorf("key a is planned as %v", planned["a"])
		}
		plan.Become(r, config(users("a"), prototest.Object{"renew_when_expired": true}))
		prototest.WantNothing(t, r.Apply(t.Context(), plan))
		if idOf(r, "a") == old {
			t.Error("the session was not renewed")
		}
	})
}

// An unknown bool or number is not taken for false or 0, which a session may have
// been made with.
func TestUpdate_unknownArgument(t *testing.T) {
	t.Parallel()
	for name, base := range map[string]prototest.Object{
		"iframe_enabled":          {"iframe_enabled": false},
		"callback_url_wo_version": {"callback_url_wo": "https://app.example.com/callback", "callback_url_wo_version": 0},
	} {
		withFakeTime(t, func(t *testing.T, e env) {
			r := e.create(t, config(users("a"), base))
			e.finishAll(t, simulator.ResultPass)
			refresh(t, r)
			unknown := config(users("a"), base)
			unknown[name] = prototest.Unknown
			if planned := plannedMap(t, r.Plan(t.Context(), unknown), "signature_ids"); planned["a"] != prototest.Unknown {
				t.Errorf("%s: key a is planned as %v", name, planned["a"])
			}
		})
	}
}
