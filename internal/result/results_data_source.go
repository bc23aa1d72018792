package result

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

var (
	_ datasource.DataSource              = (*resultsDataSource)(nil)
	_ datasource.DataSourceWithConfigure = (*resultsDataSource)(nil)
)

const (
	summaryReadMany    = "Unable to Read Liveness Results"
	defaultParallelism = 100
)

type resultsDataSource struct {
	data *tfutil.ProviderData
}

// NewResultsDataSource returns the data source advance_liveness_results.
func NewResultsDataSource() datasource.DataSource {
	return &resultsDataSource{}
}

// resultsModel is the data source's configuration and state.
type resultsModel struct {
	SignatureIDs types.Map   `tfsdk:"signature_ids"`
	Parallelism  types.Int64 `tfsdk:"parallelism"`
	Results      types.Map   `tfsdk:"results"`
}

func (d *resultsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_liveness_results"
}

func (d *resultsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The results of many liveness sessions in one data source. Use it wherever there is more than one session. " +
			"With a data source `advance_liveness_result` for each, every one of them refers to one of N sessions, and Terraform evaluates all N for each reference: " +
			"its own work grows with the square of their number.\n\n" +
			"Terraform reads data sources anew in every plan, and in the refresh before a destroy. " +
			"No image is asked for. The verdict, the score and the ids get into the state; the sessions' parameters do not.",
		Attributes: map[string]schema.Attribute{
			"signature_ids": schema.MapAttribute{
				MarkdownDescription: "Signature ids of the sessions, by keys of your own. With no id there is no call and no result.",
				ElementType:         types.StringType,
				Required:            true,
				Validators:          []validator.Map{noBlankElement{}},
			},
			"parallelism": schema.Int64Attribute{
				MarkdownDescription: "Maximum number of calls at the same time, 1 to 100, within what `requests_per_second` and the API allow. Default: 100.",
				Optional:            true,
				Validators:          []validator.Int64{int64validator.Between(1, defaultParallelism)},
			},
			// A MapNestedAttribute would cost the framework the square of the
			// number of elements: it copies the whole map for each.
			"results": schema.MapAttribute{
				MarkdownDescription: "Result of each session, by the keys of `signature_ids`. " +
					"`known` is `false` if the API at the provider's endpoint does not know the session, in two calls; then `finished` and `passed` are `false`, and the rest is null. " +
					"`finished`, `passed`, `overall_result`, `error_code` and `face_liveness_score` are as in the data source `advance_liveness_result`.",
				ElementType: resultType,
				Computed:    true,
			},
		},
	}
}

// noBlankElement accepts maps that have a signature id under each key. Of an
// unknown map or element it says nothing.
type noBlankElement struct{}

func (noBlankElement) Description(context.Context) string {
	return "each value must be a signature id"
}

func (v noBlankElement) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (noBlankElement) ValidateMap(_ context.Context, req validator.MapRequest, resp *validator.MapResponse) {
	var blank []string
	for key, element := range req.ConfigValue.Elements() {
		if id, ok := element.(types.String); ok && !id.IsUnknown() && strings.TrimSpace(id.ValueString()) == "" {
			blank = append(blank, key)
		}
	}
	if len(blank) == 0 {
		return
	}
	slices.Sort(blank)
	resp.Diagnostics.AddAttributeError(req.Path, "Invalid Attribute Value", fmt.Sprintf(
		"Attribute %s must have a signature id under each key. It is null or empty under %s.", req.Path, tfutil.KeyList(blank)))
}

func (d *resultsDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.data = tfutil.FromProviderData(req.ProviderData, &resp.Diagnostics)
}

func (d *resultsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	client := d.data.CallableClient("The data source advance_liveness_results", dependsOnRemedy, &resp.Diagnostics)
	if client == nil {
		return
	}
	var model resultsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	var ids map[string]string
	resp.Diagnostics.Append(model.SignatureIDs.ElementsAs(ctx, &ids, false)...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, readManyTimeout(len(ids), model.parallelism()))
	defer cancel()
	results, errs := readMany(ctx, client, ids, model.parallelism())
	for _, f := range tfutil.GroupFailures(errs) {
		resp.Diagnostics.Append(readManyError(f, len(ids)))
	}
	if resp.Diagnostics.HasError() {
		return
	}
	model.Results = types.MapValueMust(resultType, results)
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

func (m resultsModel) parallelism() int {
	if m.Parallelism.IsNull() {
		return defaultParallelism
	}
	return int(m.Parallelism.ValueInt64())
}

// readManyTimeout returns how long the read of n results may take, no less than
// for a single one. Two seconds for each allow for two calls at a
// requests_per_second of 1. Three more, shared by those side by side, allow for
// the delay before an id that is not known is asked for again.
func readManyTimeout(n, parallelism int) time.Duration {
	return max(defaultRead, time.Duration(n)*2*time.Second+time.Duration(n)*3*time.Second/time.Duration(parallelism))
}

// readMany returns the results of the sessions and the errors of those that
// could not be read, by the keys of ids.
func readMany(ctx context.Context, client *advance.Client, ids map[string]string, parallelism int) (map[string]attr.Value, map[string]error) {
	var mu sync.Mutex
	results := make(map[string]attr.Value, len(ids))
	keys := slices.Sorted(maps.Keys(ids))
	errs := tfutil.ForEach(ctx, keys, parallelism, advance.IsAccountWide, func(ctx context.Context, key string) error {
		r, err := client.GetResult(ctx, ids[key], "")
		if err != nil && !advance.IsNotKnown(err) {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		results[key] = newResultValue(r)
		return nil
	})
	return results, errs
}

// readManyError returns the diagnostic of some of n sessions that could not be
// read for the same reason.
func readManyError(f tfutil.Failure, n int) diag.Diagnostic {
	situation := fmt.Sprintf("The results of %d of %d sessions could not be read: %s.", len(f.Keys), n, tfutil.KeyList(f.Keys))
	var late *advance.RetryAfterError
	if errors.Is(f.Err, context.DeadlineExceeded) || errors.As(f.Err, &late) {
		// The data source has no timeouts that could be raised.
		return diag.NewErrorDiagnostic(summaryReadMany, tfutil.DetailAdvising(situation,
			"Run it again later. The whole read may take two seconds for each session, and at least a minute.", f.Err))
	}
	return tfutil.APIError(summaryReadMany, situation, f.Err)
}

// resultType is the type of one of results.
var resultType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"known":               types.BoolType,
	"finished":            types.BoolType,
	"passed":              types.BoolType,
	"overall_result":      types.StringType,
	"error_code":          types.StringType,
	"face_liveness_score": types.Float64Type,
}}

// newResultValue returns one of results. r is nil if the API does not know the
// session.
func newResultValue(r *advance.Result) attr.Value {
	known := r != nil
	if !known {
		r = &advance.Result{}
	}
	var score *float64
	if r.FaceDetail != nil {
		score = r.FaceDetail.FaceLivenessScore
	}
	return types.ObjectValueMust(resultType.AttrTypes, map[string]attr.Value{
		"known":               types.BoolValue(known),
		"finished":            types.BoolValue(r.Finished()),
		"passed":              types.BoolValue(r.Finished() && r.Passed()),
		"overall_result":      types.StringPointerValue(r.OverallResult),
		"error_code":          types.StringPointerValue(r.ErrorCode),
		"face_liveness_score": types.Float64PointerValue(score),
	})
}
