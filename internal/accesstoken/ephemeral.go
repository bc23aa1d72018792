// Package accesstoken has the ephemeral resource advance_access_token.
package accesstoken

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

var _ ephemeral.EphemeralResourceWithConfigure = (*ephemeralResource)(nil)

type ephemeralResource struct {
	data *tfutil.ProviderData
}

// NewEphemeralResource returns the ephemeral resource advance_access_token.
func NewEphemeralResource() ephemeral.EphemeralResource {
	return &ephemeralResource{}
}

func (e *ephemeralResource) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_access_token"
}

func (e *ephemeralResource) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A short-lived access token, to be handed to another tool, with nothing in plan or state. It takes the provider's key pair. " +
			"Terraform 1.10 or OpenTofu 1.11 is needed.\n\n" +
			"The API has no way to revoke a token, so ask for a short life. In one plan and in one apply, all instances with the same period get the same token. " +
			"The provider never uses it for its own calls.",
		Attributes: map[string]schema.Attribute{
			"period_seconds": schema.Int64Attribute{
				MarkdownDescription: "Lifetime to ask for, in seconds: 60 to 86400. Default: the provider's `token_period_seconds`.",
				Optional:            true,
				Validators:          []validator.Int64{int64validator.Between(60, 86400)},
			},
			"token": schema.StringAttribute{
				MarkdownDescription: "The token: the value of the header `X-ACCESS-TOKEN` of the API. When it is handed out it has at least a minute left, or a tenth of its life if that is shorter.",
				Computed:            true,
				Sensitive:           true,
			},
			"expires_at": schema.StringAttribute{
				MarkdownDescription: "When the token expires, RFC 3339 in UTC, by the API's clock.",
				Computed:            true,
			},
		},
	}
}

type model struct {
	PeriodSeconds types.Int64  `tfsdk:"period_seconds"`
	Token         types.String `tfsdk:"token"`
	ExpiresAt     types.String `tfsdk:"expires_at"`
}

func (e *ephemeralResource) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	e.data = tfutil.FromProviderData(req.ProviderData, &resp.Diagnostics)
}

func (e *ephemeralResource) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	client := e.data.CallableClient("The ephemeral resource advance_access_token",
		"Apply that resource first, with -target.", &resp.Diagnostics)
	if client == nil {
		return
	}
	var m model
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	token, expiresAt, err := client.MintToken(ctx, time.Duration(m.PeriodSeconds.ValueInt64())*time.Second)
	if err != nil {
		resp.Diagnostics.Append(tfutil.APIError("Unable to Mint Access Token", "No access token could be minted.", err))
		return
	}
	m.Token = types.StringValue(token)
	m.ExpiresAt = types.StringValue(expiresAt.UTC().Format(time.RFC3339))
	resp.Diagnostics.Append(resp.Result.Set(ctx, &m)...)
}
