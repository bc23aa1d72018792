package tfutil

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/erase"
)

// WaysOut says what can be done about a session whose erasure ended with err:
// only what works in this case. It is empty if the general advice about a failed
// call holds. expiry is zero if it is not known; expired says whether it has
// passed by the API's clock. stateRm says what "terraform state rm" would mean.
func WaysOut(err error, policy erase.Policy, expiry time.Time, expired bool, stateRm string) string {
	var pending *erase.PendingError
	var unconfirmed *erase.UnconfirmedError
	var late *advance.RetryAfterError
	switch {
	case errors.As(err, &pending) && pending.State == advance.ClearInProcessing:
		return Paragraphs("Destroy again later.", applyFirst(laterOn, timeToRaise(pending.Err)...))
	case errors.As(err, &pending):
		then := "after that time"
		if expired {
			then = "in a few minutes"
		}
		choices := timeToRaise(pending.Err)
		if policy == erase.PolicyFail {
			choices = append(choices, `deletion_policy = "wait"`)
		}
		choices = append(choices, `deletion_policy = "abandon", which removes the session from the state without erasing its data`)
		return Paragraphs(FinishedBy(expiry, expired)+" Destroy again "+then+".", applyFirst(then, choices...))
	case errors.As(err, &unconfirmed):
		return proofMissing(unconfirmed, expiry, stateRm)
	case errors.As(err, &late):
		return Paragraphs("Destroy again after that time.", applyFirst("after that time", timeToRaise(err)...))
	case errors.Is(err, context.DeadlineExceeded):
		return Paragraphs("Destroy again later.", applyFirst(laterOn, timeToRaise(err)...))
	default:
		return ""
	}
}

const laterOn = "later"

// timeToRaise returns the timeout that ended a wait, as something to change; none
// if the wait was ended by something else.
func timeToRaise(err error) []string {
	var late *advance.RetryAfterError
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &late) {
		return []string{"a longer timeouts.delete"}
	}
	return nil
}

// applyFirst says how destroy can be changed. Terraform destroys with the policy
// and timeouts in the state, so a change of the configuration alone has no effect,
// and an object that has no configuration any more cannot be changed at all.
func applyFirst(then string, choices ...string) string {
	if len(choices) == 0 {
		return ""
	}
	return fmt.Sprintf("Or change how it is destroyed. Terraform destroys with the deletion_policy and timeouts in the state, not those in the configuration, "+
		"so undo other changes to this resource, set %s, apply, then destroy again.\n\n"+
		"If Terraform calls this object deposed (left by a failed create_before_destroy), neither can be changed for it any more: a change would apply to the new session only. Leave them as they are, and apply again %s.",
		strings.Join(choices, ", or "), then)
}

// proofMissing says what to do about a refusal that get-result does not confirm.
func proofMissing(err *erase.UnconfirmedError, expiry time.Time, stateRm string) string {
	again := "Destroy again later."
	if !err.HoldsImages && !expiry.IsZero() && advance.ClassifyClear(err.Refusal) == advance.ClearNotExist {
		again = fmt.Sprintf("Destroy again after %s: the session must be finished by then, so the refusal will be believed if get-result still shows no image.",
			clockAndDate(expiry.Add(erase.FinishedMargin)))
	}
	return again + " If that does not help, ask the vendor's support with the transaction id. " + stateRm
}

// OriginMismatch explains why err, the API's "not known", proves nothing: the
// session was made at another endpoint or by another account, or nobody knows
// which account asks. stateRm is that of [WaysOut].
func OriginMismatch(id string, made, asked erase.Origin, err error, stateRm string) string {
	text := fmt.Sprintf("The API at %s does not know session %s, which was made at %s", asked.Endpoint, id, orUnknown(made.Endpoint))
	switch {
	case made.Endpoint != asked.Endpoint:
	case made.Account == "":
		text += " by an account that is not known"
	case asked.Account == "":
		text += ", and the access token does not tell whether it is of the same account"
	default:
		text += " by another account"
	}
	return Paragraphs(text+". That proves nothing about its data, so the session stays in the state.",
		"Configure the provider with the endpoint and the credentials that made it. "+stateRm,
		SupportDetails(err))
}

func orUnknown(s string) string {
	if s == "" {
		return "an endpoint that is not known"
	}
	return s
}

// FinishedBy says when an unfinished transaction will be finished at the latest.
func FinishedBy(expiry time.Time, expired bool) string {
	switch {
	case expiry.IsZero():
		return "The session will be finished at the latest about an hour after it was created, a time that is not known here because the session was imported."
	case expired:
		return fmt.Sprintf("The session should be finished soon: its link expired at %s.", clockAndDate(expiry))
	default:
		return fmt.Sprintf("The session will be finished at the latest at about %s, when its link expires.", clockAndDate(expiry))
	}
}

// Clock returns the time of day for a diagnostic.
func Clock(t time.Time) string { return t.UTC().Format("15:04 UTC") }

func clockAndDate(t time.Time) string {
	return fmt.Sprintf("%s (%s)", Clock(t), t.UTC().Format(time.RFC3339))
}
