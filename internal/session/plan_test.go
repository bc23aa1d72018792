package session_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// The plan warns of a destroy that will have to wait, by what the last read saw.
func TestWarningAhead(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		policy string
		want   []string
	}{
		{"wait", []string{"will wait until it is finished: at the latest until about 01:00 UTC"}},
		{"fail", []string{`With deletion_policy "fail" its destroy will fail`, "at about 01:00 UTC"}},
		{"abandon", []string{`With deletion_policy "abandon"`, "without erasing its data", "at about 01:00 UTC"}},
	} {
		t.Run(test.policy, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				config := minimal(prototest.Object{"deletion_policy": test.policy})
				r := e.create(t, config)
				other := minimal(prototest.Object{"deletion_policy": test.policy, "region": "THA"})
				want := append([]string{"Session Not Finished Yet", idOf(r)}, test.want...)

				// Terraform plans the destroy of a resource that has left the
				// configuration without what this run's refresh saw: nothing,
				// if it is the first one.
				prototest.WantWarning(t, r.Plan(t.Context(), nil).Diagnostics, want...)

				refresh(t, r)
				calls := e.total()
				ahead := r.Plan(t.Context(), nil).Diagnostics
				prototest.WantWarning(t, ahead, want...)
				if strings.Contains(ahead.String(), "create_before_destroy") {
					t.Errorf("speaks of a replacement:\n%s", ahead)
				}
				prototest.WantWarning(t, r.Plan(t.Context(), other).Diagnostics, append(want, "create_before_destroy = true")...)
				prototest.WantEmptyPlan(t, r, config)
				prototest.WantNothing(t, r.Plan(t.Context(), minimal(prototest.Object{"deletion_policy": test.policy, "renew_when_expired": true})).Diagnostics)
				if got := e.total() - calls; got != 0 {
					t.Errorf("the plans made %d calls, want none", got)
				}

				// The policy is the state's: a change that comes with the
				// replacement does not count.
				changed := minimal(prototest.Object{"deletion_policy": map[string]string{"wait": "abandon", "fail": "wait", "abandon": "fail"}[test.policy], "region": "THA"})
				prototest.WantWarning(t, r.Plan(t.Context(), changed).Diagnostics, want...)

				e.finish(t, r, simulator.ResultPass)
				refresh(t, r)
				prototest.WantNothing(t, r.Plan(t.Context(), nil).Diagnostics)
				prototest.WantNothing(t, r.Plan(t.Context(), other).Diagnostics)
			})
		})
	}
}

// A warning for a session whose link has expired does not send anybody away for
// an hour.
func TestWarningAhead_afterExpiry(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, minimal(nil))
		time.Sleep(2 * time.Hour)
		e.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: "no-data"})
		refresh(t, r)
		prototest.WantWarning(t, r.Plan(t.Context(), nil).Diagnostics, "which should be soon: its link expired at 01:00 UTC")
	})
}

const renewing = "renew_when_expired"

// renew_when_expired replaces by a mark that a read leaves, and by that alone.
func TestRenew_whenExpired(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		config := minimal(prototest.Object{renewing: true, "biz_id": "order-1"})
		r := e.refreshed(t, config)
		old := idOf(r)
		prototest.WantEmptyPlan(t, r, config)

		// Time alone does nothing: a saved plan is the same plan later.
		time.Sleep(61 * time.Minute)
		prototest.WantEmptyPlan(t, r, config)

		refresh(t, r)
		plan := r.Plan(t.Context(), config)
		prototest.WantNothing(t, plan.Diagnostics)
		if diff := cmp.Diff([]string{"expires_at"}, plan.RequiresReplace); diff != "" {
			t.Fatalf("replaced by (-want +got):\n%s", diff)
		}
		time.Sleep(24 * time.Hour)
		if later := r.Plan(t.Context(), config); !later.Planned.Equal(plan.Planned) || !cmp.Equal(later.RequiresReplace, plan.RequiresReplace) {
			t.Errorf("the plan became another one a day later: %s, then %s", plan.Planned, later.Planned)
		}

		prototest.WantNothing(t, r.Apply(t.Context(), plan))
		if erased, _ := e.Session(old); erased.State != simulator.StateCleared || idOf(r) == old || text(r, "url") == "" {
			t.Errorf("the old session is %s and the state has %v, want it erased and another one", erased.State, r.Values())
		}
		refresh(t, r)
		prototest.WantEmptyPlan(t, r, config)
	})
}

func TestRenew_not(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		config   prototest.Object
		before   func(t *testing.T, e env, r *prototest.Resource) // while the link lives
		after    func(t *testing.T, e env, r *prototest.Resource) // when it has expired
		imported bool
		renews   bool
	}{
		"an hour without anything": {renews: true},
		"given up early": {
			before: func(t *testing.T, e env, r *prototest.Resource) { e.finish(t, r, simulator.ResultIncomplete) },
			renews: true,
		},
		"when not asked to": {config: prototest.Object{renewing: false}},
		"after a PASS": {
			before: func(t *testing.T, e env, r *prototest.Resource) { e.finish(t, r, simulator.ResultPass) },
		},
		"after a FAIL": {
			before: func(t *testing.T, e env, r *prototest.Resource) { e.finish(t, r, simulator.ResultFail) },
		},
		"after a PASS that a read saw before the data was erased and the API says nothing any more": {
			before: func(t *testing.T, e env, r *prototest.Resource) {
				e.SetBehaviour(simulator.Behaviour{AfterClear: simulator.AfterClearBlanked})
				e.finish(t, r, simulator.ResultPass)
				refresh(t, r)
				e.erase(t, r)
			},
			after: func(t *testing.T, e env, _ *prototest.Resource) {
				e.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: "no-data", Count: -1})
			},
		},
		"after a PASS whose data was erased before a read saw it": {
			before: func(t *testing.T, e env, r *prototest.Resource) {
				e.SetBehaviour(simulator.Behaviour{AfterClear: simulator.AfterClearBlanked})
				e.finish(t, r, simulator.ResultPass)
				e.erase(t, r)
			},
		},
		"when it was imported": {imported: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				config := minimal(prototest.Object{renewing: true})
				for name, v := range test.config {
					config[name] = v
				}
				r := e.create(t, config)
				if test.imported {
					r = e.imported(t)
					prototest.WantNothing(t, r.Configure(t.Context(), config))
				}
				refresh(t, r)
				if test.before != nil {
					test.before(t, e, r)
				}
				prototest.WantEmptyPlan(t, r, config)
				time.Sleep(time.Hour + time.Second)
				if test.after != nil {
					test.after(t, e, r)
				}
				refresh(t, r)
				if !test.renews {
					prototest.WantEmptyPlan(t, r, config)
					return
				}
				if diff := cmp.Diff([]string{"expires_at"}, r.Plan(t.Context(), config).RequiresReplace); diff != "" {
					t.Errorf("replaced by (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// The mark counts from the moment that the configuration asks for it.
func TestRenew_askedForLater(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, minimal(nil))
		time.Sleep(2 * time.Hour)
		refresh(t, r)
		prototest.WantEmptyPlan(t, r, minimal(nil))
		plan := r.Plan(t.Context(), minimal(prototest.Object{renewing: true}))
		if diff := cmp.Diff([]string{"expires_at"}, plan.RequiresReplace); diff != "" {
			t.Errorf("replaced by (-want +got):\n%s", diff)
		}
	})
}

// On a machine whose clock is ahead, and with a token that tells nothing of the
// API's clock, a live session is live.
func TestRenew_onAMachineThatIsAhead(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		e.SetSkew(-2 * time.Hour)
		config := minimal(prototest.Object{renewing: true})
		e.server = e.another(t, blockOfToken(e.MintToken(simulator.Account{}, 24*time.Hour)))
		r := e.refreshed(t, config)
		time.Sleep(10 * time.Minute)
		r = r.On(e.another(t, blockOfToken(e.MintToken(simulator.Account{}, 24*time.Hour))))
		refresh(t, r)
		prototest.WantEmptyPlan(t, r, config)
		prototest.WantWarning(t, r.Plan(t.Context(), nil).Diagnostics, "at the latest until about 23:00 UTC, when its link expires")
		time.Sleep(51 * time.Minute)
		prototest.WantWarning(t, r.Plan(t.Context(), nil).Diagnostics, "at the latest until about 23:00 UTC, when its link expires") // by the mark alone
		refresh(t, r)
		if diff := cmp.Diff([]string{"expires_at"}, r.Plan(t.Context(), config).RequiresReplace); diff != "" {
			t.Errorf("replaced by (-want +got):\n%s", diff)
		}
	})
}

// A destroy says by the API's clock whether the link has expired.
func TestDestroy_onAMachineThatIsAhead(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		e.SetSkew(-2 * time.Hour)
		e.server = e.another(t, blockOfToken(e.MintToken(simulator.Account{}, 24*time.Hour)))
		r := e.create(t, minimal(prototest.Object{"deletion_policy": "fail"}))
		prototest.WantError(t, destroy(t, e, r), "at the latest at about 23:00 UTC")
	})
}

// The mark goes by the API's clock, not by this machine's.
func TestRenew_byTheClockOfTheAPI(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		e.SetSkew(3 * time.Hour)
		config := minimal(prototest.Object{renewing: true})
		r := e.refreshed(t, config)
		time.Sleep(59 * time.Minute)
		refresh(t, r)
		prototest.WantEmptyPlan(t, r, config)
		time.Sleep(2 * time.Minute)
		refresh(t, r)
		if diff := cmp.Diff([]string{"expires_at"}, r.Plan(t.Context(), config).RequiresReplace); diff != "" {
			t.Errorf("replaced by (-want +got):\n%s", diff)
		}
	})
}
