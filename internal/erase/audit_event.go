package erase

import (
	"cmp"
	"errors"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/audit"
)

// AuditEvent returns the event of the audit log that tells how Run ended.
func (j *Job) AuditEvent(outcome Outcome, err error) audit.Event {
	e := audit.Event{SignatureID: j.SignatureID, TransactionID: j.transactionID}
	switch {
	case err != nil:
		return failed(e, err)
	case outcome == Cleared:
		e.Kind = audit.DataCleared
	case outcome == Gone:
		e.Kind = audit.SessionGone
	case outcome == Abandoned:
		e.Kind = audit.SessionAbandoned
	}
	return e
}

// failed adds to an event why an erasure is not confirmed, in the API's words
// if it said anything.
func failed(e audit.Event, err error) audit.Event {
	e.Kind, e.Message = audit.ClearFailed, err.Error()
	var call *advance.Error
	if !errors.As(explanation(err), &call) {
		return e
	}
	e.Code, e.TransactionID = call.Code, cmp.Or(call.TransactionID, e.TransactionID)
	if elsewhere := (*OriginError)(nil); call.Message != "" && !errors.As(err, &elsewhere) {
		e.Message = call.Message
	}
	return e
}

// explanation returns the failed call that explains an error of Run: that of
// clear-data if it refused, and otherwise err.
func explanation(err error) error {
	var pending *PendingError
	var unconfirmed *UnconfirmedError
	switch {
	case errors.As(err, &pending):
		return pending.Refusal
	case errors.As(err, &unconfirmed):
		return unconfirmed.Refusal
	default:
		return err
	}
}
