package session_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

var longestURL = "https://example.com/" + strings.Repeat("a", 2048-len("https://example.com/"))

// badValues are refused before any call, on the argument that has them.
var badValues = []struct {
	name string // of the argument
	v    any
	want string // the error says it
}{
	{"return_url", "", "must not be empty"},
	{"return_url", "javascript:alert(1)", `must not have the scheme "javascript"`},
	{"return_url", "DATA://example.com/", `must not have the scheme "data"`},
	{"return_url", "file:///etc/passwd", `must not have the scheme "file"`},
	{"return_url", "about:blank", `must not have the scheme "about"`},
	{"return_url", "blob:https://example.com/1", `must not have the scheme "blob"`},
	{"return_url", "intent://host#Intent;end", `must not have the scheme "intent"`},
	{"return_url", "myapp:", "must have a host"},
	{"return_url", "myapp://", "must have a host"},
	{"return_url", `https://host/\path`, "must be a valid URI"},
	{"return_url", "https://example.com/\n", "must not have control characters"},
	{"return_url", "/callback", "must be an absolute URL"},
	{"return_url", longestURL + "a", "must have at most 2048 characters"},
	{"fail_return_url", "javascript:alert(1)", `must not have the scheme "javascript"`},
	{"fail_return_url", "myapp:", "must have a host"},
	{"fail_return_url", "myapp://", "must have a host"},
	{"fail_return_url", `https://host/\path`, "must be a valid URI"},
	{"fail_return_url", longestURL + "a", "must have at most 2048 characters"},
	{"return_url", "my_app://x", "only letters, digits"},
	{"return_url", "myapp://host:abc/", "a number as its port"},
	{"fail_return_url", "https://example.com:99999/", "at most 65535"},
	{"callback_url", "https://example.com:99999/", "at most 65535"},
	{"callback_url", "https://example.com/\u202e", "U+202E"},
	{"user_id", "", "must not be empty"},
	{"user_id", "user-1\n", "must not have white space at either end"},
	{"user_id", "user\u200b1", "U+200B"},
	{"biz_id", "", "must not be empty"},
	{"biz_id", " order-1", "must not have white space at either end"},
	{"biz_id", "\ufefforder-1", "U+FEFF"},
	{"liveness_type", "", "must not be empty"},
	{"liveness_type", "ACT\u0007ION", "must not have control characters"},
	{"region", "phl", "three upper-case letters"},
	{"region", "PH", "three upper-case letters"},
	{"callback_url", "myapp://callback", "must be an http or https URL"},
	{"callback_url", "https://", "must have a host"},
	{"callback_url_wo", "myapp://callback", "must be an http or https URL"},
	{"callback_url_wo", "https://", "must have a host"},
	{"callback_url_wo", "https://example.com/\n", "must not have control characters"},
	{"language", "english please", "language tag"},
	{"prefers_color_scheme", "blue", "must be one of"},
	{"biz_code", "white-card", "1 to 32 letters and digits"},
	{"biz_code", strings.Repeat("x", 33), "1 to 32 letters and digits"},
	{"product_level", "ADVANCED", "must be one of"},
	{"product_level", "pro", "must be one of"},
	{"deletion_policy", "never", "must be one of"},
	{"timeouts", prototest.Object{"create": "0s"}, "timeouts.create must be a Go duration above zero"},
	{"timeouts", prototest.Object{"read": "-1m"}, "timeouts.read must be a Go duration above zero"},
	{"timeouts", prototest.Object{"delete": "an hour"}, "timeouts.delete must be a Go duration above zero"},
}

// goodValues are accepted, by the API too, as are those of
// acctest.RequestFields.
var goodValues = []struct {
	name string
	v    any
}{
	{"return_url", "https://example.com/callback"},
	{"return_url", "http://example.com/callback?a=b#c"},
	{"return_url", "myapp://callback/success"},
	{"return_url", "alipays://platformapi/startapp?id=1"},
	{"return_url", "com.example.app://done"},
	{"return_url", longestURL},
	{"fail_return_url", "myapp://callback/failure"},
	{"fail_return_url", longestURL},
	{"user_id", "somebody@example.com"},
	{"region", "NGA"},
	{"biz_id", "b1946ac92492d2347c6235b4d2611184"},
	{"callback_url_wo_version", 0},
	{"language", "en"},
	{"language", "zh"},
	{"biz_code", "a"},
	{"biz_code", strings.Repeat("x", 32)},
	{"liveness_type", "DISTANT_NEAR"},
	{"liveness_type", "DISTANT_NEAR_ACTION"},
	{"liveness_type", "ACTION"},
	{"deletion_policy", "wait"},
	{"deletion_policy", "fail"},
	{"deletion_policy", "abandon"},
	{"renew_when_expired", true},
	{"timeouts", prototest.Object{"create": "30s", "read": "1500ms", "delete": "2h45m"}},
}

func TestValidate_badValues(t *testing.T) {
	t.Parallel()
	sim := simulator.New(simulator.Config{})
	r := prototest.Configured(t, sim.Transport(), nil).NewResource(typeName)
	for _, bad := range badValues {
		diags := r.Validate(fullWith(bad.name, bad.v))
		if len(diags) != 1 || !diags.HasError() {
			t.Errorf("%s = %.60q: got %d diagnostics, want one error:\n%s", bad.name, bad.v, len(diags), diags)
			continue
		}
		if attributeOf(diags[0]) != bad.name || !strings.Contains(diags[0].Detail, bad.want) || !strings.Contains(diags[0].Detail, bad.name) {
			t.Errorf("%s = %.60q: want an error on it that says %q and names it, got:\n%s", bad.name, bad.v, bad.want, diags)
		}
	}
	for name := range minimal(nil) {
		if diags := r.Validate(full(prototest.Object{name: nil})); len(diags) == 0 {
			t.Errorf("%s was left out, want an error", name)
		}
	}
	if got := len(sim.Calls()); got != 0 {
		t.Errorf("validation made %d calls, want none", got)
	}
}

// What is not known yet can't be checked yet.
func TestValidate_unknownValues(t *testing.T) {
	t.Parallel()
	r := prototest.NewServer(t, nil).NewResource(typeName)
	config := full(nil)
	for name := range config {
		config[name] = prototest.Unknown
	}
	config["timeouts"] = prototest.Object{"create": prototest.Unknown, "read": prototest.Unknown, "delete": prototest.Unknown}
	prototest.WantNothing(t, r.Validate(config))
}

func TestValidate_goodValues(t *testing.T) {
	t.Parallel()
	for _, good := range goodValues {
		t.Run(good.name, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				config := minimal(prototest.Object{good.name: good.v})
				prototest.WantNothing(t, e.server.NewResource(typeName).Validate(config))
				r := e.create(t, config)
				if got := r.Values()[good.name]; fmt.Sprint(got) != fmt.Sprint(good.v) {
					t.Errorf("%s is %v, want %v", good.name, got, good.v)
				}
				prototest.WantEmptyPlan(t, r, config)
			})
		})
	}
}

func TestValidate_httpCallbackWarns(t *testing.T) {
	t.Parallel()
	diags := prototest.NewServer(t, nil).NewResource(typeName).Validate(minimal(prototest.Object{"callback_url": "http://example.com/?key=secret"}))
	prototest.WantWarning(t, diags, "callback_url", "https")
	if strings.Contains(diags.String(), "secret") {
		t.Errorf("the warning quotes the URL:\n%s", diags)
	}
}

// block returns a resource block. Its values are JSON, which is valid HCL.
func block(t *testing.T, label string, config prototest.Object) string {
	t.Helper()
	var lines []string
	for name, v := range config {
		value, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, fmt.Sprintf("  %s = %s\n", name, value))
	}
	slices.Sort(lines)
	return fmt.Sprintf("resource %q %q {\n%s}\n", typeName, label, strings.Join(lines, ""))
}
