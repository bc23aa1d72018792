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
	here := Origin{Endpoint: "https://api.advance.ai", Account: "0123456789abcdef"}
	unknown := Origin{Endpoint: here.Endpoint}
	blank := &advance.Result{}
	blankWithImage := &advance.Result{HoldsImages: true}
	const failed = advance.ClearFailed // with an error
	for name, test := range map[string]struct {
		evidence
		want advance.ClearState
	}{
		"not exist, not known":                             {evidence{hint: advance.ClearNotExist, err: notKnown}, advance.ClearNotExist},
		"not exist, finished":                              {evidence{hint: advance.ClearNotExist, res: finished}, advance.ClearNotExist},
		"not exist, finished with an image":                {evidence{hint: advance.ClearNotExist, res: withImage}, failed},
		"not exist, unfinished":                            {evidence{hint: advance.ClearNotExist, res: pending}, failed},
		"not exist, nothing shown":                         {evidence{hint: advance.ClearNotExist, res: blank}, failed},
		"not exist, nothing shown, must be finished":       {evidence{hint: advance.ClearNotExist, res: blank, mustBeFinished: true}, advance.ClearNotExist},
		"not exist, unfinished, must be finished":          {evidence{hint: advance.ClearNotExist, res: pending, mustBeFinished: true}, advance.ClearNotExist},
		"not exist, an image, must be finished":            {evidence{hint: advance.ClearNotExist, res: blankWithImage, mustBeFinished: true}, failed},
		"not exist, get-result fails":                      {evidence{hint: advance.ClearNotExist, err: context.Canceled}, failed},
		"unclear, not known":                               {evidence{hint: advance.ClearUnclear, err: notKnown}, advance.ClearNotExist},
		"unclear, finished":                                {evidence{hint: advance.ClearUnclear, res: finished}, failed},
		"unclear, finished with an image":                  {evidence{hint: advance.ClearUnclear, res: withImage}, failed},
		"unclear, unfinished":                              {evidence{hint: advance.ClearUnclear, res: pending}, advance.ClearNotFinished},
		"unclear, get-result fails":                        {evidence{hint: advance.ClearUnclear, err: context.Canceled}, failed},
		"unclear, another error of the API's":              {evidence{hint: advance.ClearUnclear, err: &advance.Error{Operation: advance.OpGetResult, Code: "ERROR"}}, failed},
		"not known, by another account":                    {evidence{err: notKnown, asked: Origin{here.Endpoint, "fedcba9876543210"}}, failed},
		"not known, at another endpoint":                   {evidence{err: notKnown, asked: Origin{"http://127.0.0.1", here.Account}}, failed},
		"not known, by an unknown account":                 {evidence{err: notKnown, asked: unknown}, failed},
		"not known, of an unknown account":                 {evidence{err: notKnown, made: unknown, asked: here}, failed},
		"not known, of one unknown account by another one": {evidence{err: notKnown, made: unknown, asked: unknown}, failed},
		"not known any more, by an unknown account":        {evidence{err: notKnown, made: unknown, asked: unknown, seen: true}, advance.ClearNotExist},
	} {
		e := test.evidence
		e.refusal = refusal
		if e.made == (Origin{}) {
			e.made = here
		}
		if e.asked == (Origin{}) {
			e.asked = here
		}
		got, err := e.settle()
		if got != test.want || (err != nil) != (test.want == failed) {
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

func TestOrigin_seenFrom(t *testing.T) {
	t.Parallel()
	const here, there = "https://api.advance.ai", "http://127.0.0.1"
	for _, test := range []struct{ made, asked, want Origin }{
		{Origin{}, Origin{here, "1"}, Origin{here, "1"}},
		{Origin{}, Origin{here, ""}, Origin{here, ""}},
		{Origin{here, "1"}, Origin{here, "2"}, Origin{here, "2"}},
		{Origin{here, "1"}, Origin{there, "1"}, Origin{there, "1"}},
		{Origin{here, "1"}, Origin{there, ""}, Origin{here, "1"}},
		{Origin{here, ""}, Origin{there, ""}, Origin{there, ""}},
		{Origin{here, ""}, Origin{here, "1"}, Origin{here, "1"}},
	} {
		if got := test.made.SeenFrom(test.asked); got != test.want {
			t.Errorf("%+v seen from %+v is %+v, want %+v", test.made, test.asked, got, test.want)
		}
	}
}

func TestAuditEvent(t *testing.T) {
	t.Parallel()
	refusal := &advance.Error{Operation: advance.OpClearData, Code: "PARAMETER_ERROR", Message: "Transaction is not finished", TransactionID: "refused"}
	elsewhere := &OriginError{Err: &advance.Error{Operation: advance.OpGetResult, Code: "SIGNATURE_NOT_EXIST", Message: "This signatureId is not exist", TransactionID: "asked"}}
	lost := &advance.Error{Operation: advance.OpClearData, Err: errors.New("connection reset")}
	for name, test := range map[string]struct {
		outcome Outcome
		err     error
		want    audit.Event
	}{
		"cleared":     {Cleared, nil, audit.Event{Kind: audit.DataCleared, TransactionID: "last"}},
		"gone":        {Gone, nil, audit.Event{Kind: audit.SessionGone, TransactionID: "last"}},
		"abandoned":   {Abandoned, nil, audit.Event{Kind: audit.SessionAbandoned, TransactionID: "last"}},
		"elsewhere":   {0, elsewhere, audit.Event{Kind: audit.ClearFailed, Code: "SIGNATURE_NOT_EXIST", Message: elsewhere.Error(), TransactionID: "asked"}},
		"pending":     {0, &PendingError{Refusal: refusal}, audit.Event{Kind: audit.ClearFailed, Code: "PARAMETER_ERROR", Message: "Transaction is not finished", TransactionID: "refused"}},
		"unconfirmed": {0, fmt.Errorf("erasing: %w", &UnconfirmedError{Refusal: refusal}), audit.Event{Kind: audit.ClearFailed, Code: "PARAMETER_ERROR", Message: "Transaction is not finished", TransactionID: "refused"}},
		"no answer":   {0, lost, audit.Event{Kind: audit.ClearFailed, Message: lost.Error(), TransactionID: "last"}},
		"no call":     {0, errors.New("no call"), audit.Event{Kind: audit.ClearFailed, Message: "no call", TransactionID: "last"}},
	} {
		job := &Job{SignatureID: "ed8b21c0c87ad617", transactionID: "last"}
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
		&OriginError{Err: context.Canceled}:                                    "not known to be made at this endpoint by this account",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%T says %q, want %q in it", err, err, want)
		}
	}
}
