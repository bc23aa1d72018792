// Package result has the data source and the ephemeral resource
// advance_liveness_result, and the data source advance_liveness_results.
package result

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

var (
	_ datasource.DataSource              = (*dataSource)(nil)
	_ datasource.DataSourceWithConfigure = (*dataSource)(nil)
)

// noRefreshHint is the remedy if a result that can't be read stops a destroy.
const noRefreshHint = "A destroy passes with -refresh=false, because it then reads no data source."

// dependsOnRemedy is the remedy if the provider's configuration is not known yet.
const dependsOnRemedy = "Give the data block a depends_on with that resource, so that it is read only after the resource has been applied; or apply the resource first, with -target."

type dataSource struct {
	data *tfutil.ProviderData
}

// NewDataSource returns the data source advance_liveness_result.
func NewDataSource() datasource.DataSource {
	return &dataSource{}
}

func (d *dataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_liveness_result"
}

func (d *dataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := sharedAttributes(
		"which can make the state megabytes larger. Privacy: where it is set, pictures of a face, or links to them, get into the state.",
		"Terraform reads data sources in every plan and in the refresh before a destroy, so each of them waits until the person has finished; "+
			"`terraform destroy -refresh=false` does not read them.",
	)
	attributes["timeouts"] = timeoutsAttribute()
	resp.Schema = schema.Schema{
		MarkdownDescription: "The result of a liveness session: whether it is finished, the verdict, and what the capture gave. " +
			"`FAIL` is a result, not an error: let a `check` block or a `postcondition` on `passed` decide.\n\n" +
			"Terraform reads data sources anew in every plan, and in the refresh before a destroy. " +
			"The verdict, the score, the ids and the session's parameters get into the state unasked, and old versions of the state outlive an erasure of the session's data.",
		Attributes: attributes,
	}
}

// timeoutsAttribute is the library's attribute, with validators that refuse
// durations of zero and below.
func timeoutsAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		MarkdownDescription: "How long the operations may take.",
		Optional:            true,
		CustomType: timeouts.Type{ObjectType: types.ObjectType{
			AttrTypes: map[string]attr.Type{"read": types.StringType},
		}},
		Attributes: map[string]schema.Attribute{
			"read": schema.StringAttribute{
				MarkdownDescription: "Time for the whole read, waiting included, as a Go duration above zero. Default: `1m`, or `75m` with `wait_for_completion`.",
				Optional:            true,
				Validators:          []validator.String{tfutil.DurationAboveZero()},
			},
		},
	}
}

func (d *dataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.data = tfutil.FromProviderData(req.ProviderData, &resp.Diagnostics)
}

func (d *dataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	client := d.data.CallableClient("The data source advance_liveness_result", dependsOnRemedy, &resp.Diagnostics)
	if client == nil {
		return
	}
	var model dataSourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	timeout, diags := model.Timeouts.Read(ctx, model.defaultTimeout())
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	answer, err := read(ctx, client, model.argumentsModel)
	if err != nil {
		resp.Diagnostics.Append(readError(client, model.SignatureID.ValueString(), noRefreshHint, err))
		return
	}
	model.resultModel = newResultModel(answer, model.images())
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}
