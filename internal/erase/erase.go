// Package erase erases the personal data of a liveness session (API §6), in
// the same way for everything that does so. An erasure succeeds only when the
// API has confirmed it or has proved that there is nothing to erase.
package erase

import (
	"context"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
)

// Policy says what to do about a transaction that is not finished, which the
// API refuses to erase.
type Policy string

// The policies.
const (
	PolicyWait    Policy = "wait"    // wait until it is finished
	PolicyFail    Policy = "fail"    // end with a [PendingError]
	PolicyAbandon Policy = "abandon" // end without an erasure
)

// Outcome is the way an erasure succeeded.
type Outcome int

// The outcomes.
const (
	Cleared   Outcome = iota + 1 // the API confirmed the erasure
	Gone                         // the API proved that there is nothing to erase
	Abandoned                    // the policy gave up; nothing was erased
)

// clearMargin is the time after the link's expiry during which a get-result
// that says "not finished" is still believed.
const clearMargin = time.Minute

// Job is one erasure of one session's data. Its exported fields must not
// change once [Job.Run] is called, and Run may be called once.
type Job struct {
	Client      *advance.Client
	SignatureID string
	Policy      Policy
	ExpiresAt   time.Time // when the link expires, zero if that is not known

	// OnWait, if not nil, is called before each pause, with what clear-data
	// said last: ClearNotFinished or ClearInProcessing.
	OnWait func(ctx context.Context, state advance.ClearState)

	// Debug, if not nil, writes a line of the debug log.
	Debug func(ctx context.Context, message string, fields ...map[string]any)

	// What clear-data said last of the data: ClearNotFinished or
	// ClearInProcessing, and the error that it said so with. Before the first
	// such answer, ClearFailed and nil.
	state   advance.ClearState
	refusal error

	// confirmedBy is the transaction id of the call that confirmed the
	// erasure.
	confirmedBy string
}

// Run erases the data. It waits while an erasure is in processing, and as the
// policy says while the transaction is not finished, until ctx ends.
//
// The error is a [PendingError] where the API did not confirm the erasure in
// time, an [UnconfirmedError] where it refused without a proof that the data
// is gone, and otherwise that of the call that failed.
func (j *Job) Run(ctx context.Context) (Outcome, error) {
	started := time.Now()
	var outcome Outcome
	err := advance.Poll(ctx, advance.ExponentialBackoff(), func(ctx context.Context) (bool, error) {
		due, err := j.shouldClear(ctx)
		if err == nil && due {
			outcome, err = j.attempt(ctx)
		}
		if err == nil && outcome == 0 && j.OnWait != nil {
			j.OnWait(ctx, j.state)
		}
		return outcome != 0, err
	})
	if err != nil && j.state != advance.ClearFailed && context.Cause(ctx) != nil {
		return 0, &PendingError{State: j.state, Waited: time.Since(started), Refusal: j.refusal, Err: context.Cause(ctx)}
	}
	return outcome, err
}

// shouldClear reports whether clear-data is due. Once it has refused an
// unfinished transaction, get-result tells when that has changed, until
// clearMargin after the link's expiry. From then on, or if the expiry is not
// known, clear-data itself is called each time.
func (j *Job) shouldClear(ctx context.Context) (bool, error) {
	if j.state != advance.ClearNotFinished || j.ExpiresAt.IsZero() || j.Client.Now().After(j.ExpiresAt.Add(clearMargin)) {
		return true, nil
	}
	res, err := j.Client.GetResult(ctx, j.SignatureID, "")
	if err != nil && !advance.IsNotKnown(err) {
		return false, err
	}
	due := err != nil || res.Finished()
	j.debug(ctx, "erasure asked whether the transaction is finished", map[string]any{"get_result": describe(res, err), "clear_data_is_due": due})
	return due, nil
}

// attempt calls clear-data. An outcome of 0 without an error means: try again
// later.
func (j *Job) attempt(ctx context.Context) (Outcome, error) {
	transactionID, refusal := j.Client.ClearData(ctx, j.SignatureID)
	state := advance.ClassifyClear(refusal)
	if state == advance.ClearNotExist || state == advance.ClearUnclear {
		var err error
		if state, err = j.settle(ctx, state, refusal); err != nil {
			return 0, err
		}
	}
	switch state {
	case advance.ClearConfirmed:
		j.confirmedBy = transactionID
		return Cleared, nil
	case advance.ClearNotExist:
		return Gone, nil
	case advance.ClearInProcessing:
		j.state, j.refusal = state, refusal
		return 0, nil
	case advance.ClearNotFinished:
		j.state, j.refusal = state, refusal
		return j.applyPolicy()
	default:
		return 0, refusal
	}
}

// settle asks get-result what a refusal by clear-data was about.
func (j *Job) settle(ctx context.Context, hint advance.ClearState, refusal error) (advance.ClearState, error) {
	res, err := j.Client.GetResult(ctx, j.SignatureID, "")
	state, unsettled := settle(hint, refusal, res, err)
	j.debug(ctx, "erasure asked what the refusal by clear-data is about", map[string]any{"get_result": describe(res, err), "conclusion": conclusion(state)})
	return state, unsettled
}

// applyPolicy decides about a transaction that is not finished.
func (j *Job) applyPolicy() (Outcome, error) {
	switch j.Policy {
	case PolicyFail:
		return 0, &PendingError{State: j.state, Refusal: j.refusal}
	case PolicyAbandon:
		return Abandoned, nil
	default:
		return 0, nil
	}
}

func (j *Job) debug(ctx context.Context, message string, fields map[string]any) {
	if j.Debug == nil {
		return
	}
	fields["signature_id"] = j.SignatureID
	j.Debug(ctx, message, fields)
}
