package session

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/erase"
	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

const summaryErase = "Unable to Erase Liveness Session"

// Delete erases the session's data. The session stays in the state unless the
// data is known to be erased or gone, or the policy gives it up.
func (r *sessionResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	if r.data.Client == nil {
		resp.Diagnostics.Append(r.data.UnknownArguments("Destroying the session", applyFirstHint))
		return
	}
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	private := loadPrivateState(ctx, req.Private, &resp.Diagnostics)
	timeout, diags := state.Timeouts.Delete(ctx, defaultDeleteTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	id := state.SignatureID.ValueString()
	job := &erase.Job{
		Client:       r.data.Client,
		SignatureID:  id,
		Policy:       erase.Policy(state.DeletionPolicy.ValueString()),
		Origin:       private.Origin,
		ExpiresAt:    state.expiry(),
		Ended:        private.Ended,
		Confidential: state.confidential(),
		OnWait: func(ctx context.Context, s advance.ClearState) {
			tflog.Info(ctx, "erasure is waiting", map[string]any{"signature_id": id, "in_processing": s == advance.ClearInProcessing})
		},
		Debug: tflog.Debug,
	}
	outcome, err := job.Run(ctx)
	event := job.AuditEvent(outcome, err)
	event.BizID = state.BizID.ValueString()
	r.data.Record(event, &resp.Diagnostics)

	expiry := state.expiry()
	expired := !expiry.IsZero() && r.data.Client.Now().After(expiry)
	switch {
	case err != nil:
		resp.Diagnostics.Append(deleteError(&state, err, expired))
	case outcome == erase.Gone:
		resp.Diagnostics.Append(tfutil.GoneWarning(job))
	case outcome == erase.Abandoned:
		resp.Diagnostics.AddWarning("Liveness Session Abandoned", fmt.Sprintf(
			"Session %s was not finished, so its data was not erased: deletion_policy \"abandon\" dropped it from the state. %s To erase its data later, import the session by this id and destroy it.%s",
			id, tfutil.FinishedBy(expiry, expired), tfutil.TransactionLine(job.TransactionID())))
	}
}

// deleteError says that nothing was confirmed, why, and what to do. expired says
// whether the link has expired by the API's clock.
func deleteError(state *model, err error, expired bool) diag.Diagnostic {
	id := state.SignatureID.ValueString()
	situation := fmt.Sprintf("The erasure of session %s's data is not confirmed, so the session stays in the state.", id)
	next := tfutil.WaysOut(err, erase.Policy(state.DeletionPolicy.ValueString()), state.expiry(), expired, stateRm)
	var elsewhere *erase.OriginError
	detail := tfutil.EraseDetail(situation, next, "timeouts.delete", err)
	if errors.As(err, &elsewhere) {
		detail = tfutil.OriginMismatch(id, elsewhere.Made, elsewhere.Asked, elsewhere.Err, stateRm)
	}
	return diag.NewErrorDiagnostic(summaryErase, detail)
}

// stateRm is the last way out of a session that cannot be erased.
const stateRm = "If you know that its data is erased, remove the session from the state with terraform state rm. That makes no call and erases nothing, and it removes a deposed object together with the current one."
