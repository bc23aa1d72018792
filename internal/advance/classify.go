package advance

import (
	"crypto/tls"
	"errors"
	"net/http"
	"strings"
)

// verdict is what one attempt means for the call. It answers two questions at
// once: can another attempt help, and may this one have taken effect?
type attemptClass int

const (
	accepted     attemptClass = iota // SUCCESS
	throttled                   // permanent for now; nothing happened
	notSent                 // never sent; nothing happened
	ambiguous                     // sent, but nobody knows what came of it
	tokenRejected                // IAM_FAILED about the token
	clockSkewed                // the timestamp of generate-token is off
	permanent                     // no, for good
)

// classify decides what an answer means (API §2.1, §8.2). A known code decides
// whatever the HTTP status; the status decides only where no known code is.
func classify(op Operation, status int, env *envelope) attemptClass {
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
			return permanent // until the next day: not worth waiting for
		}
		return throttled
	case CodeError:
		return ambiguous
	case CodeIAMFailed:
		if op != OpGenerateToken && mentions(env.Message, "token") {
			return tokenRejected
		}
		return permanent
	case CodeParameterError:
		if op == OpGenerateToken && mentions(env.Message, "timestamp") {
			return clockSkewed
		}
		return permanent
	}
	if !knownCodes[env.Code] && (status == http.StatusTooManyRequests || status >= 500) {
		return classifyStatus(status) // a gateway's own JSON, not the API's envelope
	}
	return permanent
}

// knownCodes are the codes of the reference that are refusals for good.
var knownCodes = map[string]bool{
	CodeEmptyParameter: true, CodeSignatureNotExist: true, CodeRequestInProcessing: true,
	CodeRegionWrong: true, CodeAccountDisabled: true, CodeAccessDenied: true,
	CodeServiceDisabled: true, CodeInsufficientBalance: true, CodeOverQueryLimit: true,
	CodeClientError: true,
}

// classifyStatus decides over an answer without the API's envelope.
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

// classifyTransportErr decides over an attempt that ended without an answer. sent
// says whether the request had begun to leave.
func classifyTransportErr(err error, sent bool) attemptClass {
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &certificate), errors.Is(err, ErrTooLarge):
		return permanent // the next try would meet the same
	case sent:
		return ambiguous
	default:
		return notSent
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
