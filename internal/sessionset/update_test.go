package sessionset_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/audit"
	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// An update concerns only the keys that differ. Those that were there keep their
// sessions, in the plan and afterwards.
func TestUpdate_keys(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, config(users("keep", "change", "remove"), nil))
		before := mapOf(r, "signature_ids")
		e.finishAll(t, simulator.ResultPass)
		refresh(t, r)

		changed := users("keep", "change", "add")
		changed["change"] = "user-other"
		whole := config(changed, nil)
		plan := r.Plan(t.Context(), whole)
		prototest.WantNothing(t, plan.Diagnostics)
		for _, attribute := range []string{"signature_ids", "urls", "expires_at"} {
			planned := plannedMap(t, plan, attribute)
			if planned["keep"] != mapOf(r, attribute)["keep"] || planned["change"] != prototest.Unknown || planned["add"] != prototest.Unknown || len(planned) != 3 {
				t.Errorf("%s is planned as %v", attribute, planned)
			}
		}
		if plan.Values(t)["uncleared"] != prototest.Unknown || plan.Values(t)["complete"] != prototest.Unknown {
			t.Errorf("uncleared and complete are planned as %v and %v", plan.Values(t)["uncleared"], plan.Values(t)["complete"])
		}
		calls := e.total()
		prototest.WantNothing(t, r.Apply(t.Context(), plan))
		wantKeys(t, r, true, "add", "change", "keep")
		wantUncleared(t, r)
		if idOf(r, "keep") != before["keep"] || idOf(r, "change") == before["change"] {
			t.Errorf("from %v to %v", before, mapOf(r, "signature_ids"))
		}
		e.wantCleared(t, before["keep"], false)
		e.wantCleared(t, before["change"], true)
		e.wantCleared(t, before["remove"], true)
		e.wantEvents(t, before["change"], audit.SessionCreated, audit.DataCleared)
		if e.total()-calls != 4 {
			t.Errorf("%d calls, want two sessions made and two erased", e.total()-calls)
		}
		prototest.WantEmptyPlan(t, r, whole)
	})
}

// A session that is not finished cannot be erased. No update waits for it.
func TestUpdate_unfinished(t *testing.T) {
	t.Parallel()
	t.Run("wait", func(t *testing.T) {
		t.Parallel()
		withFakeTime(t, func(t *testing.T, e env) {
			r := e.create(t, config(users("a", "b"), nil))
			old := idOf(r, "b")
			whole := config(users("a"), nil)
			plan := r.Plan(t.Context(), whole)
			prototest.WantWarning(t, plan.Diagnostics, "Sessions Not Finished Yet", old, "uncleared", "at the latest at about")
			if plan.Values(t)["complete"] != true {
				t.Errorf("complete is planned as %v", plan.Values(t)["complete"])
			}
			started := time.Now()
			prototest.WantWarning(t, r.Apply(t.Context(), plan), "Not Cleared Yet", old, `key "b"`)
			if took := time.Since(started); took > 5*time.Second {
				t.Errorf("the update took %s", took)
			}
			wantKeys(t, r, true, "a")
			wantUncleared(t, r, old)
			e.wantEvents(t, old, audit.SessionCreated)

			// The plan stays empty until a refresh has seen it finished.
			refresh(t, r)
			prototest.WantEmptyPlan(t, r, whole)
			e.finishID(t, old, simulator.ResultPass)
			prototest.WantEmptyPlan(t, r, whole)
			refresh(t, r)
			plan = r.Plan(t.Context(), whole)
			if plan.IsEmpty(r) || plan.Values(t)["uncleared"] != prototest.Unknown {
				t.Fatal("the plan does not erase a finished session")
			}
			if planned := plannedMap(t, plan, "signature_ids"); planned["a"] != idOf(r, "a") {
				t.Errorf("key a is planned as %v", planned["a"])
			}
			prototest.WantNothing(t, r.Apply(t.Context(), plan))
			wantUncleared(t, r)
			e.wantCleared(t, old, true)
			e.wantEvents(t, old, audit.SessionCreated, audit.DataCleared)
			prototest.WantEmptyPlan(t, r, whole)
		})
	})
	t.Run("abandon", func(t *testing.T) {
		t.Parallel()
		withFakeTime(t, func(t *testing.T, e env) {
			r := e.create(t, config(users("a", "b"), prototest.Object{"deletion_policy": "abandon"}))
			old := idOf(r, "b")
			plan := r.Plan(t.Context(), config(users("a"), prototest.Object{"deletion_policy": "abandon"}))
			prototest.WantWarning(t, plan.Diagnostics, "without erasing their data")
			prototest.WantWarning(t, r.Apply(t.Context(), plan), "Abandoned", old, "not erased")
			wantUncleared(t, r)
			e.wantEvents(t, old, audit.SessionCreated, audit.SessionAbandoned)
		})
	})
	t.Run("fail", func(t *testing.T) {
		t.Parallel()
		withFakeTime(t, func(t *testing.T, e env) {
			r := e.create(t, config(users("a", "b"), prototest.Object{"deletion_policy": "fail"}))
			old := idOf(r, "b")
			whole := config(users("a"), prototest.Object{"deletion_policy": "fail"})
			plan := r.Plan(t.Context(), whole)
			prototest.WantWarning(t, plan.Diagnostics, "will end with an error")
			prototest.WantError(t, r.Apply(t.Context(), plan), "Unable to Erase", old, "not finished", `deletion_policy = "wait"`)
			wantKeys(t, r, true, "a")
			wantUncleared(t, r, old) // no id is lost
			e.wantEvents(t, old, audit.SessionCreated, audit.ClearFailed)
			prototest.WantEmptyPlan(t, r, whole)
			e.finishID(t, old, simulator.ResultPass)
			refresh(t, r)
			prototest.WantNothing(t, apply(t, r, whole))
			wantUncleared(t, r)
		})
	})
}

// A session is erased only when its successor exists.
func TestUpdate_successorFails(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, config(users("a", "b"), prototest.Object{"parallelism": 1}))
		before := mapOf(r, "signature_ids")
		e.finishAll(t, simulator.ResultPass)
		refresh(t, r)
		whole := config(users("a", "b"), prototest.Object{"parallelism": 1, "language": "fil"})
		e.inject(t, simulator.Fault{Operation: simulator.OpGenerate, Kind: "parameter-error"})
		prototest.WantError(t, apply(t, r, whole), "Unable to Create", `"a"`, "PARAMETER_ERROR", "stays until its successor")
		wantKeys(t, r, false, "a", "b")
		wantUncleared(t, r)
		if idOf(r, "a") != before["a"] || idOf(r, "b") == before["b"] {
			t.Errorf("from %v to %v", before, mapOf(r, "signature_ids"))
		}
		e.wantCleared(t, before["a"], false)
		e.wantCleared(t, before["b"], true)

		// What was made is not made again.
		second := idOf(r, "b")
		prototest.WantNothing(t, apply(t, r, whole))
		wantKeys(t, r, true, "a", "b")
		if idOf(r, "b") != second || len(e.Sessions()) != 4 {
			t.Errorf("key b has %s, want %s; %d sessions", idOf(r, "b"), second, len(e.Sessions()))
		}
		e.wantCleared(t, before["a"], true)
		prototest.WantEmptyPlan(t, r, whole)
	})
}

// A successor without a link is none, and its id is kept.
func TestUpdate_successorWithoutLink(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, config(users("a"), nil))
		old := idOf(r, "a")
		e.finishAll(t, simulator.ResultPass)
		refresh(t, r)
		whole := config(prototest.Object{"a": "user-other"}, prototest.Object{"deletion_policy": "abandon"})
		e.inject(t, simulator.Fault{Operation: simulator.OpGenerate, Kind: "no-url"})
		prototest.WantError(t, apply(t, r, whole), "gave no link")
		wantKeys(t, r, false, "a")
		wantUncleared(t, r, e.Sessions()[1].SignatureID)
		if idOf(r, "a") != old {
			t.Error("the old session left the maps")
		}
		prototest.WantNothing(t, apply(t, r, whole))
		wantKeys(t, r, true, "a")
		wantUncleared(t, r, e.Sessions()[1].SignatureID)
	})
}

// A shared argument was changed, and the update was interrupted half way: the
// next one goes on where it was.
func TestUpdate_interruptedHalfWay(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, config(numbered(50), prototest.Object{"parallelism": 5}))
		before := mapOf(r, "signature_ids")
		e.finishAll(t, simulator.ResultPass)
		refresh(t, r)
		e.SetBehaviour(simulator.Behaviour{LatencyMin: 1})
		whole := config(numbered(50), prototest.Object{"parallelism": 5, "region": "THA"})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(4500*time.Millisecond, cancel)
		diags := r.Apply(ctx, r.Plan(ctx, whole))
		if !diags.HasError() || r.Values()["complete"] != false {
			t.Errorf("want an error, and complete false:\n%s", diags)
		}
		half := mapOf(r, "signature_ids")
		var replaced []string
		for key, id := range half {
			if before[key] != id {
				replaced = append(replaced, key)
			}
		}
		if len(half) != 50 || len(replaced) == 0 || len(replaced) == 50 || len(e.Sessions()) != 50+len(replaced) {
			t.Fatalf("%d of %d keys have a new session, and there are %d sessions", len(replaced), len(half), len(e.Sessions()))
		}
		for _, key := range replaced {
			if _, ok := mapOf(r, "uncleared")[before[key]]; !ok {
				one, _ := e.Session(before[key])
				if one.State != simulator.StateCleared {
					t.Errorf("session %s of key %s is lost", before[key], key)
				}
			}
		}

		r = r.On(e.another(t, nil))
		e.SetBehaviour(simulator.Behaviour{})
		plan := r.Plan(t.Context(), whole)
		planned := plannedMap(t, plan, "signature_ids")
		for _, key := range replaced {
			if planned[key] != half[key] {
				t.Errorf("key %s is planned as %v, want its new session %s", key, planned[key], half[key])
			}
		}
		prototest.WantNothing(t, r.Apply(t.Context(), plan))
		if len(e.Sessions()) != 100 || r.Values()["complete"] != true || len(mapOf(r, "uncleared")) != 0 {
			t.Errorf("%d sessions, complete %v, uncleared %v", len(e.Sessions()), r.Values()["complete"], mapOf(r, "uncleared"))
		}
		for _, id := range before {
			e.wantCleared(t, id, true)
		}
		prototest.WantEmptyPlan(t, r, whole)

		// And back: all are replaced again.
		back := config(numbered(50), prototest.Object{"parallelism": 5})
		e.finishAll(t, simulator.ResultPass)
		prototest.WantNothing(t, apply(t, r.On(e.server), back))
	})
}

// A digest decides, not the state: what was changed half way and changed back
// needs no other session.
func TestUpdate_changedBack(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		whole := config(users("a", "b"), prototest.Object{"parallelism": 1})
		r := e.create(t, whole)
		kept := idOf(r, "b")
		e.finishAll(t, simulator.ResultPass)
		refresh(t, r)
		e.inject(t, simulator.Fault{Operation: simulator.OpGenerate, Kind: "parameter-error", Skip: 1})
		if diags := apply(t, r, config(users("a", "b"), prototest.Object{"parallelism": 1, "region": "THA"})); !diags.HasError() {
			t.Fatal("want an error")
		}
		e.finishAll(t, simulator.ResultPass)
		refresh(t, r)
		prototest.WantNothing(t, apply(t, r, whole))
		wantKeys(t, r, true, "a", "b")
		if idOf(r, "b") != kept {
			t.Errorf("session %s was replaced by one with the same arguments", kept)
		}
		if e.made() != 5 { // two, one and one failure, and one back
			t.Errorf("%d calls of generate-url, want 5", e.made())
		}
	})
}

// get-result may never say that a transaction is finished (API §5.6). It is when
// its link has expired, so the plan erases it then.
func TestUpdate_neverSeenFinished(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, config(users("a", "b"), nil))
		old := idOf(r, "b")
		whole := config(users("a"), nil)
		prototest.WantWarning(t, apply(t, r, whole), "Not Cleared Yet")
		e.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: "data-empty", SignatureID: old, Count: -1})
		refresh(t, r)
		prototest.WantEmptyPlan(t, r, whole)
		time.Sleep(time.Hour + time.Minute)
		refresh(t, r)

		// The API may be late. Nothing is tried before the next refresh.
		e.inject(t, simulator.Fault{Operation: simulator.OpClear, Kind: "clear-not-finished"})
		prototest.WantWarning(t, apply(t, r, whole), "Not Cleared Yet")
		wantUncleared(t, r, old)
		prototest.WantEmptyPlan(t, r, whole)
		refresh(t, r)
		prototest.WantNothing(t, apply(t, r, whole))
		wantUncleared(t, r)
		e.wantCleared(t, old, true)
	})
}

// An erasure that is in processing is waited for: nobody has to do anything.
func TestUpdate_inProcessing(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, config(users("a", "b"), nil))
		old := idOf(r, "b")
		e.finishAll(t, simulator.ResultPass)
		refresh(t, r)
		e.SetBehaviour(simulator.Behaviour{ProcessingWindow: 60})
		prototest.WantNothing(t, apply(t, r, config(users("a"), nil)))
		e.wantCleared(t, old, true)

		r = e.create(t, config(users("c", "d"), prototest.Object{"timeouts": prototest.Object{"update": "30s"}}))
		old = idOf(r, "d")
		e.finishAll(t, simulator.ResultPass)
		refresh(t, r)
		prototest.WantError(t, apply(t, r, config(users("c"), prototest.Object{"timeouts": prototest.Object{"update": "30s"}})), "in processing", "did not confirm it within 30s (timeouts.update)", "Apply again later, or set a longer timeouts.update")
		wantUncleared(t, r, old)
	})
}

// A refusal that get-result does not confirm is an error, and the session is tried
// again.
func TestUpdate_unconfirmed(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, config(users("a", "b"), nil))
		old := idOf(r, "b")
		e.finishAll(t, simulator.ResultPass)
		refresh(t, r)
		e.inject(t, simulator.Fault{Operation: simulator.OpClear, Kind: "clear-not-exist"})
		prototest.WantError(t, apply(t, r, config(users("a"), nil)), "1 of 1 sessions", old, "get-result shows an image or video", "Apply again later", "Transaction id: ")
		wantKeys(t, r, true, "a")
		wantUncleared(t, r, old)
		prototest.WantNothing(t, apply(t, r, config(users("a"), nil)))
		e.wantCleared(t, old, true)
	})
}

// Messages of the API are quoted without what is confidential of the session
// that they are about, also when the state does not tell it any more.
func TestUpdate_redacts(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, config(users("a", "b"), prototest.Object{"callback_url": "https://app.example.com/callback?key=hidden"}))
		link := mapOf(r, "urls")["b"]
		fault := simulator.Fault{Operation: simulator.OpClear, Kind: "access-denied", Message: "no user-b, no hidden, no https://app.example.com/ok and no " + link}
		wantRedacted := func(diags prototest.Diagnostics) {
			t.Helper()
			prototest.WantError(t, diags, "ACCESS_DENIED", "[redacted]")
			for _, secret := range []string{"user-b", "hidden", "app.example.com", link} {
				if strings.Contains(diags.String(), secret) {
					t.Errorf("%q is quoted:\n%s", secret, diags)
				}
			}
		}
		other := config(users("a"), prototest.Object{"return_url": "https://other.example.com/", "fail_return_url": "https://other.example.com/"})
		e.inject(t, simulator.Fault{Operation: simulator.OpGenerate, Kind: "parameter-error"})
		if diags := apply(t, r, other); !diags.HasError() { // b becomes uncleared
			t.Fatal("want an error")
		}
		e.finishAll(t, simulator.ResultPass)
		refresh(t, r)
		e.inject(t, simulator.Fault{Operation: simulator.OpGenerate, Kind: "parameter-error"}, fault)
		diags := apply(t, r, other)
		wantRedacted(diags.Errors()[len(diags.Errors())-1:])
		e.inject(t, simulator.Fault{Operation: simulator.OpClear, Kind: "access-denied", Message: "no user-a, and no https://app.example.com/ok", SignatureID: idOf(r, "a")})
		diags = destroy(t, r) // a was made with the arguments before
		if strings.Contains(diags.String(), "user-a") || strings.Contains(diags.String(), "app.example.com") {
			t.Errorf("the error quotes what the session was made with:\n%s", diags)
		}
	})
}

// The timeout of an update ends the making, and what was done is saved.
func TestUpdate_timeout(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		timeouts := prototest.Object{"timeouts": prototest.Object{"update": "1500ms"}}
		r := e.create(t, config(users("a"), timeouts))
		e.SetBehaviour(simulator.Behaviour{LatencyMin: 1})
		prototest.WantError(t, apply(t, r, config(numbered(200), timeouts)).Errors()[:1], "timeout passed")
		if got := len(mapOf(r, "signature_ids")); got == 0 || got != len(e.Sessions())-1 {
			t.Errorf("%d sessions are in the state, and %d exist", got, len(e.Sessions()))
		}
		if r.Values()["complete"] != false {
			t.Error("it is called complete")
		}
	})
}
