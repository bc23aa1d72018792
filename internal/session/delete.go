package session

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

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
		Client:      r.data.Client,
		SignatureID: id,
		Policy:      erase.Policy(state.DeletionPolicy.ValueString()),
		ExpiresAt:   state.expiry(),
		OnWait: func(ctx context.Context, s advance.ClearState) {
			tflog.Info(ctx, "erasure is waiting", map[string]any{"signature_id": id, "in_processing": s == advance.ClearInProcessing})
		},
		Debug: tflog.Debug,
	}
	outcome, err := job.Run(ctx)
	mismatch := err == nil && outcome == erase.Gone && private.Origin != r.data.Origin
	if mismatch {
		err = errOriginMismatch
	}
	event := job.AuditEvent(outcome, err)
	event.BizID = state.BizID.ValueString()
	r.data.Record(event, &resp.Diagnostics)

	switch {
	case mismatch:
		resp.Diagnostics.AddError(summaryErase, originMismatch(id, private.Origin, r.data.Origin))
	case err != nil:
		resp.Diagnostics.Append(deleteError(&state, err, r.data.Client.Now()))
	case outcome == erase.Gone:
		resp.Diagnostics.AddWarning("Liveness Session Was Gone", fmt.Sprintf(
			"The API does not know session %s any more, or holds no image of it, so there was nothing to erase. It was erased or dropped before, or by a call of this run whose answer was lost; no erasure was confirmed to this run.", id))
	case outcome == erase.Abandoned:
		resp.Diagnostics.AddWarning("Liveness Session Abandoned", fmt.Sprintf(
			"Session %s was not finished, so its data was not erased: deletion_policy \"abandon\" dropped it from the state. %s To erase its data later, import the session by this id and destroy it.",
			id, finishedBy(state.expiry(), r.data.Client.Now())))
	}
}

// errOriginMismatch is the audit log's short form of [originMismatch].
var errOriginMismatch = errors.New("the API does not know the session, which was made at another endpoint or by another account")

// deleteError says that nothing was confirmed, why, and what to do.
func deleteError(state *model, err error, now time.Time) diag.Diagnostic {
	situation := fmt.Sprintf("The erasure of session %s's data is not confirmed, so the session stays in the state.", state.SignatureID.ValueString())
	var pending *erase.PendingError
	var unconfirmed *erase.UnconfirmedError
	switch {
	case errors.As(err, &pending):
		next := finishedBy(state.expiry(), now) + "\n\nDestroy again after that time. " + changePolicyHint
		if pending.State == advance.ClearInProcessing {
			next = "Destroy again later. " + changePolicyHint
		}
		return diag.NewErrorDiagnostic(summaryErase, strings.Join([]string{
			situation, pendingReason(pending), next, tfutil.SupportDetails(pending.Refusal),
		}, "\n\n"))
	case errors.As(err, &unconfirmed):
		return diag.NewErrorDiagnostic(summaryErase, strings.Join([]string{
			situation,
			fmt.Sprintf("clear-data refused with the message below, but get-result shows %s. Destroy again later. If that does not help, ask the vendor's support with the transaction id.", unconfirmed.Seen),
			tfutil.SupportDetails(unconfirmed.Refusal),
		}, "\n\n"))
	default:
		return tfutil.APIError(summaryErase, situation, err)
	}
}

func pendingReason(p *erase.PendingError) string {
	waited := p.Waited.Round(time.Second)
	interrupted := errors.Is(p.Err, context.Canceled)
	if p.State == advance.ClearInProcessing {
		if interrupted {
			return fmt.Sprintf("The API said that an erasure is in processing. The wait for it was interrupted after %s.", waited)
		}
		return fmt.Sprintf("The API said that an erasure is in processing, and did not confirm it within %s (timeouts.delete).", waited)
	}
	const unfinished = "The session is not finished, and the API erases no unfinished session"
	switch {
	case p.Err == nil:
		return unfinished + "; deletion_policy is \"fail\"."
	case interrupted:
		return fmt.Sprintf("%s. The wait for it was interrupted after %s.", unfinished, waited)
	default:
		return fmt.Sprintf("%s. The wait for it reached its timeout (timeouts.delete) after %s.", unfinished, waited)
	}
}

// changePolicyHint names what works. Terraform destroys with the policy and
// timeouts in the state, so a change of the configuration alone has no effect.
const changePolicyHint = `To have destroy wait, give up or take longer: Terraform destroys with the deletion_policy and timeouts in the state, not those in the configuration, so undo other changes to this resource, set deletion_policy ("wait", "fail" or "abandon") or timeouts.delete, apply, then destroy again.`
