package advance

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Envelope codes that have a meaning here (API §3.3, §4.4, §5.5, §6.1 and §8).
// The set is open; an unknown code is a permanent failure.
const (
	CodeSuccess             = "SUCCESS"
	CodeError               = "ERROR"
	CodeParameterError      = "PARAMETER_ERROR"
	CodeEmptyParameter      = "EMPTY_PARAMETER_ERROR"
	CodeIAMFailed           = "IAM_FAILED"
	CodeServiceBusy         = "SERVICE_BUSY"
	CodeRetryLater          = "RETRY_LATER"
	CodeSignatureNotExist   = "SIGNATURE_NOT_EXIST"
	CodeRequestInProcessing = "REQUEST_IN_PROCESSING"
	CodeRegionWrong         = "REGION_WRONG"
	CodeAccountDisabled     = "ACCOUNT_DISABLED"
	CodeAccessDenied        = "ACCESS_DENIED"
	CodeServiceDisabled     = "SERVICE_DISABLED"
	CodeInsufficientBalance = "INSUFFICIENT_BALANCE"
	CodeOverQueryLimit      = "OVER_QUERY_LIMIT"
	CodeClientError         = "CLIENT_ERROR"
)

// Error is the failure of one operation, after all its attempts. Code, Message
// and TransactionID are what the API said in the last response (API §2), empty
// if there was none. What the request carried in confidence has been taken out
// of them.
type Error struct {
	Operation     Operation
	Code          string // of the envelope
	Message       string // for humans; the vendor may change it at any time
	TransactionID string // the vendor's support asks for it
	HTTPStatus    int    // 0 without a response
	Attempts      int

	// Temporary reports whether the last attempt failed in a way that a later
	// one may not: the network failed, something in front of the API answered,
	// or the API refused calls for now or failed on its side.
	Temporary bool

	// OutcomeUnknown reports whether an attempt of OpGenerateURL may have made
	// a session whose response was lost, so that nobody knows its signature id
	// and link.
	OutcomeUnknown bool

	// Err is the cause if it is not what the API said: a broken connection, a
	// malformed body, the end of the caller's context.
	Err error
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(string(e.Operation))
	if e.Code != "" {
		fmt.Fprintf(&b, ": %s", e.Code)
	}
	if e.Message != "" {
		fmt.Fprintf(&b, ": %s", e.Message)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	if e.TransactionID != "" {
		fmt.Fprintf(&b, " (transaction id %s)", e.TransactionID)
	}
	return b.String()
}

// Unwrap returns the cause. errors.Is finds context.Canceled and
// context.DeadlineExceeded in it if the caller's context ended the operation.
func (e *Error) Unwrap() error { return e.Err }

// IsTemporary reports whether err is an [Error] of an operation that may succeed
// later, as Error.Temporary says of it or, for a token that could not be minted,
// of the mint. It reports false if the operation ended with its context, or
// because its next attempt was due after the context's deadline.
func IsTemporary(err error) bool {
	var e *Error
	var late *RetryAfterError
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.As(err, &late), !errors.As(err, &e):
		return false
	default:
		return e.Temporary || IsTemporary(e.Err)
	}
}

// IsAccountWide reports whether err is a permanent refusal of the account, its
// credentials or its quota, and not of one session, so that the API would refuse
// the same call for any other session too (API §8). It judges the token's mint if
// that is what failed.
func IsAccountWide(err error) bool {
	var e, mint *Error
	switch {
	case !errors.As(err, &e):
		return false
	case errors.As(e.Err, &mint):
		return IsAccountWide(mint)
	case e.Temporary, e.Err != nil && !errors.Is(e.Err, ErrTokenNotRenewable):
		return false // throttled, or ended before the API refused it permanently
	case e.Operation == OpGenerateToken:
		return true // no call can be made without a token
	default:
		return accountWideCodes[e.Code]
	}
}

// accountWideCodes are the codes of permanent refusals that are not about one
// session. SERVICE_BUSY is permanent only if it speaks of a quota.
var accountWideCodes = map[string]bool{
	CodeIAMFailed: true, CodeAccountDisabled: true, CodeAccessDenied: true, CodeServiceDisabled: true,
	CodeInsufficientBalance: true, CodeOverQueryLimit: true, CodeServiceBusy: true,
}

func (e *Error) because(err error) error {
	e.Err = err
	return e
}

// record takes over what the API said in a response. A response without an
// envelope clears what an earlier one said.
func (e *Error) record(op operation, resp response) {
	e.Code, e.Message, e.TransactionID = resp.env.Code, resp.env.Message, resp.env.TransactionID
	e.HTTPStatus = resp.status
	e.Temporary = resp.class == throttled || resp.class == notSent || resp.class == ambiguous
	if !op.idempotent && (resp.class == ambiguous || errors.Is(resp.err, ErrTooLarge)) {
		e.OutcomeUnknown = true
	}
}

// malformed returns the error of a SUCCESS whose data cannot be used.
func (r response) malformed(op operation, err error) *Error {
	e := &Error{Operation: op.name, Attempts: r.attempts, Err: fmt.Errorf("reading the response: %w", err)}
	e.record(op, r)
	e.OutcomeUnknown = !op.idempotent
	return e
}

// RetryAfterError reports that the next attempt is due after the deadline of
// the operation, as a rule because the API asked for a long delay (API §8.1).
type RetryAfterError struct {
	Until    time.Time // when the next attempt is due
	Deadline time.Time // of the operation
}

func (e *RetryAfterError) Error() string {
	return fmt.Sprintf("the next try is due at %s, after this operation's timeout at %s",
		e.Until.UTC().Format(time.RFC3339), e.Deadline.UTC().Format(time.RFC3339))
}

// ErrTokenNotRenewable is the cause if the API rejected Credentials.AccessToken,
// which cannot be renewed.
var ErrTokenNotRenewable = errors.New("the access token was minted elsewhere and can't be renewed here")

// ErrNoKeyPair is the cause if a token is to be minted by a client that has
// Credentials.AccessToken.
var ErrNoKeyPair = errors.New("minting takes the key pair, and only an access token is given")

// ErrMalformed is wrapped by the cause if a response has the envelope, but not
// the data that its code promises.
var ErrMalformed = errors.New("malformed response")

// ErrTooLarge is the cause if a response exceeds [MaxResponseBytes].
var ErrTooLarge = fmt.Errorf("the response is larger than %d MiB", MaxResponseBytes>>20)
