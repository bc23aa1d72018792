package tfutil

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/erase"
)

// Each case has its own ways out, and no others.
func TestWaysOut(t *testing.T) {
	t.Parallel()
	expiry := time.Date(2026, 2, 3, 22, 15, 0, 0, time.UTC)
	const (
		finished = "The session will be finished at the latest at about 22:15 UTC (2026-02-03T22:15:00Z), when its link expires. Destroy again after that time."
		soon     = "The session should be finished soon: its link expired at 22:15 UTC (2026-02-03T22:15:00Z). Destroy again in a few minutes."
		unknown  = "The session will be finished at the latest about an hour after it was created, a time that is not known here because the session was imported. Destroy again after that time."
		later    = "Destroy again later."

		change  = "\n\nOr change how it is destroyed. Terraform destroys with the deletion_policy and timeouts in the state, not those in the configuration, so undo other changes to this resource, set "
		apply   = ", apply, then destroy again."
		longer  = "a longer timeouts.delete"
		wait    = `deletion_policy = "wait"`
		abandon = `deletion_policy = "abandon", which removes the session from the state without erasing its data`
		deposed = "\n\nIf Terraform calls this object deposed (left by a failed create_before_destroy), neither can be changed for it any more: a change would apply to the new session only. Leave them as they are, and apply again "

		support = " If that does not help, ask the vendor's support with the transaction id. "
		stateRm = "If you know that its data is erased, remove the session from the state with terraform state rm. That makes no call and erases nothing, and it removes a deposed object together with the current one."
	)
	pending := func(state advance.ClearState, err error) error { return &erase.PendingError{State: state, Err: err} }
	late := &advance.Error{Operation: advance.OpClearData, Err: &advance.RetryAfterError{Until: expiry, Deadline: expiry}}
	hanging := &advance.Error{Operation: advance.OpClearData, Err: context.DeadlineExceeded}
	notExist := &advance.Error{Operation: advance.OpClearData, Code: advance.CodeParameterError, Message: "SignatureId is not exist"}
	unclear := &advance.Error{Operation: advance.OpClearData, Code: advance.CodeParameterError, Message: "Parameter error"}
	type policy = erase.Policy
	for name, test := range map[string]struct {
		err     error
		policy  policy
		expired bool
		unknown bool // when the link expires
		want    string
	}{
		"not finished, fail":              {err: pending(advance.ClearNotFinished, nil), policy: erase.PolicyFail, want: finished + change + wait + ", or " + abandon + apply + deposed + "after that time."},
		"not finished, fail, expired":     {err: pending(advance.ClearNotFinished, nil), policy: erase.PolicyFail, expired: true, want: soon + change + wait + ", or " + abandon + apply + deposed + "in a few minutes."},
		"not finished, timeout":           {err: pending(advance.ClearNotFinished, context.DeadlineExceeded), policy: erase.PolicyWait, want: finished + change + longer + ", or " + abandon + apply + deposed + "after that time."},
		"not finished, timeout, expired":  {err: pending(advance.ClearNotFinished, context.DeadlineExceeded), policy: erase.PolicyWait, expired: true, want: soon + change + longer + ", or " + abandon + apply + deposed + "in a few minutes."},
		"not finished, timeout, imported": {err: pending(advance.ClearNotFinished, context.DeadlineExceeded), policy: erase.PolicyWait, unknown: true, want: unknown + change + longer + ", or " + abandon + apply + deposed + "after that time."},
		"not finished, interrupted":       {err: pending(advance.ClearNotFinished, context.Canceled), policy: erase.PolicyWait, want: finished + change + abandon + apply + deposed + "after that time."},
		"not finished, throttled":         {err: pending(advance.ClearNotFinished, late), policy: erase.PolicyWait, want: finished + change + longer + ", or " + abandon + apply + deposed + "after that time."},
		"in processing, timeout":          {err: pending(advance.ClearInProcessing, context.DeadlineExceeded), policy: erase.PolicyAbandon, want: later + change + longer + apply + deposed + "later."},
		"in processing, fail":             {err: pending(advance.ClearInProcessing, context.DeadlineExceeded), policy: erase.PolicyFail, want: later + change + longer + apply + deposed + "later."},
		"in processing, interrupted":      {err: pending(advance.ClearInProcessing, context.Canceled), policy: erase.PolicyWait, want: later},
		"throttled":                       {err: late, policy: erase.PolicyWait, want: "Destroy again after that time." + change + longer + apply + deposed + "after that time."},
		"hanging":                         {err: hanging, policy: erase.PolicyFail, want: later + change + longer + apply + deposed + "later."},
		"an image":                        {err: &erase.UnconfirmedError{Refusal: notExist, HoldsImages: true}, policy: erase.PolicyWait, want: later + support + stateRm},
		"no image":                        {err: &erase.UnconfirmedError{Refusal: notExist}, policy: erase.PolicyWait, want: "Destroy again after 22:20 UTC (2026-02-03T22:20:00Z): the session must be finished by then, so the refusal will be believed if get-result still shows no image." + support + stateRm},
		"no image, imported":              {err: &erase.UnconfirmedError{Refusal: notExist}, policy: erase.PolicyWait, unknown: true, want: later + support + stateRm},
		"no image, unclear":               {err: fmt.Errorf("erasing: %w", &erase.UnconfirmedError{Refusal: unclear}), policy: erase.PolicyWait, want: later + support + stateRm},
		"interrupted":                     {err: &advance.Error{Operation: advance.OpClearData, Err: context.Canceled}, policy: erase.PolicyWait},
		"refused":                         {err: &advance.Error{Operation: advance.OpClearData, Code: "IAM_FAILED"}, policy: erase.PolicyWait},
		"no call":                         {err: errors.New("no call"), policy: erase.PolicyWait},
	} {
		at := expiry
		if test.unknown {
			at = time.Time{}
		}
		if diff := cmp.Diff(test.want, WaysOut(test.err, test.policy, at, test.expired, stateRm)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
