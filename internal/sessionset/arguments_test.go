package sessionset_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"

	"github.com/advance-community/terraform-provider-advance/internal/acctest"
	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/sessionset"
)

// requestFields are the arguments that are sent for all sessions.
func requestFields() []acctest.RequestField {
	return slices.DeleteFunc(slices.Clone(acctest.RequestFields), func(f acctest.RequestField) bool {
		return f.Argument == "user_id" || f.Argument == "biz_id"
	})
}

// allArguments is a configuration of all that is sent, for the key "a".
func allArguments() prototest.Object {
	whole := config(users("a"), nil)
	for _, f := range requestFields() {
		whole[f.Argument] = f.Value
	}
	return whole
}

// providerOnly are the arguments that the API has no field for. They change in
// place.
var providerOnly = prototest.Object{
	"parallelism":        7,
	"deletion_policy":    "fail",
	"renew_when_expired": true,
	"timeouts":           prototest.Object{"create": "1m", "read": "2m", "update": "3m", "delete": "4m"},
}

func attributes(t *testing.T) map[string]schema.Attribute {
	t.Helper()
	var resp resource.SchemaResponse
	sessionset.NewResource().Schema(t.Context(), resource.SchemaRequest{}, &resp)
	if diags := resp.Schema.ValidateImplementation(t.Context()); diags.HasError() {
		t.Fatal(diags)
	}
	return resp.Schema.Attributes
}

func TestSchema(t *testing.T) {
	t.Parallel()
	arguments := map[string]bool{"user_ids": true, "callback_url_wo": true, "callback_url_wo_version": true}
	for _, f := range requestFields() {
		arguments[f.Argument] = true
	}
	for name := range providerOnly {
		arguments[name] = true
	}
	for name, a := range attributes(t) {
		if a.GetMarkdownDescription() == "" {
			t.Errorf("%s has no description", name)
		}
		if isArgument := a.IsRequired() || a.IsOptional(); isArgument != arguments[name] {
			t.Errorf("%s is an argument: %t, want %t", name, isArgument, arguments[name])
		}
		delete(arguments, name)
		if want := slices.Contains([]string{"callback_url", "callback_url_wo", "urls"}, name); a.IsSensitive() != want {
			t.Errorf("%s is sensitive: %t, want %t", name, a.IsSensitive(), want)
		}
	}
	if len(arguments) > 0 {
		t.Errorf("the schema does not have %q", slices.Sorted(maps.Keys(arguments)))
	}
}

// A change of what is sent replaces the sessions, one at a time; a change of the
// rest makes no call.
func TestArguments_change(t *testing.T) {
	t.Parallel()
	for _, f := range requestFields() {
		t.Run(f.Argument, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				r := e.create(t, allArguments())
				old := idOf(r, "a")
				e.finish(t, r, "PASS", "a")
				changed := allArguments()
				changed[f.Argument] = f.Other
				prototest.WantNothing(t, apply(t, r, changed))
				if idOf(r, "a") == old || r.Values()[f.Argument] != f.Other {
					t.Errorf("session %s was not replaced", old)
				}
				e.wantCleared(t, old, true)
				one, _ := e.Session(idOf(r, "a"))
				if one.InputParameters[f.Field] != f.Other {
					t.Errorf("%s was sent as %v", f.Field, one.InputParameters[f.Field])
				}
				prototest.WantEmptyPlan(t, r, changed)
			})
		})
	}
	for name, v := range providerOnly {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				r := e.create(t, allArguments())
				old, calls := idOf(r, "a"), e.total()
				changed := allArguments()
				changed[name] = v
				plan := r.Plan(t.Context(), changed)
				for _, attribute := range []string{"signature_ids", "urls", "expires_at", "uncleared", "complete", "id"} {
					if got := plan.Values(t)[attribute]; got == prototest.Unknown {
						t.Errorf("%s is planned as unknown", attribute)
					}
				}
				prototest.WantNothing(t, r.Apply(t.Context(), plan))
				if e.total() != calls || idOf(r, "a") != old {
					t.Errorf("%d calls and session %s, want none and %s", e.total()-calls, idOf(r, "a"), old)
				}
				prototest.WantEmptyPlan(t, r, changed)
			})
		})
	}
}

// The write-only callback is sent, and is kept nowhere.
func TestArguments_writeOnly(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		const secret = "https://app.example.com/callback?key=hidden"
		whole := config(users("a"), prototest.Object{"callback_url_wo": secret, "callback_url_wo_version": 1})
		r := e.create(t, whole)
		one, _ := e.Session(idOf(r, "a"))
		if one.InputParameters["callbackUrl"] != secret {
			t.Errorf("the callback was sent as %v", one.InputParameters["callbackUrl"])
		}
		if strings.Contains(string(r.Private), "hidden") || strings.Contains(r.State.String(), "hidden") {
			t.Error("the callback is in the state")
		}
		whole["callback_url_wo"] = secret + "2"
		prototest.WantEmptyPlan(t, r, whole)
		whole["callback_url_wo_version"] = 2
		e.finish(t, r, "PASS", "a")
		prototest.WantNothing(t, apply(t, r, whole))
		if next, _ := e.Session(idOf(r, "a")); next.SignatureID == one.SignatureID || next.InputParameters["callbackUrl"] != secret+"2" {
			t.Errorf("the callback was sent as %v", next.InputParameters["callbackUrl"])
		}
	})
}

func TestValidate(t *testing.T) {
	t.Parallel()
	many := prototest.Object{}
	for key := range numbered(12) {
		many[key] = ""
	}
	for name, test := range map[string]struct {
		config prototest.Object
		want   []string // of the only error
	}{
		"no key":               {config(prototest.Object{}, nil), []string{"user_ids", "at least 1"}},
		"too many":             {config(numbered(20_001), nil), []string{"user_ids", "at most 20000"}},
		"an empty user id":     {config(prototest.Object{"a": "user-a", "b": ""}, nil), []string{`key "b" must not be empty`}},
		"no user id":           {config(prototest.Object{"a": "user-a", "b": nil}, nil), []string{`key "b" must not be empty`}},
		"white space":          {config(prototest.Object{"b": "user-b\n"}, nil), []string{`key "b" must not have white space`}},
		"many":                 {config(many, nil), []string{`key "k00000"`, `key "k00009"`, "2 more"}},
		"parallelism too low":  {config(users("a"), prototest.Object{"parallelism": 0}), []string{"parallelism", "between 1 and 100"}},
		"parallelism too high": {config(users("a"), prototest.Object{"parallelism": 101}), []string{"parallelism", "between 1 and 100"}},
		"a timeout of zero":    {config(users("a"), prototest.Object{"timeouts": prototest.Object{"update": "0s"}}), []string{"timeouts.update"}},
		"a policy":             {config(users("a"), prototest.Object{"deletion_policy": "never"}), []string{"must be one of"}},
		"a return URL":         {config(users("a"), prototest.Object{"return_url": "javascript:alert(1)"}), []string{"javascript"}},
	} {
		diags := prototest.NewServer(t, nil).NewResource(typeName).Validate(test.config)
		if len(diags.Errors()) != 1 {
			t.Errorf("%s: want one error, got:\n%s", name, diags)
			continue
		}
		prototest.WantText(t, diags.String(), test.want...)
		if strings.Contains(diags.String(), "user-b") {
			t.Errorf("%s: the error quotes a user id:\n%s", name, diags)
		}
	}
	for name, good := range map[string]prototest.Object{
		"the most":         config(numbered(20_000), nil),
		"an unknown map":   config(prototest.Unknown, nil),
		"an unknown value": config(prototest.Object{"a": prototest.Unknown}, nil),
	} {
		if diags := prototest.NewServer(t, nil).NewResource(typeName).Validate(good); len(diags) > 0 {
			t.Errorf("%s: %s", name, diags)
		}
	}
	prototest.WantWarning(t, prototest.NewServer(t, nil).NewResource(typeName).Validate(config(users("a"), prototest.Object{"callback_url": "http://app.example.com/"})), "Callback Without TLS")
}
