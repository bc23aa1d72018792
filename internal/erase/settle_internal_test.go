package erase

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/audit"
)

func TestSettle(t *testing.T) {
	t.Parallel()
	refusal := errors.New("refused")
	notKnown := &advance.Error{Operation: advance.OpGetResult, Code: advance.CodeSignatureNotExist}
	pending := &advance.Result{OverallResult: new("INCOMPLETE")}
	finished := &advance.Result{OverallResult: new("PASS")}
	withImage := &advance.Result{OverallResult: new("PASS"), HoldsImages: true}
	for name, test := range map[string]struct {
		hint advance.ClearState
		res  *advance.Result
		err  error
		want advance.ClearState // ClearFailed: an error
	}{
		"not exist, not known":                {advance.ClearNotExist, nil, notKnown, advance.ClearNotExist},
		"not exist, finished":                 {advance.ClearNotExist, finished, nil, advance.ClearNotExist},
		"not exist, finished with an image":   {advance.ClearNotExist, withImage, nil, advance.ClearFailed},
		"not exist, unfinished":               {advance.ClearNotExist, pending, nil, advance.ClearFailed},
		"not exist, get-result fails":         {advance.ClearNotExist, nil, context.Canceled, advance.ClearFailed},
		"unclear, not known":                  {advance.ClearUnclear, nil, notKnown, advance.ClearNotExist},
		"unclear, finished":                   {advance.ClearUnclear, finished, nil, advance.ClearFailed},
		"unclear, finished with an image":     {advance.ClearUnclear, withImage, nil, advance.ClearFailed},
		"unclear, unfinished":                 {advance.ClearUnclear, pending, nil, advance.ClearNotFinished},
		"unclear, get-result fails":           {advance.ClearUnclear, nil, context.Canceled, advance.ClearFailed},
		"unclear, another error of the API's": {advance.ClearUnclear, nil, &advance.Error{Operation: advance.OpGetResult, Code: "ERROR"}, advance.ClearFailed},
	} {
		got, err := settle(test.hint, refusal, test.res, test.err)
		if got != test.want || (err != nil) != (test.want == advance.ClearFailed) {
			t.Errorf("%s: settle() = %v, %v; want %v", name, got, err, test.want)
		}
		var unconfirmed *UnconfirmedError
		switch {
		case test.err != nil && err != nil && !errors.Is(err, test.err):
			t.Errorf("%s: error %v does not wrap get-result's", name, err)
		case test.err == nil && err != nil && (!errors.As(err, &unconfirmed) || unconfirmed.Refusal != refusal): //nolint:errorlint // the very error is kept
			t.Errorf("%s: error %v does not keep the refusal", name, err)
		}
	}
}

func TestAuditEvent(t *testing.T) {
	t.Parallel()
	refusal := &advance.Error{Operation: advance.OpClearData, Code: "PARAMETER_ERROR", Message: "Transaction is not finished", TransactionID: "refused"}
	lost := &advance.Error{Operation: advance.OpClearData, Err: errors.New("connection reset")}
	for name, test := range map[string]struct {
		outcome Outcome
		err     error
		want    audit.Event
	}{
		"cleared":     {Cleared, nil, audit.Event{Kind: audit.DataCleared, TransactionID: "confirmed"}},
		"gone":        {Gone, nil, audit.Event{Kind: audit.SessionGone}},
		"abandoned":   {Abandoned, nil, audit.Event{Kind: audit.SessionAbandoned}},
		"pending":     {0, &PendingError{Refusal: refusal}, audit.Event{Kind: audit.ClearFailed, Code: "PARAMETER_ERROR", Message: "Transaction is not finished", TransactionID: "refused"}},
		"unconfirmed": {0, fmt.Errorf("erasing: %w", &UnconfirmedError{Refusal: refusal}), audit.Event{Kind: audit.ClearFailed, Code: "PARAMETER_ERROR", Message: "Transaction is not finished", TransactionID: "refused"}},
		"no answer":   {0, lost, audit.Event{Kind: audit.ClearFailed, Message: lost.Error()}},
		"no call":     {0, errors.New("another origin"), audit.Event{Kind: audit.ClearFailed, Message: "another origin"}},
	} {
		job := &Job{SignatureID: "ed8b21c0c87ad617"}
		if test.outcome == Cleared {
			job.confirmedBy = "confirmed"
		}
		test.want.SignatureID = job.SignatureID
		if diff := cmp.Diff(test.want, job.AuditEvent(test.outcome, test.err)); diff != "" {
			t.Errorf("%s: event (-want +got):\n%s", name, diff)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]string{
		&PendingError{State: advance.ClearNotFinished, Err: context.Canceled}:  "not finished",
		&PendingError{State: advance.ClearInProcessing, Err: context.Canceled}: "in processing",
		&UnconfirmedError{Seen: "an image"}:                                    "get-result shows an image",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%T says %q, want %q in it", err, err, want)
		}
	}
}
