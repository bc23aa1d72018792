package tfutil

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/erase"
)

// EraseDetail returns the text of a diagnostic about an error of
// [erase.Job.Run]. situation says on which session, and what holds now. next
// says what to do; if it is empty, the general advice about a failed call is
// given. timeout is the name of the argument that limits the wait.
func EraseDetail(situation, next, timeout string, err error) string {
	var pending *erase.PendingError
	var unconfirmed *erase.UnconfirmedError
	switch {
	case errors.As(err, &pending):
		return Paragraphs(situation, pendingReason(pending, timeout), troubleOf(pending), next, SupportDetails(pending.Refusal))
	case errors.As(err, &unconfirmed):
		refused := fmt.Sprintf("clear-data refused with the message below, but get-result shows %s.", unconfirmed.Seen)
		return Paragraphs(situation, refused, next, SupportDetails(unconfirmed.Refusal))
	case next != "":
		return DetailAdvising(situation, next, err)
	default:
		return Detail(situation, err)
	}
}

// pendingReason says what an erasure waited for, and what ended the wait.
func pendingReason(p *erase.PendingError, timeout string) string {
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
		return fmt.Sprintf("%s. The wait for it ended after %s: %v (%s).", state, waited, late, timeout)
	case p.State == advance.ClearInProcessing:
		return fmt.Sprintf("%s, and did not confirm it within %s (%s).", state, waited, timeout)
	default:
		return fmt.Sprintf("%s. The wait for it reached its timeout (%s) after %s.", state, timeout, waited)
	}
}

// troubleOf says what went wrong with the last calls of a wait, "" for nothing.
func troubleOf(p *erase.PendingError) string {
	if p.Trouble == nil {
		return SupportDetails(p.Err) // the call whose next attempt was due too late
	}
	return Detail("The last call of the wait failed too:", p.Trouble)
}

// GoneWarning returns the warning about an outcome of [erase.Gone].
func GoneWarning(job *erase.Job) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Liveness Session Was Gone", fmt.Sprintf(
		"The API does not know session %s any more, or holds no image of it, so there was nothing to erase. It was erased or dropped before, or by a call of this run whose answer was lost; no erasure was confirmed to this run.%s",
		job.SignatureID, TransactionLine(job.TransactionID())))
}

// TransactionLine returns the last line of a warning that no failed call is
// about, empty if there is no transaction id.
func TransactionLine(transactionID string) string {
	if transactionID == "" {
		return ""
	}
	return "\n\nTransaction id: " + transactionID
}
