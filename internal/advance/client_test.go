package advance

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestNew_endpoint(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name            string
		endpoint, token string
		want            []string
	}{
		{"without a path", "https://api.example", "", []string{
			"https://api.example/openapi/auth/ticket/v1/generate-token",
			"https://api.example/intl/openapi/identity-risk/idvs-h5/ekyc/v1/get-result",
		}},
		{"with a slash", "https://api.example/", "", []string{
			"https://api.example/openapi/auth/ticket/v1/generate-token",
			"https://api.example/intl/openapi/identity-risk/idvs-h5/ekyc/v1/get-result",
		}},
		{"behind a gateway", "http://localhost:8080/gateway/a%2Fb/", "", []string{
			"http://localhost:8080/gateway/a%2Fb/openapi/auth/ticket/v1/generate-token",
			"http://localhost:8080/gateway/a%2Fb/intl/openapi/identity-risk/idvs-h5/ekyc/v1/get-result",
		}},
		{"tokens from elsewhere", "https://vn-api.example/business", "https://api.example/tokens/", []string{
			"https://api.example/tokens/openapi/auth/ticket/v1/generate-token",
			"https://vn-api.example/business/intl/openapi/identity-risk/idvs-h5/ekyc/v1/get-result",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			synctest.Test(t, func(t *testing.T) {
				api := &fakeAPI{}
				c := newClient(t, api, func(cfg *Config) { cfg.Endpoint, cfg.TokenEndpoint = test.endpoint, test.token })
				if err := call(t.Context(), c, OpGetResult); err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, s := range api.requests("") {
					got = append(got, s.URL)
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("URLs (-want +got):\n%s", diff)
				}
				if want := strings.TrimRight(test.endpoint, "/"); c.Endpoint() != want {
					t.Errorf("got endpoint %q, want %q", c.Endpoint(), want)
				}
			})
		})
	}
}

func TestEndpoint_normalized(t *testing.T) {
	t.Parallel()

	tests := map[string]string{
		"HTTP://127.0.0.1:8787":           "http://127.0.0.1:8787",
		"https://API.Example":             "https://api.example",
		"https://api.example:443/":        "https://api.example",
		"https://api.example:/":           "https://api.example",
		"https://api.example:80":          "https://api.example:80",
		"http://localhost:80/Gateway//":   "http://localhost/Gateway",
		"http://localhost:443":            "http://localhost:443",
		"http://[::1]:80":                 "http://[::1]",
		"http://[::1]:8787/":              "http://[::1]:8787",
		"https://api.example/a%2Fb/C/":    "https://api.example/a%2Fb/C",
		"https://api.example:8443/Path/x": "https://api.example:8443/Path/x",
	}
	for endpoint, want := range tests {
		c := newClient(t, &fakeAPI{}, func(cfg *Config) { cfg.Endpoint = endpoint })
		if got := c.Endpoint(); got != want {
			t.Errorf("%s: got endpoint %q, want %q", endpoint, got, want)
		}
	}
}

func TestNew(t *testing.T) {
	t.Parallel()

	good := Config{Endpoint: DefaultEndpoint, RequestTimeout: time.Second}
	tests := []struct {
		name   string
		change func(*Config)
		want   string // "" for none
	}{
		{"good", func(*Config) {}, ""},
		{"no endpoint", func(cfg *Config) { cfg.Endpoint = "" }, "the endpoint is not an absolute URL"},
		{"host alone", func(cfg *Config) { cfg.Endpoint = "api.example" }, "the endpoint is not an absolute URL"},
		{"no scheme", func(cfg *Config) { cfg.Endpoint = "//api.example" }, "the endpoint is not an absolute URL"},
		{"no host", func(cfg *Config) { cfg.Endpoint = "https:///path" }, "the endpoint is not an absolute URL"},
		{"no URL", func(cfg *Config) { cfg.Endpoint = "https://[" }, "the endpoint is not an absolute URL"},
		{"token endpoint", func(cfg *Config) { cfg.TokenEndpoint = "tokens" }, "the endpoint is not an absolute URL"},
		{"no timeout", func(cfg *Config) { cfg.RequestTimeout = 0 }, "the request timeout must be above zero"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			cfg := good
			test.change(&cfg)
			_, err := New(cfg)
			switch {
			case test.want == "" && err != nil:
				t.Errorf("got error %v, want none", err)
			case test.want != "" && (err == nil || err.Error() != test.want):
				t.Errorf("got error %v, want %q", err, test.want)
			}
		})
	}
}
