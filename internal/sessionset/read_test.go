package sessionset_test

import (
	"testing"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/audit"
	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// Results are no drift.
func TestRead_results(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		whole := config(users("a", "b", "c", "d"), nil)
		r := e.create(t, whole)
		e.finish(t, r, simulator.ResultPass, "a")
		e.finish(t, r, simulator.ResultFail, "b")
		e.finish(t, r, simulator.ResultIncomplete, "c")
		calls := e.total()
		refresh(t, r)
		prototest.WantEmptyPlan(t, r, whole)
		time.Sleep(2 * time.Hour)
		refresh(t, r)
		prototest.WantEmptyPlan(t, r, whole)
		if got := e.total() - calls; got != 9 { // a new token too
			t.Errorf("%d calls, want one for each session and read", got)
		}
	})
}

// A session that the API does not know leaves the maps, and the next apply proves
// what became of it.
func TestRead_gone(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		whole := config(users("a", "b", "c"), nil)
		r := e.create(t, whole)
		gone, kept := idOf(r, "b"), idOf(r, "a")
		e.Forget(gone)
		prototest.WantWarning(t, r.Refresh(t.Context()), "Liveness Sessions Are Gone", gone, `key "b"`, "nothing was erased by this run")
		wantKeys(t, r, false, "a", "c")
		wantUncleared(t, r, gone)
		prototest.WantWarning(t, r.Refresh(t.Context()), "Are Gone", gone)

		plan := r.Plan(t.Context(), whole)
		prototest.WantWarning(t, plan.Diagnostics, "Not Known to the API", gone)
		if planned := plannedMap(t, plan, "signature_ids"); planned["b"] != prototest.Unknown || planned["a"] != kept {
			t.Errorf("planned %v", planned)
		}
		prototest.WantWarning(t, r.Apply(t.Context(), plan), "Liveness Sessions Were Gone", gone, "no erasure was confirmed")
		wantKeys(t, r, true, "a", "b", "c")
		wantUncleared(t, r)
		e.wantEvents(t, gone, audit.SessionCreated, audit.SessionGone)
		prototest.WantEmptyPlan(t, r, whole)
	})
}

// One that is known again after all stays uncleared until it is erased.
func TestRead_knownAgain(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		whole := config(users("a"), nil)
		r := e.create(t, whole)
		id := idOf(r, "a")
		e.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: "signature-not-exist", Count: 2})
		prototest.WantWarning(t, r.Refresh(t.Context()), "Are Gone", id)
		refresh(t, r)
		wantUncleared(t, r, id)
		prototest.WantNothing(t, apply(t, r, whole)) // makes another one, and leaves it: it is not finished
		wantUncleared(t, r, id)
		wantKeys(t, r, true, "a")
		prototest.WantEmptyPlan(t, r, whole)
		e.finishID(t, id, simulator.ResultPass)
		refresh(t, r)
		prototest.WantNothing(t, apply(t, r, whole))
		e.wantCleared(t, id, true)

		// Without a refresh in between, the erasure finds it out.
		id = idOf(r, "a")
		e.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: "signature-not-exist", Count: 2})
		prototest.WantWarning(t, r.Refresh(t.Context()), "Are Gone", id)
		prototest.WantWarning(t, apply(t, r, whole), "Not Cleared Yet", id)
		prototest.WantEmptyPlan(t, r, whole)
	})
}

// A stray answer costs no session.
func TestRead_strayAnswer(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, config(users("a", "b"), nil))
		e.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: "signature-not-exist"})
		refresh(t, r)
		wantKeys(t, r, true, "a", "b")
	})
}

// A failure changes nothing at all.
func TestRead_fails(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, config(users("a", "b", "c"), nil))
		e.Forget(idOf(r, "b"))
		e.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: "error", SignatureID: idOf(r, "c")})
		state, private := r.State, string(r.Private)
		e.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: "error", SignatureID: idOf(r, "a"), Message: "no user-a at " + mapOf(r, "urls")["a"]})
		diags := r.Refresh(t.Context())
		if len(diags.Errors()) != 2 {
			t.Fatalf("want an error for each message, got:\n%s", diags)
		}
		prototest.WantText(t, diags.String(), "no [redacted] at [redacted]")
		prototest.WantText(t, diags.String(), "Unable to Read Liveness Sessions", idOf(r, "c"), `key "c"`, "Error code: ERROR", "the state is as it was")
		if !r.State.Equal(state) || string(r.Private) != private {
			t.Error("the state was changed")
		}
	})
}

// A refresh that takes too long says what helps: it uses the timeout in the state.
func TestRead_timeout(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, config(numbered(30), prototest.Object{"parallelism": 1, "timeouts": prototest.Object{"read": "10s"}}))
		e.SetBehaviour(simulator.Behaviour{LatencyMin: 1})
		prototest.WantError(t, r.Refresh(t.Context()), "of 30 sessions could not be read", "timeout passed", "set a longer timeouts.read and apply it with -refresh=false")

		longer := config(numbered(30), prototest.Object{"parallelism": 1, "timeouts": prototest.Object{"read": "1m"}})
		prototest.WantNothing(t, apply(t, r, longer))
		refresh(t, r)
		prototest.WantEmptyPlan(t, r, longer)
	})
}

// "Not known" from another endpoint, or for an account that is not known, proves
// nothing, neither for a refresh nor for a destroy.
func TestRead_otherOrigin(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		other := simulator.New(simulator.Config{})
		r := e.create(t, config(users("a", "b"), nil))
		e.finishAll(t, simulator.ResultPass)
		elsewhere := r.On(prototest.Configured(t, other.Transport(), prototest.Object{"endpoint": "http://127.0.0.2"}))
		prototest.WantError(t, elsewhere.Refresh(t.Context()), "2 of 2 sessions", "http://127.0.0.2 does not know session", "made at http://127.0.0.1", "proves nothing")
		prototest.WantError(t, destroy(t, elsewhere), "2 of 2 sessions", "http://127.0.0.2 does not know session", "proves nothing", "remove the set from the state")
		wantKeys(t, elsewhere, true, "a", "b")
		prototest.WantNothing(t, destroy(t, r))
	})
	withFakeTime(t, func(t *testing.T, e env) {
		e.SetBehaviour(simulator.Behaviour{OpaqueTokens: true})
		token := e.MintToken(simulator.Account{CustomerID: 1, AccountID: 1}, time.Hour)
		r := e.another(t, prototest.Object{"access_key": nil, "secret_key": nil, "access_token": token}).NewResource(typeName)
		prototest.WantNothing(t, r.Configure(t.Context(), config(users("a"), nil)))
		forgotten := idOf(r, "a")
		e.Forget(forgotten)
		prototest.WantError(t, r.Refresh(t.Context()), forgotten, "by an account that is not known", "proves nothing")
	})
}

// A SUCCESS proves that the account sees a session, so its "not known" counts from
// then on: keys can be rotated.
func TestRead_learnsTheAccount(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		e.SetBehaviour(simulator.Behaviour{OpaqueTokens: true})
		token := e.MintToken(simulator.Account{CustomerID: 1, AccountID: 1}, time.Hour)
		r := e.another(t, prototest.Object{"access_key": nil, "secret_key": nil, "access_token": token}).NewResource(typeName)
		prototest.WantNothing(t, r.Configure(t.Context(), config(users("a"), nil)))
		r = r.On(e.server)
		refresh(t, r)
		e.Forget(idOf(r, "a"))
		prototest.WantWarning(t, r.Refresh(t.Context()), "Liveness Sessions Are Gone")
	})
}
