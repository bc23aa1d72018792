package simulator

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// seen is what a client sees of a fault.
type seen struct {
	status  int
	body    string // a part of it
	failure bool   // no answer at all
	cut     bool   // the body ends too early
	retry   string // Retry-After
}

// otherKinds says what the kinds without a code and message of their own do.
// It is complete: a kind that is missing here fails the test.
var otherKinds = map[string]seen{
	"reset":            {failure: true},
	"cut-off":          {status: 200, body: `{"code":"SUCCESS"`, cut: true},
	"http-429":         {status: 429, body: "Too Many Requests", retry: "10s"},
	"http-500":         {status: 500, body: "Internal Server Error"},
	"http-502-html":    {status: 502, body: "<html>"},
	"http-503":         {status: 503, body: "Service Unavailable", retry: "10s"},
	"http-404-html":    {status: 404, body: "<html>"},
	"html-200":         {status: 200, body: "<html>"},
	"redirect":         {status: 302},
	"empty-body":       {status: 200},
	"not-json":         {status: 200, body: "warming up"},
	"json-array":       {status: 200, body: "["},
	"json-string":      {status: 200, body: `"SUCCESS"`},
	"json-null":        {status: 200, body: "null"},
	"malformed-json":   {status: 200, body: `"signatureId":`},
	"no-code":          {status: 200, body: `{"message":"OK"`},
	"code-wrong-type":  {status: 200, body: `{"code":200,`},
	"deep-json":        {status: 200, body: strings.Repeat("[", nesting)},
	"no-data":          {status: 200, body: `"data":null`},
	"data-empty":       {status: 200, body: `"data":{}`},
	"data-wrong-type":  {status: 200, body: `"data":"0123456789abcdef"`},
	"data-array":       {status: 200, body: `"data":[]`},
	"empty-id":         {status: 200, body: `"signatureId":""`},
	"id-wrong-type":    {status: 200, body: `"signatureId":["1234567890"]`},
	"empty-token":      {status: 200, body: `"token":""`},
	"token-wrong-type": {status: 200, body: `"token":1`},
	"empty-url":        {status: 200, body: `"url":""`},
	"no-url":           {status: 200, body: `"signatureId":"`},
	"no-expiry":        {status: 200, body: `"data":{`},
	"bad-expiry":       {status: 200, body: `"expiredTime":"soon"`},
	"past-expiry":      {status: 200, body: `"expiredTime":1642580192430`},
	"no-head":          {failure: true},
	"longer-than-said": {status: 200, body: `{"code":"`},
	"quoting":          {status: 200, body: `{"code":"PARAMETER_ERROR","message":"Refused: `},
	"code-twice":       {status: 200, body: `,"code":"SUCCESS"}`},
	"code-other-case":  {status: 200, body: `,"Code":"SUCCESS"}`},
	"bom":              {status: 200, body: "\ufeff{"},
	"id-number":        {status: 200, body: `"signatureId":`},
	"id-invalid-utf8":  {status: 200, body: "\xff"},
	"crossed":          {status: 200, body: `"overallResult":"PASS"`},
	"image-url":        {status: 200, body: "SIGNATURE_NOT_EXIST"}, // Nothing is known of the id that is asked for.
	"image-list":       {status: 200, body: "SIGNATURE_NOT_EXIST"},
	"image-text":       {status: 200, body: "SIGNATURE_NOT_EXIST"},
	"far-expiry":       {status: 200, body: `"expiredTime":32503680000000`},
}

// slowKinds have tests of their own.
var slowKinds = map[string]bool{"timeout": true, "slow-body": true, "huge": true}

func TestFault_kinds(t *testing.T) {
	t.Parallel()
	for transport, start := range transportsUnderTest {
		for _, kind := range FaultKinds() {
			if slowKinds[kind.Kind] {
				continue
			}
			t.Run(transport+"/"+kind.Kind, func(t *testing.T) {
				t.Parallel()
				h := start(t, Config{}).login()
				want, ok := otherKinds[kind.Kind]
				if !ok {
					want = envelopeSeen(t, kind)
				}
				for _, operation := range kind.Operations {
					checkFault(t, h, operation, kind.Kind, want)
				}
			})
		}
	}
}

// envelopeSeen returns what is seen of a kind whose description is its code and
// message.
func envelopeSeen(t *testing.T, kind FaultKind) seen {
	t.Helper()
	if kind.Kind == kindEnvelope {
		return seen{status: 200, body: `{"code":"OWN_CODE","message":"own message","data":null`}
	}
	code, message, found := strings.Cut(kind.Description, ", ")
	if !found || strings.ToUpper(code) != code {
		t.Fatalf("the test knows nothing of kind %q", kind.Kind)
	}
	want := seen{status: 200, body: encode(envelope{Code: code, Message: message})[:20+len(code)+len(message)]}
	if code == "SERVICE_BUSY" || code == "RETRY_LATER" {
		want.retry = "10s"
	}
	return want
}

// checkFault makes one call that meets the fault and one that does not.
func checkFault(t *testing.T, h *harness, operation Operation, kind string, want seen) {
	t.Helper()
	fault := Fault{Operation: operation, Kind: kind}
	if kind == kindEnvelope {
		fault.Code, fault.Message = "OWN_CODE", "own message"
	}
	h.inject(fault)
	got, body, err := h.do(h.request(operation, h.goodBody(operation)))
	switch {
	case want.failure && (err == nil || got.status != 0):
		t.Errorf("%s: got an answer: %s", operation, body)
	case want.cut && !errors.Is(err, io.ErrUnexpectedEOF):
		t.Errorf("%s: the body was not cut off: %v", operation, err)
	case !want.failure && !want.cut && err != nil:
		t.Errorf("%s: %v", operation, err)
	}
	if got.status != want.status || !strings.Contains(string(body), want.body) {
		t.Errorf("%s: status %d, body %.200s, want %+v", operation, got.status, body, want)
	}
	if got.header.Get("Retry-After") != want.retry {
		t.Errorf("%s: Retry-After %q, want %q", operation, got.header.Get("Retry-After"), want.retry)
	}
	calls := h.sim.Calls()
	if last := calls[len(calls)-1]; last.Fault != kind || last.HTTPStatus != want.status || last.Operation != operation {
		t.Errorf("%s: recorded as %+v", operation, last)
	}
	if _, _, err := h.do(h.request(operation, h.goodBody(operation))); err != nil {
		t.Errorf("%s: the call after the fault: %v", operation, err)
	}
}

// goodBody returns a body that the operation accepts.
func (h *harness) goodBody(operation Operation) string {
	switch operation {
	case OpToken:
		return tokenBody(h.sim.Now())
	case OpGenerate:
		return encode(sessionParams(nil))
	case OpResult:
		return resultBody("none")
	default:
		return "none"
	}
}

func TestFault_afterEffect(t *testing.T) {
	t.Parallel()
	for transport, start := range transportsUnderTest {
		for _, kind := range []string{"reset", "cut-off", "http-502-html", "error", "empty-id"} {
			for _, after := range []bool{false, true} {
				h := start(t, Config{}).login()
				h.inject(Fault{Operation: OpGenerate, Kind: kind, AfterEffect: after})
				_, _, _ = h.do(h.request(OpGenerate, encode(sessionParams(nil))))
				if made := len(h.sim.Sessions()); (made == 1) != after {
					t.Errorf("%s, %s, after effect %v: %d sessions", transport, kind, after, made)
				}
				if id := h.sim.Calls()[1].SignatureID; (id != "") != after {
					t.Errorf("%s, %s, after effect %v: recorded id %q", transport, kind, after, id)
				}
			}
		}
	}
}

func TestFault_lostClear(t *testing.T) {
	t.Parallel()
	h := newServer(t, Config{}).login()
	id := h.generate(map[string]any{"userId": "sim-pass"}).SignatureID
	h.inject(Fault{Operation: OpClear, Kind: "reset"})
	h.inject(Fault{Operation: OpClear, Kind: "reset", AfterEffect: true})
	for _, holds := range []bool{true, false} {
		if _, _, err := h.do(h.request(OpClear, id)); err == nil {
			t.Error("the call was answered")
		}
		if session, _ := h.sim.Session(id); session.HoldsPersonalData != holds {
			t.Errorf("holds personal data: %v", session.HoldsPersonalData)
		}
	}
	h.want(OpClear, id, "PARAMETER_ERROR", messageClearNotExist)
}

func TestFault_alteringTakesEffect(t *testing.T) {
	t.Parallel()
	h := newMemory(t, Config{}).login()
	h.inject(Fault{Operation: OpGenerate, Kind: "no-url"})
	made := h.generate(nil)
	if made.URL != "" || len(h.sim.Sessions()) != 1 {
		t.Errorf("made %+v", made)
	}
	h.result(made.SignatureID)
	h.inject(Fault{Operation: OpGenerate, Kind: "no-url"})
	h.want(OpGenerate, "{", "CLIENT_ERROR", messageBadRequest) // There is nothing to alter.
}

func TestFault_countSkipAndAim(t *testing.T) {
	t.Parallel()
	h := newMemory(t, Config{}).login()
	first, second := h.generate(nil).SignatureID, h.generate(nil).SignatureID
	h.inject(Fault{Operation: OpResult, Kind: "error", Skip: 1, Count: 2, SignatureID: second})
	h.inject(Fault{Operation: OpResult, Kind: "unknown-code", Message: "later", Skip: 3})
	h.want(OpResult, resultBody(first), "SUCCESS", "OK")
	h.want(OpResult, resultBody(second), "SUCCESS", "OK")
	h.want(OpResult, resultBody(second), "ERROR", "Server error")
	h.want(OpResult, resultBody(first), "SUCCESS", "OK")
	h.want(OpResult, resultBody(second), "ERROR", "Server error")
	h.want(OpResult, resultBody(second), "BRAND_NEW_CODE", "later")
	h.want(OpResult, resultBody(second), "SUCCESS", "OK")

	h.inject(Fault{Operation: OpResult, Kind: "error", Count: -1})
	for range 5 {
		h.want(OpResult, resultBody(first), "ERROR", "Server error")
	}
	h.sim.ClearFaults()
	h.want(OpResult, resultBody(first), "SUCCESS", "OK")
}

func TestFault_parameters(t *testing.T) {
	t.Parallel()
	h := newServer(t, Config{}).login()
	h.inject(Fault{Operation: OpToken, Kind: "service-busy", RetryAfter: ":3s", HTTPStatus: 429})
	got := h.want(OpToken, "{}", "SERVICE_BUSY", messageRateLimit)
	if got.status != 429 || got.header.Get("Retry-After") != ":3s" {
		t.Errorf("%d, %v", got.status, got.header)
	}
	h.inject(Fault{Operation: OpToken, Kind: "error", HTTPStatus: 429})
	if got := h.call(OpToken, "{}"); got.header.Get("Retry-After") != "10s" || got.status != 429 {
		t.Errorf("%d, %v", got.status, got.header)
	}
	h.inject(Fault{Operation: OpToken, Kind: "http-503", RetryAfter: RetryAfterNone})
	if got := h.call(OpToken, "{}"); len(got.header["Retry-After"]) != 0 || got.status != 503 {
		t.Errorf("%d, %v", got.status, got.header)
	}
	h.inject(Fault{Operation: OpToken, Kind: "redirect", Location: "https://elsewhere.example/x", HTTPStatus: 307})
	if got := h.call(OpToken, "{}"); got.header.Get("Location") != "https://elsewhere.example/x" || got.status != 307 {
		t.Errorf("%d, %v", got.status, got.header)
	}
	h.sim.SetBehaviour(Behaviour{RetryAfter: RetryAfterNone})
	h.inject(Fault{Operation: OpToken, Kind: "retry-later"})
	if got := h.call(OpToken, "{}"); len(got.header["Retry-After"]) != 0 {
		t.Errorf("%v", got.header)
	}
}

func TestFault_refused(t *testing.T) {
	t.Parallel()
	sim := New(Config{})
	for _, fault := range []Fault{
		{},
		{Operation: OpToken},
		{Kind: "error"},
		{Operation: "list", Kind: "error"},
		{Operation: OpToken, Kind: "fire"},
		{Operation: OpToken, Kind: "no-url"},
		{Operation: OpToken, Kind: kindEnvelope},
		{Operation: OpToken, Kind: "error", SignatureID: "1"},
		{Operation: OpGenerate, Kind: "error", SignatureID: "1"},
		{Operation: OpToken, Kind: "error", Skip: -1},
		{Operation: OpToken, Kind: "error", HTTPStatus: 99},
	} {
		if err := sim.Inject(fault); err == nil {
			t.Errorf("Inject(%+v) worked", fault)
		}
	}
}

func TestFault_timeout(t *testing.T) {
	t.Parallel()
	h := newServer(t, Config{}).login()
	h.inject(Fault{Operation: OpGenerate, Kind: "timeout", AfterEffect: true})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, _, err := h.do(h.request(OpGenerate, encode(sessionParams(nil))).WithContext(ctx))
	if !errors.Is(err, context.DeadlineExceeded) || len(h.sim.Sessions()) != 1 {
		t.Errorf("%v, %d sessions", err, len(h.sim.Sessions()))
	}

	synctest.Test(t, func(t *testing.T) {
		h := newMemory(t, Config{}).login()
		h.inject(Fault{Operation: OpToken, Kind: "timeout", Count: 2})
		start := time.Now()
		h.client.Timeout = time.Minute
		if _, _, err := h.do(h.request(OpToken, "{}")); err == nil || time.Since(start) != time.Minute {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		h.client.Timeout = 0 // Even so it ends.
		start = time.Now()
		if _, _, err := h.do(h.request(OpToken, "{}")); err == nil || time.Since(start) != hangLimit {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

func TestFault_slowBody(t *testing.T) {
	t.Parallel()
	h := newServer(t, Config{}).login()
	h.inject(Fault{Operation: OpToken, Kind: "slow-body"})
	h.client.Timeout = 50 * time.Millisecond
	if _, _, err := h.do(h.request(OpToken, "{}")); err == nil {
		t.Error("the body came in time")
	}

	synctest.Test(t, func(t *testing.T) {
		h := newMemory(t, Config{}).login()
		h.inject(Fault{Operation: OpToken, Kind: "slow-body", Count: 2})
		start := time.Now()
		got, body, err := h.do(h.request(OpToken, "{}"))
		if err != nil || got.Code != "SUCCESS" || time.Since(start) != time.Duration(len(body)-1)*time.Second {
			t.Errorf("%+v, %v after %v", got, err, time.Since(start))
		}
		h.client.Timeout = 10 * time.Second
		if _, _, err := h.do(h.request(OpToken, "{}")); err == nil {
			t.Error("the body came in time")
		}
	})
}

func TestFault_huge(t *testing.T) {
	t.Parallel()
	for transport, start := range transportsUnderTest {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			h := start(t, Config{}).login()
			h.inject(Fault{Operation: OpResult, Kind: "huge", Count: 2})
			response, err := h.client.Do(h.request(OpResult, resultBody("none")))
			if err != nil {
				t.Fatal(err)
			}
			n, err := io.Copy(io.Discard, response.Body)
			response.Body.Close()
			if err != nil || n < hugeBytes || response.ContentLength >= 0 {
				t.Errorf("%d bytes, %v, announced %d", n, err, response.ContentLength)
			}
			response, err = h.client.Do(h.request(OpResult, resultBody("none")))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.CopyN(io.Discard, response.Body, 1<<20); err != nil {
				t.Error(err)
			}
			response.Body.Close() // Ends the handler too.
		})
	}
}
