package provider

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/env"
)

func TestResolve(t *testing.T) {
	t.Parallel()
	none := func(string) string { return "" }
	keys := model{AccessKey: types.StringValue("a"), SecretKey: types.StringValue("s")}

	t.Run("defaults", func(t *testing.T) {
		t.Parallel()
		var diags diag.Diagnostics
		got := keys.resolve(none, &diags)
		want := advance.Config{
			Endpoint:       "https://api.advance.ai",
			Credentials:    advance.Credentials{AccessKey: "a", SecretKey: "s"},
			TokenPeriod:    time.Hour,
			RequestTimeout: 30 * time.Second,
			MaxRetries:     5,
		}
		if diff := cmp.Diff(want, got); diff != "" || diags.HasError() {
			t.Errorf("resolve (-want +got):\n%s\ndiagnostics: %v", diff, diags)
		}
	})
	t.Run("everything given", func(t *testing.T) {
		t.Parallel()
		block := keys
		block.Endpoint = types.StringValue("https://block.example.com")
		block.TokenPeriodSeconds = types.Int64Value(60)
		block.RequestTimeout = types.StringValue("1500ms")
		block.MaxRetries = types.Int64Value(0)
		block.RequestsPerSecond = types.Float64Value(2.5)
		variables := map[string]string{env.Endpoint: "https://env.example.com", env.TokenEndpoint: "https://token.example.com"}
		var diags diag.Diagnostics
		got := block.resolve(func(name string) string { return variables[name] }, &diags)
		want := advance.Config{
			Endpoint:          "https://block.example.com",
			TokenEndpoint:     "https://token.example.com",
			Credentials:       advance.Credentials{AccessKey: "a", SecretKey: "s"},
			TokenPeriod:       time.Minute,
			RequestTimeout:    1500 * time.Millisecond,
			MaxRetries:        0,
			RequestsPerSecond: 2.5,
		}
		if diff := cmp.Diff(want, got); diff != "" || diags.HasError() {
			t.Errorf("resolve (-want +got):\n%s\ndiagnostics: %v", diff, diags)
		}
	})
	t.Run("no credentials", func(t *testing.T) {
		t.Parallel()
		var diags diag.Diagnostics
		model{}.resolve(none, &diags)
		const want = "Or set access_key and secret_key, or access_token, in the provider block."
		if len(diags) != 1 || !strings.Contains(diags[0].Detail(), want) {
			t.Errorf("got %v, want one error that says %q", diags, want)
		}
	})
	t.Run("a bad endpoint in the environment", func(t *testing.T) {
		t.Parallel()
		var diags diag.Diagnostics
		keys.resolve(func(name string) string {
			return map[string]string{env.Endpoint: "http://api.advance.ai"}[name]
		}, &diags)
		if len(diags) != 1 || !strings.Contains(diags[0].Detail(), env.Endpoint) {
			t.Errorf("got %v, want one error that names %s", diags, env.Endpoint)
		}
	})
}

func TestUserAgent(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ version, terraform, appended, want string }{
		{"1.2.3", "1.11.4", "", "terraform-provider-advance/1.2.3 Terraform/1.11.4"},
		{"1.2.3", "1.11.4", "ci/7", "terraform-provider-advance/1.2.3 Terraform/1.11.4 ci/7"},
		{"dev", "", " \tci\n7 ", "terraform-provider-advance/dev Terraform/unknown ci 7"},
		{"dev", "", "pipe\x00line\x1b/7\x7f \u200b ü\xff", "terraform-provider-advance/dev Terraform/unknown pipeline/7"},
	} {
		if got := userAgent(test.version, test.terraform, test.appended); got != test.want {
			t.Errorf("userAgent(%q, %q, %q) = %q, want %q", test.version, test.terraform, test.appended, got, test.want)
		}
	}
}
