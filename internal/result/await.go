package result

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
)

// How often the API is asked during a wait, and how long it may take, unless
// the configuration says otherwise. A link lives for an hour, so within
// defaultWait each transaction ends.
const (
	defaultPollInterval = 15 * time.Second
	defaultRead         = time.Minute
	defaultWait         = 75 * time.Minute
)

// read asks for the session's result once or, where the arguments say so,
// until its transaction is finished.
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

// await asks for the session's result until its transaction is finished, and
// tells progress of each answer that it is not. It ends with ctx; its error is
// always a [waitError].
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

// isOutOfTime tells a wait that was ended (by its time-out, by an interrupt,
// or because the next call would come after the time-out) from one that a
// failed call ended. It goes by ctx, for the transport has time-outs of its own.
func isOutOfTime(ctx context.Context, err error) bool {
	var patience *advance.RetryAfterError
	return ctx.Err() != nil || errors.As(err, &patience)
}

// asCall makes the end of a wait between two calls look like one within a
// call, so that both are told alike: with the facts of the last call.
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

// waitError is the end of a wait that brought no result.
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

// situation says for a diagnostic what was waited for and how far it came. The
// ways around are the caller's to name, for each kind has its own.
func (e *waitError) situation() string {
	if !e.outOfTime {
		return fmt.Sprintf("The wait for the result of session %q ended after %s because a call failed. %s",
			e.signatureID, rounded(e.waited), e.lastWords())
	}
	return fmt.Sprintf("The transaction of session %q was still not finished after a wait of %s. %s\n\n"+
		"Its data may have been cleared already: what the API says of a session after that is not documented, and it may look unfinished for ever.",
		e.signatureID, rounded(e.waited), e.lastWords())
}

func (e *waitError) lastWords() string {
	if e.last == nil {
		return "The API has not said anything about it yet."
	}
	return "The API last said: " + e.last.State() + "."
}

// rounded drops the digits of a duration that nobody reads.
func rounded(d time.Duration) time.Duration {
	if d < time.Second {
		return d.Round(time.Millisecond)
	}
	return d.Round(time.Second)
}
