// The tests of this package ask the simulator over plain HTTP whether it keeps
// the API reference (TestConformance_...) and the contract of the control API
// (TestControlAPI_...). They use nothing of the module but [simulator.New]. A
// row names the section of the reference that it comes from.
package simulator_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// The four operations of API §1.
const (
	tokenPath    = "/openapi/auth/ticket/v1/generate-token"
	ekycPrefix   = "/intl/openapi/identity-risk/idvs-h5/ekyc/v1/"
	generatePath = ekycPrefix + "generate-liveness-detection-url"
	resultPath   = ekycPrefix + "get-result"
	clearPath    = ekycPrefix + "clear-data"
)

// The key pair of the test vector of API §3.2.
const (
	accessKey = "sampleaccesskey"
	secretKey = "samplesecretkey"
)

// object is a decoded JSON object.
type object = map[string]any

// client talks plain HTTP to a simulator of its own.
type client struct {
	t     *testing.T
	base  string
	token string
}

// response is a response with its body read.
type response struct {
	status int
	header http.Header
	body   string
}

// newClient starts a simulator and returns a client that has no token yet.
func newClient(t *testing.T) *client {
	t.Helper()
	transport := new(http.Transport)
	sim := simulator.New(simulator.Config{CallbackTransport: transport})
	server := httptest.NewServer(sim)
	t.Cleanup(func() {
		sim.Close()
		server.Close()
		transport.CloseIdleConnections()
	})
	return &client{t: t, base: server.URL}
}

// newLogin is newClient with a token.
func newLogin(t *testing.T) *client {
	t.Helper()
	c := newClient(t)
	c.login()
	return c
}

// login gets a new token for the calls to come.
func (c *client) login() {
	c.t.Helper()
	got := c.call(tokenPath, tokenRequest(time.Now().Add(c.ahead()), nil))
	c.expect(got, "SUCCESS", "OK")
	c.token = stringIn(c.t, got.data(c.t), "token")
}

// ahead returns how far the API's clock is ahead of this machine's.
func (c *client) ahead() time.Duration {
	c.t.Helper()
	var clock struct {
		APINow time.Time `json:"api_now"`
	}
	decodeInto(c.t, c.control(http.MethodPost, "clock", `{}`, http.StatusOK).body, &clock)
	return time.Until(clock.APINow)
}

// tokenRequest returns the body of a good generate-token at a time, with some
// fields changed; nil takes a field away.
func tokenRequest(at time.Time, changes object) object {
	timestamp := strconv.FormatInt(at.UnixMilli(), 10)
	return changed(object{
		"accessKey": accessKey,
		"timestamp": timestamp,
		"signature": sign(timestamp),
	}, changes)
}

// sign returns the signature of a timestamp (API §3.2).
func sign(timestamp string) string {
	sum := sha256.Sum256([]byte(accessKey + secretKey + timestamp))
	return hex.EncodeToString(sum[:])
}

// generateRequest returns the body of a good generate-url, some fields changed.
func generateRequest(changes object) object {
	return changed(object{
		"returnUrl":     "https://app.example.com/ok",
		"failReturnUrl": "https://app.example.com/fail",
		"bizId":         "order-1",
		"userId":        "user-1",
		"region":        "PHL",
	}, changes)
}

// changed returns fields with the changes made; nil takes a field away.
func changed(fields, changes object) object {
	maps.Copy(fields, changes)
	maps.DeleteFunc(fields, func(_ string, value any) bool { return value == nil })
	return fields
}

// envelope is the answer to an API call (API §2).
type envelope struct {
	response
	fields object
}

// envelopeKeys are the fields that every envelope has, and no others.
var envelopeKeys = []string{"code", "data", "extra", "message", "pricingStrategy", "transactionId"}

var transactionIDPattern = regexp.MustCompile(`^[0-9a-f]{16}$`)

// call makes an API call with a JSON body as an honest client makes it.
func (c *client) call(path string, body object) envelope {
	c.t.Helper()
	header := object{"Content-Type": "application/json"}
	if path != tokenPath {
		header["X-ACCESS-TOKEN"] = c.token
	}
	return c.envelopeOf(c.send(http.MethodPost, path, string(encode(c.t, body)), header))
}

// clear calls clear-data.
func (c *client) clear(id string) envelope {
	c.t.Helper()
	return c.envelopeOf(c.send(http.MethodPost, clearPath+"?signatureId="+url.QueryEscape(id), "", object{"X-ACCESS-TOKEN": c.token}))
}

// result returns the data of a get-result that says SUCCESS.
func (c *client) result(id string) object {
	c.t.Helper()
	got := c.call(resultPath, object{"signatureId": id})
	c.expect(got, "SUCCESS", "OK")
	return got.data(c.t)
}

// generate makes a session and returns its signature id.
func (c *client) generate(changes object) string {
	c.t.Helper()
	got := c.call(generatePath, generateRequest(changes))
	c.expect(got, "SUCCESS", "OK")
	return stringIn(c.t, got.data(c.t), "signatureId")
}

// finish ends a session through the control API.
func (c *client) finish(id, outcome string) {
	c.t.Helper()
	c.control(http.MethodPost, "sessions/"+id+"/finish", outcome, http.StatusOK)
}

// advance moves the clock on.
func (c *client) advance(d time.Duration) {
	c.t.Helper()
	c.control(http.MethodPost, "clock", string(encode(c.t, object{"advance_seconds": d.Seconds()})), http.StatusOK)
}

// behave sets switches through the control API.
func (c *client) behave(switches string) {
	c.t.Helper()
	c.control(http.MethodPost, "behaviour", switches, http.StatusOK)
}

// control calls the control API and checks the status.
func (c *client) control(method, path, body string, status int) response {
	c.t.Helper()
	got := c.send(method, "/simulator/v1/"+path, body, nil)
	if got.status != status {
		c.t.Fatalf("%s %s %.200s: status %d, want %d: %s", method, path, body, got.status, status, got.body)
	}
	return got
}

// send sends a request. A target that begins with a slash is on the simulator.
// Redirects are not followed.
func (c *client) send(method, target, body string, header object) response {
	c.t.Helper()
	if strings.HasPrefix(target, "/") {
		target = c.base + target
	}
	r, err := http.NewRequestWithContext(c.t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	for name, value := range header {
		r.Header.Set(name, asString(c.t, value))
	}
	got, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return response{got.StatusCode, got.Header, string(text)}
}

// envelopeOf decodes an answer and checks what is true of every envelope: its
// keys, and the values that never change (API §2).
func (c *client) envelopeOf(got response) envelope {
	c.t.Helper()
	var fields object
	decodeInto(c.t, got.body, &fields)
	if keys := slices.Sorted(maps.Keys(fields)); !slices.Equal(keys, envelopeKeys) {
		c.t.Errorf("§2: the envelope has the fields %v", keys)
	}
	if fields["extra"] != nil || fields["pricingStrategy"] != "FREE" || (fields["code"] != "SUCCESS" && fields["data"] != nil) {
		c.t.Errorf("§2: envelope %s", got.body)
	}
	if id := asString(c.t, fields["transactionId"]); !transactionIDPattern.MatchString(id) {
		c.t.Errorf("§2: transaction id %q", id)
	}
	if contentType := got.header.Get("Content-Type"); !strings.HasPrefix(contentType, "application/json") {
		c.t.Errorf("§2: content type %q", contentType)
	}
	if _, err := http.ParseTime(got.header.Get("Date")); err != nil {
		c.t.Errorf("§2: %v", err)
	}
	return envelope{got, fields}
}

// expect checks the code, the message and HTTP 200 (API §2.1).
func (c *client) expect(got envelope, code, message string) {
	c.t.Helper()
	if got.fields["code"] != code || got.fields["message"] != message || got.status != http.StatusOK {
		c.t.Errorf("got %d %s, want 200, %q, %q", got.status, got.body, code, message)
	}
}

// data returns the data of an answer, which must be an object.
func (e envelope) data(t *testing.T) object {
	t.Helper()
	data, ok := e.fields["data"].(object)
	if !ok {
		t.Fatalf("the data is no object: %s", e.body)
	}
	return data
}

// objectIn returns a field that must be an object.
func objectIn(t *testing.T, fields object, name string) object {
	t.Helper()
	value, ok := fields[name].(object)
	if !ok {
		t.Fatalf("%s is no object: %v", name, fields)
	}
	return value
}

// stringIn returns a field that must be a string and not empty.
func stringIn(t *testing.T, fields object, name string) string {
	t.Helper()
	value, ok := fields[name].(string)
	if !ok || value == "" {
		t.Fatalf("%s is no text: %v", name, fields)
	}
	return value
}

func asString(t *testing.T, value any) string {
	t.Helper()
	text, ok := value.(string)
	if !ok {
		t.Fatalf("%v is no text", value)
	}
	return text
}

func encode(t *testing.T, value any) []byte {
	t.Helper()
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

func decodeInto(t *testing.T, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("decoding %.200q: %v", text, err)
	}
}
