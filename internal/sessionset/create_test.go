package sessionset_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/advance-community/terraform-provider-advance/internal/audit"
	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

var uuidPattern = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

func TestCreate(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		whole := config(users("a", "b", "c"), nil)
		plan := e.server.NewResource(typeName).Plan(t.Context(), whole)
		prototest.WantNothing(t, plan.Diagnostics)
		for _, attribute := range []string{"signature_ids", "urls", "expires_at", "uncleared", "complete", "id"} {
			if plan.Values(t)[attribute] != prototest.Unknown {
				t.Errorf("%s is planned as %v, want it unknown as a whole", attribute, plan.Values(t)[attribute])
			}
		}
		if e.total() > 0 {
			t.Errorf("the plan made %d calls", e.total())
		}

		r := e.create(t, whole)
		wantKeys(t, r, true, "a", "b", "c")
		wantUncleared(t, r)
		if id, _ := r.Values()["id"].(string); !uuidPattern.MatchString(id) {
			t.Errorf("the id is %q, want a UUID", id)
		}
		if r.Values()["parallelism"] != 100.0 || r.Values()["deletion_policy"] != "wait" || r.Values()["renew_when_expired"] != false {
			t.Errorf("defaults: %v", r.Values())
		}
		bizIDs := map[any]bool{}
		for key, id := range mapOf(r, "signature_ids") {
			one, _ := e.Session(id)
			if one.InputParameters["userId"] != "user-"+key {
				t.Errorf("session of key %s was made for %v", key, one.InputParameters["userId"])
			}
			if bizID := fmt.Sprint(one.InputParameters["bizId"]); !uuidPattern.MatchString(bizID) || bizIDs[bizID] {
				t.Errorf("biz_id of key %s is %q, want a UUID of its own", key, bizID)
			}
			bizIDs[one.InputParameters["bizId"]] = true
			if want := one.ExpiresAt.UTC().Format(time.RFC3339); mapOf(r, "expires_at")[key] != want {
				t.Errorf("key %s expires at %s, want %s", key, mapOf(r, "expires_at")[key], want)
			}
			if !strings.HasPrefix(mapOf(r, "urls")[key], "http") {
				t.Errorf("the link of key %s is %q", key, mapOf(r, "urls")[key])
			}
			e.wantEvents(t, id, audit.SessionCreated)
		}
		prototest.WantEmptyPlan(t, r, whole)
		refresh(t, r)
		prototest.WantEmptyPlan(t, r, whole)
		if e.made() != 3 {
			t.Errorf("%d sessions were made, want 3", e.made())
		}
	})
}

// Some cannot be made: a warning, and the next apply makes the rest. An error
// would have Terraform destroy all.
func TestCreate_partly(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		whole := config(numbered(30), prototest.Object{"parallelism": 1})
		e.inject(t, simulator.Fault{Operation: simulator.OpGenerate, Kind: "parameter-error", Count: 12, Skip: 3, Message: "Something is wrong"})
		r := e.server.NewResource(typeName)
		prototest.WantWarning(t, r.Configure(t.Context(), whole),
			"Unable to Create Liveness Sessions", "12 of 30 sessions", `"k00003", "k00004"`, `"k00012" and 2 more`, "What was made is in the state",
			"PARAMETER_ERROR", "Something is wrong", "Transaction id: ")
		if r.Tainted || len(mapOf(r, "signature_ids")) != 18 || r.Values()["complete"] != false {
			t.Errorf("tainted %t, %d sessions, complete %v; want 18 that are kept", r.Tainted, len(mapOf(r, "signature_ids")), r.Values()["complete"])
		}
		before := mapOf(r, "signature_ids")

		plan := r.Plan(t.Context(), whole)
		planned := plannedMap(t, plan, "signature_ids")
		for key, id := range before {
			if planned[key] != id {
				t.Errorf("key %s is planned as %v, want its session %s", key, planned[key], id)
			}
		}
		if planned["k00003"] != prototest.Unknown || len(planned) != 30 || plan.Values(t)["complete"] != prototest.Unknown {
			t.Errorf("the missing keys are not planned: %v", planned)
		}
		prototest.WantNothing(t, r.Apply(t.Context(), plan))
		if len(mapOf(r, "signature_ids")) != 30 || r.Values()["complete"] != true || len(e.Sessions()) != 30 {
			t.Errorf("after the second apply: %d keys, complete %v, %d sessions", len(mapOf(r, "signature_ids")), r.Values()["complete"], len(e.Sessions()))
		}
		for key, id := range before {
			if idOf(r, key) != id {
				t.Errorf("key %s was made twice", key)
			}
		}
		prototest.WantEmptyPlan(t, r, whole)
	})
}

// None can be made: an error, on the argument that the API names, and no state.
func TestCreate_none(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		e.inject(t, simulator.Fault{Operation: simulator.OpGenerate, Kind: "region-wrong", Count: -1})
		r := e.server.NewResource(typeName)
		diags := r.Configure(t.Context(), config(users("a", "b"), nil))
		prototest.WantError(t, diags, "2 of 2 sessions", `"a", "b"`, "No session was made", "REGION_WRONG")
		if r.Exists() || diags[0].Attribute == nil || diags[0].Attribute.String() != `AttributeName("region")` {
			t.Errorf("exists %t, on %s; want no state and an error on region", r.Exists(), diags[0].Attribute)
		}
	})
}

// Several causes are told apart, and a lost answer is told.
func TestCreate_causes(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		e.inject(t,
			simulator.Fault{Operation: simulator.OpGenerate, Kind: "error", Count: 2},
			simulator.Fault{Operation: simulator.OpGenerate, Kind: "reset", Count: 1, AfterEffect: true})
		r := e.server.NewResource(typeName)
		diags := r.Configure(t.Context(), config(users("a", "b", "c", "d"), prototest.Object{"parallelism": 1}))
		if len(diags) != 2 || diags.HasError() {
			t.Fatalf("want two warnings, got:\n%s", diags)
		}
		prototest.WantText(t, diags.String(), `"a", "b"`, "Error code: ERROR", `could not be made: "c"`, "At least one answer was lost")
		wantKeys(t, r, false, "d")
	})
}

// An account that may make no session costs ten calls.
func TestCreate_accountRefused(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"account-disabled", "insufficient-balance", "over-query-limit", "iam-country", "service-busy-quota", "access-denied", "service-disabled"} {
		withFakeTime(t, func(t *testing.T, e env) {
			e.SetBehaviour(simulator.Behaviour{LatencyMin: 0.05})
			e.inject(t, simulator.Fault{Operation: simulator.OpGenerate, Kind: kind, Count: -1, Skip: 40})
			r := e.server.NewResource(typeName)
			diags := r.Configure(t.Context(), config(numbered(1000), prototest.Object{"parallelism": 10}))
			if diags.HasError() || len(diags) != 2 {
				t.Fatalf("%s: want two warnings, got:\n%s", kind, diags)
			}
			prototest.WantText(t, diags.String(), "Not tried, because the API refused others before it")
			if calls := e.CallCount(simulator.OpGenerate); calls < 50 || calls > 60 || len(mapOf(r, "signature_ids")) != 40 {
				t.Errorf("%s: %d calls and %d sessions, want at most 60 and 40", kind, calls, len(mapOf(r, "signature_ids")))
			}
		})
	}
	withFakeTime(t, func(t *testing.T, e env) {
		e.inject(t, simulator.Fault{Operation: simulator.OpGenerate, Kind: "account-disabled", Count: -1})
		r := e.server.NewResource(typeName)
		if diags := r.Configure(t.Context(), config(numbered(1000), nil)); !diags.HasError() || r.Exists() || e.made() != 10 {
			t.Errorf("%d calls, want 10; exists %t:\n%s", e.made(), r.Exists(), diags)
		}
	})
}

// An argument that is sent for all and refused costs ten calls. What is about one
// session does not end the making.
func TestCreate_sharedArgumentRefused(t *testing.T) {
	t.Parallel()
	for kind, message := range map[string]string{
		"region-wrong":    "",
		"parameter-error": "failedReturnUrl illegal",
	} {
		withFakeTime(t, func(t *testing.T, e env) {
			e.inject(t, simulator.Fault{Operation: simulator.OpGenerate, Kind: kind, Message: message, Count: -1})
			r := e.server.NewResource(typeName)
			diags := r.Configure(t.Context(), config(numbered(1000), nil))
			if len(diags.Errors()) != 2 || diags[0].Attribute == nil || r.Exists() || e.made() != 10 {
				t.Errorf("%s: %d calls, want 10, and two errors, the first on an argument:\n%s", kind, e.made(), diags)
			}
			prototest.WantText(t, diags.String(), "990 of 1000 sessions", "Not tried, because the API refused others before it")
		})
	}
	withFakeTime(t, func(t *testing.T, e env) {
		e.inject(t, simulator.Fault{Operation: simulator.OpGenerate, Kind: "parameter-error", Message: "userId illegal", Count: -1})
		if r := e.server.NewResource(typeName); !r.Configure(t.Context(), config(numbered(100), nil)).HasError() || e.made() != 100 {
			t.Errorf("%d calls, want one for each of 100 sessions", e.made())
		}
	})
}

// An API that cannot be reached is tried by many calls at the same time.
func TestCreate_unreachable(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		e.inject(t, simulator.Fault{Operation: simulator.OpToken, Kind: "reset", Count: -1})
		r := e.another(t, prototest.Object{"max_retries": 5}).NewResource(typeName)
		started := time.Now()
		prototest.WantError(t, r.Configure(t.Context(), config(numbered(1000), nil)), "1000 of 1000 sessions", "connection reset")
		if took := time.Since(started); took > 5*time.Minute {
			t.Errorf("the create took %s", took)
		}
	})
}

// A session without a link cannot be used, but its id is kept.
func TestCreate_withoutLink(t *testing.T) {
	t.Parallel()
	t.Run("one of two", func(t *testing.T) {
		t.Parallel()
		withFakeTime(t, func(t *testing.T, e env) {
			whole := config(users("a", "b"), prototest.Object{"parallelism": 1})
			e.inject(t, simulator.Fault{Operation: simulator.OpGenerate, Kind: "no-url"})
			r := e.server.NewResource(typeName)
			prototest.WantWarning(t, r.Configure(t.Context(), whole), "gave no link for 1 of 2 sessions", `"a"`, `"uncleared"`, "Transaction id: ")
			wantKeys(t, r, false, "b")
			lost := e.Sessions()[0].SignatureID
			wantUncleared(t, r, lost)
			e.wantEvents(t, lost, audit.SessionCreated)

			prototest.WantNothing(t, apply(t, r, whole))
			wantKeys(t, r, true, "a", "b")
			wantUncleared(t, r, lost) // it is not finished
			prototest.WantEmptyPlan(t, r, whole)

			e.finishAll(t, simulator.ResultIncomplete)
			refresh(t, r)
			prototest.WantNothing(t, apply(t, r, whole))
			wantUncleared(t, r)
			e.wantCleared(t, lost, true)
			e.wantEvents(t, lost, audit.SessionCreated, audit.DataCleared)
		})
	})
	t.Run("all", func(t *testing.T) {
		t.Parallel()
		withFakeTime(t, func(t *testing.T, e env) {
			e.inject(t, simulator.Fault{Operation: simulator.OpGenerate, Kind: "no-url", Count: -1})
			r := e.server.NewResource(typeName)
			prototest.WantError(t, r.Configure(t.Context(), config(users("a", "b"), nil)), "gave no link for 2 of 2 sessions")
			if !r.Exists() || !r.Tainted {
				t.Fatal("the ids are lost")
			}
			wantUncleared(t, r, e.Sessions()[0].SignatureID, e.Sessions()[1].SignatureID)
			prototest.WantNothing(t, destroy(t, r)) // it waits
			for _, one := range e.Sessions() {
				e.wantCleared(t, one.SignatureID, true)
			}
		})
	})
}

// An API that gives two sessions the same id makes no session of the second.
func TestCreate_sameID(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Config{})
		r := prototest.Configured(t, withOneID(sim.Transport()), nil).NewResource(typeName)
		prototest.WantWarning(t, r.Configure(t.Context(), config(users("a", "b"), prototest.Object{"parallelism": 1})), `"b"`, "that of another session")
		wantKeys(t, r, false, "a")
		wantUncleared(t, r)
	})
}

// An interrupt and a timeout end the making, and what was made is saved.
func TestCreate_interrupted(t *testing.T) {
	t.Parallel()
	for name, interrupt := range map[string]func(context.CancelFunc) prototest.Object{
		"interrupt": func(cancel context.CancelFunc) prototest.Object {
			time.AfterFunc(1500*time.Millisecond, cancel)
			return nil
		},
		"timeout": func(context.CancelFunc) prototest.Object {
			return prototest.Object{"timeouts": prototest.Object{"create": "1500ms"}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				e.SetBehaviour(simulator.Behaviour{LatencyMin: 1})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				r := e.server.NewResource(typeName)
				// One call for the token, and ten sessions in the second second.
				diags := r.Configure(ctx, config(numbered(100), interrupt(cancel)))
				if diags.HasError() {
					t.Fatal(diags)
				}
				if len(mapOf(r, "signature_ids")) != len(e.Sessions()) || len(e.Sessions()) == 0 || len(e.Sessions()) > 20 {
					t.Errorf("%d of %d sessions are in the state", len(mapOf(r, "signature_ids")), len(e.Sessions()))
				}
				if r.Values()["complete"] != false {
					t.Error("it is called complete")
				}
			})
		})
	}
}

// All arguments reach each request.
func TestCreate_arguments(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		whole, want := allArguments(), map[string]any{}
		r := e.create(t, whole)
		for _, f := range requestFields() {
			want[f.Field] = f.Value
		}
		one, _ := e.Session(idOf(r, "a"))
		delete(one.InputParameters, "userId")
		delete(one.InputParameters, "bizId")
		if diff := cmp.Diff(want, one.InputParameters); diff != "" {
			t.Errorf("request (-want +got):\n%s", diff)
		}
	})
}

// A limit of the API is found once for all, and nobody starves.
func TestCreate_limited(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		e.SetBehaviour(simulator.Behaviour{LatencyMin: 0.05, RateLimit: 100, RetryAfter: simulator.RetryAfterNone})
		started := time.Now()
		r := e.another(t, prototest.Object{"max_retries": 5}).NewResource(typeName)
		prototest.WantNothing(t, r.Configure(t.Context(), config(numbered(1000), nil)))
		if took := time.Since(started); took > 11500*time.Millisecond {
			t.Errorf("1,000 sessions took %s at 100 calls a second", took)
		}
	})
}
