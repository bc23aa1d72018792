package tfutil

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
)

// Defaults of a wait. A link is valid for an hour, so each transaction ends
// within DefaultWait.
const (
	DefaultPollInterval = 15 * time.Second
	DefaultWait         = 75 * time.Minute
)

// Await asks for the session's result until its transaction is finished or ctx
// ends. Before each pause it calls progress with the last answer, nil if there was
// none, and with the failure of the last call, nil if it did not fail. Its error is
// always a [WaitError].
func Await(ctx context.Context, client *advance.Client, signatureID string, images advance.ImageType,
	interval time.Duration, progress func(last *advance.Result, trouble error, waited time.Duration),
) (*advance.Result, error) {
	started := time.Now()
	var last *advance.Result
	err := advance.Poll(ctx, advance.ConstantBackoff(interval), func(ctx context.Context) (bool, error) {
		answer, err := client.GetResult(ctx, signatureID, images)
		if err == nil {
			last = answer
		}
		done := err == nil && last.Finished()
		if !done && (err == nil || advance.IsTemporary(err)) {
			progress(last, err, time.Since(started))
		}
		return done, err
	})
	if err != nil {
		return nil, &WaitError{
			SignatureID: signatureID,
			Waited:      time.Since(started),
			Last:        last,
			OutOfTime:   isOutOfTime(ctx, err),
			Err:         asCall(err, last),
		}
	}
	return last, nil
}

// isOutOfTime reports whether a wait was ended by its timeout, by an interrupt,
// or because the next call would come after the timeout, and not by a failed
// call. It checks ctx first, because the transport has timeouts of its own.
func isOutOfTime(ctx context.Context, err error) bool {
	var late *advance.RetryAfterError
	return ctx.Err() != nil || errors.As(err, &late)
}

// asCall returns err as the error of a call. The end of a wait between two calls
// becomes an [advance.Error] with the support details of the last call.
func asCall(err error, last *advance.Result) error {
	var call *advance.Error
	if errors.As(err, &call) {
		return err
	}
	call = &advance.Error{Operation: advance.OpGetResult, Err: err}
	if last != nil {
		call.TransactionID = last.TransactionID
	}
	return call
}

// WaitError says that a wait ended without a result.
type WaitError struct {
	SignatureID string
	Waited      time.Duration
	Last        *advance.Result // what the API last said, nil where it said nothing
	OutOfTime   bool            // the wait was ended, rather than failed
	Err         error           // an [advance.Error]
}

func (e *WaitError) Error() string {
	return fmt.Sprintf("waiting for the result of session %q: %v", e.SignatureID, e.Err)
}

// Unwrap returns the error of the call.
func (e *WaitError) Unwrap() error { return e.Err }

// Situation says for a diagnostic what was waited for and how far it came. What
// to do instead is for the caller to say.
func (e *WaitError) Situation() string {
	if !e.OutOfTime {
		return fmt.Sprintf("The wait for the result of session %q ended after %s because a call failed. %s",
			e.SignatureID, Rounded(e.Waited), e.lastSaid())
	}
	return fmt.Sprintf("The transaction of session %q was still not finished after a wait of %s. %s\n\n"+
		"Its data may have been cleared already: what the API says of a session after that is not documented, and it may never look finished.",
		e.SignatureID, Rounded(e.Waited), e.lastSaid())
}

func (e *WaitError) lastSaid() string {
	if e.Last == nil {
		return "The API has not said anything about it yet."
	}
	return "The API last said: " + e.Last.State() + "."
}

// Rounded rounds a duration for people.
func Rounded(d time.Duration) time.Duration {
	if d < time.Second {
		return d.Round(time.Millisecond)
	}
	return d.Round(time.Second)
}
