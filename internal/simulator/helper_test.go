package simulator

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// harness is a simulator with a client that knows how to talk to it.
type harness struct {
	t      *testing.T
	sim    *Simulator
	client *http.Client
	base   string
	token  string
}

// answer is what a call of the API came to.
type answer struct {
	status        int
	header        http.Header
	Code          string
	Message       string
	Data          json.RawMessage
	TransactionID string
}

// newMemory returns a harness whose client works in process.
func newMemory(t *testing.T, config Config) *harness {
	t.Helper()
	sim := New(config)
	client := &http.Client{Transport: sim.Transport(), CheckRedirect: dontFollow}
	return &harness{t: t, sim: sim, client: client, base: "http://simulator.test"}
}

// newServer returns a harness whose client works over a real network.
func newServer(t *testing.T, config Config) *harness {
	t.Helper()
	sim := New(config)
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	client := server.Client()
	client.CheckRedirect = dontFollow
	return &harness{t: t, sim: sim, client: client, base: server.URL}
}

// transportsUnderTest are the two ways to reach a simulator.
var transportsUnderTest = map[string]func(*testing.T, Config) *harness{
	"memory": newMemory,
	"server": newServer,
}

func dontFollow(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// request returns a request to the API as an honest client makes it.
func (h *harness) request(operation Operation, body string) *http.Request {
	h.t.Helper()
	path := pathOf(operation)
	if operation == OpClear {
		path += "?signatureId=" + url.QueryEscape(body)
		body = ""
	}
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.base+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	if operation != OpClear {
		r.Header.Set("Content-Type", "application/json")
	}
	if operation != OpToken {
		r.Header.Set("X-ACCESS-TOKEN", h.token)
	}
	return r
}

// pathOf returns an operation's path, as API §1 has it.
func pathOf(operation Operation) string {
	return map[Operation]string{
		OpToken:    "/openapi/auth/ticket/v1/generate-token",
		OpGenerate: "/intl/openapi/identity-risk/idvs-h5/ekyc/v1/generate-liveness-detection-url",
		OpResult:   "/intl/openapi/identity-risk/idvs-h5/ekyc/v1/get-result",
		OpClear:    "/intl/openapi/identity-risk/idvs-h5/ekyc/v1/clear-data",
	}[operation]
}

// do sends a request and returns its whole answer.
func (h *harness) do(r *http.Request) (answer, []byte, error) {
	response, err := h.client.Do(r)
	if err != nil {
		return answer{}, nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	got := answer{status: response.StatusCode, header: response.Header}
	_ = json.Unmarshal(body, &got)
	return got, body, err
}

// call makes a call that must be answered.
func (h *harness) call(operation Operation, body string) answer {
	h.t.Helper()
	got, _, err := h.do(h.request(operation, body))
	if err != nil {
		h.t.Fatalf("%s: %v", operation, err)
	}
	return got
}

// want makes a call and checks the envelope's code and message.
func (h *harness) want(operation Operation, body, code, message string) answer {
	h.t.Helper()
	got := h.call(operation, body)
	if got.Code != code || got.Message != message {
		h.t.Errorf("%s(%s) = %q, %q, want %q, %q", operation, body, got.Code, got.Message, code, message)
	}
	return got
}

// tokenBody returns a good request for a token at the API's time now.
func tokenBody(now time.Time) string {
	return tokenBodyOf(DefaultAccessKey, DefaultSecretKey, now)
}

// tokenBodyOf is tokenBody with another key pair.
func tokenBodyOf(accessKey, secretKey string, now time.Time) string {
	timestamp := strconv.FormatInt(now.UnixMilli(), 10)
	return encode(map[string]any{
		"accessKey": accessKey,
		"timestamp": timestamp,
		"signature": signature(accessKey, secretKey, timestamp),
	})
}

// login gets a token for the calls to come.
func (h *harness) login() *harness {
	h.t.Helper()
	return h.loginAs(DefaultAccessKey, DefaultSecretKey)
}

// loginAs is login with another key pair.
func (h *harness) loginAs(accessKey, secretKey string) *harness {
	h.t.Helper()
	got := h.want(OpToken, tokenBodyOf(accessKey, secretKey, h.sim.apiNow()), "SUCCESS", "OK")
	var data struct{ Token string }
	unmarshal(h.t, got.Data, &data)
	h.token = data.Token
	return h
}

// sessionParams returns the parameters of a good generate-url, some of them changed.
// A nil takes one away.
func sessionParams(changes map[string]any) map[string]any {
	params := map[string]any{
		"returnUrl":     "https://app.example.com/ok",
		"failReturnUrl": "https://app.example.com/fail",
		"bizId":         "order-1",
		"userId":        "user-1",
		"region":        "PHL",
	}
	for name, value := range changes {
		params[name] = value
		if value == nil {
			delete(params, name)
		}
	}
	return params
}

// link is the data of a good answer of generate-url.
type link struct {
	SignatureID string `json:"signatureId"`
	URL         string `json:"url"`
	ExpiredTime int64  `json:"expiredTime"`
}

// generate makes a session.
func (h *harness) generate(changes map[string]any) link {
	h.t.Helper()
	got := h.want(OpGenerate, encode(sessionParams(changes)), "SUCCESS", "OK")
	var made link
	unmarshal(h.t, got.Data, &made)
	return made
}

// result reads a result.
func (h *harness) result(id string) map[string]any {
	h.t.Helper()
	got := h.want(OpResult, resultBody(id), "SUCCESS", "OK")
	var data map[string]any
	unmarshal(h.t, got.Data, &data)
	return data
}

func resultBody(id string) string {
	return encode(map[string]any{"signatureId": id})
}

// finish ends a session.
func (h *harness) finish(id string, outcome Outcome) {
	h.t.Helper()
	if err := h.sim.Finish(id, outcome); err != nil {
		h.t.Fatal(err)
	}
}

// inject injects a fault.
func (h *harness) inject(fault Fault) {
	h.t.Helper()
	if err := h.sim.Inject(fault); err != nil {
		h.t.Fatal(err)
	}
}

// head is the head of a response that is not of the API.
type head struct {
	StatusCode int
	Header     http.Header
}

// get gets a page or a file.
func (h *harness) get(target string) (response head, body string) {
	h.t.Helper()
	return h.fetch(http.MethodGet, target, "", "")
}

// fetch makes a request that is not of the API.
func (h *harness) fetch(method, target, contentType, body string) (head, string) {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	response, err := h.client.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return head{response.StatusCode, response.Header}, string(text)
}

func encode(value any) string {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err)
	}
	return strings.TrimSpace(buffer.String())
}

func unmarshal(t *testing.T, text []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("unmarshalling %s: %v", text, err)
	}
}

// text returns a decoded JSON value that must be a string, "" for any other.
func text(value any) string {
	s, _ := value.(string)
	return s
}

// faceDetail returns a result's face detail.
func (h *harness) faceDetail(id string) map[string]any {
	h.t.Helper()
	detail, ok := h.result(id)["faceDetail"].(map[string]any)
	if !ok {
		h.t.Fatal("no face detail")
	}
	return detail
}
