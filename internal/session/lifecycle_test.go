package session_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/advance-community/terraform-provider-advance/internal/acctest"
	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

const typeName = "advance_liveness_session"

func TestMain(m *testing.M) { acctest.Main(m) }

// minimal is a configuration of the required arguments, and of more.
func minimal(more prototest.Object) prototest.Object {
	config := prototest.Object{
		"return_url":      "https://app.example.com/ok",
		"fail_return_url": "https://app.example.com/fail",
		"user_id":         "user-1",
		"region":          "PHL",
	}
	for name, v := range more {
		config[name] = v
	}
	return config
}

// full is a configuration of every argument that the API has a field for.
func full(more prototest.Object) prototest.Object {
	config := minimal(prototest.Object{
		"biz_id":               "order-1",
		"callback_url":         "https://app.example.com/callback?key=hush",
		"language":             "en-US",
		"prefers_color_scheme": "dark",
		"biz_code":             "WhiteCard",
		"iframe_enabled":       false,
		"product_level":        "PRO",
		"liveness_type":        "login",
	})
	for name, v := range more {
		config[name] = v
	}
	return config
}

// world is a simulator with a provider in front of it, both in a bubble where
// an hour costs nothing.
type world struct {
	*simulator.Simulator
	server *prototest.Server
}

func inBubble(t *testing.T, f func(t *testing.T, w world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Config{})
		f(t, world{sim, prototest.Configured(t, sim.Transport(), nil)})
	})
}

// another is one more provider process on the same simulator, for which the
// provider block says otherwise what block has.
func (w world) another(t *testing.T, block prototest.Object) *prototest.Server {
	t.Helper()
	return prototest.Configured(t, w.Transport(), block)
}

// create makes a session with which nothing is wrong.
func (w world) create(t *testing.T, config prototest.Object) *prototest.Resource {
	t.Helper()
	r := w.server.NewResource(typeName)
	if diags := r.Configure(t.Context(), config); len(diags) > 0 {
		t.Fatalf("creating a session: %s", diags)
	}
	return r
}

// refreshed is create with a first look at what was made.
func (w world) refreshed(t *testing.T, config prototest.Object) *prototest.Resource {
	t.Helper()
	r := w.create(t, config)
	refresh(t, r)
	return r
}

func (w world) inject(t *testing.T, faults ...simulator.Fault) {
	t.Helper()
	for _, fault := range faults {
		if err := w.Inject(fault); err != nil {
			t.Fatal(err)
		}
	}
}

func (w world) finish(t *testing.T, r *prototest.Resource, result string) {
	t.Helper()
	if err := w.Finish(idOf(r), simulator.Outcome{Result: result}); err != nil {
		t.Fatal(err)
	}
}

// erase erases a session behind Terraform's back.
func (w world) erase(t *testing.T, r *prototest.Resource) {
	t.Helper()
	if diags := r.On(w.server).Destroy(t.Context()); diags.HasError() {
		t.Fatalf("erasing a session out of band: %s", diags)
	}
}

// total is how many calls the API was asked.
func (w world) total() int { return len(w.Calls()) }

// times are when one operation was called, as the simulator saw it.
func (w world) times(op simulator.Operation) []time.Time {
	var at []time.Time
	for _, call := range w.Calls() {
		if call.Operation == op {
			at = append(at, call.Time)
		}
	}
	return at
}

// refresh reads the instance and fails on any diagnostic.
func refresh(t *testing.T, r *prototest.Resource) {
	t.Helper()
	if diags := r.Refresh(t.Context()); len(diags) > 0 {
		t.Fatalf("reading the session: %s", diags)
	}
}

// pass lets time go by in the bubble.
func pass(d time.Duration) { <-time.After(d) }

// text is a string of the state, "" for null.
func text(r *prototest.Resource, name string) string {
	s, _ := r.Values()[name].(string)
	return s
}

func idOf(r *prototest.Resource) string { return text(r, "signature_id") }

// wantText fails unless s has each of the fragments.
func wantText(t *testing.T, s string, fragments ...string) {
	t.Helper()
	for _, fragment := range fragments {
		if !strings.Contains(s, fragment) {
			t.Errorf("want %q in:\n%s", fragment, s)
		}
	}
}

// wantNothing fails on any diagnostic.
func wantNothing(t *testing.T, diags prototest.Diagnostics) {
	t.Helper()
	if len(diags) > 0 {
		t.Errorf("want no diagnostics, got:\n%s", diags)
	}
}

// wantError fails unless there is one error, with these fragments.
func wantError(t *testing.T, diags prototest.Diagnostics, fragments ...string) {
	t.Helper()
	if len(diags.Errors()) != 1 {
		t.Fatalf("want one error, got %d:\n%s", len(diags.Errors()), diags)
	}
	wantText(t, diags.Errors().String(), fragments...)
}

// wantWarning fails unless there is one warning, with these fragments, and no
// error.
func wantWarning(t *testing.T, diags prototest.Diagnostics, fragments ...string) {
	t.Helper()
	if len(diags) != 1 || len(diags.Warnings()) != 1 {
		t.Fatalf("want one warning and nothing else, got:\n%s", diags)
	}
	wantText(t, diags.String(), fragments...)
}

// wantEmptyPlan fails unless a configuration changes nothing, silently.
func wantEmptyPlan(t *testing.T, r *prototest.Resource, config prototest.Object) {
	t.Helper()
	plan := r.Plan(t.Context(), config)
	wantNothing(t, plan.Diagnostics)
	if !plan.IsEmpty(r) {
		t.Errorf("want an empty plan, got one that replaces for %q:\n%s", plan.RequiresReplace, cmp.Diff(r.State.String(), plan.Planned.String()))
	}
}

// attributeOf is the argument that a diagnostic is on, "" for none.
func attributeOf(d *tfprotov6.Diagnostic) string {
	if d.Attribute == nil || len(d.Attribute.Steps()) == 0 {
		return ""
	}
	name, _ := d.Attribute.Steps()[0].(tftypes.AttributeName)
	return string(name)
}

var uuidPattern = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

func TestCreate(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w world) {
		r := w.create(t, minimal(nil))
		if got := []int{w.CallCount(simulator.OpToken), w.CallCount(simulator.OpGenerate), w.total()}; !slices.Equal(got, []int{1, 1, 2}) {
			t.Errorf("got %v token, generate and other calls, want one token, one generate and nothing else", got)
		}
		made := w.Sessions()[0]
		want := minimal(prototest.Object{
			"id": made.SignatureID, "signature_id": made.SignatureID,
			"url": text(r, "url"), "biz_id": text(r, "biz_id"), // checked below
			"expires_at":      made.ExpiresAt.Format(time.RFC3339),
			"transaction_id":  w.Calls()[1].TransactionID,
			"deletion_policy": "wait", "renew_when_expired": false,
			"callback_url": nil, "language": nil, "prefers_color_scheme": nil, "biz_code": nil,
			"iframe_enabled": nil, "product_level": nil, "liveness_type": nil, "timeouts": nil,
		})
		if diff := cmp.Diff(want, r.Values()); diff != "" {
			t.Errorf("state (-want +got):\n%s", diff)
		}
		if !strings.Contains(text(r, "url"), made.SignatureID) {
			t.Errorf("url is %q, want the link of session %s", text(r, "url"), made.SignatureID)
		}
		if !uuidPattern.MatchString(text(r, "biz_id")) || made.InputParameters["bizId"] != text(r, "biz_id") {
			t.Errorf("biz_id is %q in the state and %q at the API, want one random UUID", text(r, "biz_id"), made.InputParameters["bizId"])
		}
		wantEmptyPlan(t, r, minimal(nil))
		refresh(t, r)
		wantEmptyPlan(t, r, minimal(nil))
	})
}

// recorder keeps the bodies of requests to one path.
type recorder struct {
	path string
	next http.RoundTripper

	mu     sync.Mutex
	bodies [][]byte
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	if strings.HasSuffix(req.URL.Path, r.path) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		req.Body = io.NopCloser(bytes.NewReader(body))
		r.mu.Lock()
		r.bodies = append(r.bodies, body)
		r.mu.Unlock()
	}
	return r.next.RoundTrip(req)
}

// What is left out of the configuration is left out of the request, and what
// is given is sent as it is.
func TestCreateRequest(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		config prototest.Object
		want   map[string]any
	}{
		"the required arguments": {
			config: minimal(prototest.Object{"biz_id": "order-1"}),
			want: map[string]any{
				"returnUrl": "https://app.example.com/ok", "failReturnUrl": "https://app.example.com/fail",
				"bizId": "order-1", "userId": "user-1", "region": "PHL",
			},
		},
		"every argument": {
			config: full(prototest.Object{
				"deletion_policy": "fail", "renew_when_expired": true, "timeouts": prototest.Object{"create": "1m"},
			}),
			want: map[string]any{
				"returnUrl": "https://app.example.com/ok", "failReturnUrl": "https://app.example.com/fail",
				"bizId": "order-1", "userId": "user-1", "region": "PHL",
				"callbackUrl": "https://app.example.com/callback?key=hush", "language": "en-US",
				"prefersColorScheme": "dark", "bizCode": "WhiteCard", "iframeEnabled": false,
				"productLevel": "PRO", "livenessType": "login",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := simulator.New(simulator.Config{})
				sent := &recorder{path: "generate-liveness-detection-url", next: sim.Transport()}
				r := prototest.Configured(t, sent, nil).NewResource(typeName)
				wantNothing(t, r.Configure(t.Context(), test.config))
				if len(sent.bodies) != 1 {
					t.Fatalf("got %d requests, want 1", len(sent.bodies))
				}
				var got map[string]any
				if err := json.Unmarshal(sent.bodies[0], &got); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("request (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// A refusal is shown on the argument that it is about.
func TestCreateBlames(t *testing.T) {
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
				inBubble(t, func(t *testing.T, w world) {
					w.SetBehaviour(simulator.Behaviour{MessageDrift: drift})
					w.inject(t, simulator.Fault{Operation: simulator.OpGenerate, Kind: kind})
					r := w.server.NewResource(typeName)
					diags := r.Configure(t.Context(), minimal(nil))
					refused := w.Calls()[1]
					wantError(t, diags, "Unable to Create Liveness Session", "No session was recorded.",
						refused.Code, refused.Message, refused.TransactionID)
					if got := attributeOf(diags[0]); got != want {
						t.Errorf("the error is on %q, want it on %q", got, want)
					}
					if r.Exists() {
						t.Errorf("recorded %v after a refusal", r.Values())
					}
					if got := w.CallCount(simulator.OpGenerate); got != 1 {
						t.Errorf("got %d calls, want 1: a refusal for good is not tried again", got)
					}
				})
			})
		}
	}
}

// Whatever the API answers, a session is recorded only under an id that the
// API gave, and the create comes to an end.
func TestCreateSurvivesEveryAnswer(t *testing.T) {
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
				inBubble(t, func(t *testing.T, w world) {
					w.inject(t, fault)
					started := time.Now()
					r := w.server.NewResource(typeName)
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
					if _, ok := w.Session(idOf(r)); !ok || idOf(r) == "" || text(r, "id") != idOf(r) {
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
func TestCreateWithoutID(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"no-data", "data-empty", "data-wrong-type", "data-array", "empty-id", "id-wrong-type"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, w world) {
				w.inject(t, simulator.Fault{Operation: simulator.OpGenerate, Kind: kind, Count: -1})
				r := w.server.NewResource(typeName)
				wantError(t, r.Configure(t.Context(), minimal(nil)),
					"No session was recorded.", "may have made a session whose id and link nobody holds", w.Calls()[1].TransactionID)
				if r.Exists() {
					t.Errorf("recorded %v, want nothing", r.Values())
				}
			})
		})
	}
}

// A session without a link is of no use, but its id must not be lost.
func TestCreateWithoutLink(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"no-url", "empty-url"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, w world) {
				w.inject(t, simulator.Fault{Operation: simulator.OpGenerate, Kind: kind})
				r := w.server.NewResource(typeName)
				diags := r.Configure(t.Context(), minimal(nil))
				id := w.Sessions()[0].SignatureID
				wantError(t, diags, "Liveness Session Without Link", id, "tainted", w.Calls()[1].TransactionID)
				if idOf(r) != id || !r.Tainted || r.Values()["url"] != nil {
					t.Fatalf("got session %q, tainted %t, url %v; want %q, tainted, without one", idOf(r), r.Tainted, r.Values()["url"], id)
				}

				w.finish(t, r, simulator.ResultIncomplete)
				wantNothing(t, r.Apply(t.Context(), r.Plan(t.Context(), minimal(nil))))
				if old, _ := w.Session(id); old.State != simulator.StateCleared || idOf(r) == id || text(r, "url") == "" || r.Tainted {
					t.Errorf("the tainted session is %s and the state has %v, want it erased and replaced", old.State, r.Values())
				}
			})
		})
	}
}

// Once the request is on its way, an interrupt and a time-out let it come to
// its answer, because the id in the answer can't be asked for again.
func TestCreateSeesItsRequestThrough(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]prototest.Object{
		"interrupt": minimal(nil),
		"time-out":  minimal(prototest.Object{"timeouts": prototest.Object{"create": "7s"}}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, w world) {
				w.SetBehaviour(simulator.Behaviour{LatencyMin: 5})
				if name == "interrupt" {
					time.AfterFunc(7*time.Second, w.server.Stop) // the token took the first five
				}
				started := time.Now()
				r := w.create(t, config)
				if took := time.Since(started); took != 10*time.Second {
					t.Errorf("took %s, want 10s: two answers of 5s", took)
				}
				if _, ok := w.Session(idOf(r)); !ok || r.Tainted {
					t.Errorf("got session %q, tainted %t; want the one that was made", idOf(r), r.Tainted)
				}
				w.finish(t, r, simulator.ResultPass)
				destroy(t, w, r)
			})
		})
	}
}

func TestCreateInterruptedBeforeItsRequest(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w world) {
		w.SetBehaviour(simulator.Behaviour{LatencyMin: 5})
		time.AfterFunc(time.Second, w.server.Stop)
		r := w.server.NewResource(typeName)
		started := time.Now()
		diags := r.Configure(t.Context(), minimal(nil))
		wantError(t, diags, "No session was recorded.", "interrupted")
		if took := time.Since(started); took != time.Second {
			t.Errorf("took %s, want an end at the interrupt", took)
		}
		if strings.Contains(diags.String(), "may have made a session") || r.Exists() || len(w.Sessions()) > 0 {
			t.Errorf("want no session and no word of one, got %d and:\n%s", len(w.Sessions()), diags)
		}
	})
}

// A lost answer may leave a session behind: the error says so where one was
// lost, and the retries are few.
func TestCreateLostAnswer(t *testing.T) {
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
			inBubble(t, func(t *testing.T, w world) {
				w.inject(t, simulator.Fault{Operation: simulator.OpGenerate, Kind: test.kind, Count: -1, AfterEffect: test.lost, RetryAfter: simulator.RetryAfterNone})
				r := w.server.NewResource(typeName)
				diags := r.Configure(t.Context(), minimal(nil))
				wantError(t, diags, "No session was recorded.")
				if got := strings.Contains(diags.String(), "whose id and link nobody holds"); got != test.lost {
					t.Errorf("speaks of a session that nobody holds: %t, want %t:\n%s", got, test.lost, diags)
				}
				if got := w.CallCount(simulator.OpGenerate); got != test.wantCalls {
					t.Errorf("got %d calls, want %d", got, test.wantCalls)
				}
			})
		})
	}
}

// Where the API's expiry is missing or makes no sense, the link's documented
// lifetime counts.
func TestExpiryFallback(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"no-expiry", "bad-expiry", "past-expiry", "far-expiry"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, w world) {
				w.inject(t, simulator.Fault{Operation: simulator.OpGenerate, Kind: kind})
				want := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
				if got := text(w.create(t, minimal(nil)), "expires_at"); got != want {
					t.Errorf("expires_at is %q, want %q", got, want)
				}
			})
		})
	}
}

// What only tells how to treat the session changes in place and makes no call.
func TestUpdateInPlace(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w world) {
		r := w.refreshed(t, full(nil))
		before, calls := r.Values(), w.total()
		for _, change := range []prototest.Object{
			{"deletion_policy": "abandon"},
			{"renew_when_expired": true},
			{"timeouts": prototest.Object{"delete": "5m"}},
			{"deletion_policy": "fail", "renew_when_expired": true, "timeouts": prototest.Object{"create": "1m", "read": "2m", "delete": "3m"}},
			{},
		} {
			config := full(change)
			plan := r.Plan(t.Context(), config)
			wantNothing(t, plan.Diagnostics)
			if plan.IsEmpty(r) || len(plan.RequiresReplace) > 0 || !plan.Planned.IsFullyKnown() {
				t.Errorf("%v: want a change in place of which all is known, got %s, replacing for %q", change, plan.Planned, plan.RequiresReplace)
			}
			wantNothing(t, r.Apply(t.Context(), plan))
			wantEmptyPlan(t, r, config)
		}
		if diff := cmp.Diff(before, r.Values()); diff != "" {
			t.Errorf("state after a round of changes (-before +after):\n%s", diff)
		}
		if got := w.total() - calls; got != 0 {
			t.Errorf("the changes made %d calls, want none", got)
		}
	})
}

// What the session was made with can only be changed by another session.
func TestReplace(t *testing.T) {
	t.Parallel()
	changes := prototest.Object{
		"return_url":           "https://app.example.com/other",
		"fail_return_url":      "myapp://callback/other",
		"user_id":              "user-2",
		"region":               "THA",
		"biz_id":               "order-2",
		"callback_url":         "https://app.example.com/other",
		"language":             "fil",
		"prefers_color_scheme": "light",
		"biz_code":             "Other1",
		"iframe_enabled":       true,
		"product_level":        "STANDARD",
		"liveness_type":        "SILENT",
	}
	for name, to := range changes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, w world) {
				r := w.create(t, full(nil))
				w.finish(t, r, simulator.ResultPass)
				old := idOf(r)
				plan := r.Plan(t.Context(), full(prototest.Object{name: to}))
				wantNothing(t, plan.Diagnostics)
				if diff := cmp.Diff([]string{name}, plan.RequiresReplace); diff != "" {
					t.Fatalf("replaced by (-want +got):\n%s", diff)
				}
				wantNothing(t, r.Apply(t.Context(), plan))
				if erased, _ := w.Session(old); erased.State != simulator.StateCleared || idOf(r) == old || r.Values()[name] != to {
					t.Errorf("the old session is %s and the state has %v, want it erased and another one", erased.State, r.Values())
				}

				// So does leaving it out, where that can be told.
				if minimal(nil)[name] == nil && name != "biz_id" {
					if got := r.Plan(t.Context(), full(prototest.Object{name: nil})).RequiresReplace; !slices.Contains(got, name) {
						t.Errorf("leaving it out replaces for %q, want for it", got)
					}
				}
			})
		})
	}
}

// A business id that the provider made up stays for the session's life, and
// another session gets another one.
func TestBizIDIsKept(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w world) {
		r := w.create(t, minimal(nil))
		w.finish(t, r, simulator.ResultPass)
		made := text(r, "biz_id")
		refresh(t, r)
		wantNothing(t, r.Configure(t.Context(), minimal(prototest.Object{"deletion_policy": "fail"})))
		if got := text(r, "biz_id"); got != made {
			t.Errorf("biz_id went from %q to %q in an update", made, got)
		}
		wantEmptyPlan(t, r, minimal(prototest.Object{"deletion_policy": "fail", "biz_id": made}))
		wantNothing(t, r.Configure(t.Context(), minimal(prototest.Object{"region": "THA"})))
		if got := text(r, "biz_id"); got == made || !uuidPattern.MatchString(got) {
			t.Errorf("biz_id of the replacement is %q, want a UUID other than %q", got, made)
		}
	})
}

// A business id from another resource is sent as it turns out.
func TestBizIDUnknownInThePlan(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w world) {
		r := w.server.NewResource(typeName)
		plan := r.Plan(t.Context(), minimal(prototest.Object{"biz_id": prototest.Unknown, "user_id": prototest.Unknown, "return_url": prototest.Unknown}))
		wantNothing(t, plan.Diagnostics)
		if plan.Planned.IsFullyKnown() || w.total() > 0 {
			t.Errorf("got plan %s after %d calls, want unknown values and no call", plan.Planned, w.total())
		}
	})
}

// What became of a session is no drift, in whichever way the API shows it.
func TestOutcomeIsNoDrift(t *testing.T) {
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
			inBubble(t, func(t *testing.T, w world) {
				w.SetBehaviour(test.behaviour)
				r := w.create(t, full(nil))
				before := r.Values()
				if test.outcome != nil {
					if err := w.Finish(idOf(r), *test.outcome); err != nil {
						t.Fatal(err)
					}
				}
				if test.erased {
					w.erase(t, r)
				}
				for range 2 {
					refresh(t, r)
					if diff := cmp.Diff(before, r.Values()); diff != "" {
						t.Errorf("state (-before +after):\n%s", diff)
					}
					wantEmptyPlan(t, r, full(nil))
				}
				pass(2 * time.Hour) // the link has long expired
				refresh(t, r)
				wantEmptyPlan(t, r, full(nil))
			})
		})
	}
}

func TestReadRemovesWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"forgotten", "erased", "with a full stop"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, w world) {
				r := w.create(t, minimal(nil))
				id := idOf(r)
				switch kind {
				case "forgotten":
					w.Forget(id)
				case "erased":
					w.finish(t, r, simulator.ResultPass)
					w.erase(t, r)
				default:
					w.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: "signature-not-exist"})
				}
				wantWarning(t, r.Refresh(t.Context()), "Liveness Session Is Gone", id, "nothing was erased by this run")
				if r.Exists() {
					t.Fatalf("the state has %v, want nothing", r.Values())
				}
				wantNothing(t, r.Configure(t.Context(), minimal(nil)))
				if idOf(r) == id {
					t.Error("want a new session")
				}
			})
		})
	}
}

// A failing read leaves the state as it was, for no answer but one says that
// a session is gone.
func TestReadSurvivesEveryAnswer(t *testing.T) {
	t.Parallel()
	for _, kind := range simulator.FaultKinds() {
		if kind.Kind == "envelope" || !slices.Contains(kind.Operations, simulator.OpResult) {
			continue
		}
		t.Run(kind.Kind, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, w world) {
				r := w.create(t, minimal(nil))
				before := r.Values()
				w.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: kind.Kind, Count: -1})
				started := time.Now()
				diags := r.Refresh(t.Context())
				if took := time.Since(started); took > time.Minute {
					t.Errorf("took %s, want an end by timeouts.read", took)
				}
				if strings.HasPrefix(kind.Kind, "signature-not-exist") {
					wantWarning(t, diags, "Gone")
					return
				}
				if diff := cmp.Diff(before, r.Values()); diff != "" {
					t.Errorf("state (-before +after):\n%s", diff)
				}
				if diags.HasError() {
					wantError(t, diags, "Unable to Read Liveness Session", idOf(r), "the state is as it was")
				}
			})
		})
	}
}

func TestReadObeysItsTimeout(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w world) {
		r := w.create(t, minimal(prototest.Object{"timeouts": prototest.Object{"read": "7s"}}))
		w.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: "timeout", Count: -1})
		started := time.Now()
		wantError(t, r.Refresh(t.Context()), "time-out", "timeouts")
		if took := time.Since(started); took != 7*time.Second {
			t.Errorf("took %s, want 7s", took)
		}
	})
}

// "Not known" from elsewhere proves nothing: neither a read nor a destroy goes
// by it, and both say where the session was made.
func TestNotKnownElsewhere(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		keys  simulator.Config
		block prototest.Object
		want  []string
	}{
		"another endpoint": {
			block: prototest.Object{"endpoint": "http://127.0.0.1:81/gateway/"},
			want:  []string{"http://127.0.0.1:81/gateway does not know", "was made at http://127.0.0.1.", "endpoint"},
		},
		"another account": {
			keys:  simulator.Config{AccessKey: "otheraccesskey"},
			block: prototest.Object{"access_key": "otheraccesskey"},
			want:  []string{"was made at http://127.0.0.1 by another account"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, w world) {
				made := w.create(t, minimal(nil))
				other := simulator.New(test.keys)
				transport := other.Transport()
				if test.block["endpoint"] != nil {
					transport = withoutPath(transport, "/gateway")
				}
				r := made.On(prototest.Configured(t, transport, test.block))

				want := append([]string{idOf(r), "proves nothing", "terraform state rm"}, test.want...)
				wantError(t, r.Refresh(t.Context()), append(want, "Unable to Read Liveness Session")...)
				wantError(t, r.Destroy(t.Context()), append(want, "Unable to Erase Liveness Session")...)
				if !r.Exists() {
					t.Error("the session left the state")
				}

				// At home all is well.
				w.finish(t, made, simulator.ResultPass)
				refresh(t, made)
				wantNothing(t, destroy(t, w, r.On(w.server)))
			})
		})
	}
}

// withoutPath is a gateway that takes its own path off.
func withoutPath(next http.RoundTripper, path string) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		req.URL.Path = strings.TrimPrefix(req.URL.Path, path)
		return next.RoundTrip(req)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// A session that is still known is read and erased from wherever that is: only
// "not known" is a matter of where one asks.
func TestKnownElsewhere(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w world) {
		r := w.create(t, minimal(nil)).On(w.another(t, prototest.Object{"endpoint": "http://localhost"}))
		w.finish(t, r, simulator.ResultPass)
		refresh(t, r)
		wantNothing(t, destroy(t, w, r))
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
		inBubble(t, func(t *testing.T, w world) {
			made := w.refreshed(t, minimal(nil))
			calls := w.total()
			unsure := prototest.NewServer(t, w.Transport())
			wantNothing(t, unsure.Configure(block))

			r := unsure.NewResource(typeName)
			plan := r.Plan(t.Context(), minimal(nil))
			wantNothing(t, plan.Diagnostics)
			if plan.Planned.IsNull() {
				t.Error("want a create to be planned")
			}

			diags := r.Import(t.Context(), idOf(made))
			wantError(t, diags, "Provider Configuration Not Known Yet", "The import", "-target")
			for name, v := range block {
				if v == prototest.Unknown {
					wantText(t, diags.String(), `"`+name+`"`)
				}
			}

			old := made.On(unsure)
			refresh(t, old)
			if diff := cmp.Diff(made.Values(), old.Values()); diff != "" || !bytes.Equal(old.Private, made.Private) {
				t.Errorf("state after a read (-before +after):\n%s", diff)
			}
			wantEmptyPlan(t, old, minimal(nil))

			// Terraform knows all before it applies; should it not, nothing
			// may happen, and above all no crash.
			wantError(t, r.Apply(t.Context(), plan), "Provider Configuration Not Known Yet")
			wantError(t, old.Destroy(t.Context()), "Provider Configuration Not Known Yet")
			if r.Exists() || !old.Exists() || w.total() != calls {
				t.Errorf("created %t, destroyed %t, %d calls; want nothing to have happened", r.Exists(), !old.Exists(), w.total()-calls)
			}
		})
	}
}
