package simulator

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
)

// Operation is one of the four operations of the API.
type Operation string

// The four operations.
const (
	OpToken    Operation = "token"
	OpGenerate Operation = "generate"
	OpResult   Operation = "result"
	OpClear    Operation = "clear"
)

// Paths of the four operations (API §1).
const (
	tokenPath    = "/openapi/auth/ticket/v1/generate-token"
	ekycPrefix   = "/intl/openapi/identity-risk/idvs-h5/ekyc/v1/"
	generatePath = ekycPrefix + "generate-liveness-detection-url"
	resultPath   = ekycPrefix + "get-result"
	clearPath    = ekycPrefix + "clear-data"
)

// maxBody is the most that a request's body may have. No honest one comes near.
const maxBody = 1 << 20

// operationOf returns the operation at a path, or "" where there is none.
func operationOf(path string) Operation {
	switch path {
	case tokenPath:
		return OpToken
	case generatePath:
		return OpGenerate
	case resultPath:
		return OpResult
	case clearPath:
		return OpClear
	}
	return ""
}

// request is an API call with its body read.
type request struct {
	*http.Request
	operation Operation
	body      []byte
	tooLarge  bool
}

// readRequest reads the whole body, as net/http needs it to notice a client
// that goes away.
func readRequest(r *http.Request, operation Operation) (request, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	return request{
		Request:   r,
		operation: operation,
		body:      body,
		tooLarge:  len(body) > maxBody,
	}, err
}

// signatureID returns the id that the call is about, or "". It is lenient: it
// serves the record of calls and faults that are aimed at one session.
func (r request) signatureID() string {
	switch r.operation {
	case OpClear:
		return r.URL.Query().Get("signatureId")
	case OpResult:
		var body struct {
			SignatureID string `json:"signatureId"`
		}
		_ = json.Unmarshal(r.body, &body)
		return body.SignatureID
	default:
		return ""
	}
}

// serveAPI answers one API call. The call takes effect as soon as it has
// arrived; latency only delays the answer. So a client that does not wait for
// the answer has lost it, and not the effect.
func (s *Simulator) serveAPI(w http.ResponseWriter, r *http.Request, operation Operation) {
	req, err := readRequest(r, operation)
	if err != nil { // The request never arrived whole.
		panic(http.ErrAbortHandler)
	}
	s.mu.Lock()
	answer, fault := s.decide(req)
	answer.transactionID = newID()
	s.record(req, answer, fault)
	delay := s.latency.next()
	s.mu.Unlock()

	if !sleep(r.Context(), delay) {
		panic(http.ErrAbortHandler)
	}
	answer.send(w, r)
}

// decide lets the call take effect and returns its answer, with the kind of the
// fault that had a hand in it. A call over the rate limit meets no fault.
func (s *Simulator) decide(req request) (reply, string) {
	if req.operation == "" {
		return s.finishReply(clientError(messageNotFound)), ""
	}
	if !s.bucket.take(s.now(), s.behaviour.RateLimit, s.behaviour.rateBurst()) {
		return s.finishReply(s.throttled()), ""
	}
	fault := s.takeFault(req.operation, req.signatureID())
	if fault == nil {
		return s.finishReply(s.handle(req)), ""
	}
	kind := faultKinds[fault.Kind]
	var normal reply
	if fault.AfterEffect || kind.alters {
		normal = s.handle(req)
	}
	answer := kind.answer(*fault, normal)
	answer.signatureID = normal.signatureID
	answer.retryAfter = s.retryAfterOf(*fault, answer)
	return s.finishReply(answer), fault.Kind
}

// throttled returns the answer to a call over the rate limit.
func (s *Simulator) throttled() reply {
	answer := refusal(codeServiceBusy, messageRateLimit)
	answer.status = s.behaviour.RateLimitStatus
	answer.retryAfter = s.behaviour.retryAfter()
	return answer
}

// finishReply applies the behaviours that concern answers of every kind.
func (s *Simulator) finishReply(answer reply) reply {
	if s.behaviour.MessageDrift && answer.message != "" {
		answer.message = drift(answer.message)
	}
	if status, ok := statusIn(answer.message); ok && answer.code == codeClientError &&
		answer.status == 0 && s.behaviour.HTTPErrorStatus {
		answer.status = status
	}
	return answer
}

// handle lets the call take effect and returns the API's own answer.
func (s *Simulator) handle(req request) reply {
	if req.Method != http.MethodPost {
		return clientError(messageMethodNotAllow)
	}
	if req.operation == OpToken {
		return s.handleToken(req)
	}
	if !s.knowsToken(req.Header.Get("X-ACCESS-TOKEN")) {
		return refusal(codeIAMFailed, messageTokenExpired)
	}
	switch req.operation {
	case OpGenerate:
		return s.handleGenerate(req)
	case OpResult:
		return s.handleResult(req)
	default:
		return s.handleClear(req)
	}
}

// realIP returns the address that a request came from, without its port.
func realIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
