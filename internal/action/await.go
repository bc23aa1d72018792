package action

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/action/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

var _ action.ActionWithConfigure = (*awaitAction)(nil)

// summaryAwait is the summary of every error of a wait.
const summaryAwait = "Unable to Await Liveness Result"

type awaitAction struct {
	configured
}

// NewAwait returns the action advance_await_liveness_result.
func NewAwait() action.Action {
	return &awaitAction{}
}

type awaitModel struct {
	SignatureID  types.String   `tfsdk:"signature_id"`
	PollInterval types.String   `tfsdk:"poll_interval"`
	Timeouts     timeouts.Value `tfsdk:"timeouts"`
}

// interval returns the time between two calls.
func (m awaitModel) interval() (time.Duration, error) {
	if m.PollInterval.IsNull() {
		return tfutil.DefaultPollInterval, nil
	}
	return time.ParseDuration(m.PollInterval.ValueString())
}

func (a *awaitAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_await_liveness_result"
}

func (a *awaitAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Waits until a liveness session is finished, and shows its state and the time left. " +
			"`FAIL` is a result, not an error. A session that is not finished at the timeout is an error. An outage does not end the wait.\n\n" +
			"It puts nothing into the state. To use the result, read the data source `advance_liveness_result` afterwards, without `wait_for_completion`.",
		Attributes: map[string]schema.Attribute{
			"signature_id": signatureIDAttribute(),
			"poll_interval": schema.StringAttribute{
				MarkdownDescription: "Time between two calls, as a Go duration of at least `1s`. Default: `15s`. " +
					"For production traffic the vendor advises 10 minutes or more.",
				Optional:   true,
				Validators: []validator.String{tfutil.DurationAtLeast(time.Second)},
			},
			"timeouts": timeoutsAttribute(),
		},
	}
}

func (a *awaitAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	client := a.data.CallableClient("The action advance_await_liveness_result", applyFirst, &resp.Diagnostics)
	if client == nil {
		return
	}
	var config awaitModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	interval, err := config.interval()
	if err != nil {
		resp.Diagnostics.AddAttributeError(path.Root("poll_interval"), summaryAwait, err.Error())
		return
	}
	ctx, cancel := withTimeout(ctx, config.Timeouts, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}

	id := config.SignatureID.ValueString()
	p := progress{send: resp.SendProgress}
	result, err := tfutil.Await(ctx, client, id, "", interval, func(last *advance.Result, trouble error, _ time.Duration) {
		p.waiting(ctx, awaiting(id, last, trouble))
	})
	if err != nil {
		resp.Diagnostics.Append(awaitError(client, id, err))
		return
	}
	p.say("Session %s is finished: %s.", id, result.State())
}

// awaiting says what a wait is about. last is nil before the first answer;
// trouble is the failure of the last call, nil if it did not fail.
func awaiting(id string, last *advance.Result, trouble error) string {
	if trouble != nil {
		return fmt.Sprintf("Session %s: the last call failed. Waiting for the API to answer again.", id)
	}
	return fmt.Sprintf("Session %s: %s. Waiting for the person to finish, or for the link to expire.", id, last.State())
}

// awaitError returns the diagnostic of a wait without a result, on signature_id if
// the API does not know the session.
func awaitError(client *advance.Client, id string, err error) diag.Diagnostic {
	var wait *tfutil.WaitError
	switch {
	case advance.IsNotKnown(err):
		return diag.NewAttributeErrorDiagnostic(path.Root("signature_id"), summaryAwait,
			tfutil.Detail(notKnown(client, id)+" It may have forgotten it since its data was cleared.", err))
	case errors.As(err, &wait):
		return tfutil.APIError(summaryAwait, wait.Situation(), err)
	default:
		return tfutil.APIError(summaryAwait, "", err)
	}
}
