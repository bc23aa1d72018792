package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
		resp.Diagnostics.AddWarning("Liveness Session Was Gone", fmt.Sprintf(
			"The API does not know session %s any more, or holds no image of it, so there was nothing to erase. It was erased or dropped before, or by a call of this run whose answer was lost; no erasure was confirmed to this run.%s",
			id, transactionLine(job)))
	case outcome == erase.Abandoned:
		resp.Diagnostics.AddWarning("Liveness Session Abandoned", fmt.Sprintf(
			"Session %s was not finished, so its data was not erased: deletion_policy \"abandon\" dropped it from the state. %s To erase its data later, import the session by this id and destroy it.%s",
			id, finishedBy(expiry, expired), transactionLine(job)))
	}
}

// transactionLine returns the last line of a warning.
func transactionLine(job *erase.Job) string {
	if job.TransactionID() == "" {
		return ""
	}
	return "\n\nTransaction id: " + job.TransactionID()
}

// deleteError says that nothing was confirmed, why, and what to do. expired says
// whether the link has expired by the API's clock.
func deleteError(state *model, err error, expired bool) diag.Diagnostic {
	id := state.SignatureID.ValueString()
	situation := fmt.Sprintf("The erasure of session %s's data is not confirmed, so the session stays in the state.", id)
	next := waysOut(err, erase.Policy(state.DeletionPolicy.ValueString()), state.expiry(), expired)
	var pending *erase.PendingError
	var unconfirmed *erase.UnconfirmedError
	var elsewhere *erase.OriginError
	var detail string
	switch {
	case errors.As(err, &pending):
		detail = paragraphs(situation, pendingReason(pending), troubleOf(pending), next, tfutil.SupportDetails(pending.Refusal))
	case errors.As(err, &unconfirmed):
		refused := fmt.Sprintf("clear-data refused with the message below, but get-result shows %s.", unconfirmed.Seen)
		detail = paragraphs(situation, refused, next, tfutil.SupportDetails(unconfirmed.Refusal))
	case errors.As(err, &elsewhere):
		detail = originMismatch(id, elsewhere.Made, elsewhere.Asked, elsewhere.Err)
	case next != "":
		detail = tfutil.DetailAdvising(situation, next, err)
	default:
		detail = tfutil.Detail(situation, err)
	}
	return diag.NewErrorDiagnostic(summaryErase, detail)
}

func paragraphs(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "\n\n")
}

// pendingReason says what an erasure waited for, and what ended the wait.
func pendingReason(p *erase.PendingError) string {
	waited := p.Waited.Round(time.Second)
	state := "The session is not finished, and the API erases no unfinished session"
	if p.State == advance.ClearInProcessing {
		state = "The API said that an erasure is in processing"
	}
	var late *advance.RetryAfterError
	switch {
	case p.Err == nil:
		return state + "; deletion_policy is \"fail\"."
	case errors.Is(p.Err, context.Canceled):
		return fmt.Sprintf("%s. The wait for it was interrupted after %s.", state, waited)
	case errors.As(p.Err, &late):
		return fmt.Sprintf("%s. The wait for it ended after %s: %v (timeouts.delete).", state, waited, late)
	case p.State == advance.ClearInProcessing:
		return fmt.Sprintf("%s, and did not confirm it within %s (timeouts.delete).", state, waited)
	default:
		return fmt.Sprintf("%s. The wait for it reached its timeout (timeouts.delete) after %s.", state, waited)
	}
}

// troubleOf says what went wrong with the last calls of a wait, "" for nothing.
func troubleOf(p *erase.PendingError) string {
	if p.Trouble == nil {
		return tfutil.SupportDetails(p.Err) // the call whose next attempt was due too late
	}
	return tfutil.Detail("The last call of the wait failed too:", p.Trouble)
}
