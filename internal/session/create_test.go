package session_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

var uuidPattern = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

func TestCreate(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, minimal(nil))
		if got := []int{e.CallCount(simulator.OpToken), e.CallCount(simulator.OpGenerate), e.total()}; !slices.Equal(got, []int{1, 1, 2}) {
			t.Errorf("got %v token, generate and other calls, want one token, one generate and nothing else", got)
		}
		made := e.Sessions()[0]
		want := prototest.Object{}
		for name := range attributes(t) {
			want[name] = nil
		}
		maps.Copy(want, minimal(prototest.Object{
			"id": made.SignatureID, "signature_id": made.SignatureID,
			"url": text(r, "url"), "biz_id": text(r, "biz_id"), // checked below
			"expires_at":      made.ExpiresAt.Format(time.RFC3339),
			"transaction_id":  e.Calls()[1].TransactionID,
			"deletion_policy": "wait", "renew_when_expired": false,
		}))
		if diff := cmp.Diff(want, r.Values()); diff != "" {
			t.Errorf("state (-want +got):\n%s", diff)
		}
		if !strings.Contains(text(r, "url"), made.SignatureID) {
			t.Errorf("url is %q, want the link of session %s", text(r, "url"), made.SignatureID)
		}
		if !uuidPattern.MatchString(text(r, "biz_id")) || made.InputParameters["bizId"] != text(r, "biz_id") {
			t.Errorf("biz_id is %q in the state and %q at the API, want one random UUID", text(r, "biz_id"), made.InputParameters["bizId"])
		}
		prototest.WantEmptyPlan(t, r, minimal(nil))
		refresh(t, r)
		prototest.WantEmptyPlan(t, r, minimal(nil))
	})
}

// A refusal is shown on the argument that it is about.
func TestCreate_errorAttribute(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]string{
		"region-wrong":       "region",
		"return-url":         "return_url",
		"fail-return-url":    "fail_return_url",
		"product-level":      "product_level",
		"parameter-error":    "",
		"parameter-empty":    "",
		"iam-country":        "",
		"unknown-code":       "",
		"service-busy-quota": "",
	} {
		for _, drift := range []bool{false, true} {
			t.Run(kind, func(t *testing.T) {
				t.Parallel()
				withFakeTime(t, func(t *testing.T, e env) {
					e.SetBehaviour(simulator.Behaviour{MessageDrift: drift})
					e.inject(t, simulator.Fault{Operation: simulator.OpGenerate, Kind: kind})
					r := e.server.NewResource(typeName)
					diags := r.Configure(t.Context(), minimal(nil))
					refused := e.Calls()[1]
					prototest.WantError(t, diags, "Unable to Create Liveness Session", "No session was recorded.",
						refused.Code, refused.Message, refused.TransactionID)
					if got := attributeOf(diags[0]); got != want {
						t.Errorf("the error is on %q, want it on %q", got, want)
					}
					if r.Exists() {
						t.Errorf("recorded %v after a refusal", r.Values())
					}
					if got := e.CallCount(simulator.OpGenerate); got != 1 {
						t.Errorf("got %d calls, want 1: a permanent refusal is not tried again", got)
					}
				})
			})
		}
	}
}

// Whatever the API answers, a session is recorded only under an id that the
// API gave, and the create comes to an end.
func TestCreate_survivesEveryAnswer(t *testing.T) {
	t.Parallel()
	for _, kind := range simulator.FaultKinds() {
		if kind.Kind == "envelope" || !slices.Contains(kind.Operations, simulator.OpGenerate) {
			continue
		}
		for _, fault := range []simulator.Fault{
			{Operation: simulator.OpGenerate, Kind: kind.Kind},
			{Operation: simulator.OpGenerate, Kind: kind.Kind, AfterEffect: true},
			{Operation: simulator.OpGenerate, Kind: kind.Kind, Count: -1},
			{Operation: simulator.OpGenerate, Kind: kind.Kind, Count: -1, AfterEffect: true},
		} {
			if kind.Kind == "huge" && fault.Count < 0 {
				continue // 32 MiB of answer each, and it is not tried again
			}
			t.Run(kind.Kind, func(t *testing.T) {
				t.Parallel()
				withFakeTime(t, func(t *testing.T, e env) {
					e.inject(t, fault)
					started := time.Now()
					r := e.server.NewResource(typeName)
					diags := r.Configure(t.Context(), minimal(nil))
					if took := time.Since(started); took > 3*time.Minute {
						t.Errorf("took %s, want an end by timeouts.create", took)
					}
					if !r.Exists() {
						if !diags.HasError() {
							t.Error("no session and no error")
						}
						return
					}
					if _, ok := e.Session(idOf(r)); !ok || idOf(r) == "" || text(r, "id") != idOf(r) {
						t.Errorf("recorded %q, which the API does not know", idOf(r))
					}
					if diags.HasError() != (text(r, "url") == "") || r.Tainted != diags.HasError() {
						t.Errorf("recorded with url %q, tainted %t and:\n%s", text(r, "url"), r.Tainted, diags)
					}
				})
			})
		}
	}
}

// An answer without an id is an error, and one that may have made a session
// says so.
func TestCreate_withoutID(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"no-data", "data-empty", "data-wrong-type", "data-array", "empty-id", "id-wrong-type"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				e.inject(t, simulator.Fault{Operation: simulator.OpGenerate, Kind: kind, Count: -1})
				r := e.server.NewResource(typeName)
				prototest.WantError(t, r.Configure(t.Context(), minimal(nil)),
					"No session was recorded.", "may have made a session whose id and link nobody holds", e.Calls()[1].TransactionID)
				if r.Exists() {
					t.Errorf("recorded %v, want nothing", r.Values())
				}
			})
		})
	}
}

// A session without a link is of no use, but its id must not be lost.
func TestCreate_withoutLink(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"no-url", "empty-url"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				e.inject(t, simulator.Fault{Operation: simulator.OpGenerate, Kind: kind})
				r := e.server.NewResource(typeName)
				diags := r.Configure(t.Context(), minimal(nil))
				id := e.Sessions()[0].SignatureID
				prototest.WantError(t, diags, "Liveness Session Without Link", id, "tainted", e.Calls()[1].TransactionID)
				if idOf(r) != id || !r.Tainted || r.Values()["url"] != nil {
					t.Fatalf("got session %q, tainted %t, url %v; want %q, tainted, without one", idOf(r), r.Tainted, r.Values()["url"], id)
				}

				e.finish(t, r, simulator.ResultIncomplete)
				refresh(t, r)
				prototest.WantNothing(t, r.Apply(t.Context(), r.Plan(t.Context(), minimal(nil))))
				if old, _ := e.Session(id); old.State != simulator.StateCleared || idOf(r) == id || text(r, "url") == "" || r.Tainted {
					t.Errorf("the tainted session is %s and the state has %v, want it erased and replaced", old.State, r.Values())
				}
			})
		})
	}
}

// Once the request is sent, an interrupt or a timeout does not end it before its
// answer, because the id in the answer can't be asked for again.
func TestCreate_completesItsRequest(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]prototest.Object{
		"interrupt": minimal(nil),
		"timeout":   minimal(prototest.Object{"timeouts": prototest.Object{"create": "7s"}}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				e.SetBehaviour(simulator.Behaviour{LatencyMin: 5})
				if name == "interrupt" {
					time.AfterFunc(7*time.Second, e.server.Stop) // the token took the first five
				}
				started := time.Now()
				r := e.create(t, config)
				if took := time.Since(started); took != 10*time.Second {
					t.Errorf("took %s, want 10s: two answers of 5s", took)
				}
				if _, ok := e.Session(idOf(r)); !ok || r.Tainted {
					t.Errorf("got session %q, tainted %t; want the one that was made", idOf(r), r.Tainted)
				}
				e.finish(t, r, simulator.ResultPass)
				destroy(t, e, r)
			})
		})
	}
}

func TestCreate_interruptedBeforeItsRequest(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		e.SetBehaviour(simulator.Behaviour{LatencyMin: 5})
		time.AfterFunc(time.Second, e.server.Stop)
		r := e.server.NewResource(typeName)
		started := time.Now()
		diags := r.Configure(t.Context(), minimal(nil))
		prototest.WantError(t, diags, "No session was recorded.", "interrupted")
		if took := time.Since(started); took != time.Second {
			t.Errorf("took %s, want an end at the interrupt", took)
		}
		if strings.Contains(diags.String(), "may have made a session") || r.Exists() || len(e.Sessions()) > 0 {
			t.Errorf("want no session and no word of one, got %d and:\n%s", len(e.Sessions()), diags)
		}
	})
}

// A lost answer may leave a session behind: the error says so where one was
// lost, and the retries are few.
func TestCreate_lostAnswer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		kind      string
		wantCalls int
		lost      bool
	}{
		{"error", 3, true},
		{"reset", 3, true},
		{"html-200", 3, true},
		{"timeout", 3, true},
		{"service-busy", 6, false},
		{"retry-later", 6, false},
		{"http-429", 6, false},
	} {
		t.Run(test.kind, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				e.inject(t, simulator.Fault{Operation: simulator.OpGenerate, Kind: test.kind, Count: -1, AfterEffect: test.lost, RetryAfter: simulator.RetryAfterNone})
				r := e.server.NewResource(typeName)
				diags := r.Configure(t.Context(), minimal(nil))
				prototest.WantError(t, diags, "No session was recorded.")
				if got := strings.Contains(diags.String(), "whose id and link nobody holds"); got != test.lost {
					t.Errorf("speaks of a session that nobody holds: %t, want %t:\n%s", got, test.lost, diags)
				}
				if got := e.CallCount(simulator.OpGenerate); got != test.wantCalls {
					t.Errorf("got %d calls, want %d", got, test.wantCalls)
				}
			})
		})
	}
}

// Where the API's expiry is missing or makes no sense, the link's documented
// lifetime counts.
func TestCreate_expiryFallback(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"no-expiry", "bad-expiry", "past-expiry", "far-expiry"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				e.inject(t, simulator.Fault{Operation: simulator.OpGenerate, Kind: kind})
				want := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
				if got := text(e.create(t, minimal(nil)), "expires_at"); got != want {
					t.Errorf("expires_at is %q, want %q", got, want)
				}
			})
		})
	}
}

// A business id that the provider made up stays for the session's life, and
// another session gets another one.
func TestBizID_kept(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, minimal(nil))
		e.finish(t, r, simulator.ResultPass)
		made := text(r, "biz_id")
		refresh(t, r)
		prototest.WantNothing(t, r.Configure(t.Context(), minimal(prototest.Object{"deletion_policy": "fail"})))
		if got := text(r, "biz_id"); got != made {
			t.Errorf("biz_id went from %q to %q in an update", made, got)
		}
		prototest.WantEmptyPlan(t, r, minimal(prototest.Object{"deletion_policy": "fail", "biz_id": made}))
		prototest.WantNothing(t, r.Configure(t.Context(), minimal(prototest.Object{"region": "THA"})))
		if got := text(r, "biz_id"); got == made || !uuidPattern.MatchString(got) {
			t.Errorf("biz_id of the replacement is %q, want a UUID other than %q", got, made)
		}
	})
}

// A business id from another resource is sent as it turns out.
func TestBizID_unknownInThePlan(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.server.NewResource(typeName)
		plan := r.Plan(t.Context(), minimal(prototest.Object{"biz_id": prototest.Unknown, "user_id": prototest.Unknown, "return_url": prototest.Unknown}))
		prototest.WantNothing(t, plan.Diagnostics)
		if plan.Planned.IsFullyKnown() || e.total() > 0 {
			t.Errorf("got plan %s after %d calls, want unknown values and no call", plan.Planned, e.total())
		}
	})
}
