package tfutil

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func validate(t *testing.T, v validator.String, value types.String) diag.Diagnostics {
	t.Helper()
	resp := &validator.StringResponse{}
	v.ValidateString(t.Context(), validator.StringRequest{Path: path.Root("timeouts").AtName("delete"), ConfigValue: value}, resp)
	return resp.Diagnostics
}

func TestStringFunc(t *testing.T) {
	t.Parallel()
	v := StringFunc("a word that is not secret", func(s string) error {
		if s == "secret" {
			return errors.New("must not be what it is")
		}
		return nil
	})
	for _, value := range []types.String{types.StringNull(), types.StringUnknown(), types.StringValue(""), types.StringValue("word")} {
		if diags := validate(t, v, value); len(diags) > 0 {
			t.Errorf("%s: %v, want it accepted", value, diags)
		}
	}
	want := diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root("timeouts").AtName("delete"),
		"Invalid Attribute Value", "Attribute timeouts.delete must not be what it is.")}
	if got := validate(t, v, types.StringValue("secret")); !got.Equal(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if v.Description(t.Context()) != "a word that is not secret" || v.MarkdownDescription(t.Context()) != v.Description(t.Context()) {
		t.Errorf("describes itself as %q and %q", v.Description(t.Context()), v.MarkdownDescription(t.Context()))
	}
}

func TestDurations(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		validator validator.String
		good, bad []string
		want      string
	}{
		"DurationAboveZero": {
			DurationAboveZero(),
			[]string{"1ns", "30s", "75m", "1h30m", "0.5s", "+1s"},
			[]string{"", "0", "0s", "-1s", "30", "30 s", "1d", "soon", "9999999h"},
			`Attribute timeouts.delete must be a Go duration above zero, such as "30s" or "75m".`,
		},
		"DurationAtLeast": {
			DurationAtLeast(time.Second),
			[]string{"1s", "1000ms", "15s", "10m"},
			[]string{"", "0", "999ms", "-1m", "1", "one"},
			`Attribute timeouts.delete must be a Go duration of at least 1s, such as "15s" or "10m".`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, value := range test.good {
				if diags := validate(t, test.validator, types.StringValue(value)); len(diags) > 0 {
					t.Errorf("%q: %v, want it accepted", value, diags)
				}
			}
			for _, value := range test.bad {
				diags := validate(t, test.validator, types.StringValue(value))
				if len(diags) != 1 || diags[0].Detail() != test.want {
					t.Errorf("%q: %v, want %q", value, diags, test.want)
				}
			}
		})
	}
}

func TestFromProviderData(t *testing.T) {
	t.Parallel()
	var diags diag.Diagnostics
	data := &ProviderData{}
	if got := FromProviderData(data, &diags); got != data || len(diags) > 0 {
		t.Errorf("got %v and %v, want what was given", got, diags)
	}
	if got := FromProviderData(nil, &diags); got != nil || len(diags) > 0 {
		t.Errorf("got %v and %v before Configure, want nothing", got, diags)
	}
	if got := FromProviderData("a client", &diags); got != nil || diags.ErrorsCount() != 1 || !strings.Contains(diags[0].Detail(), "string") {
		t.Errorf("got %v and %v of a wrong type, want an error that names it", got, diags)
	}
}

func TestUnknownArguments(t *testing.T) {
	t.Parallel()
	data := &ProviderData{Unknown: []string{"access_key", "endpoint"}}
	got := data.UnknownArguments("The import", "Apply that first.")
	const want = `The import would have to call the ADVANCE.AI API now, but the provider block's "access_key", "endpoint" will only be known after another resource has been applied.

Apply that first.`
	if diff := cmp.Diff(want, got.Detail()); diff != "" || got.Severity() != diag.SeverityError {
		t.Errorf("diagnostic (-want +got):\n%s", diff)
	}
}
