// Package result has the data source advance_liveness_result.
package result

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

var (
	_ datasource.DataSource              = (*dataSource)(nil)
	_ datasource.DataSourceWithConfigure = (*dataSource)(nil)
)

// summaryRead is the summary of every error of a read.
const summaryRead = "Unable to Read Liveness Result"

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
	resp.Schema = schema.Schema{
		MarkdownDescription: "The result of a liveness session: whether it is finished, the verdict, and what the capture gave. " +
			"`FAIL` is a result, not an error: let a `check` block or a `postcondition` on `passed` decide.\n\n" +
			"Terraform reads data sources anew in every plan, and in the refresh before a destroy. " +
			"The verdict, the score, the ids and the session's parameters get into the state unasked, and old versions of the state outlive an erasure of the session's data.",
		Attributes: map[string]schema.Attribute{
			"signature_id": schema.StringAttribute{
				MarkdownDescription: "Signature id of the session. An id that the API does not know, in two calls, is an error.",
				Required:            true,
				Validators:          []validator.String{notBlank()},
			},
			"return_image_type": schema.StringAttribute{
				MarkdownDescription: "Form in which images are read: `URL`, links that expire after a day and differ at every read, or `BASE64`, the pictures themselves, which can make the state megabytes larger. " +
					"Privacy: where it is set, pictures of a face, or links to them, get into the state. Unset by default: the image attributes are null.",
				Optional:   true,
				Validators: []validator.String{stringvalidator.OneOf(string(advance.ImageURL), string(advance.ImageBase64))},
			},
			"wait_for_completion": schema.BoolAttribute{
				MarkdownDescription: "Whether to wait until the transaction is finished, which takes up to an hour. Default: `false`. " +
					"Terraform reads data sources in every plan and in the refresh before a destroy, so each of them waits until the person has finished; " +
					"`terraform destroy -refresh=false` does not read them. An outage does not end the wait.",
				Optional: true,
			},
			"poll_interval": schema.StringAttribute{
				MarkdownDescription: "Time between two calls while waiting, as a Go duration of at least `1s`. Default: `15s`. " +
					"For production traffic the vendor advises 10 minutes or more.",
				Optional:   true,
				Validators: []validator.String{tfutil.DurationAtLeast(time.Second)},
			},
			"timeouts": timeoutsAttribute(),
			"id": schema.StringAttribute{
				MarkdownDescription: "The signature id.",
				Computed:            true,
			},
			"finished": schema.BoolAttribute{
				MarkdownDescription: "Whether the transaction has its final result: `PASS`, `FAIL`, or `INCOMPLETE` with an error code.",
				Computed:            true,
			},
			"passed": schema.BoolAttribute{
				MarkdownDescription: "Whether the transaction is finished and its overall result is `PASS`. ADVANCE.AI decides this; the provider does not derive it from the score.",
				Computed:            true,
			},
			"overall_result": schema.StringAttribute{
				MarkdownDescription: "`PASS`, `FAIL` or `INCOMPLETE`, as the API says. `INCOMPLETE` without an error code is not final. Null while the API says nothing.",
				Computed:            true,
			},
			"error_code": schema.StringAttribute{
				MarkdownDescription: "Why the transaction ended as it did: `SUCCESS` for a pass; `LIVENESS_ATTACK`, `RISK_STRATEGY_HIT`, `USER_TIMEOUT` and others. Null while there is no final result.",
				Computed:            true,
			},
			"country_code_iso3": schema.StringAttribute{
				MarkdownDescription: "Country of the session, as an ISO 3166-1 alpha-3 code. Null while the API says nothing.",
				Computed:            true,
			},
			"face_detail":      faceDetailAttribute(),
			"input_parameters": inputParametersAttribute(),
		},
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
	if d.data == nil {
		resp.Diagnostics.AddError(summaryRead, "The provider has not been configured. This is always a bug in the provider, please report it.")
		return
	}
	if d.data.Client == nil {
		resp.Diagnostics.Append(d.data.UnknownArguments("The data source advance_liveness_result",
			"Give the data block a depends_on with that resource, so that it is read only after the resource has been applied; or apply the resource first, with -target."))
		return
	}
	var model dataSourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	timeout, diags := model.timeout(ctx)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	answer, err := read(ctx, d.data.Client, model.argumentsModel)
	if err != nil {
		resp.Diagnostics.Append(d.readError(model.SignatureID.ValueString(), err))
		return
	}
	model.resultModel = newResultModel(answer, model.images())
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

// noRefreshHint is the remedy if a result that can't be read stops a destroy.
const noRefreshHint = "A destroy passes with -refresh=false, because it then reads no data source."
