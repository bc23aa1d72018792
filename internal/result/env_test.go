package result_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/advance-community/terraform-provider-advance/internal/acctest"
	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

const typeName = "advance_liveness_result"

// newSession makes a session at the simulator, as another program would: these
// tests are not about the resource.
func newSession(t *testing.T, sim *simulator.Simulator, userID string) string {
	t.Helper()
	return newSessionOf(t, sim, newRequest(userID))
}

func newRequest(userID string) advance.SessionRequest {
	return advance.SessionRequest{
		ReturnURL:     "https://app.example.com/ok",
		FailReturnURL: "https://app.example.com/fail",
		BizID:         "order-1",
		UserID:        userID,
		Region:        "PHL",
	}
}

func newSessionOf(t *testing.T, sim *simulator.Simulator, request advance.SessionRequest) string {
	t.Helper()
	session, err := newClient(t, sim).GenerateURL(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	return session.SignatureID
}

// everyField is a request with every field that the API has.
func everyField(t *testing.T) (request advance.SessionRequest) {
	t.Helper()
	fields := map[string]any{}
	for _, f := range acctest.RequestFields {
		fields[f.Field] = f.Value
	}
	body, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&request); err != nil {
		t.Fatalf("advance.SessionRequest does not have all of acctest.RequestFields: %v", err)
	}
	return request
}

func newClient(t *testing.T, sim *simulator.Simulator) *advance.Client {
	t.Helper()
	client, err := advance.New(advance.Config{
		Endpoint:       advance.DefaultEndpoint,
		Credentials:    advance.Credentials{AccessKey: simulator.DefaultAccessKey, SecretKey: simulator.DefaultSecretKey},
		TokenPeriod:    advance.DefaultTokenPeriod,
		RequestTimeout: advance.DefaultRequestTimeout,
		Transport:      sim.Transport(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func finish(t *testing.T, sim *simulator.Simulator, id string, outcome simulator.Outcome) {
	t.Helper()
	if err := sim.Finish(id, outcome); err != nil {
		t.Error(err)
	}
}

// recorder is a transport that keeps the bodies of get-result.
type recorder struct {
	next http.RoundTripper

	mu     sync.Mutex
	bodies []map[string]any
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(req.URL.Path, "/get-result") {
		return r.next.RoundTrip(req)
	}
	raw, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	var body map[string]any
	if err := json.Unmarshal(raw, &body); err != nil {
		return nil, err
	}
	r.mu.Lock()
	r.bodies = append(r.bodies, body)
	r.mu.Unlock()
	req = req.Clone(req.Context())
	req.Body = io.NopCloser(bytes.NewReader(raw))
	return r.next.RoundTrip(req)
}

// checkError checks that there is exactly one diagnostic, an error of this
// data source's, at an attribute (nil for none), with all texts in its detail.
func checkError(t *testing.T, diags prototest.Diagnostics, attribute *tftypes.AttributePath, texts ...string) {
	t.Helper()
	if len(diags) != 1 || !diags.HasError() {
		t.Fatalf("diagnostics are %s\nwant one error", diags)
	}
	got := diags[0]
	if got.Summary != "Unable to Read Liveness Result" {
		t.Errorf("summary is %q", got.Summary)
	}
	if (got.Attribute == nil) != (attribute == nil) || (attribute != nil && !got.Attribute.Equal(attribute)) {
		t.Errorf("the error is at %s, want %s", got.Attribute, attribute)
	}
	for _, text := range texts {
		if !strings.Contains(got.Detail, text) {
			t.Errorf("the detail has no %q:\n%s", text, got.Detail)
		}
	}
}
