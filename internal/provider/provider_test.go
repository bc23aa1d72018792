package provider_test

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	frameworkprovider "github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/provider"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// Every schema is valid, and names of types begin with the provider's.
func TestImplementation(t *testing.T) {
	t.Parallel()
	p := provider.New("1.2.3")()
	var metadata frameworkprovider.MetadataResponse
	p.Metadata(t.Context(), frameworkprovider.MetadataRequest{}, &metadata)
	if metadata.TypeName != "advance" || metadata.Version != "1.2.3" {
		t.Errorf("metadata is %+v, want advance, 1.2.3", metadata)
	}
	var schema frameworkprovider.SchemaResponse
	p.Schema(t.Context(), frameworkprovider.SchemaRequest{}, &schema)
	if diags := schema.Schema.ValidateImplementation(t.Context()); diags.HasError() {
		t.Error(diags)
	}
	secrets := []string{"access_key", "secret_key", "access_token"}
	for name, attribute := range schema.Schema.Attributes {
		if attribute.GetMarkdownDescription() == "" || !attribute.IsOptional() {
			t.Errorf("%s has description %q and is optional: %t; want both", name, attribute.GetMarkdownDescription(), attribute.IsOptional())
		}
		if want := slices.Contains(secrets, name); attribute.IsSensitive() != want {
			t.Errorf("%s is sensitive: %t, want %t", name, attribute.IsSensitive(), want)
		}
	}
	for _, newResource := range p.Resources(t.Context()) {
		r := newResource()
		var metadata resource.MetadataResponse
		var schema resource.SchemaResponse
		r.Metadata(t.Context(), resource.MetadataRequest{ProviderTypeName: "advance"}, &metadata)
		r.Schema(t.Context(), resource.SchemaRequest{}, &schema)
		if diags := schema.Schema.ValidateImplementation(t.Context()); diags.HasError() || !strings.HasPrefix(metadata.TypeName, "advance_") {
			t.Errorf("resource %s: %v", metadata.TypeName, diags)
		}
	}
	for _, newDataSource := range p.DataSources(t.Context()) {
		d := newDataSource()
		var metadata datasource.MetadataResponse
		var schema datasource.SchemaResponse
		d.Metadata(t.Context(), datasource.MetadataRequest{ProviderTypeName: "advance"}, &metadata)
		d.Schema(t.Context(), datasource.SchemaRequest{}, &schema)
		if diags := schema.Schema.ValidateImplementation(t.Context()); diags.HasError() || !strings.HasPrefix(metadata.TypeName, "advance_") {
			t.Errorf("data source %s: %v", metadata.TypeName, diags)
		}
	}
}

// badBlocks are refused when they are validated.
var badBlocks = []struct {
	name  string // of the argument that the error is on, "" for none
	block prototest.Object
	want  string
}{
	// Not on the attribute: Terraform would print its line, with the value.
	{"", prototest.Object{"access_key": "secret-key\n", "secret_key": "s"}, "access_key has a newline at the end"},
	{"", prototest.Object{"access_key": "secret-\u200bkey"}, "access_key has a zero-width space as character 8"},
	{"", prototest.Object{"access_key": "a", "secret_key": " secret-key"}, "secret_key has a blank at the beginning"},
	{"", prototest.Object{"access_token": "\ufeffsecret-token"}, "access_token has a byte order mark at the beginning"},
	{"", with(keyPair, prototest.Object{"access_token": "secret-token\""}), "access_token has a quote at the end"},
	{"access_token", with(keyPair, prototest.Object{"access_token": "t"}), "cannot be set together with access_key or secret_key"},
	{"access_token", prototest.Object{"access_token": "t", "access_key": "a", "secret_key": ""}, "cannot be set together"},
	{"access_token", prototest.Object{"access_token": "t", "secret_key": "s"}, "cannot be set together"},
	{"endpoint", with(keyPair, prototest.Object{"endpoint": "api.advance.ai"}), "must be an absolute URL"},
	{"endpoint", with(keyPair, prototest.Object{"endpoint": "https://"}), "must be an absolute URL"},
	{"endpoint", with(keyPair, prototest.Object{"endpoint": "http://api.advance.ai"}), "loopback"},
	{"endpoint", with(keyPair, prototest.Object{"endpoint": "ftp://localhost"}), "must be an https URL"},
	{"endpoint", with(keyPair, prototest.Object{"endpoint": "https://user:secret-word@api.advance.ai"}), "user or password"},
	{"endpoint", with(keyPair, prototest.Object{"endpoint": "https://api.advance.ai/?key=secret-word"}), "query or a fragment"},
	{"endpoint", with(keyPair, prototest.Object{"endpoint": "https://api.advance.ai/#top"}), "query or a fragment"},
	{"token_endpoint", with(keyPair, prototest.Object{"token_endpoint": "http://api.advance.ai"}), "loopback"},
	{"token_endpoint", with(keyPair, prototest.Object{"token_endpoint": "somewhere"}), "must be an absolute URL"},
	{"token_period_seconds", with(keyPair, prototest.Object{"token_period_seconds": 59}), "between 60 and 86400"},
	{"token_period_seconds", with(keyPair, prototest.Object{"token_period_seconds": 86401}), "between 60 and 86400"},
	{"request_timeout", with(keyPair, prototest.Object{"request_timeout": "0s"}), "above zero"},
	{"request_timeout", with(keyPair, prototest.Object{"request_timeout": "30"}), "above zero"},
	{"max_retries", with(keyPair, prototest.Object{"max_retries": -1}), "between 0 and 20"},
	{"max_retries", with(keyPair, prototest.Object{"max_retries": 21}), "between 0 and 20"},
	{"requests_per_second", with(keyPair, prototest.Object{"requests_per_second": 0}), "must be above 0"},
	{"requests_per_second", with(keyPair, prototest.Object{"requests_per_second": -0.5}), "must be above 0"},
}

func TestBlock_bad(t *testing.T) {
	t.Parallel()
	for _, bad := range badBlocks {
		diags := prototest.NewServer(t, noCalls(t)).Configure(bad.block)
		if !diags.HasError() {
			t.Errorf("%v: no error, want one that says %q", bad.block, bad.want)
			continue
		}
		first := diags.Errors()[0]
		if !strings.Contains(first.Detail, bad.want) || strings.Contains(diags.String(), "secret-") {
			t.Errorf("%v: want an error that says %q and quotes no secret, got:\n%s", bad.block, bad.want, diags)
		}
		if at := attributeOf(diags); len(diags) != 1 || at != bad.name {
			t.Errorf("%v: want one error, on attribute %q, got:\n%s", bad.block, bad.name, diags)
		}
	}
}

// missing are blocks that lack a credential, which the environment does not have
// either, with what the error names.
var missing = []struct {
	block prototest.Object
	want  []string
}{
	{prototest.Object{}, []string{"access_key and secret_key", "ADVANCE_ACCESS_KEY", "ADVANCE_SECRET_KEY", "ADVANCE_ACCESS_TOKEN"}},
	{prototest.Object{"access_key": "a"}, []string{"no secret_key", "ADVANCE_SECRET_KEY"}},
	{prototest.Object{"secret_key": "s"}, []string{"no access_key", "ADVANCE_ACCESS_KEY"}},
}

func TestBlock_missingCredentials(t *testing.T) {
	t.Parallel()
	for _, test := range missing {
		diags := prototest.NewServer(t, noCalls(t)).Configure(test.block)
		if len(diags) != 1 || !diags.HasError() {
			t.Errorf("%v: want one error, got:\n%s", test.block, diags)
			continue
		}
		for _, want := range test.want {
			if !strings.Contains(diags[0].Detail, want) {
				t.Errorf("%v: want %q in:\n%s", test.block, want, diags)
			}
		}
	}
}

// No session is made without the audit log that was asked for.
func TestBlock_auditLogCannotBeOpened(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "missing", "audit.jsonl")
	diags := prototest.NewServer(t, noCalls(t)).Configure(with(keyPair, prototest.Object{"audit_log": file}))
	if len(diags) != 1 || !diags.HasError() || diags[0].Attribute == nil || diags[0].Attribute.LastStep() != tftypes.AttributeName("audit_log") {
		t.Errorf("want one error, on audit_log, got:\n%s", diags)
	}
}

// Configuring makes no call, whatever the block says.
func TestBlock_good(t *testing.T) {
	t.Parallel()
	for _, block := range []prototest.Object{
		keyPair,
		{"access_token": "t"},
		with(keyPair, prototest.Object{"endpoint": "https://api.advance.ai"}),
		with(keyPair, prototest.Object{"endpoint": "https://gateway.example.com/kyc/advance/"}),
		with(keyPair, prototest.Object{"endpoint": "http://localhost:8787", "token_endpoint": "http://[::1]:8787"}),
		with(keyPair, prototest.Object{"token_period_seconds": 60}),
		with(keyPair, prototest.Object{"token_period_seconds": 86400}),
		with(keyPair, prototest.Object{"request_timeout": "1ns"}),
		with(keyPair, prototest.Object{"max_retries": 0}),
		with(keyPair, prototest.Object{"max_retries": 20}),
		with(keyPair, prototest.Object{"requests_per_second": 0.1}),
	} {
		if diags := prototest.NewServer(t, noCalls(t)).Configure(block); len(diags) > 0 {
			t.Errorf("%v: want no diagnostics, got:\n%s", block, diags)
		}
	}
}

// An empty string counts as absent, for every string argument.
func TestBlock_emptyString(t *testing.T) {
	t.Parallel()
	var schema frameworkprovider.SchemaResponse
	provider.New("1.2.3")().Schema(t.Context(), frameworkprovider.SchemaRequest{}, &schema)
	for name, attribute := range schema.Schema.Attributes {
		if !attribute.GetType().Equal(types.StringType) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := simulator.New(simulator.Config{})
				block := with(keyPair, prototest.Object{name: ""})
				if name == "access_key" || name == "secret_key" {
					block = prototest.Object{"access_token": sim.MintToken(simulator.Account{}, time.Hour), name: ""}
				}
				sent := &requests{next: sim.Transport()}
				server := prototest.NewServer(t, sent)
				if diags := server.Configure(block); len(diags) > 0 {
					t.Fatal(diags)
				}
				if diags := server.NewResource(typeName).Configure(t.Context(), session); len(diags) > 0 {
					t.Fatal(diags)
				}
				for _, req := range sent.seen {
					if req.URL.Host != "api.advance.ai" {
						t.Errorf("a call to %s, want only those to the default endpoint", req.URL)
					}
				}
			})
		})
	}
	diags := prototest.NewServer(t, noCalls(t)).Configure(prototest.Object{"access_key": "", "secret_key": "", "access_token": ""})
	if len(diags) != 1 || diags[0].Summary != "Missing Credentials" {
		t.Errorf("all credentials empty: want one error, that they are missing, got:\n%s", diags)
	}
}

// Calls go to the endpoints of the block, a gateway's path included.
func TestBlock_endpoints(t *testing.T) {
	t.Parallel()
	const (
		tokens   = "/openapi/auth/ticket/v1/generate-token"
		generate = "/intl/openapi/identity-risk/idvs-h5/ekyc/v1/generate-liveness-detection-url"
	)
	for _, test := range []struct {
		block prototest.Object
		want  []string
	}{
		{
			prototest.Object{"endpoint": nil},
			[]string{"https://api.advance.ai" + tokens, "https://api.advance.ai" + generate},
		},
		{
			prototest.Object{"endpoint": "https://gateway.example.com/kyc/advance/"},
			[]string{"https://gateway.example.com/kyc/advance" + tokens, "https://gateway.example.com/kyc/advance" + generate},
		},
		{
			prototest.Object{"endpoint": "https://vn-api.advance.ai", "token_endpoint": "https://sg-api.advance.ai/"},
			[]string{"https://sg-api.advance.ai" + tokens, "https://vn-api.advance.ai" + generate},
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			sent := &requests{next: simulator.New(simulator.Config{}).Transport()}
			r := prototest.Configured(t, sent, test.block).NewResource(typeName)
			if diags := r.Configure(t.Context(), session); len(diags) > 0 {
				t.Fatal(diags)
			}
			var got []string
			for _, req := range sent.seen {
				got = append(got, req.URL.String())
				if want := "terraform-provider-advance/" + prototest.Version + " Terraform/1.11.4"; req.UserAgent() != want {
					t.Errorf("User-Agent is %q, want %q", req.UserAgent(), want)
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("%v: calls went to %q, want %q", test.block, got, test.want)
			}
		})
	}
}

// Two spellings of one endpoint are one origin: "not known" from the other
// spelling is believed. From another endpoint it is not.
func TestBlock_endpointSpellings(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		made, asked string
		same        bool
	}{
		{"HTTP://127.0.0.1:8787", "http://127.0.0.1:8787/", true},
		{"http://LOCALHOST", "http://localhost:80", true},
		{"https://api.advance.ai", "HTTPS://API.ADVANCE.AI:443/", true},
		{"https://gateway.example.com/kyc/advance/", "https://Gateway.example.com:443/kyc/advance", true},
		{"http://127.0.0.1:8787", "http://127.0.0.1:8788", false},
		{"https://gateway.example.com/kyc/advance", "https://gateway.example.com/KYC/advance", false},
	} {
		synctest.Test(t, func(t *testing.T) {
			sim := simulator.New(simulator.Config{})
			configured := func(endpoint string) *prototest.Server {
				return prototest.Configured(t, &requests{next: sim.Transport()}, prototest.Object{"endpoint": endpoint})
			}
			r := configured(test.made).NewResource(typeName)
			if diags := r.Configure(t.Context(), session); len(diags) > 0 {
				t.Fatal(diags)
			}
			sim.Forget(text(r.Values()["signature_id"]))
			diags := r.On(configured(test.asked)).Refresh(t.Context())
			if diags.HasError() == test.same {
				t.Errorf("made at %s, asked at %s: want an error %t, got:\n%s", test.made, test.asked, !test.same, diags)
			}
		})
	}
}

// The numbers and durations of the block reach the client.
func TestBlock_numbers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Config{})
		create := func(block prototest.Object, faults ...simulator.Fault) (prototest.Diagnostics, time.Duration) {
			for _, fault := range faults {
				if err := sim.Inject(fault); err != nil {
					t.Fatal(err)
				}
			}
			defer sim.ClearFaults()
			r := prototest.Configured(t, sim.Transport(), block).NewResource(typeName)
			started := time.Now()
			diags := r.Configure(t.Context(), session)
			return diags, time.Since(started)
		}
		busy := simulator.Fault{Operation: simulator.OpGenerate, Kind: "service-busy", Count: -1, RetryAfter: "1"}

		diags, _ := create(prototest.Object{"max_retries": 0}, busy)
		if !strings.Contains(diags.String(), "Attempts: 1\n") {
			t.Errorf("max_retries of 0: want one attempt, got:\n%s", diags)
		}
		diags, _ = create(prototest.Object{"max_retries": 3}, busy)
		if !strings.Contains(diags.String(), "Attempts: 4\n") {
			t.Errorf("max_retries of 3: want four attempts, got:\n%s", diags)
		}
		diags, took := create(prototest.Object{"request_timeout": "7s", "max_retries": 0}, simulator.Fault{Operation: simulator.OpGenerate, Kind: "timeout"})
		if took != 7*time.Second || !strings.Contains(diags.String(), "7s") {
			t.Errorf("request_timeout of 7s: took %s and got:\n%s", took, diags)
		}
		if _, took = create(prototest.Object{"requests_per_second": 0.1}); took != 10*time.Second {
			t.Errorf("requests_per_second of 0.1: two calls took %s, want 10s", took)
		}

		server := prototest.Configured(t, sim.Transport(), prototest.Object{"token_period_seconds": 60})
		before := sim.CallCount(simulator.OpToken)
		for _, pause := range []time.Duration{0, 50 * time.Second, 10 * time.Second} {
			time.Sleep(pause)
			if diags := server.NewResource(typeName).Configure(t.Context(), session); len(diags) > 0 {
				t.Fatal(diags)
			}
		}
		if got := sim.CallCount(simulator.OpToken) - before; got != 2 {
			t.Errorf("token_period_seconds of 60: %d tokens in a minute, want 2", got)
		}
	})
}

// A token that was minted elsewhere is used unchanged; when the API refuses it,
// the error says that it cannot be renewed.
func TestBlock_accessToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Config{})
		sent := &requests{next: sim.Transport()}
		if diags := prototest.Configured(t, sent, nil).NewResource(typeName).Configure(t.Context(), session); len(diags) > 0 {
			t.Fatal(diags)
		}
		token := sent.token()
		server := prototest.Configured(t, sim.Transport(), prototest.Object{"access_key": nil, "secret_key": nil, "access_token": token})
		r := server.NewResource(typeName)
		if diags := r.Configure(t.Context(), session); len(diags) > 0 || sim.CallCount(simulator.OpToken) != 1 {
			t.Errorf("%d tokens were minted, want only the first, and no diagnostics; got:\n%s", sim.CallCount(simulator.OpToken), diags)
		}
		time.Sleep(2 * time.Hour)
		diags := r.Refresh(t.Context())
		if text := diags.String(); !strings.Contains(text, "cannot renew it") || !strings.Contains(text, "access_token (ADVANCE_ACCESS_TOKEN)") || strings.Contains(text, token) {
			t.Errorf("want an error that says that the token can't be renewed, without the token, got:\n%s", text)
		}
	})
}

// Every argument may be unknown at plan time. Then a session can be planned, and
// a data source, which would have to call, is an error that names the argument.
func TestBlock_unknown(t *testing.T) {
	t.Parallel()
	var schema frameworkprovider.SchemaResponse
	provider.New("1.2.3")().Schema(t.Context(), frameworkprovider.SchemaRequest{}, &schema)
	for name := range schema.Schema.Attributes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			block := with(keyPair, prototest.Object{name: prototest.Unknown})
			if name == "access_token" {
				block = prototest.Object{name: prototest.Unknown}
			}
			server := prototest.NewServer(t, noCalls(t))
			if diags := server.Configure(block); len(diags) > 0 {
				t.Fatal(diags)
			}
			if plan := server.NewResource(typeName).Plan(t.Context(), session); len(plan.Diagnostics) > 0 {
				t.Errorf("want a plan without diagnostics, got:\n%s", plan.Diagnostics)
			}
			_, diags := server.ReadDataSource(t.Context(), "advance_liveness_result", prototest.Object{"signature_id": "ed8b21c0c87ad617"})
			if len(diags.Errors()) != 1 || !strings.Contains(diags.String(), strconv.Quote(name)) {
				t.Errorf("want one error that names %s, got:\n%s", name, diags)
			}
		})
	}
}
