// Package provider has the provider block and Configure, and lists the resources,
// data sources, ephemeral resources and actions.
package provider

import (
	"context"
	"net/http"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/advance-community/terraform-provider-advance/internal/accesstoken"
	actions "github.com/advance-community/terraform-provider-advance/internal/action"
	"github.com/advance-community/terraform-provider-advance/internal/result"
	"github.com/advance-community/terraform-provider-advance/internal/session"
	"github.com/advance-community/terraform-provider-advance/internal/sessionset"
	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

var (
	_ provider.Provider                       = (*advanceProvider)(nil)
	_ provider.ProviderWithConfigValidators   = (*advanceProvider)(nil)
	_ provider.ProviderWithEphemeralResources = (*advanceProvider)(nil)
	_ provider.ProviderWithActions            = (*advanceProvider)(nil)
	_ provider.ProviderWithListResources      = (*advanceProvider)(nil)
)

type advanceProvider struct {
	version   string
	transport http.RoundTripper
}

// New returns a constructor of the provider.
func New(version string) func() provider.Provider {
	return NewWithTransport(version, nil)
}

// NewWithTransport is New for tests without a network: calls go to transport.
func NewWithTransport(version string, transport http.RoundTripper) func() provider.Provider {
	return func() provider.Provider {
		return &advanceProvider{version: version, transport: transport}
	}
}

func (p *advanceProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "advance"
	resp.Version = p.version
}

func (p *advanceProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Provisions test sessions of ADVANCE.AI's H5 liveness detection, reads their results, " +
			"and erases the personal data when they are destroyed. Every argument is optional; the environment " +
			"fills what the block leaves out, and the block wins.",
		Attributes: map[string]schema.Attribute{
			"access_key": schema.StringAttribute{
				MarkdownDescription: "Access key of the account; with `secret_key` it is the key pair from which access tokens are minted. Environment variable: `ADVANCE_ACCESS_KEY`.",
				Optional:            true,
				Sensitive:           true,
			},
			"secret_key": schema.StringAttribute{
				MarkdownDescription: "Secret key of the account. It signs the request for a token; it is never sent and never logged. Environment variable: `ADVANCE_SECRET_KEY`.",
				Optional:            true,
				Sensitive:           true,
			},
			"access_token": schema.StringAttribute{
				MarkdownDescription: "Access token from elsewhere, instead of the key pair. It cannot be renewed: when the API refuses it, the run fails. From the environment (`ADVANCE_ACCESS_TOKEN`) it is used only where no key pair is given.",
				Optional:            true,
				Sensitive:           true,
			},
			"endpoint": schema.StringAttribute{
				MarkdownDescription: "Absolute URL of the API: `https`, or `http` to a loopback host only. A path (of a gateway in front of the API) is kept. Environment variable: `ADVANCE_ENDPOINT`. Default: `https://api.advance.ai`.",
				Optional:            true,
				Validators:          []validator.String{unlessEmpty{endpoint()}},
			},
			"token_endpoint": schema.StringAttribute{
				MarkdownDescription: "Absolute URL of the host that issues tokens, if it is not the `endpoint` (`vn-api.advance.ai` is not documented to issue any). The rules are those of `endpoint`. Environment variable: `ADVANCE_TOKEN_ENDPOINT`. Default: the `endpoint`.",
				Optional:            true,
				Validators:          []validator.String{unlessEmpty{endpoint()}},
			},
			"token_period_seconds": schema.Int64Attribute{
				MarkdownDescription: "Lifetime to ask for when a token is minted, in seconds: 60 to 86400. Default: 3600.",
				Optional:            true,
				Validators:          []validator.Int64{int64validator.Between(60, 86400)},
			},
			"request_timeout": schema.StringAttribute{
				MarkdownDescription: "Timeout of one HTTP request, as a Go duration. Default: `30s`.",
				Optional:            true,
				Validators:          []validator.String{unlessEmpty{tfutil.DurationAboveZero()}},
			},
			"max_retries": schema.Int64Attribute{
				MarkdownDescription: "Maximum number of retries of one API call: 0 to 20. With 0 each call is tried once. The creation of a session is retried at most twice when its outcome is unknown. Default: 5.",
				Optional:            true,
				Validators:          []validator.Int64{int64validator.Between(0, 20)},
			},
			"requests_per_second": schema.Float64Attribute{
				MarkdownDescription: "Ceiling on the calls of one provider process, above 0. Terraform starts a process for each provider block and phase. Default: unlimited.",
				Optional:            true,
				Validators:          []validator.Float64{aboveZero{}},
			},
			"audit_log": schema.StringAttribute{
				MarkdownDescription: "Path of a JSON Lines file that records the creation and the erasure of each session, relative to Terraform's working directory. Its folder must exist; the file is created with mode 0600. Environment variable: `ADVANCE_AUDIT_LOG`. Default: off.",
				Optional:            true,
			},
		},
	}
}

func (p *advanceProvider) ConfigValidators(context.Context) []provider.ConfigValidator {
	return []provider.ConfigValidator{credentialsValidator{}}
}

// Configure makes no API call: the first call that needs a token mints one.
func (p *advanceProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var block model
	resp.Diagnostics.Append(req.Config.Get(ctx, &block)...)
	if resp.Diagnostics.HasError() {
		return
	}
	data := p.configure(block, req.TerraformVersion, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.ResourceData = data
	resp.DataSourceData = data
	resp.EphemeralResourceData = data
	resp.ActionData = data
	resp.ListResourceData = data
}

func (p *advanceProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{session.NewResource, sessionset.NewResource}
}

func (p *advanceProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{result.NewDataSource, result.NewResultsDataSource}
}

func (p *advanceProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{result.NewEphemeralResource, accesstoken.NewEphemeralResource}
}

func (p *advanceProvider) Actions(context.Context) []func() action.Action {
	return []func() action.Action{actions.NewAwait, actions.NewClear}
}

func (p *advanceProvider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{session.NewListResource}
}
