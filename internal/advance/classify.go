package advance

import (
	"errors"
	"net/http"
	"strings"
)

// attemptClass says what one attempt means for its call: whether it may have
// taken effect, and whether another attempt can help.
type attemptClass string

const (
	accepted      attemptClass = "accepted"       // SUCCESS
	throttled     attemptClass = "throttled"      // no effect; the API is busy for now
	notSent       attemptClass = "not_sent"       // no effect; the request never left
	ambiguous     attemptClass = "ambiguous"      // sent, outcome unknown
	tokenRejected attemptClass = "token_rejected" // no effect; IAM_FAILED about the token
	clockSkewed   attemptClass = "clock_skewed"   // no effect; the signed time is too far off
	permanent     attemptClass = "permanent"      // another attempt would end the same way
)

// classify returns the class of a response with an envelope (API §2.1, §8.2).
// A known code decides, whatever the HTTP status.
func classify(op operation, status int, env envelope) attemptClass {
	switch env.Code {
	case CodeSuccess:
		return accepted
	case CodeRetryLater:
		return throttled
	case CodeServiceBusy:
		if mentions(env.Message, "quota") {
			return permanent // until the next day
		}
		return throttled
	case CodeError:
		return ambiguous
	case CodeIAMFailed:
		if op.needsToken && mentions(env.Message, "token") {
			return tokenRejected
		}
		return permanent
	case CodeParameterError:
		if !op.needsToken && mentions(env.Message, "timestamp") {
			return clockSkewed
		}
		return permanent
	}
	if !permanentCodes[env.Code] && (status == http.StatusTooManyRequests || status >= 500) {
		return classifyStatus(status) // JSON of a gateway, not the API's envelope
	}
	return permanent
}

// permanentCodes are permanent whatever the HTTP status. An unknown code is so
// too, unless the status says to try again.
var permanentCodes = map[string]bool{
	CodeEmptyParameter: true, CodeSignatureNotExist: true, CodeRequestInProcessing: true,
	CodeRegionWrong: true, CodeAccountDisabled: true, CodeAccessDenied: true,
	CodeServiceDisabled: true, CodeInsufficientBalance: true, CodeOverQueryLimit: true,
	CodeClientError: true,
}

// classifyStatus returns the class of a response without an envelope.
func classifyStatus(status int) attemptClass {
	switch {
	case status == http.StatusTooManyRequests:
		return throttled
	case status >= 500, status < 300:
		return ambiguous
	default:
		return permanent
	}
}

// classifyTransportErr returns the class of an attempt without a whole
// response, from what [describeTransportErr] returned. sent says whether any of
// the request may have reached the API.
func classifyTransportErr(err error, sent bool) attemptClass {
	switch {
	case errors.Is(err, ErrTooLarge), errors.Is(err, ErrCertificate), errors.Is(err, ErrInvalidRequest),
		errors.Is(err, ErrProxyRefused), errors.Is(err, ErrProxyURL):
		return permanent
	case sent:
		return ambiguous
	default:
		return notSent
	}
}

// mentions reports whether message contains one of the fragments, which are in
// lower case, in any case.
func mentions(message string, fragments ...string) bool {
	message = strings.ToLower(message)
	for _, f := range fragments {
		if strings.Contains(message, f) {
			return true
		}
	}
	return false
}
