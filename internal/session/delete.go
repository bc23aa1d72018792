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
	"github.com/advance-community/terraform-provider-advance/internal/audit"
	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

// Deletion policies: what to do about a transaction that is not finished.
const (
	policyWait    = "wait"
	policyFail    = "fail"
	policyAbandon = "abandon"
)

// outcome is how an erasure ended well.
type outcome int

const (
	cleared   outcome = iota + 1 // the API confirmed the erasure
	gone                         // the API proved that there is nothing to erase
	abandoned                    // given up, as the policy allows; nothing was erased
)

// erasure erases one session's personal data, once.
type erasure struct {
	client      *advance.Client
	signatureID string
	policy      string
	expiry      time.Time // of the link; zero where that is not known

	// progress, where set, is told before each pause of a wait.
	progress func(context.Context, advance.ClearState)

	// What clear-data said last about the data, where it said anything.
	state  advance.ClearState
	answer error

	// proof is the transaction id of the call that confirmed the erasure.
	proof string
}

// pendingError says that an erasure ended before the API confirmed it.
type pendingError struct {
	state  advance.ClearState // ClearNotFinished or ClearInProcessing
	waited time.Duration
	answer error // of clear-data
	err    error // what ended the wait; nil where the policy does not wait
}

func (e *pendingError) Error() string {
	if e.state == advance.ClearInProcessing {
		return "the erasure is still in processing"
	}
	return "the transaction is not finished"
}

func (e *pendingError) Unwrap() error { return e.err }

// doubtError says that clear-data refused, and that get-result does not prove
// that there is nothing to erase.
type doubtError struct {
	answer error // of clear-data
	seen   string
}

func (e *doubtError) Error() string {
	return fmt.Sprintf("clear-data refused, and get-result shows %s", e.seen)
}

// clearMargin is how long after the link's expiry get-result is still believed
// when it says that a transaction is unfinished.
const clearMargin = time.Minute

// run ends without an error only when the data is known to be erased or gone,
// or when the policy gives it up.
func (e *erasure) run(ctx context.Context) (outcome, error) {
	started := time.Now()
	var ended outcome
	err := advance.Poll(ctx, advance.ExponentialBackoff(), func(ctx context.Context) (bool, error) {
		ready, err := e.worthTrying(ctx)
		if err == nil && ready {
			ended, err = e.try(ctx)
		}
		if err == nil && ended == 0 && e.progress != nil {
			e.progress(ctx, e.state)
		}
		return ended != 0, err
	})
	if err != nil && e.state != advance.ClearFailed && context.Cause(ctx) != nil {
		return 0, &pendingError{state: e.state, waited: time.Since(started), answer: e.answer, err: context.Cause(ctx)}
	}
	return ended, err
}

// worthTrying decides whether clear-data is due. Once it has refused an
// unfinished transaction, get-result tells when that has changed, until a
// minute after the link's expiry; from then on, or where the expiry is not
// known, clear-data itself is the better judge.
func (e *erasure) worthTrying(ctx context.Context) (bool, error) {
	if e.state != advance.ClearNotFinished || e.expiry.IsZero() || e.client.Now().After(e.expiry.Add(clearMargin)) {
		return true, nil
	}
	res, err := e.client.GetResult(ctx, e.signatureID, "")
	if advance.IsNotKnown(err) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return res.Finished(), nil
}

// try calls clear-data. An outcome of 0 without an error means: ask again.
func (e *erasure) try(ctx context.Context) (outcome, error) {
	transactionID, answer := e.client.ClearData(ctx, e.signatureID)
	state := advance.ClassifyClear(answer)
	if state == advance.ClearNotExist || state == advance.ClearUnclear {
		var err error
		if state, err = e.settle(ctx, state, answer); err != nil {
			return 0, err
		}
	}
	switch state {
	case advance.ClearConfirmed:
		e.proof = transactionID
		return cleared, nil
	case advance.ClearNotExist:
		return gone, nil
	case advance.ClearInProcessing:
		e.state, e.answer = state, answer
		return 0, nil
	case advance.ClearNotFinished:
		e.state, e.answer = state, answer
		return e.applyPolicy()
	default:
		return 0, answer
	}
}

// applyPolicy decides about a transaction that is not finished.
func (e *erasure) applyPolicy() (outcome, error) {
	switch e.policy {
	case policyFail:
		return 0, &pendingError{state: e.state, answer: e.answer}
	case policyAbandon:
		return abandoned, nil
	default:
		return 0, nil
	}
}

// settle asks get-result what a refusal of clear-data was about, because only
// a message that may change tells (API §6.2). It gives ClearNotExist where the
// data is proved to be gone and ClearNotFinished where it is too early to
// erase; everything else is an error, never "done".
func (e *erasure) settle(ctx context.Context, hint advance.ClearState, answer error) (advance.ClearState, error) {
	res, err := e.client.GetResult(ctx, e.signatureID, "")
	switch {
	case advance.IsNotKnown(err):
		return advance.ClearNotExist, nil
	case err != nil:
		return advance.ClearFailed, fmt.Errorf("asking get-result what the refusal by clear-data is about: %w", err)
	case !res.Finished() && hint == advance.ClearUnclear:
		return advance.ClearNotFinished, nil
	case res.Finished() && !res.HoldsImages && hint == advance.ClearNotExist:
		return advance.ClearNotExist, nil
	case res.HoldsImages:
		return advance.ClearFailed, &doubtError{answer: answer, seen: "an image or video of the person"}
	default:
		return advance.ClearFailed, &doubtError{answer: answer, seen: fmt.Sprintf("that the API still knows the transaction (%s)", res.State())}
	}
}

// answerOf gives the call whose words explain an error of run: clear-data's
// where it refused, and otherwise the one that failed.
func answerOf(err error) error {
	var pending *pendingError
	var doubt *doubtError
	switch {
	case errors.As(err, &pending):
		return pending.answer
	case errors.As(err, &doubt):
		return doubt.answer
	default:
		return err
	}
}

func (r *sessionResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	if r.data.Client == nil {
		resp.Diagnostics.Append(r.data.UnknownArguments("Destroying the session", applyFirst))
		return
	}
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	rec := loadRecord(ctx, req.Private, &resp.Diagnostics)
	timeout, diags := state.Timeouts.Delete(ctx, defaultDeleteTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	id := state.SignatureID.ValueString()
	job := &erasure{
		client:      r.data.Client,
		signatureID: id,
		policy:      state.DeletionPolicy.ValueString(),
		expiry:      state.expiry(),
		progress: func(ctx context.Context, s advance.ClearState) {
			tflog.Info(ctx, "erasure is waiting", map[string]any{"signature_id": id, "in_processing": s == advance.ClearInProcessing})
		},
	}
	event := audit.Event{SignatureID: id, BizID: state.BizID.ValueString()}
	ended, err := job.run(ctx)
	switch {
	case err != nil:
		r.data.Record(clearFailed(event, err), &resp.Diagnostics)
		resp.Diagnostics.Append(deleteError(&state, err, r.data.Client.Now()))
	case ended == gone && rec.Origin != r.data.Origin:
		r.data.Record(clearFailed(event, errElsewhere), &resp.Diagnostics)
		resp.Diagnostics.AddError(summaryErase, elsewhere(id, rec.Origin, r.data.Origin))
	case ended == cleared:
		event.Kind, event.TransactionID = audit.DataCleared, job.proof
		r.data.Record(event, &resp.Diagnostics)
	case ended == gone:
		event.Kind = audit.SessionGone
		r.data.Record(event, &resp.Diagnostics)
		resp.Diagnostics.AddWarning("Liveness Session Was Gone", fmt.Sprintf(
			"The API does not know session %s any more, or holds no image of it, so there was nothing to erase. It was erased or dropped before, or by a call of this run whose answer was lost; no erasure was confirmed to this run.", id))
	case ended == abandoned:
		event.Kind = audit.SessionAbandoned
		r.data.Record(event, &resp.Diagnostics)
		resp.Diagnostics.AddWarning("Liveness Session Abandoned", fmt.Sprintf(
			"Session %s was not finished, so its data was not erased: deletion_policy \"abandon\" dropped it from the state all the same. %s To erase its data later, import the session by this id and destroy it.",
			id, finishedBy(state.expiry(), r.data.Client.Now())))
	}
}

// errElsewhere stands in the audit log for what [elsewhere] explains.
var errElsewhere = errors.New("the API does not know the session, which was made at another endpoint or by another account")

// clearFailed adds to an event why an erasure was not confirmed.
func clearFailed(e audit.Event, err error) audit.Event {
	e.Kind, e.Message = audit.ClearFailed, err.Error()
	var said *advance.Error
	if errors.As(answerOf(err), &said) {
		e.Code, e.TransactionID = said.Code, said.TransactionID
	}
	if said != nil && said.Message != "" {
		e.Message = said.Message
	}
	return e
}

const summaryErase = "Unable to Erase Liveness Session"

// deleteError says that nothing was confirmed, why, and what to do.
func deleteError(state *model, err error, now time.Time) diag.Diagnostic {
	situation := fmt.Sprintf("The erasure of session %s's data is not confirmed, so the session stays in the state.", state.SignatureID.ValueString())
	var pending *pendingError
	if errors.As(err, &pending) {
		next := finishedBy(state.expiry(), now) + "\n\nDestroy again after that time. " + wayOut
		if pending.state == advance.ClearInProcessing {
			next = "Destroy again later. " + wayOut
		}
		return diag.NewErrorDiagnostic(summaryErase, strings.Join([]string{
			situation, pendingReason(pending), next, tfutil.SupportDetails(pending.answer),
		}, "\n\n"))
	}
	var doubt *doubtError
	if errors.As(err, &doubt) {
		return diag.NewErrorDiagnostic(summaryErase, strings.Join([]string{
			situation,
			fmt.Sprintf("clear-data refused with the words below, but get-result shows %s. Destroy again later; if that does not help, ask the vendor's support with the transaction id.", doubt.seen),
			tfutil.SupportDetails(doubt.answer),
		}, "\n\n"))
	}
	return tfutil.APIError(summaryErase, situation, err)
}

func pendingReason(p *pendingError) string {
	waited := p.waited.Round(time.Second)
	switch {
	case p.state == advance.ClearInProcessing && errors.Is(p.err, context.Canceled):
		return fmt.Sprintf("The API said that an erasure is in processing. The wait for it was interrupted after %s.", waited)
	case p.state == advance.ClearInProcessing:
		return fmt.Sprintf("The API said that an erasure is in processing, and did not confirm it within %s (timeouts.delete).", waited)
	case p.err == nil:
		return "The session is not finished, and the API erases no unfinished session; deletion_policy is \"fail\"."
	case errors.Is(p.err, context.Canceled):
		return fmt.Sprintf("The session is not finished, and the API erases no unfinished session. The wait for it was interrupted after %s.", waited)
	default:
		return fmt.Sprintf("The session is not finished, and the API erases no unfinished session. The wait for it reached its time-out (timeouts.delete) after %s.", waited)
	}
}

// wayOut names the way that works: Terraform destroys by the state.
const wayOut = `To have destroy wait, give up or take longer: Terraform destroys with the deletion_policy and timeouts in the state, not those in the configuration, so undo other changes to this resource, set deletion_policy ("wait", "fail" or "abandon") or timeouts.delete, apply, then destroy again.`
