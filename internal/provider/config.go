package provider

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/audit"
	"github.com/advance-community/terraform-provider-advance/internal/env"
	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

// model is the provider block.
type model struct {
	AccessKey          types.String  `tfsdk:"access_key"`
	SecretKey          types.String  `tfsdk:"secret_key"`
	AccessToken        types.String  `tfsdk:"access_token"`
	Endpoint           types.String  `tfsdk:"endpoint"`
	TokenEndpoint      types.String  `tfsdk:"token_endpoint"`
	TokenPeriodSeconds types.Int64   `tfsdk:"token_period_seconds"`
	RequestTimeout     types.String  `tfsdk:"request_timeout"`
	MaxRetries         types.Int64   `tfsdk:"max_retries"`
	RequestsPerSecond  types.Float64 `tfsdk:"requests_per_second"`
	AuditLog           types.String  `tfsdk:"audit_log"`
}

// configure resolves the block and the environment to the data that resources
// and data sources work with.
func (p *advanceProvider) configure(block model, terraformVersion string, diags *diag.Diagnostics) *tfutil.ProviderData {
	if unknown := block.unknown(); len(unknown) > 0 {
		return &tfutil.ProviderData{Unknown: unknown}
	}
	cfg := block.resolve(os.Getenv, diags)
	if diags.HasError() {
		return nil
	}
	cfg.UserAgent = userAgent(p.version, terraformVersion, os.Getenv("TF_APPEND_USER_AGENT"))
	cfg.Transport = p.transport
	cfg.OnAttempt = tfutil.LogAttempt
	client, err := advance.New(cfg)
	if err != nil {
		diags.AddError("Unable to Configure Provider", "The API client cannot be created: "+err.Error()+".")
		return nil
	}
	return &tfutil.ProviderData{
		Client: client,
		Audit:  p.openAuditLog(block.AuditLog, client.Endpoint(), diags),
	}
}

// openAuditLog is the only I/O of Configure: that a log cannot be written must be
// known before the first session is created.
func (p *advanceProvider) openAuditLog(argument types.String, endpoint string, diags *diag.Diagnostics) *audit.Log {
	file := argument.ValueString()
	if file == "" {
		file = os.Getenv(env.AuditLog)
	}
	if file == "" {
		return nil
	}
	log, err := audit.Open(file, endpoint, p.version)
	if err != nil {
		diags.AddAttributeError(path.Root("audit_log"), "Unable to Open Audit Log", fmt.Sprintf(
			"No session is created or erased without the audit log that was asked for (audit_log or %s): %v.", env.AuditLog, err))
	}
	return log
}

// unknown returns the names of arguments that come from a resource that has not
// been applied yet.
func (m model) unknown() []string {
	var names []string
	for _, argument := range []struct {
		name  string
		value attr.Value
	}{
		{"access_key", m.AccessKey},
		{"secret_key", m.SecretKey},
		{"access_token", m.AccessToken},
		{"endpoint", m.Endpoint},
		{"token_endpoint", m.TokenEndpoint},
		{"token_period_seconds", m.TokenPeriodSeconds},
		{"request_timeout", m.RequestTimeout},
		{"max_retries", m.MaxRetries},
		{"requests_per_second", m.RequestsPerSecond},
		{"audit_log", m.AuditLog},
	} {
		if argument.value.IsUnknown() {
			names = append(names, argument.name)
		}
	}
	return names
}

// resolve applies the environment and the defaults to a known block.
func (m model) resolve(getenv func(string) string, diags *diag.Diagnostics) advance.Config {
	credentials, problems := env.Credentials(advance.Credentials{
		AccessKey:   m.AccessKey.ValueString(),
		SecretKey:   m.SecretKey.ValueString(),
		AccessToken: m.AccessToken.ValueString(),
	}, getenv)
	addProblems(problems, diags)
	endpoint, tokenEndpoint, problems := env.Endpoints(m.Endpoint.ValueString(), m.TokenEndpoint.ValueString(), getenv)
	addProblems(problems, diags)
	cfg := advance.Config{
		Credentials:       credentials,
		Endpoint:          endpoint,
		TokenEndpoint:     tokenEndpoint,
		TokenPeriod:       advance.DefaultTokenPeriod,
		RequestTimeout:    advance.DefaultRequestTimeout,
		MaxRetries:        advance.DefaultMaxRetries,
		RequestsPerSecond: m.RequestsPerSecond.ValueFloat64(),
	}
	if !m.TokenPeriodSeconds.IsNull() {
		cfg.TokenPeriod = time.Duration(m.TokenPeriodSeconds.ValueInt64()) * time.Second
	}
	if d, err := time.ParseDuration(m.RequestTimeout.ValueString()); err == nil {
		cfg.RequestTimeout = d // the schema has checked it
	}
	if !m.MaxRetries.IsNull() {
		cfg.MaxRetries = int(m.MaxRetries.ValueInt64())
	}
	return cfg
}

// userAgent returns the User-Agent: the provider, Terraform, and what the user
// adds. net/http refuses to send a header with a control character, so such
// characters are dropped, and those outside ASCII too.
func userAgent(version, terraformVersion, appended string) string {
	if terraformVersion == "" {
		terraformVersion = "unknown"
	}
	agent := "terraform-provider-advance/" + version + " Terraform/" + terraformVersion
	for word := range strings.FieldsSeq(appended) {
		word = strings.Map(func(r rune) rune {
			if r < '!' || r > '~' {
				return -1
			}
			return r
		}, word)
		if word != "" {
			agent += " " + word
		}
	}
	return agent
}
