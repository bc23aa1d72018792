package advance

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Envelope codes that the client branches on (API §3.3, §4.4, §5.5, §6.1 and
// §8). The set is open: any other code is a permanent failure.
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
// and TransactionID are the API's own words from the last answer (API §2) and
// empty where there was none; what the request carried in confidence has been
// taken out of them.
type Error struct {
	Operation     Operation
	Code          string // envelope code, empty where no envelope arrived
	Message       string // for humans; the vendor may change it at any time
	TransactionID string // the handle that the vendor's support asks for
	HTTPStatus    int    // 0 where no response arrived
	Attempts      int    // how many times the request was tried

	// OutcomeUnknown says that at least one attempt of OpGenerateURL may have
	// made a session although its answer was lost: its signature id and link
	// are known to nobody.
	OutcomeUnknown bool

	// Err is the cause where it was not the API's answer: a broken
	// connection, a malformed body, the end of the caller's late.
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

// Unwrap gives the cause, so that errors.Is finds context.Canceled and
// context.DeadlineExceeded when the caller's context ended the operation.
func (e *Error) Unwrap() error { return e.Err }

// RetryAfterError says that the next try would come after the operation's
// time-out, most often because the API asked for a long pause (API §8.1):
// waiting for it could only end in that time-out.
type RetryAfterError struct {
	Until    time.Time // when the next try would be due
	Deadline time.Time // when the operation must have ended
}

func (e *RetryAfterError) Error() string {
	return fmt.Sprintf("the next try is due at %s, after this operation's time-out at %s",
		e.Until.UTC().Format(time.RFC3339), e.Deadline.UTC().Format(time.RFC3339))
}

// ErrTokenNotRenewable is the cause when the API refused an access token that
// was minted elsewhere (Credentials.AccessToken) and so can't be renewed here.
var ErrTokenNotRenewable = errors.New("the access token was minted elsewhere and can't be renewed here")

// ErrMalformed is wrapped by the cause of an answer that has the API's
// envelope, but not the data that its code promises.
var ErrMalformed = errors.New("malformed answer")

// ErrTooLarge is the cause when an answer exceeds [MaxResponseBytes].
var ErrTooLarge = fmt.Errorf("the answer is larger than %d MiB", MaxResponseBytes>>20)

// malformed turns a successful answer whose data can't be used into an Error.
func malformed(op Operation, resp response, err error) *Error {
	e := &Error{Operation: op, Attempts: resp.attempts, Err: fmt.Errorf("reading the answer: %w", err)}
	e.record(resp)
	e.OutcomeUnknown = op == OpGenerateURL
	return e
}
