package session_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// imported imports the one session of a world.
func (w world) imported(t *testing.T) *prototest.Resource {
	t.Helper()
	r := w.server.NewResource(typeName)
	if diags := r.Import(t.Context(), w.Sessions()[0].SignatureID); len(diags) > 0 {
		t.Fatalf("importing a session: %s", diags)
	}
	return r
}

// The arguments come from the echo; what the API does not tell again stays
// null; the provider's own arguments get their defaults.
func TestImport(t *testing.T) {
	t.Parallel()
	for echo, untold := range map[string][]string{
		simulator.EchoDocumented: {"liveness_type", "iframe_enabled"},
		simulator.EchoAll:        nil,
	} {
		t.Run(echo, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, w world) {
				w.SetBehaviour(simulator.Behaviour{EchoParameters: echo})
				made := w.create(t, full(prototest.Object{"deletion_policy": "fail", "renew_when_expired": true}))
				calls := w.total()
				r := w.imported(t)
				if got := w.total() - calls; got != 1 {
					t.Errorf("the import made %d calls, want one get-result", got)
				}
				want := full(prototest.Object{
					"id": idOf(made), "signature_id": idOf(made), "deletion_policy": "wait", "renew_when_expired": false,
					"url": nil, "expires_at": nil, "transaction_id": nil, "timeouts": nil,
				})
				config := full(nil)
				for _, name := range untold {
					want[name], config[name] = nil, nil
				}
				if diff := cmp.Diff(want, r.Values()); diff != "" {
					t.Errorf("state (-want +got):\n%s", diff)
				}
				wantEmptyPlan(t, r, config)
				refresh(t, r)
				wantEmptyPlan(t, r, config)
				if diff := cmp.Diff(want, r.Values()); diff != "" {
					t.Errorf("state after another read (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// A configuration that leaves the business id to the provider fits a session
// that has one.
func TestImportMinimal(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w world) {
		made := w.create(t, minimal(nil))
		r := w.imported(t)
		wantEmptyPlan(t, r, minimal(nil))
		if text(r, "biz_id") != text(made, "biz_id") {
			t.Errorf("biz_id is %q, want %q", text(r, "biz_id"), text(made, "biz_id"))
		}
	})
}

// What the API may not have told is settled in place, once, without a call and
// without another session.
func TestImportSettlesOnce(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w world) {
		w.create(t, full(nil))
		r := w.imported(t)
		id, calls := idOf(r), w.total()

		// A value for null, and null for a value.
		config := full(prototest.Object{"language": nil, "callback_url": nil, "timeouts": prototest.Object{"delete": "5m"}})
		plan := r.Plan(t.Context(), config)
		wantNothing(t, plan.Diagnostics)
		if plan.IsEmpty(r) || len(plan.RequiresReplace) > 0 {
			t.Fatalf("replaces for %q, want a change in place", plan.RequiresReplace)
		}
		wantNothing(t, r.Apply(t.Context(), plan))
		wantEmptyPlan(t, r, config)
		if idOf(r) != id || w.total() != calls || r.Values()["liveness_type"] != "login" || r.Values()["language"] != nil {
			t.Errorf("got %v after %d calls, want the configuration's values and no call", r.Values(), w.total()-calls)
		}
		refresh(t, r)
		wantEmptyPlan(t, r, config)

		// From now on the arguments are known, and a change is a change.
		changes := prototest.Object{"liveness_type": nil, "iframe_enabled": nil, "language": "en-US"}
		for name, v := range changes {
			later := full(prototest.Object{"language": nil, "callback_url": nil, name: v})
			if got := r.Plan(t.Context(), later).RequiresReplace; len(got) != 1 || got[0] != name {
				t.Errorf("changing %s later replaces for %q, want for it", name, got)
			}
		}
	})
}

// A different value is another session, imported or not.
func TestImportDifferentValueReplaces(t *testing.T) {
	t.Parallel()
	changes := prototest.Object{"region": "THA", "user_id": "user-2", "language": "fil", "biz_id": "order-2", "product_level": "STANDARD"}
	for name, to := range changes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, w world) {
				w.create(t, full(nil))
				r := w.imported(t)
				if diff := cmp.Diff([]string{name}, r.Plan(t.Context(), full(prototest.Object{name: to})).RequiresReplace); diff != "" {
					t.Errorf("replaced by (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestImportErrors(t *testing.T) {
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
			inBubble(t, func(t *testing.T, w world) {
				w.SetBehaviour(test.behaviour)
				made := w.create(t, full(nil))
				if test.erased {
					w.finish(t, made, simulator.ResultPass)
					w.erase(t, made)
				}
				id := test.id
				if id == "" {
					id = w.Sessions()[0].SignatureID
				}
				r := w.server.NewResource(typeName)
				wantError(t, r.Import(t.Context(), id), append(test.want, "Unable to Import Liveness Session")...)
				if r.Exists() {
					t.Errorf("the state has %v, want nothing", r.Values())
				}
			})
		})
	}
}

// An echo in which nothing but nulls is left tells nothing.
func TestImportOfNulls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Config{})
		w := world{sim, prototest.Configured(t, withEcho(sim.Transport(), `{"returnUrl":null,"userId":null,"ignoreFailWhenJump":false}`), nil)}
		made := w.create(t, full(nil))
		r := w.server.NewResource(typeName)
		wantError(t, r.Import(t.Context(), idOf(made)), "tells none of the parameters")
	})
}

// withEcho answers get-result with another echo.
func withEcho(next http.RoundTripper, echo string) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(req)
		if err != nil || !strings.HasSuffix(req.URL.Path, "get-result") {
			return resp, err
		}
		var answer map[string]any
		if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
			return nil, err
		}
		if err := resp.Body.Close(); err != nil {
			return nil, err
		}
		if data, ok := answer["data"].(map[string]any); ok {
			data["inputParameters"] = json.RawMessage(echo)
		}
		body, err := json.Marshal(answer)
		resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		return resp, err
	})
}

// A failing read during the import records nothing.
func TestImportSurvivesTrouble(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"error", "html-200", "data-array", "reset", "iam-country", "data-wrong-type"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, w world) {
				made := w.create(t, full(nil))
				w.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: kind, Count: -1})
				r := w.server.NewResource(typeName)
				if diags := r.Import(t.Context(), idOf(made)); !diags.HasError() || r.Exists() {
					t.Errorf("got %v and:\n%s", r.Values(), diags)
				}
			})
		})
	}
}

// An erased session of which the API still tells something can be imported,
// and what was erased of it is settled by the configuration.
func TestImportBlanked(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w world) {
		w.SetBehaviour(simulator.Behaviour{AfterClear: simulator.AfterClearBlanked})
		made := w.create(t, minimal(prototest.Object{"biz_id": "order-1"}))
		w.finish(t, made, simulator.ResultPass)
		w.erase(t, made)
		r := w.imported(t)
		if r.Values()["user_id"] != nil || text(r, "region") != "PHL" {
			t.Errorf("got user_id %v and region %q, want what the API still tells", r.Values()["user_id"], text(r, "region"))
		}
		wantNothing(t, r.Configure(t.Context(), minimal(prototest.Object{"biz_id": "order-1"})))
		wantWarning(t, destroy(t, w, r), "Liveness Session Was Gone")
	})
}

// A session that was imported is erased like any other.
func TestImportThenDestroy(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w world) {
		made := w.create(t, minimal(nil))
		w.finish(t, made, simulator.ResultPass)
		wantNothing(t, destroy(t, w, w.imported(t)))
	})
}

const renewing = "renew_when_expired"

// renew_when_expired replaces by a mark that a read leaves, and by that alone.
func TestRenewWhenExpired(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w world) {
		config := minimal(prototest.Object{renewing: true, "biz_id": "order-1"})
		r := w.refreshed(t, config)
		old := idOf(r)
		wantEmptyPlan(t, r, config)

		// Time alone does nothing: a saved plan is the same plan later.
		pass(61 * time.Minute)
		wantEmptyPlan(t, r, config)

		refresh(t, r)
		plan := r.Plan(t.Context(), config)
		wantNothing(t, plan.Diagnostics)
		if diff := cmp.Diff([]string{"expires_at"}, plan.RequiresReplace); diff != "" {
			t.Fatalf("replaced by (-want +got):\n%s", diff)
		}
		pass(24 * time.Hour)
		if later := r.Plan(t.Context(), config); !later.Planned.Equal(plan.Planned) || !cmp.Equal(later.RequiresReplace, plan.RequiresReplace) {
			t.Errorf("the plan became another one a day later: %s, then %s", plan.Planned, later.Planned)
		}

		wantNothing(t, r.Apply(t.Context(), plan))
		if erased, _ := w.Session(old); erased.State != simulator.StateCleared || idOf(r) == old || text(r, "url") == "" {
			t.Errorf("the old session is %s and the state has %v, want it erased and another one", erased.State, r.Values())
		}
		refresh(t, r)
		wantEmptyPlan(t, r, config)
	})
}

func TestRenewNot(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		config   prototest.Object
		before   func(t *testing.T, w world, r *prototest.Resource) // while the link lives
		after    func(t *testing.T, w world, r *prototest.Resource) // when it has expired
		imported bool
		renews   bool
	}{
		"an hour without anything": {renews: true},
		"given up early": {
			before: func(t *testing.T, w world, r *prototest.Resource) { w.finish(t, r, simulator.ResultIncomplete) },
			renews: true,
		},
		"when not asked to": {config: prototest.Object{renewing: false}},
		"after a PASS": {
			before: func(t *testing.T, w world, r *prototest.Resource) { w.finish(t, r, simulator.ResultPass) },
		},
		"after a FAIL": {
			before: func(t *testing.T, w world, r *prototest.Resource) { w.finish(t, r, simulator.ResultFail) },
		},
		"after a PASS that a read saw before the data was erased and the API says nothing any more": {
			before: func(t *testing.T, w world, r *prototest.Resource) {
				w.SetBehaviour(simulator.Behaviour{AfterClear: simulator.AfterClearBlanked})
				w.finish(t, r, simulator.ResultPass)
				refresh(t, r)
				w.erase(t, r)
			},
			after: func(t *testing.T, w world, _ *prototest.Resource) {
				w.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: "no-data", Count: -1})
			},
		},
		"after a PASS whose data was erased before a read saw it": {
			before: func(t *testing.T, w world, r *prototest.Resource) {
				w.SetBehaviour(simulator.Behaviour{AfterClear: simulator.AfterClearBlanked})
				w.finish(t, r, simulator.ResultPass)
				w.erase(t, r)
			},
		},
		"when it was imported": {imported: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, w world) {
				config := minimal(prototest.Object{renewing: true})
				for name, v := range test.config {
					config[name] = v
				}
				r := w.create(t, config)
				if test.imported {
					r = w.imported(t)
					wantNothing(t, r.Configure(t.Context(), config))
				}
				refresh(t, r)
				if test.before != nil {
					test.before(t, w, r)
				}
				wantEmptyPlan(t, r, config)
				pass(time.Hour + time.Second)
				if test.after != nil {
					test.after(t, w, r)
				}
				refresh(t, r)
				if !test.renews {
					wantEmptyPlan(t, r, config)
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
func TestRenewAskedForLater(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w world) {
		r := w.create(t, minimal(nil))
		pass(2 * time.Hour)
		refresh(t, r)
		wantEmptyPlan(t, r, minimal(nil))
		plan := r.Plan(t.Context(), minimal(prototest.Object{renewing: true}))
		if diff := cmp.Diff([]string{"expires_at"}, plan.RequiresReplace); diff != "" {
			t.Errorf("replaced by (-want +got):\n%s", diff)
		}
	})
}
