package result_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

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
	return newSessionOf(t, sim, advance.SessionRequest{
		ReturnURL:     "https://app.example.com/ok",
		FailReturnURL: "https://app.example.com/fail",
		BizID:         "order-1",
		UserID:        userID,
		Region:        "PHL",
	})
}

func newSessionOf(t *testing.T, sim *simulator.Simulator, request advance.SessionRequest) string {
	t.Helper()
	session, err := newClient(t, sim).GenerateURL(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	return session.SignatureID
}

func newClient(t *testing.T, sim *simulator.Simulator) *advance.Client {
	t.Helper()
	client, err := advance.New(advance.Config{
		Endpoint:       advance.DefaultEndpoint,
		Credentials:    advance.Credentials{AccessKey: acctest.AccessKey, SecretKey: acctest.SecretKey},
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

func TestLivenessResultDataSource_request(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		imageType any
		want      map[string]any
	}{
		"unset":  {nil, map[string]any{}},
		"URL":    {"URL", map[string]any{"returnImageType": "URL"}},
		"BASE64": {"BASE64", map[string]any{"returnImageType": "BASE64"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := simulator.New(simulator.Config{})
			id := newSession(t, sim, "sim-pass-1")
			calls := &recorder{next: sim.Transport()}
			server := prototest.Configured(t, calls, nil)
			_, diags := server.ReadDataSource(t.Context(), typeName, prototest.Object{"signature_id": id, "return_image_type": tc.imageType})
			if diags.HasError() {
				t.Fatal(diags)
			}
			tc.want["signatureId"] = id
			if diff := cmp.Diff([]map[string]any{tc.want}, calls.bodies); diff != "" {
				t.Errorf("bodies of get-result (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLivenessResultDataSource_state is about the whole of a state.
func TestLivenessResultDataSource_state(t *testing.T) {
	t.Parallel()
	sim := simulator.New(simulator.Config{})
	id := newSession(t, sim, "user-1")
	server := prototest.Configured(t, sim.Transport(), nil)
	got, diags := server.ReadDataSource(t.Context(), typeName, prototest.Object{
		"signature_id":  id,
		"poll_interval": "90s",
		"timeouts":      prototest.Object{"read": "5m"},
	})
	if diags.HasError() {
		t.Fatal(diags)
	}
	want := prototest.Object{
		"signature_id":        id,
		"return_image_type":   nil,
		"wait_for_completion": nil,
		"poll_interval":       "90s",
		"timeouts":            prototest.Object{"read": "5m"},
		"id":                  id,
		"finished":            false,
		"passed":              false,
		"overall_result":      "INCOMPLETE",
		"error_code":          nil,
		"country_code_iso3":   "PHL",
		"face_detail":         nil,
		"input_parameters": prototest.Object{
			"return_url":            "https://app.example.com/ok",
			"fail_return_url":       "https://app.example.com/fail",
			"callback_url":          nil,
			"biz_id":                "order-1",
			"user_id":               "user-1",
			"region":                "PHL",
			"language":              nil,
			"prefers_color_scheme":  nil,
			"biz_code":              nil,
			"iframe_enabled":        nil,
			"product_level":         nil,
			"liveness_type":         nil,
			"ignore_fail_when_jump": false,
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("state (-want +got):\n%s", diff)
	}
}

// TestLivenessResultDataSource_cleared is about the sessions whose data is
// gone while the API still knows them.
func TestLivenessResultDataSource_cleared(t *testing.T) {
	t.Parallel()
	sim := simulator.New(simulator.Config{})
	sim.SetBehaviour(simulator.Behaviour{AfterClear: simulator.AfterClearBlanked})
	id := newSession(t, sim, "sim-pass-1")
	if _, err := newClient(t, sim).ClearData(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	server := prototest.Configured(t, sim.Transport(), nil)
	got, diags := server.ReadDataSource(t.Context(), typeName, prototest.Object{"signature_id": id, "return_image_type": "URL"})
	if diags.HasError() {
		t.Fatal(diags)
	}
	if got["passed"] != true {
		t.Errorf("passed is %v, want true", got["passed"])
	}
	parameters, ok := got["input_parameters"].(prototest.Object)
	if !ok || parameters["user_id"] != nil || parameters["biz_id"] != "order-1" {
		t.Errorf("input_parameters are %v, want them without the user's id", got["input_parameters"])
	}
	face, ok := got["face_detail"].(prototest.Object)
	if !ok {
		t.Fatalf("face_detail is %v, want an object", got["face_detail"])
	}
	for _, name := range imageNames {
		if face[name] != nil {
			t.Errorf("%s is %v, want null", name, face[name])
		}
	}
}

// imageNames are the attributes of face_detail that show the person.
var imageNames = []string{"face_image", "face_image_far", "face_image_near", "silent_image", "audit_image_url", "face_video_url"}

func TestLivenessResultDataSource_waits(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		config   prototest.Object
		finishes time.Duration
		outcome  simulator.Outcome
		want     string
		took     time.Duration
		calls    int
	}{
		"every 15 s by default": {
			config: prototest.Object{}, finishes: 40 * time.Second, outcome: simulator.Outcome{Result: simulator.ResultPass},
			want: "PASS", took: 45 * time.Second, calls: 4,
		},
		"as often as configured": {
			config: prototest.Object{"poll_interval": "10m"}, finishes: 40 * time.Second, outcome: simulator.Outcome{Result: simulator.ResultFail},
			want: "FAIL", took: 10 * time.Minute, calls: 2,
		},
		"until nobody can come any more": {
			config: prototest.Object{"poll_interval": "7m"},
			want:   "INCOMPLETE", took: 63 * time.Minute, calls: 10,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := simulator.New(simulator.Config{})
				id := newSession(t, sim, "user-1")
				if tc.finishes > 0 {
					time.AfterFunc(tc.finishes, func() { finish(t, sim, id, tc.outcome) })
				}
				server := prototest.Configured(t, sim.Transport(), nil)
				tc.config["signature_id"] = id
				tc.config["wait_for_completion"] = true

				started := time.Now()
				state, diags := server.ReadDataSource(t.Context(), typeName, tc.config)
				if diags.HasError() {
					t.Fatal(diags)
				}
				if took := time.Since(started); took != tc.took {
					t.Errorf("took %s, want %s", took, tc.took)
				}
				if state["finished"] != true || state["overall_result"] != tc.want {
					t.Errorf("finished is %v, overall_result is %v; want true, %s", state["finished"], state["overall_result"], tc.want)
				}
				if state["passed"] != (tc.want == "PASS") {
					t.Errorf("passed is %v", state["passed"])
				}
				if got := sim.CallCount(simulator.OpResult); got != tc.calls {
					t.Errorf("%d calls, want %d", got, tc.calls)
				}
			})
		})
	}
}

// TestLivenessResultDataSource_timeOut is about how long a read takes at most.
// The time-outs of single exchanges do not end a wait: they are tried again.
func TestLivenessResultDataSource_timeOut(t *testing.T) {
	t.Parallel()
	const waited = "was still not finished after a wait of "
	for name, tc := range map[string]struct {
		config prototest.Object
		silent bool // the API does not answer
		took   time.Duration
		want   []string
	}{
		"a single read":             {prototest.Object{}, true, time.Minute, []string{"could not be read", "Attempts: "}},
		"a single read, configured": {prototest.Object{"timeouts": prototest.Object{"read": "5s"}}, true, 5 * time.Second, []string{"could not be read", "Attempts: 1"}},
		"a wait": {
			prototest.Object{"wait_for_completion": true},
			false, 75 * time.Minute, []string{waited + "1h15m0s. The API last said: INCOMPLETE, not finished.", "cleared already", "-refresh=false"},
		},
		"a wait, configured": {
			prototest.Object{"wait_for_completion": true, "timeouts": prototest.Object{"read": "20s"}},
			false, 20 * time.Second, []string{waited + "20s. The API last said: INCOMPLETE, not finished.", "cleared already", "-refresh=false"},
		},
		"a wait within a call": {
			prototest.Object{"wait_for_completion": true, "timeouts": prototest.Object{"read": "20s"}},
			true, 20 * time.Second, []string{waited + "20s. The API has not said anything about it yet.", "cleared already", "-refresh=false", "Attempts: 1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				// The link outlives all waits, so that nothing ever finishes.
				sim := simulator.New(simulator.Config{LinkLifetime: 24 * time.Hour})
				id := newSession(t, sim, "user-1")
				if tc.silent {
					if err := sim.Inject(simulator.Fault{Operation: simulator.OpResult, Kind: "timeout", Count: -1}); err != nil {
						t.Fatal(err)
					}
				}
				server := prototest.Configured(t, sim.Transport(), nil)
				tc.config["signature_id"] = id

				started := time.Now()
				state, diags := server.ReadDataSource(t.Context(), typeName, tc.config)
				if took := time.Since(started); took != tc.took {
					t.Errorf("took %s, want %s", took, tc.took)
				}
				if state != nil {
					t.Errorf("state is %v, want none", state)
				}
				checkError(t, diags, nil, append(tc.want, "timeout passed", "Operation: get-result")...)
			})
		})
	}
}

func TestLivenessResultDataSource_interrupt(t *testing.T) {
	t.Parallel()
	for name, latency := range map[string]time.Duration{
		"between two calls": 0,
		"within a call":     10 * time.Second,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := simulator.New(simulator.Config{})
				id := newSession(t, sim, "user-1")
				server := prototest.Configured(t, sim.Transport(), nil)
				sim.SetBehaviour(simulator.Behaviour{LatencyMin: latency})
				time.AfterFunc(time.Minute, server.Stop)

				started := time.Now()
				_, diags := server.ReadDataSource(t.Context(), typeName, prototest.Object{"signature_id": id, "wait_for_completion": true})
				if took := time.Since(started); took != time.Minute {
					t.Errorf("took %s, want 1m0s", took)
				}
				checkError(t, diags, nil, "after a wait of 1m0s. The API last said: INCOMPLETE, not finished.", "The operation was interrupted.", "-refresh=false")
			})
		})
	}
}

func TestLivenessResultDataSource_notKnown(t *testing.T) {
	t.Parallel()
	for name, wait := range map[string]bool{"a single read": false, "a wait": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := simulator.New(simulator.Config{})
			server := prototest.Configured(t, sim.Transport(), nil)
			_, diags := server.ReadDataSource(t.Context(), typeName, prototest.Object{"signature_id": "0123456789abcdef", "wait_for_completion": wait})
			checkError(t, diags, tftypes.NewAttributePath().WithAttributeName("signature_id"), "SIGNATURE_NOT_EXIST", "Transaction id: ")
			if got := sim.CallCount(simulator.OpResult); got != 1 {
				t.Errorf("%d calls, want 1", got)
			}
		})
	}
}

func TestLivenessResultDataSource_unknownProviderArgument(t *testing.T) {
	t.Parallel()
	sim := simulator.New(simulator.Config{})
	server := prototest.Configured(t, sim.Transport(), prototest.Object{"endpoint": prototest.Unknown})
	_, diags := server.ReadDataSource(t.Context(), typeName, prototest.Object{"signature_id": "0123456789abcdef"})
	if len(diags) != 1 || !strings.Contains(diags[0].Detail, `"endpoint"`) || !strings.Contains(diags[0].Detail, "depends_on") {
		t.Errorf("diagnostics are %s\nwant one that names endpoint and suggests depends_on", diags)
	}
	if calls := sim.Calls(); len(calls) != 0 {
		t.Errorf("calls are %v, want none", calls)
	}
}

func TestLivenessResultDataSource_validate(t *testing.T) {
	t.Parallel()
	root := tftypes.NewAttributePath().WithAttributeName
	for name, tc := range map[string]struct {
		config    prototest.Object
		attribute *tftypes.AttributePath // nil where the value is good
	}{
		"no signature_id":               {prototest.Object{"signature_id": ""}, root("signature_id")},
		"blank signature_id":            {prototest.Object{"signature_id": " \t\n"}, root("signature_id")},
		"other return_image_type":       {prototest.Object{"return_image_type": "JPEG"}, root("return_image_type")},
		"lower-case return_image_type":  {prototest.Object{"return_image_type": "url"}, root("return_image_type")},
		"empty return_image_type":       {prototest.Object{"return_image_type": ""}, root("return_image_type")},
		"poll_interval below a second":  {prototest.Object{"poll_interval": "999ms"}, root("poll_interval")},
		"negative poll_interval":        {prototest.Object{"poll_interval": "-15s"}, root("poll_interval")},
		"poll_interval without a unit":  {prototest.Object{"poll_interval": "15"}, root("poll_interval")},
		"empty poll_interval":           {prototest.Object{"poll_interval": ""}, root("poll_interval")},
		"timeouts.read of zero":         {prototest.Object{"timeouts": prototest.Object{"read": "0s"}}, root("timeouts").WithAttributeName("read")},
		"timeouts.read below zero":      {prototest.Object{"timeouts": prototest.Object{"read": "-1m"}}, root("timeouts").WithAttributeName("read")},
		"timeouts.read of no duration":  {prototest.Object{"timeouts": prototest.Object{"read": "soon"}}, root("timeouts").WithAttributeName("read")},
		"a signature_id of digits only": {prototest.Object{"signature_id": "1234567890"}, nil},
		"poll_interval of a second":     {prototest.Object{"poll_interval": "1s"}, nil},
		"compound durations":            {prototest.Object{"poll_interval": "1m30s", "timeouts": prototest.Object{"read": "1h15m"}}, nil},
		"empty timeouts":                {prototest.Object{"timeouts": prototest.Object{}}, nil},
		"URL":                           {prototest.Object{"return_image_type": "URL"}, nil},
		"BASE64":                        {prototest.Object{"return_image_type": "BASE64"}, nil},
		"unknown values": {prototest.Object{
			"signature_id": prototest.Unknown, "return_image_type": prototest.Unknown, "wait_for_completion": prototest.Unknown,
			"poll_interval": prototest.Unknown, "timeouts": prototest.Object{"read": prototest.Unknown},
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, ok := tc.config["signature_id"]; !ok {
				tc.config["signature_id"] = "0123456789abcdef"
			}
			// What is valid gets as far as to a provider that can't call yet.
			server := prototest.Configured(t, nil, prototest.Object{"endpoint": prototest.Unknown})
			_, diags := server.ReadDataSource(t.Context(), typeName, tc.config)
			if tc.attribute == nil {
				if len(diags) != 1 || diags[0].Attribute != nil {
					t.Errorf("a good value was refused: %s", diags)
				}
				return
			}
			if len(diags) != 1 || !diags[0].Attribute.Equal(tc.attribute) {
				t.Errorf("diagnostics are %s\nwant one at %s", diags, tc.attribute)
			}
		})
	}
}

// TestLivenessResultDataSource_log is about what a wait writes: its progress,
// and nothing about the person.
func TestLivenessResultDataSource_log(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Config{})
		id := newSession(t, sim, "user-1")
		time.AfterFunc(20*time.Second, func() { finish(t, sim, id, simulator.Outcome{Result: simulator.ResultPass}) })
		var log bytes.Buffer
		ctx := tflogtest.RootLogger(t.Context(), &log)
		server := prototest.Configured(t, sim.Transport(), nil)
		_, diags := server.ReadDataSource(ctx, typeName, prototest.Object{"signature_id": id, "wait_for_completion": true, "return_image_type": "URL"})
		if diags.HasError() {
			t.Fatal(diags)
		}
		text := log.String()
		for _, line := range []string{
			`"@message":"waiting for the liveness transaction to finish","@module":"provider","signature_id":"` + id + `","state":"INCOMPLETE, not finished","waited":"0s"`,
			`"waited":"15s"`,
		} {
			if !strings.Contains(text, line) {
				t.Errorf("the log has no %s:\n%s", line, text)
			}
		}
		if private := regexp.MustCompile(`user-1|order-1|app\.example\.com|/media/|eyJ|` + acctest.SecretKey).FindString(text); private != "" {
			t.Errorf("the log has %q:\n%s", private, text)
		}
	})
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
