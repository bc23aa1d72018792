package session_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"

	"github.com/advance-community/terraform-provider-advance/internal/acctest"
	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/session"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// The tests of this file start from the schema, or from the table of request
// fields, which the first of them compares with the schema. So an argument that
// is added and not wired everywhere fails one of them, by its name.

// providerOnly are the arguments that the API has no field for. They change in
// place.
var providerOnly = prototest.Object{
	"deletion_policy":    "fail",
	"renew_when_expired": true,
	"timeouts":           prototest.Object{"create": "1m", "read": "2m", "delete": "3m"},
}

// writeOnly are the arguments that take the place of callback_url; see
// writeonly_test.go.
var writeOnly = prototest.Object{
	"callback_url":            nil,
	"callback_url_wo":         "https://app.example.com/callback?key=secret",
	"callback_url_wo_version": 1,
}

// fullWith is a configuration of all arguments that the argument name can be
// together with, and of v for that one.
func fullWith(name string, v any) prototest.Object {
	config := full(nil)
	if writeOnly[name] != nil {
		maps.Copy(config, writeOnly)
	}
	config[name] = v
	return config
}

// attributes is the schema of the resource.
func attributes(t *testing.T) map[string]schema.Attribute {
	t.Helper()
	var resp resource.SchemaResponse
	session.NewResource().Schema(t.Context(), resource.SchemaRequest{}, &resp)
	return resp.Schema.Attributes
}

func isArgument(a schema.Attribute) bool { return a.IsRequired() || a.IsOptional() }

func TestArguments_inTable(t *testing.T) {
	t.Parallel()
	inTable := map[string]acctest.RequestField{}
	for _, f := range acctest.RequestFields {
		inTable[f.Argument] = f
		if f.Value == f.Other {
			t.Errorf("acctest.RequestFields: %s has one value twice", f.Argument)
		}
		if a := attributes(t)[f.Argument]; a == nil || !isArgument(a) {
			t.Errorf("acctest.RequestFields has %s, which is no argument in the schema", f.Argument)
		}
	}
	for name, a := range attributes(t) {
		f, ok := inTable[name]
		switch {
		case !isArgument(a) || providerOnly[name] != nil || writeOnly[name] != nil:
		case !ok:
			t.Errorf("argument %s has no row in acctest.RequestFields and is not in providerOnly or writeOnly", name)
		case f.Required != a.IsRequired():
			t.Errorf("argument %s is required: %t, but %t in acctest.RequestFields", name, a.IsRequired(), f.Required)
		}
	}
}

// What is given is sent as it is, and what is left out is left out of the
// request.
func TestArguments_reachTheRequest(t *testing.T) {
	t.Parallel()
	config, want := full(providerOnly), map[string]any{}
	for _, f := range acctest.RequestFields {
		want[f.Field] = f.Value
	}
	t.Run("all", func(t *testing.T) {
		t.Parallel()
		if diff := cmp.Diff(want, requestOf(t, config)); diff != "" {
			t.Errorf("request (-want +got):\n%s", diff)
		}
	})
	for _, f := range acctest.RequestFields {
		if f.Required {
			continue
		}
		t.Run("without "+f.Argument, func(t *testing.T) {
			t.Parallel()
			got, sent := requestOf(t, full(prototest.Object{f.Argument: nil}))[f.Field]
			if f.Argument == "biz_id" {
				if id, _ := got.(string); !uuidPattern.MatchString(id) {
					t.Errorf("%s is %v, want a random UUID", f.Field, got)
				}
			} else if sent {
				t.Errorf("%s was sent as %v, want it left out", f.Field, got)
			}
		})
	}
}

// requestOf creates a session and returns the request.
func requestOf(t *testing.T, config prototest.Object) (request map[string]any) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Config{})
		sent := &recorder{path: "generate-liveness-detection-url", next: sim.Transport()}
		r := prototest.Configured(t, sent, nil).NewResource(typeName)
		diags := r.Configure(t.Context(), config)
		if len(sent.bodies) != 1 {
			t.Fatalf("got %d requests, want 1:\n%s", len(sent.bodies), diags)
		}
		if err := json.Unmarshal(sent.bodies[0], &request); err != nil {
			t.Fatal(err)
		}
		if len(diags) > 0 {
			t.Errorf("the simulator refused %s:\n%s", sent.bodies[0], diags)
		}
	})
	return request
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

// What the session was made with can only be changed by another session.
func TestArguments_forceANewSession(t *testing.T) {
	t.Parallel()
	for _, f := range acctest.RequestFields {
		t.Run(f.Argument, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				r := e.create(t, full(nil))
				e.finish(t, r, simulator.ResultPass)
				refresh(t, r)
				old := idOf(r)
				plan := r.Plan(t.Context(), full(prototest.Object{f.Argument: f.Other}))
				prototest.WantNothing(t, plan.Diagnostics)
				if diff := cmp.Diff([]string{f.Argument}, plan.RequiresReplace); diff != "" {
					t.Fatalf("replaced by (-want +got):\n%s", diff)
				}
				prototest.WantNothing(t, r.Apply(t.Context(), plan))
				if erased, _ := e.Session(old); erased.State != simulator.StateCleared || idOf(r) == old || r.Values()[f.Argument] != f.Other {
					t.Errorf("the old session is %s and the state has %v, want it erased and another one", erased.State, r.Values())
				}

				// So does leaving it out, unless the provider computes it then.
				if !f.Required && !attributes(t)[f.Argument].IsComputed() {
					if got := r.Plan(t.Context(), full(prototest.Object{f.Argument: nil})).RequiresReplace; !slices.Contains(got, f.Argument) {
						t.Errorf("leaving it out replaces for %q, want for it", got)
					}
				}
			})
		})
	}
}

// What only tells the provider how to treat the session changes in place and
// makes no call.
func TestArguments_changeInPlace(t *testing.T) {
	t.Parallel()
	for name, to := range providerOnly {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				r := e.refreshed(t, full(nil))
				before, calls := r.Values(), e.total()
				for _, config := range []prototest.Object{full(prototest.Object{name: to}), full(providerOnly), full(nil)} {
					plan := r.Plan(t.Context(), config)
					prototest.WantNothing(t, plan.Diagnostics)
					if plan.IsEmpty(r) || len(plan.RequiresReplace) > 0 || !plan.Planned.IsFullyKnown() {
						t.Errorf("want a change in place of which all is known, got %s, replacing for %q", plan.Planned, plan.RequiresReplace)
					}
					prototest.WantNothing(t, r.Apply(t.Context(), plan))
					prototest.WantEmptyPlan(t, r, config)
				}
				if diff := cmp.Diff(before, r.Values()); diff != "" {
					t.Errorf("state after a round of changes (-before +after):\n%s", diff)
				}
				if got := e.total() - calls; got != 0 {
					t.Errorf("the changes made %d calls, want none", got)
				}
			})
		})
	}
}

// An import takes the arguments from the echo and gives the provider's own
// their defaults. What the API does not tell again is null.
func TestArguments_import(t *testing.T) {
	t.Parallel()
	for _, echo := range []string{simulator.EchoDocumented, simulator.EchoAll} {
		t.Run(echo, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				e.SetBehaviour(simulator.Behaviour{EchoParameters: echo})
				made := e.create(t, full(providerOnly))
				calls := e.total()
				r := e.imported(t)
				if got := e.total() - calls; got != 1 {
					t.Errorf("the import made %d calls, want one get-result", got)
				}
				config := prototest.Object{}
				for _, f := range acctest.RequestFields {
					if f.Echoed || echo == simulator.EchoAll {
						config[f.Argument] = f.Value
					}
				}
				want := prototest.Object{}
				for name := range attributes(t) {
					want[name] = config[name]
				}
				want["id"], want["signature_id"] = idOf(made), idOf(made)
				want["deletion_policy"], want["renew_when_expired"] = "wait", false
				if diff := cmp.Diff(want, r.Values()); diff != "" {
					t.Errorf("state (-want +got):\n%s", diff)
				}
				prototest.WantEmptyPlan(t, r, config)
				refresh(t, r)
				prototest.WantEmptyPlan(t, r, config)
				if diff := cmp.Diff(want, r.Values()); diff != "" {
					t.Errorf("state after another read (-want +got):\n%s", diff)
				}

				// A different value is another session.
				for _, f := range acctest.RequestFields {
					if config[f.Argument] == nil {
						continue
					}
					different := maps.Clone(config)
					different[f.Argument] = f.Other
					if diff := cmp.Diff([]string{f.Argument}, r.Plan(t.Context(), different).RequiresReplace); diff != "" {
						t.Errorf("%s: replaced by (-want +got):\n%s", f.Argument, diff)
					}
				}
			})
		})
	}
}

// Each argument has a good value: a row of acctest.RequestFields or of goodValues.
// Each has a bad one: a string refuses the empty string, a bool and an integer
// have none, and all else has a row in badValues.
func TestArguments_haveGoodAndBadValues(t *testing.T) {
	t.Parallel()
	good, bad := map[string]bool{}, map[string]bool{}
	for _, f := range acctest.RequestFields {
		good[f.Argument] = true
	}
	for _, v := range goodValues {
		good[v.name] = true
	}
	for _, v := range badValues {
		bad[v.name] = true
	}
	r := prototest.NewServer(t, nil).NewResource(typeName)
	for name, a := range attributes(t) {
		if !isArgument(a) {
			continue
		}
		if !good[name] && writeOnly[name] == nil {
			t.Errorf("argument %s has no row in acctest.RequestFields or goodValues", name)
		}
		switch a.(type) {
		case schema.StringAttribute:
			if diags := r.Validate(fullWith(name, "")); len(diags) != 1 || attributeOf(diags[0]) != name {
				t.Errorf("argument %s does not refuse the empty string, got:\n%s", name, diags)
			}
		case schema.BoolAttribute, schema.Int64Attribute:
		default:
			if !bad[name] {
				t.Errorf("argument %s has no row in badValues", name)
			}
		}
	}
}
