package advance

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
)

func TestClassifyClear(t *testing.T) {
	t.Parallel()

	tests := []struct {
		code    string
		message string
		want    ClearState
	}{
		// The responses of API §6.1; SUCCESS is no error.
		{"PARAMETER_ERROR", "SignatureId is empty", ClearFailed},
		{"PARAMETER_ERROR", "SignatureId is not exist", ClearNotExist},
		{"PARAMETER_ERROR", "Transaction is not finished", ClearNotFinished},
		{"REQUEST_IN_PROCESSING", "Your request is currently being processed. Please do not submit it repeatedly", ClearInProcessing},
		{"ERROR", "Server error.", ClearFailed},

		// Drift in harmless text.
		{"PARAMETER_ERROR", "signatureId does not exist.", ClearNotExist},
		{"PARAMETER_ERROR", "SIGNATUREID IS NOT EXIST", ClearNotExist},
		{"PARAMETER_ERROR", "The transaction is not finished yet,please wait.", ClearNotFinished},
		{"REQUEST_IN_PROCESSING", "", ClearInProcessing},

		// Words that say nothing, or two things.
		{"PARAMETER_ERROR", "", ClearUnclear},
		{"PARAMETER_ERROR", "Parameter error,please check you input.", ClearUnclear},
		{"PARAMETER_ERROR", "Transaction is unfinished", ClearUnclear},
		{"PARAMETER_ERROR", "Unknown signatureId", ClearUnclear},
		{"PARAMETER_ERROR", "SignatureId is not exist or the transaction is not finished", ClearUnclear},
		{"PARAMETER_ERROR", "SignatureId is empty or not exist", ClearUnclear},

		// No other code is even a hint.
		{"SIGNATURE_NOT_EXIST", "This signatureId is not exist", ClearFailed},
		{"EMPTY_PARAMETER_ERROR", "SignatureId is not exist", ClearFailed},
		{"ERROR", "Transaction is not finished", ClearFailed},
		{"IAM_FAILED", "Access key does not exist", ClearFailed},
		{"CLIENT_ERROR", "HTTP 404 - Not Found: does not exist", ClearFailed},
		{"", "SignatureId is not exist", ClearFailed},
		{"SUCCESS", "OK", ClearFailed},
	}
	for _, test := range tests {
		t.Run(test.code+"/"+test.message, func(t *testing.T) {
			t.Parallel()

			err := fmt.Errorf("clearing: %w", &Error{Operation: OpClearData, Code: test.code, Message: test.message})
			if got := ClassifyClear(err); got != test.want {
				t.Errorf("got state %d, want %d", got, test.want)
			}
		})
	}

	if got := ClassifyClear(nil); got != ClearConfirmed {
		t.Errorf("without an error: got state %d, want ClearConfirmed", got)
	}
	for _, err := range []error{
		context.Canceled,
		errors.New("SignatureId is not exist"),
		&Error{Operation: OpClearData, Err: errReset},
		&Error{Operation: OpGetResult, Code: CodeParameterError, Message: "SignatureId is not exist"},
		&Error{Operation: OpClearData, Err: &Error{Operation: OpGenerateToken, Code: CodeParameterError, Message: "key does not exist"}},
	} {
		if got := ClassifyClear(err); got != ClearFailed {
			t.Errorf("%v: got state %d, want ClearFailed", err, got)
		}
	}
}

func TestClearData(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name     string
		replies  []reply
		requests int
		want     ClearState
	}{
		{"confirmed", []reply{succeed("null")}, 1, ClearConfirmed},
		{"confirmed with data", []reply{succeed(`["anything"]`)}, 1, ClearConfirmed},
		{"empty", []reply{refuse(CodeParameterError, "SignatureId is empty")}, 1, ClearFailed},
		{"not exist", []reply{refuse(CodeParameterError, "SignatureId is not exist")}, 1, ClearNotExist},
		{"not finished", []reply{refuse(CodeParameterError, "Transaction is not finished")}, 1, ClearNotFinished},
		{"in processing", []reply{refuse(CodeRequestInProcessing, "Your request is currently being processed.")}, 1, ClearInProcessing},
		{"error that passes", []reply{refuse(CodeError, "Server error."), succeed("null")}, 2, ClearConfirmed},
		{"error that stays", []reply{refuse(CodeError, "Server error.")}, 6, ClearFailed},
		{"response lost", []reply{{reset: errReset}, succeed("null")}, 2, ClearConfirmed},
		{"response lost, cleared all the same", []reply{{reset: errReset}, refuse(CodeParameterError, "SignatureId is not exist")}, 2, ClearNotExist},
		{"all responses lost", []reply{{reset: errReset}}, 6, ClearFailed},
		{"HTML with 200", []reply{{body: "<html>OK</html>"}}, 6, ClearFailed},
		{"empty body with 200", []reply{{}}, 6, ClearFailed},
		{"no content", []reply{{status: 204}}, 6, ClearFailed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			synctest.Test(t, func(t *testing.T) {
				api := &fakeAPI{script: map[Operation][]reply{OpClearData: test.replies}}
				proof, err := newClient(t, api).ClearData(t.Context(), "ed8b")
				if got := ClassifyClear(err); got != test.want {
					t.Errorf("got state %d from %v, want %d", got, err, test.want)
				}
				if want := map[bool]string{true: "0123456789abcdef"}[err == nil]; proof != want {
					t.Errorf("got transaction id %q as the proof, want %q", proof, want)
				}
				if err != nil && errorOf(t, err).OutcomeUnknown {
					t.Error("got an outcome that is unknown, which is said of generate-url only")
				}
				api.wantCount(t, OpClearData, test.requests)
			})
		})
	}
}
