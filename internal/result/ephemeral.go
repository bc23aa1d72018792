package result

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/ephemeral/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	datasourceschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
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

// NewEphemeralResource returns the ephemeral resource advance_liveness_result.
func NewEphemeralResource() ephemeral.EphemeralResource {
	return &ephemeralResource{}
}

func (e *ephemeralResource) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_liveness_result"
}

func (e *ephemeralResource) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	attributes := ephemeralAttributes(sharedAttributes(
		"which can be megabytes. Neither gets into plan or state.",
		"Terraform opens ephemeral resources in every plan and in every apply, so each of them waits until the person has finished.",
	))
	attributes["timeouts"] = schema.SingleNestedAttribute{
		MarkdownDescription: "How long the operations may take.",
		Optional:            true,
		CustomType: timeouts.Type{ObjectType: types.ObjectType{
			AttrTypes: map[string]attr.Type{"open": types.StringType},
		}},
		Attributes: map[string]schema.Attribute{
			"open": schema.StringAttribute{
				MarkdownDescription: "Time for the whole read, waiting included, as a Go duration above zero. Default: `1m`, or `75m` with `wait_for_completion`.",
				Optional:            true,
				Validators:          []validator.String{tfutil.DurationAboveZero()},
			},
		},
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "The result of a liveness session, as the data source of this name reads it, but with nothing in plan or state: for images above all. " +
			"Terraform 1.10 or OpenTofu 1.11 is needed.\n\n" +
			"Terraform opens an ephemeral resource once in each plan and once in each apply, as soon as its arguments are known. Each of them reads the result anew.",
		Attributes: attributes,
	}
}

// ephemeralAttributes returns attributes of a data source as attributes of an
// ephemeral resource. It panics if they are of a type that it does not know.
func ephemeralAttributes(attributes map[string]datasourceschema.Attribute) map[string]schema.Attribute {
	out := make(map[string]schema.Attribute, len(attributes))
	for name, a := range attributes {
		switch a := a.(type) {
		case datasourceschema.StringAttribute:
			out[name] = schema.StringAttribute(a)
		case datasourceschema.BoolAttribute:
			out[name] = schema.BoolAttribute(a)
		case datasourceschema.Int64Attribute:
			out[name] = schema.Int64Attribute(a)
		case datasourceschema.Float64Attribute:
			out[name] = schema.Float64Attribute(a)
		case datasourceschema.SingleNestedAttribute:
			out[name] = schema.SingleNestedAttribute{
				MarkdownDescription: a.MarkdownDescription,
				Computed:            a.Computed,
				Attributes:          ephemeralAttributes(a.Attributes),
			}
		case datasourceschema.ListNestedAttribute:
			out[name] = schema.ListNestedAttribute{
				MarkdownDescription: a.MarkdownDescription,
				Computed:            a.Computed,
				NestedObject:        schema.NestedAttributeObject{Attributes: ephemeralAttributes(a.NestedObject.Attributes)},
			}
		default:
			panic(fmt.Sprintf("attribute %s is a %T", name, a))
		}
	}
	return out
}

func (e *ephemeralResource) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	e.data = tfutil.FromProviderData(req.ProviderData, &resp.Diagnostics)
}

func (e *ephemeralResource) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	client := e.data.CallableClient("The ephemeral resource advance_liveness_result",
		"Apply that resource first, with -target.", &resp.Diagnostics)
	if client == nil {
		return
	}
	var model ephemeralModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	timeout, diags := model.Timeouts.Open(ctx, model.defaultTimeout())
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	answer, err := read(ctx, client, model.argumentsModel)
	if err != nil {
		resp.Diagnostics.Append(readError(client, model.SignatureID.ValueString(), "", err))
		return
	}
	model.resultModel = newResultModel(answer, model.images())
	resp.Diagnostics.Append(resp.Result.Set(ctx, &model)...)
}
