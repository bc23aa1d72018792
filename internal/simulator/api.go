package simulator

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
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

// operation is how one of them is called, and what answers it.
type operation struct {
	name       Operation
	path       string
	body       map[string]fieldType // the fields of the JSON body; nil where the input is the query string
	needsToken bool
	handle     func(*store, request, fields) reply
}

const ekycPrefix = "/intl/openapi/identity-risk/idvs-h5/ekyc/v1/"

// operations are the operations of API §1.
var operations = []*operation{
	{OpToken, "/openapi/auth/ticket/v1/generate-token", tokenFields, false, (*store).generateToken},
	{OpGenerate, ekycPrefix + "generate-liveness-detection-url", generateFields, true, (*store).generateURL},
	{OpResult, ekycPrefix + "get-result", resultFields, true, (*store).getResult},
	{OpClear, ekycPrefix + "clear-data", nil, true, (*store).clearData},
}

// maxBody is the most that a request's body may have. No honest one comes near.
const maxBody = 1 << 20

// request is an API call with its body read.
type request struct {
	*http.Request
	operation *operation // nil for a path that the API does not have
	account   Account    // that the token belongs to, where the operation needs one
	body      []byte     // of a body that is too large, a byte more than maxBody
}

// readRequest reads the whole body, as net/http needs it to notice a client
// that goes away.
func readRequest(r *http.Request) (request, error) {
	req := request{Request: r}
	for _, operation := range operations {
		if operation.path == r.URL.Path {
			req.operation = operation
		}
	}
	var err error
	if req.body, err = io.ReadAll(io.LimitReader(r.Body, maxBody+1)); err != nil {
		return req, err
	}
	_, err = io.Copy(io.Discard, r.Body) // Closing early could cost a client that still writes the answer.
	return req, err
}

// name returns the operation's name, or "".
func (r request) name() Operation {
	if r.operation == nil {
		return ""
	}
	return r.operation.name
}

// input returns the call's fields, from its body or its query string.
func (r request) input() (fields, bool) {
	if r.operation.body != nil {
		return r.bodyFields(r.operation.body)
	}
	in := make(fields)
	for name, values := range r.URL.Query() {
		in[name] = values[0]
	}
	return in, true
}

// signatureID returns the id that the call is about, or "". It is lenient: it
// serves the record of calls and faults that are aimed at one session.
func (r request) signatureID() string {
	switch r.name() {
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
func (s *Simulator) serveAPI(w http.ResponseWriter, r *http.Request) {
	req, err := readRequest(r)
	if err != nil { // The request never arrived whole.
		panic(http.ErrAbortHandler)
	}
	answer, delay := s.call(req)
	if !sleep(r.Context(), delay) {
		panic(http.ErrAbortHandler)
	}
	answer.send(w, r)
}

// call lets an API call take effect, and returns its answer and when that is
// due.
func (s *Simulator) call(req request) (reply, time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	answer, fault := s.store.answer(req)
	answer.transactionID = newID()
	s.store.record(req, answer, fault)
	return answer, s.store.latency()
}

// sleep waits for d and reports whether it could: false means that ctx, the
// context of the request, ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// answer lets a call take effect and returns its answer, with the kind of the
// fault that had a hand in it. A call over the rate limit meets no fault.
func (s *store) answer(req request) (answer reply, fault string) {
	switch {
	case req.operation == nil:
		answer = clientError(messageNotFound)
	case !s.allows():
		answer = s.throttled()
	default:
		answer, fault = s.answerOrFail(req)
	}
	if s.behaviour.ClientErrorStatus == ClientErrorReal && answer.code == codeClientError && answer.status == 0 {
		_, _ = fmt.Sscanf(answer.message, "HTTP %d", &answer.status) // Another message leaves it at 200.
	}
	if s.behaviour.MessageDrift {
		answer.message = drift(answer.message)
	}
	return answer, fault
}

// throttled returns the answer to a call over the rate limit.
func (s *store) throttled() reply {
	answer := refusal(codeServiceBusy, messageRateLimit)
	answer.status = s.behaviour.RateLimitStatus
	answer.retryAfter = s.behaviour.RetryAfter
	return answer
}

// answerOrFail returns the API's own answer, unless a fault strikes.
func (s *store) answerOrFail(req request) (answer reply, kind string) {
	fault := s.takeFault(req.name(), req.signatureID())
	if fault == nil {
		return s.perform(req), ""
	}
	return s.fail(*fault, req), fault.Kind
}

// perform lets the call take effect and returns the API's own answer.
func (s *store) perform(req request) reply {
	if req.Method != http.MethodPost {
		return clientError(messageMethodNotAllowed)
	}
	if req.operation.needsToken {
		var known bool
		if req.account, known = s.accountOf(req.Header.Get("X-ACCESS-TOKEN")); !known {
			return refusal(codeIAMFailed, messageTokenExpired)
		}
	}
	in, ok := req.input()
	if !ok {
		return clientError(messageBadRequest)
	}
	return req.operation.handle(s, req, in)
}

// realIP returns the address that a request came from, without its port.
func realIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
