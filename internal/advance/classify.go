package advance

import (
	"crypto/tls"
	"errors"
	"net/http"
	"strings"
)

// verdict is what one attempt means for the call. It answers two questions at
// once: can another attempt help, and may this one have taken effect?
type verdict int

const (
	accepted     verdict = iota // SUCCESS
	throttled                   // refused for now; nothing happened
	unreachable                 // never sent; nothing happened
	unknown                     // sent, but nobody knows what came of it
	tokenRefused                // IAM_FAILED about the token
	clockRefused                // the timestamp of generate-token is off
	refused                     // no, for good
)

// classify decides what an answer means (API §2.1, §8.2). A known code decides
// whatever the HTTP status; the status decides only where no known code is.
func classify(op Operation, status int, env *envelope) verdict {
	if env == nil {
		return classifyStatus(status)
	}
	switch env.Code {
	case CodeSuccess:
		return accepted
	case CodeRetryLater:
		return throttled
	case CodeServiceBusy:
		if mentions(env.Message, "quota") {
			return refused // until the next day: not worth waiting for
		}
		return throttled
	case CodeError:
		return unknown
	case CodeIAMFailed:
		if op != OpGenerateToken && mentions(env.Message, "token") {
			return tokenRefused
		}
		return refused
	case CodeParameterError:
		if op == OpGenerateToken && mentions(env.Message, "timestamp") {
			return clockRefused
		}
		return refused
	}
	if !knownCodes[env.Code] && (status == http.StatusTooManyRequests || status >= 500) {
		return classifyStatus(status) // a gateway's own JSON, not the API's envelope
	}
	return refused
}

// knownCodes are the codes of the reference that are refusals for good.
var knownCodes = map[string]bool{
	CodeEmptyParameter: true, CodeSignatureNotExist: true, CodeRequestInProcessing: true,
	CodeRegionWrong: true, CodeAccountDisabled: true, CodeAccessDenied: true,
	CodeServiceDisabled: true, CodeInsufficientBalance: true, CodeOverQueryLimit: true,
	CodeClientError: true,
}

// classifyStatus decides over an answer without the API's envelope.
func classifyStatus(status int) verdict {
	switch {
	case status == http.StatusTooManyRequests:
		return throttled
	case status >= 500, status < 300:
		return unknown
	default:
		return refused
	}
}

// classifyFault decides over an attempt that ended without an answer. sent
// says whether the request had begun to leave.
func classifyFault(err error, sent bool) verdict {
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &certificate), errors.Is(err, ErrTooLarge):
		return refused // the next try would meet the same
	case sent:
		return unknown
	default:
		return unreachable
	}
}

// mentions reports whether message has one of the fragments, in any case.
func mentions(message string, fragments ...string) bool {
	message = strings.ToLower(message)
	for _, f := range fragments {
		if strings.Contains(message, f) {
			return true
		}
	}
	return false
}
