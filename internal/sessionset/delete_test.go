package sessionset_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/audit"
	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

func TestDelete(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, config(numbered(30), nil))
		ids := mapOf(r, "signature_ids")
		e.finishAll(t, simulator.ResultPass)
		refresh(t, r)
		calls := e.total()
		plan := r.Plan(t.Context(), nil)
		prototest.WantNothing(t, plan.Diagnostics)
		prototest.WantNothing(t, r.Apply(t.Context(), plan))
		if r.Exists() || e.total()-calls != 30 {
			t.Errorf("exists %t, %d calls; want one for each session", r.Exists(), e.total()-calls)
		}
		for _, id := range ids {
			e.wantCleared(t, id, true)
			e.wantEvents(t, id, audit.SessionCreated, audit.DataCleared)
		}
	})
}

// The warning ahead says what the policy will do, in one diagnostic.
func TestDelete_ahead(t *testing.T) {
	t.Parallel()
	for policy, want := range map[string]string{
		"wait":    "The destroy will wait until they are finished. The last one is finished at the latest at about 01:00 UTC",
		"fail":    "the destroy will fail unless",
		"abandon": "drop them from the state without erasing",
	} {
		withFakeTime(t, func(t *testing.T, e env) {
			r := e.create(t, config(users("a", "b", "c"), prototest.Object{"deletion_policy": policy}))
			e.finish(t, r, simulator.ResultPass, "a")
			refresh(t, r)
			prototest.WantWarning(t, r.Plan(t.Context(), nil).Diagnostics, "2 of 3 sessions", want)
			if policy == "wait" {
				time.Sleep(59 * time.Minute)
				e.Advance(90 * time.Second)
				e.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: "no-data", Count: -1})
				refresh(t, r)
				prototest.WantWarning(t, r.Plan(t.Context(), nil).Diagnostics, "That should be soon: the last link expired at 01:00 UTC")
			}
		})
	}
}

// The wait ends when all are finished, and costs at most five calls a second for
// the whole set, after everything has been tried once.
func TestDelete_waits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := env{Simulator: simulator.New(simulator.Config{LinkLifetime: 5 * time.Minute})}
		e.server = prototest.Configured(t, e.Transport(), nil)
		r := e.create(t, config(numbered(300), nil))
		started, calls := time.Now(), e.total()
		prototest.WantNothing(t, destroy(t, r))
		if r.Exists() {
			t.Error("the set still exists")
		}
		// All are finished after five minutes. To clear 300 takes one more.
		if took := time.Since(started); took < 5*time.Minute || took > 9*time.Minute {
			t.Errorf("the destroy took %s", took)
		}
		for _, one := range e.Sessions() {
			e.wantCleared(t, one.SignatureID, true)
		}
		made := e.Calls()[calls:]
		for _, call := range made[:300] {
			if call.Operation != simulator.OpClear || call.Time.Sub(started) > time.Second {
				t.Fatalf("%s after %s among the first 300 calls: want all tried first", call.Operation, call.Time.Sub(started))
			}
		}
		for i, waiting := 0, made[300:]; i+6 < len(waiting); i++ {
			if d := waiting[i+6].Time.Sub(waiting[i].Time); d < time.Second {
				t.Fatalf("seven calls within %s", d)
			}
		}
	})
}

// A session whose turn comes after its expiry needs one call, and no turn for
// get-result before it.
func TestDelete_waitsForMany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := env{Simulator: simulator.New(simulator.Config{LinkLifetime: 5 * time.Minute})}
		e.server = prototest.Configured(t, e.Transport(), nil)
		r := e.create(t, config(numbered(600), nil))
		started := time.Now()
		prototest.WantNothing(t, destroy(t, r))
		// 300 turns in the minute in which get-result is still asked, and 600
		// after it.
		if took := time.Since(started); took > 8*time.Minute+15*time.Second {
			t.Errorf("the destroy took %s", took)
		}
	})
}

// What is finished is erased first; the policy and the timeout decide about the
// rest, and the state keeps it.
func TestDelete_policies(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		policy, timeout string
		want            []string // of the only error or warning
		kept            bool
		events          []audit.Kind
		took            time.Duration // at most
	}{
		"fail": {
			"fail", "75m", []string{"Unable to Erase Liveness Sessions", "1 of 3 sessions", `key "b"`, "not finished", `deletion_policy is "fail"`, `set deletion_policy = "wait"`, `deletion_policy = "abandon"`, "Destroy again"},
			true, []audit.Kind{audit.SessionCreated, audit.ClearFailed}, 5 * time.Second,
		},
		"abandon": {
			"abandon", "75m", []string{"Liveness Sessions Abandoned", "1 of 3 sessions", `key "b"`, "not erased"},
			false, []audit.Kind{audit.SessionCreated, audit.SessionAbandoned}, 5 * time.Second,
		},
		"wait, timeout": {
			"wait", "10m", []string{"Unable to Erase Liveness Sessions", "1 of 3 sessions", `key "b"`, "timeouts.delete", "a longer timeouts.delete"},
			true, []audit.Kind{audit.SessionCreated, audit.ClearFailed}, 10*time.Minute + 5*time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				r := e.create(t, config(users("a", "b", "c"), prototest.Object{
					"deletion_policy": test.policy, "timeouts": prototest.Object{"delete": test.timeout},
				}))
				ids := mapOf(r, "signature_ids")
				e.finish(t, r, simulator.ResultPass, "a", "c")
				refresh(t, r)
				started := time.Now()
				diags := destroy(t, r)
				if len(diags) != 1 || diags.HasError() != test.kept || r.Exists() != test.kept {
					t.Fatalf("exists %t, want %t:\n%s", r.Exists(), test.kept, diags)
				}
				prototest.WantText(t, diags.String(), append(test.want, ids["b"])...)
				if took := time.Since(started); took > test.took {
					t.Errorf("the destroy took %s", took)
				}
				e.wantCleared(t, ids["a"], true)
				e.wantCleared(t, ids["c"], true)
				e.wantEvents(t, ids["b"], test.events...)
				if !test.kept {
					return
				}
				wantKeys(t, r, false, "b")

				// The next destroy erases it, and only it.
				e.finishID(t, ids["b"], simulator.ResultPass)
				calls := e.total()
				prototest.WantNothing(t, destroy(t, r))
				if r.Exists() || e.total()-calls != 1 {
					t.Errorf("exists %t, %d calls", r.Exists(), e.total()-calls)
				}
				e.wantCleared(t, ids["b"], true)
			})
		})
	}
}

// What a destroy could not erase can be made again: its key is planned anew.
func TestDelete_thenApply(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		whole := config(users("a", "b"), prototest.Object{"deletion_policy": "fail"})
		r := e.create(t, whole)
		kept := idOf(r, "b")
		e.finish(t, r, simulator.ResultPass, "a")
		prototest.WantError(t, destroy(t, r), kept)
		prototest.WantNothing(t, apply(t, r, whole))
		wantKeys(t, r, true, "a", "b")
		if idOf(r, "b") != kept || e.made() != 3 {
			t.Errorf("key b has %s, want %s; %d made", idOf(r, "b"), kept, e.made())
		}
	})
}

// Of what the API has forgotten each is told, and none is claimed as erased.
func TestDelete_gone(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, config(numbered(30), nil))
		var gone []string
		for i, one := range e.Sessions() {
			if i%2 == 0 {
				e.Forget(one.SignatureID)
				gone = append(gone, one.SignatureID)
			}
		}
		e.finishAll(t, simulator.ResultPass)
		for _, refreshed := range []bool{false, true} {
			if refreshed {
				prototest.WantWarning(t, r.Refresh(t.Context()), append(gone, "15 of 30 sessions")...)
				prototest.WantWarning(t, r.Plan(t.Context(), nil).Diagnostics, "Not Known to the API", "15 of 30 sessions")
			}
		}
		prototest.WantWarning(t, destroy(t, r), append(gone, "Liveness Sessions Were Gone", "15 of 30 sessions")...)
		if r.Exists() {
			t.Error("the set still exists")
		}
		for _, id := range gone {
			e.wantEvents(t, id, audit.SessionCreated, audit.SessionGone)
		}
	})
}

// "Not exist" is believed of a session that must be finished: a Read has seen
// PASS, or its link has expired for long. Of any other it is an error.
func TestDelete_mustBeFinished(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prepare func(t *testing.T, e env, r *prototest.Resource)
		gone    bool
	}{
		"seen as passed": {func(t *testing.T, e env, r *prototest.Resource) {
			t.Helper()
			e.finishAll(t, simulator.ResultPass)
			refresh(t, r)
		}, true},
		"expired for long": {func(*testing.T, env, *prototest.Resource) { time.Sleep(66 * time.Minute) }, true},
		"neither":          {func(*testing.T, env, *prototest.Resource) {}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				r := e.create(t, config(users("a"), nil))
				test.prepare(t, e, r)
				e.inject(t, simulator.Fault{Operation: simulator.OpClear, Kind: "clear-not-exist"}, simulator.Fault{Operation: simulator.OpResult, Kind: "no-data", Count: -1})
				diags := destroy(t, r)
				if test.gone {
					prototest.WantWarning(t, diags, "Liveness Sessions Were Gone")
				} else {
					prototest.WantError(t, diags, "clear-data refused", "remove the set from the state")
				}
			})
		})
	}
}

// An erasure in processing is waited for, whatever the policy.
func TestDelete_inProcessing(t *testing.T) {
	t.Parallel()
	for _, policy := range []string{"wait", "fail", "abandon"} {
		withFakeTime(t, func(t *testing.T, e env) {
			r := e.create(t, config(users("a", "b"), prototest.Object{"deletion_policy": policy}))
			e.finishAll(t, simulator.ResultPass)
			refresh(t, r)
			e.SetBehaviour(simulator.Behaviour{ProcessingWindow: 120})
			prototest.WantNothing(t, destroy(t, r))
			for _, one := range e.Sessions() {
				e.wantCleared(t, one.SignatureID, true)
			}
		})
	}
}

// The uncleared ones are erased too, by the policy in the state.
func TestDelete_uncleared(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, config(users("a", "b"), nil))
		old := idOf(r, "b")
		prototest.WantWarning(t, apply(t, r, config(users("a"), nil)), "Not Cleared Yet")
		prototest.WantWarning(t, r.Plan(t.Context(), nil).Diagnostics, "2 of 2 sessions")
		prototest.WantNothing(t, destroy(t, r))
		e.wantCleared(t, old, true)
		if r.Exists() {
			t.Error("the set still exists")
		}
	})
}

// An interrupt ends a wait soon, and the state keeps what is left.
func TestDelete_interrupted(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, config(numbered(200), nil))
		for _, one := range e.Sessions()[:150] {
			e.finishID(t, one.SignatureID, simulator.ResultPass)
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(10*time.Minute, cancel)
		started := time.Now()
		prototest.WantError(t, r.Apply(ctx, r.Plan(ctx, nil)), "50 of 200 sessions", "interrupted after 10m", "and 40 more")
		if took := time.Since(started); took > 10*time.Minute+2*time.Second {
			t.Errorf("the destroy took %s", took)
		}
		if left := mapOf(r, "signature_ids"); len(left) != 50 {
			t.Errorf("%d sessions are left in the state, want 50", len(left))
		}
	})
}

// A wait outlives an outage.
func TestDelete_outage(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, config(users("a", "b"), nil))
		for _, operation := range []simulator.Operation{simulator.OpResult, simulator.OpClear} {
			e.inject(t, simulator.Fault{Operation: operation, Kind: "reset", Count: 20, Skip: 2})
		}
		prototest.WantNothing(t, destroy(t, r))
	})
}

// A refused account costs ten calls, and each session that was not tried is kept.
func TestDelete_accountRefused(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, config(numbered(200), nil))
		e.finishAll(t, simulator.ResultPass)
		e.inject(t, simulator.Fault{Operation: simulator.OpClear, Kind: "account-disabled", Count: -1})
		diags := destroy(t, r)
		if len(diags.Errors()) != 2 || len(mapOf(r, "signature_ids")) != 200 || e.CallCount(simulator.OpClear) != 10 {
			t.Errorf("%d sessions are left, %d calls:\n%s", len(mapOf(r, "signature_ids")), e.CallCount(simulator.OpClear), diags)
		}
		prototest.WantText(t, diags.String(), "ACCOUNT_DISABLED", "10 of 200 sessions", "190 of 200 sessions", "Not tried")
	})
}

// A provider argument that is not known yet makes no call: the plan is as always,
// and the apply says what to do.
func TestUnknownProvider(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, config(users("a"), nil))
		calls := e.total()
		unknown := r.On(e.another(t, prototest.Object{"endpoint": prototest.Unknown}))
		refresh(t, unknown)
		prototest.WantEmptyPlan(t, unknown, config(users("a"), nil))
		for name, diags := range map[string]prototest.Diagnostics{
			"create": e.another(t, prototest.Object{"endpoint": prototest.Unknown}).NewResource(typeName).Configure(t.Context(), config(users("a"), nil)),
			"update": apply(t, unknown, config(users("a", "b"), nil)),
			"delete": destroy(t, r.On(e.another(t, prototest.Object{"endpoint": prototest.Unknown}))),
		} {
			if !slices.ContainsFunc(diags.Errors(), func(d *tfDiagnostic) bool { return d.Summary == "Provider Configuration Not Known Yet" }) {
				t.Errorf("%s: %s", name, diags)
			}
		}
		if e.total() != calls {
			t.Errorf("%d calls were made", e.total()-calls)
		}
	})
}

// An event that cannot be written is a warning, one for all.
func TestAuditLog_breaks(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		server := e.another(t, prototest.Object{"audit_log": fmt.Sprintf("%s.gone", e.log)})
		breakLog(t, e.log+".gone")
		r := server.NewResource(typeName)
		diags := r.Configure(t.Context(), config(users("a", "b"), nil))
		prototest.WantWarning(t, diags, "Unable to Write Audit Log", "2 events", "session_created of "+idOf(r, "a"), "session_created of "+idOf(r, "b"))
	})
}
