package advance

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestError_text(t *testing.T) {
	t.Parallel()

	tests := []struct {
		err  *Error
		want string
	}{
		{&Error{Operation: OpGetResult}, "get-result"},
		{
			&Error{Operation: OpGenerateURL, Code: "REGION_WRONG", Message: "Region is wrong", TransactionID: "0123456789abcdef", HTTPStatus: 200, Attempts: 1},
			"generate-liveness-detection-url: REGION_WRONG: Region is wrong (transaction id 0123456789abcdef)",
		},
		{&Error{Operation: OpClearData, Err: errReset, Attempts: 6}, "clear-data: read tcp: connection reset by peer"},
		{
			&Error{Operation: OpGetResult, Code: "RETRY_LATER", Message: "Query failed", TransactionID: "a", Err: context.Canceled},
			"get-result: RETRY_LATER: Query failed: context canceled (transaction id a)",
		},
		{
			&Error{Operation: OpGetResult, Err: &RetryAfterError{
				Until:    time.Date(2026, 11, 23, 13, 0, 0, 0, time.FixedZone("", 3600)),
				Deadline: time.Date(2026, 11, 23, 11, 59, 0, 0, time.UTC),
			}},
			"get-result: the next try is due at 2026-11-23T12:00:00Z, after this operation's timeout at 2026-11-23T11:59:00Z",
		},
	}
	for _, test := range tests {
		if got := test.err.Error(); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

func TestError_unwrap(t *testing.T) {
	t.Parallel()

	err := fmt.Errorf("reading: %w", &Error{Operation: OpGetResult, Err: fmt.Errorf("waiting: %w", context.DeadlineExceeded)})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want it to be context.DeadlineExceeded", err)
	}
	if got, want := ErrTooLarge.Error(), "the response is larger than 32 MiB"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestIsTemporary(t *testing.T) {
	t.Parallel()

	temporary := func(err error) *Error { return &Error{Operation: OpGetResult, Temporary: true, Err: err} }
	tests := []struct {
		name string
		err  error
		want bool
	}{
		{"nil", nil, false},
		{"permanent", &Error{Operation: OpGetResult, Code: CodeAccessDenied}, false},
		{"temporary", temporary(nil), true},
		{"wrapped", fmt.Errorf("asking: %w", temporary(ErrConnectionReset)), true},
		{"of the mint", &Error{Operation: OpGetResult, Err: fmt.Errorf("minting: %w", temporary(nil))}, true},
		{"permanent of the mint", &Error{Operation: OpGetResult, Err: &Error{Operation: OpGenerateToken}}, false},
		{"out of time", temporary(context.DeadlineExceeded), false},
		{"interrupted", temporary(fmt.Errorf("waiting: %w", context.Canceled)), false},
		{"next attempt too late", temporary(&RetryAfterError{}), false},
		{"another error", errors.New("anything"), false},
	}
	for _, test := range tests {
		if got := IsTemporary(test.err); got != test.want {
			t.Errorf("%s: got %t, want %t", test.name, got, test.want)
		}
	}
}

func TestIsAccountWide(t *testing.T) {
	t.Parallel()

	refused := func(code, message string) *Error {
		return &Error{Operation: OpGetResult, Code: code, Message: message, HTTPStatus: 200, Attempts: 1}
	}
	// As the call loop leaves it: a first token was rejected, and then err.
	afterRejection := func(err error) error {
		return refused(CodeIAMFailed, "Token not found or expired").because(err)
	}
	tests := []struct {
		name string
		err  error
		want bool
	}{
		{"nil", nil, false},
		{"another error", errors.New("anything"), false},
		{"not entitled", refused(CodeIAMFailed, "Account not authorized for this country"), true},
		{"a new token rejected too", refused(CodeIAMFailed, "Token not found or expired"), true},
		{"a given token rejected", afterRejection(ErrTokenNotRenewable), true},
		{"account disabled", refused(CodeAccountDisabled, ""), true},
		{"access denied", refused(CodeAccessDenied, ""), true},
		{"service disabled", refused(CodeServiceDisabled, ""), true},
		{"no balance", refused(CodeInsufficientBalance, ""), true},
		{"query limit", refused(CodeOverQueryLimit, ""), true},
		{"quota", refused(CodeServiceBusy, "Quota exceeded"), true},
		{"wrapped", fmt.Errorf("reading: %w", refused(CodeAccountDisabled, "")), true},
		{"of the mint", &Error{Operation: OpGetResult, Err: fmt.Errorf("minting: %w", &Error{Operation: OpGenerateToken, Code: CodeAccountDisabled})}, true},
		{"wrong secret key", &Error{Operation: OpGetResult, Err: &Error{Operation: OpGenerateToken, Code: CodeParameterError, Message: "Signature error"}}, true},
		{"no mint for the renewal", afterRejection(&Error{Operation: OpGenerateToken, Code: CodeAccountDisabled}), true},

		{"busy", &Error{Operation: OpGetResult, Code: CodeServiceBusy, Message: "Rate limit is exceeded", Temporary: true}, false},
		{"busy in the mint", &Error{Operation: OpGetResult, Err: &Error{Operation: OpGenerateToken, Code: CodeServiceBusy, Temporary: true}}, false},
		{"mint refused after a throttled attempt", &Error{Operation: OpGetResult, Temporary: true, Err: &Error{Operation: OpGenerateToken, Code: CodeAccountDisabled}}, true},
		{"interrupted before the renewal", afterRejection(context.Canceled), false},
		{"mint lost", afterRejection(&Error{Operation: OpGenerateToken, Temporary: true, Err: ErrConnectionReset}), false},
		{"mint without a certificate", &Error{Operation: OpGetResult, Err: &Error{Operation: OpGenerateToken, Err: ErrCertificate}}, false},
		{"mint interrupted", &Error{Operation: OpGetResult, Err: &Error{Operation: OpGenerateToken, Err: context.Canceled}}, false},
		{"no response", &Error{Operation: OpGetResult, Temporary: true, Err: ErrConnectionReset}, false},
		{"not known", refused(CodeSignatureNotExist, ""), false},
		{"parameter", refused(CodeParameterError, "Invalid returnUrl"), false},
		{"wrong path", refused(CodeClientError, "HTTP 404 - Not Found"), false},
		{"unknown code", refused("BRAND_NEW_CODE", ""), false},
		{"malformed", &Error{Operation: OpGetResult, Code: CodeSuccess, Err: ErrMalformed}, false},
	}
	for _, test := range tests {
		if got := IsAccountWide(test.err); got != test.want {
			t.Errorf("%s: got %t, want %t", test.name, got, test.want)
		}
	}
}
