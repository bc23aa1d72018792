package action

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/action/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/erase"
	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

var _ action.ActionWithConfigure = (*clearAction)(nil)

// summaryClear is the summary of every error of an erasure.
const summaryClear = "Unable to Clear Liveness Data"

type clearAction struct {
	configured
}

// NewClear returns the action advance_clear_liveness_data.
func NewClear() action.Action {
	return &clearAction{}
}

type clearModel struct {
	SignatureID types.String   `tfsdk:"signature_id"`
	Timeouts    timeouts.Value `tfsdk:"timeouts"`
}

func (a *clearAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_clear_liveness_data"
}

func (a *clearAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Erases the personal data of a liveness session at ADVANCE.AI, and leaves the session in the state. " +
			"This cannot be undone. " +
			"The API erases no unfinished session: the action waits until it is finished, which takes up to an hour, and shows what it waits for and the time left. " +
			"An outage does not end the wait.\n\n" +
			"The action succeeds only when the API has confirmed the erasure or has proved that there is nothing to erase. It writes the event to the `audit_log` of the provider.",
		Attributes: map[string]schema.Attribute{
			"signature_id": signatureIDAttribute(),
			"timeouts":     timeoutsAttribute(),
		},
	}
}

func (a *clearAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	client := a.data.CallableClient("The action advance_clear_liveness_data", applyFirst, &resp.Diagnostics)
	if client == nil {
		return
	}
	var config clearModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := withTimeout(ctx, config.Timeouts, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}

	// Where the session was made is not known here, so only an answer about it
	// proves that this account sees it.
	id := config.SignatureID.ValueString()
	p := progress{send: resp.SendProgress}
	job := &erase.Job{
		Client:      client,
		SignatureID: id,
		Policy:      erase.PolicyWait,
		OnWait:      func(ctx context.Context, state advance.ClearState) { p.waiting(ctx, clearing(id, state)) },
		Debug:       tflog.Debug,
	}
	outcome, err := job.Run(ctx)
	a.data.Record(job.AuditEvent(outcome, err), &resp.Diagnostics)
	switch {
	case err != nil:
		resp.Diagnostics.Append(clearError(client, id, err))
	case outcome == erase.Gone:
		resp.Diagnostics.Append(tfutil.GoneWarning(job))
	default:
		p.say("Session %s: the API confirmed that its data is erased.", id)
	}
}

// clearing says what an erasure waits for.
func clearing(id string, state advance.ClearState) string {
	if state == advance.ClearInProcessing {
		return fmt.Sprintf("Session %s: the erasure is in processing. Waiting for the API to confirm it.", id)
	}
	return fmt.Sprintf("Session %s: not finished. Waiting for the person to finish, or for the link to expire, to erase its data then.", id)
}

// clearError returns the diagnostic of an erasure that is not confirmed, on
// signature_id if the API does not know the session.
func clearError(client *advance.Client, id string, err error) diag.Diagnostic {
	var elsewhere *erase.OriginError
	if errors.As(err, &elsewhere) {
		return diag.NewAttributeErrorDiagnostic(path.Root("signature_id"), summaryClear,
			tfutil.Detail(notKnown(client, id)+" That proves nothing about its data, so no erasure is confirmed. It may have forgotten the session since its data was cleared.", elsewhere.Err))
	}
	situation := fmt.Sprintf("The erasure of session %s's data is not confirmed.", id)
	return diag.NewErrorDiagnostic(summaryClear, tfutil.EraseDetail(situation, nextStep(err), "timeouts.invoke", err))
}

// nextStep says what can be done about an erasure that is not confirmed, "" if the
// general advice about a failed call holds.
func nextStep(err error) string {
	var pending *erase.PendingError
	var unconfirmed *erase.UnconfirmedError
	switch {
	case errors.As(err, &pending) && pending.State == advance.ClearInProcessing:
		return "Invoke the action again later."
	case errors.As(err, &pending):
		return "Invoke the action again. In general a session is finished at the latest an hour after it was created, so a timeouts.invoke of more than an hour is enough."
	case errors.As(err, &unconfirmed):
		return "Invoke the action again later. If that does not help, ask the vendor's support with the transaction id."
	default:
		return ""
	}
}
