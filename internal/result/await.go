package result

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
)

// Defaults of the interval between two calls of a wait, and of the timeout
// without and with a wait. A link is valid for an hour, so each transaction ends
// within defaultWait.
const (
	defaultPollInterval = 15 * time.Second
	defaultRead         = time.Minute
	defaultWait         = 75 * time.Minute
)

// read returns the session's result. If args say so it waits until the
// transaction is finished.
func read(ctx context.Context, client *advance.Client, args argumentsModel) (*advance.Result, error) {
	id, images := args.SignatureID.ValueString(), args.images()
	if !args.WaitForCompletion.ValueBool() {
		return client.GetResult(ctx, id, images)
	}
	interval, err := args.pollInterval()
	if err != nil {
		return nil, fmt.Errorf("poll_interval: %w", err)
	}
	return await(ctx, client, id, images, interval, func(last *advance.Result, waited time.Duration) {
		tflog.Info(ctx, "waiting for the liveness transaction to finish", map[string]any{
			"signature_id": id,
			"state":        last.State(),
			"waited":       rounded(waited).String(),
		})
	})
}

// await asks for the session's result until its transaction is finished or ctx
// ends. It calls progress for each answer that is not final. Its error is always
// a [waitError].
func await(ctx context.Context, client *advance.Client, signatureID string, images advance.ImageType,
	interval time.Duration, progress func(last *advance.Result, waited time.Duration),
) (*advance.Result, error) {
	started := time.Now()
	var last *advance.Result
	err := advance.Poll(ctx, advance.ConstantBackoff(interval), func(ctx context.Context) (bool, error) {
		answer, err := client.GetResult(ctx, signatureID, images)
		if err != nil {
			return false, err
		}
		last = answer
		if !last.Finished() {
			progress(last, time.Since(started))
		}
		return last.Finished(), nil
	})
	if err != nil {
		return nil, &waitError{
			signatureID: signatureID,
			waited:      time.Since(started),
			last:        last,
			outOfTime:   isOutOfTime(ctx, err),
			err:         asCall(err, last),
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

// waitError says that a wait ended without a result.
type waitError struct {
	signatureID string
	waited      time.Duration
	last        *advance.Result // what the API last said, nil where it said nothing
	outOfTime   bool            // the wait was ended, rather than failed
	err         error           // an [advance.Error]
}

func (e *waitError) Error() string {
	return fmt.Sprintf("waiting for the result of session %q: %v", e.signatureID, e.err)
}

func (e *waitError) Unwrap() error { return e.err }

// situation says for a diagnostic what was waited for and how far it came. What
// to do instead is for the caller to say.
func (e *waitError) situation() string {
	if !e.outOfTime {
		return fmt.Sprintf("The wait for the result of session %q ended after %s because a call failed. %s",
			e.signatureID, rounded(e.waited), e.lastSaid())
	}
	return fmt.Sprintf("The transaction of session %q was still not finished after a wait of %s. %s\n\n"+
		"Its data may have been cleared already: what the API says of a session after that is not documented, and it may never look finished.",
		e.signatureID, rounded(e.waited), e.lastSaid())
}

func (e *waitError) lastSaid() string {
	if e.last == nil {
		return "The API has not said anything about it yet."
	}
	return "The API last said: " + e.last.State() + "."
}

// rounded rounds a duration for people.
func rounded(d time.Duration) time.Duration {
	if d < time.Second {
		return d.Round(time.Millisecond)
	}
	return d.Round(time.Second)
}
