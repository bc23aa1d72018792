// Package erase erases the personal data of a liveness session (API §6), in
// the same way for everything that does so. An erasure succeeds only when the
// API has confirmed it or has proved that there is nothing to erase.
package erase

import (
	"cmp"
	"context"
	"errors"
	"time"

	"golang.org/x/time/rate"

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

// Times after the link's expiry, by the API's clock.
const (
	// clearMargin is the time during which a get-result that says "not
	// finished" is still believed.
	clearMargin = time.Minute

	// FinishedMargin is the time after which a transaction must be finished.
	FinishedMargin = 5 * time.Minute
)

// Job is one erasure of one session's data. Its exported fields must not
// change once [Job.Run] is called, and Run may be called once.
type Job struct {
	Client      *advance.Client
	SignatureID string
	Policy      Policy
	Origin      Origin    // where the session was made
	ExpiresAt   time.Time // when the link expires, zero if that is not known
	Ended       bool      // whether the transaction is known to have ended in PASS or FAIL

	// Confidential holds what is known of the session and must not be quoted
	// from the API's messages, such as the user id and the URLs.
	Confidential []string

	// OnWait, if not nil, is called before each pause, with what clear-data
	// said last: ClearNotFinished or ClearInProcessing.
	OnWait func(ctx context.Context, state advance.ClearState)

	// Limiter, if not nil, is waited for before each call. Jobs that wait side by
	// side share one.
	Limiter *rate.Limiter

	// Debug, if not nil, writes a line of the debug log.
	Debug func(ctx context.Context, message string, fields ...map[string]any)

	// What clear-data said last of the data: ClearNotFinished or
	// ClearInProcessing, and the error that it said so with. Before the first
	// such answer, ClearFailed and nil.
	state   advance.ClearState
	refusal error

	// seen: a SUCCESS of get-result has proved that the account of Client sees
	// the session, so its "not known" counts from then on.
	seen bool

	turn bool // one of Limiter has come, and no call has used it yet

	transactionID string // of the API's last answer
}

// TransactionID returns the transaction id of the API's last answer: the one
// that decided how Run ended. It is empty if there was none.
func (j *Job) TransactionID() string { return j.transactionID }

// Try calls clear-data once, without a wait. An outcome of 0 without an error
// means that it is too early: Run waits for it. Its errors are those of Run.
func (j *Job) Try(ctx context.Context) (Outcome, error) {
	j.learnAccount(ctx)
	return j.attempt(ctx)
}

// learnAccount asks get-result, if it is not known which account made the
// session: a SUCCESS proves that this one sees it.
func (j *Job) learnAccount(ctx context.Context) {
	if j.Origin.Account == "" && !j.seen {
		_, _ = j.getResult(ctx) // A SUCCESS is all that can be learned from it.
	}
}

// Run erases the data. It waits while an erasure is in processing, and as the
// policy says while the transaction is not finished, until ctx ends. A call that
// fails temporarily does not end a wait.
//
// The error is a [PendingError] where the API did not confirm the erasure in
// time, an [UnconfirmedError] where it refused without a proof that the data
// is gone, an [OriginError] where its "not known" proves nothing, and otherwise
// that of the call that failed.
func (j *Job) Run(ctx context.Context) (Outcome, error) {
	started := time.Now()
	j.learnAccount(ctx)
	var outcome Outcome
	var trouble, failure error
	err := advance.Poll(ctx, advance.ExponentialBackoff(), func(ctx context.Context) (bool, error) {
		var err error
		outcome, err = j.step(ctx)
		switch temporary := advance.IsTemporary(err); {
		case err != nil && (!temporary || j.state == advance.ClearFailed):
			failure = err // Permanent, or there is nothing to wait for yet.
			return true, nil
		case temporary:
			trouble = err
		default:
			trouble = nil
		}
		if outcome == 0 && j.OnWait != nil {
			j.OnWait(ctx, j.state)
		}
		return outcome != 0, nil
	})
	if failure != nil {
		err = failure
	}
	if err != nil && j.state != advance.ClearFailed && isOutOfTime(ctx, err) {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return 0, &PendingError{State: j.state, Waited: time.Since(started), Refusal: j.refusal, Trouble: trouble, Err: err}
	}
	return outcome, err
}

// isOutOfTime reports whether err is the end of ctx, or of a call whose next
// attempt was due after it.
func isOutOfTime(ctx context.Context, err error) bool {
	var late *advance.RetryAfterError
	return ctx.Err() != nil || errors.As(err, &late)
}

// step calls clear-data if that is due. An outcome of 0 without an error means:
// try again later.
func (j *Job) step(ctx context.Context) (Outcome, error) {
	// If many jobs wait, its turn comes minutes later. What is due is decided
	// after that: from the expiry on, one call is enough.
	if err := j.takeTurn(ctx); err != nil {
		return 0, err
	}
	j.turn = true
	due, err := j.shouldClear(ctx)
	if err != nil || !due {
		return 0, err
	}
	return j.attempt(ctx)
}

// shouldClear reports whether clear-data is due. Once it has refused an
// unfinished transaction, get-result tells when that has changed, until
// clearMargin after the link's expiry. From then on, or if the expiry is not
// known, clear-data itself is called each time.
func (j *Job) shouldClear(ctx context.Context) (bool, error) {
	if j.state != advance.ClearNotFinished || j.ExpiresAt.IsZero() || j.expiredFor(clearMargin) {
		return true, nil
	}
	res, err := j.getResult(ctx)
	if err != nil && !advance.IsNotKnown(err) {
		return false, err
	}
	due := err != nil || res.Finished()
	j.debug(ctx, "erasure asked whether the transaction is finished", map[string]any{"get_result": describe(res, err), "clear_data_is_due": due})
	return due, nil
}

// attempt calls clear-data.
func (j *Job) attempt(ctx context.Context) (Outcome, error) {
	if err := j.takeTurn(ctx); err != nil {
		return 0, err
	}
	transactionID, refusal := j.Client.ClearData(ctx, j.SignatureID, j.Confidential...)
	j.answered(transactionID, refusal)
	state := advance.ClassifyClear(refusal)
	if state == advance.ClearNotExist || state == advance.ClearUnclear {
		var err error
		if state, err = j.settle(ctx, state, refusal); err != nil {
			return 0, err
		}
	}
	switch state {
	case advance.ClearConfirmed:
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
	res, err := j.getResult(ctx)
	state, unsettled := evidence{
		hint:           hint,
		refusal:        refusal,
		res:            res,
		err:            err,
		mustBeFinished: j.Ended || j.expiredFor(FinishedMargin),
		made:           j.Origin,
		asked:          OriginOf(j.Client),
		seen:           j.seen,
	}.settle()
	j.debug(ctx, "erasure asked what the refusal by clear-data is about", map[string]any{"get_result": describe(res, err), "conclusion": conclusion(state)})
	return state, unsettled
}

func (j *Job) getResult(ctx context.Context) (*advance.Result, error) {
	if err := j.takeTurn(ctx); err != nil {
		return nil, err
	}
	res, err := j.Client.GetResult(ctx, j.SignatureID, "", j.Confidential...)
	if err == nil {
		j.seen = true
		j.answered(res.TransactionID, nil)
	}
	j.answered("", err)
	return res, err
}

// takeTurn waits for Limiter, or uses the turn that has come. A job whose turn
// would come too late waits for the end of ctx.
func (j *Job) takeTurn(ctx context.Context) error {
	if j.turn || j.Limiter == nil || j.Limiter.Wait(ctx) == nil {
		j.turn = false
		return nil
	}
	<-ctx.Done()
	return context.Cause(ctx)
}

// answered keeps the transaction id of an answer.
func (j *Job) answered(transactionID string, err error) {
	if call := (*advance.Error)(nil); errors.As(err, &call) {
		transactionID = call.TransactionID
	}
	j.transactionID = cmp.Or(transactionID, j.transactionID)
}

// expiredFor reports whether the link has been expired for longer than d. If
// the expiry is not known it reports false.
func (j *Job) expiredFor(d time.Duration) bool {
	return !j.ExpiresAt.IsZero() && j.Client.Now().After(j.ExpiresAt.Add(d))
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
