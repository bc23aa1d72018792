package result_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

const manyTypeName = "advance_liveness_results"

// notKnownID is a signature id that no simulator has.
const notKnownID = "0123456789abcdef"

// notKnownResult is what the results have for it.
var notKnownResult = prototest.Object{
	"known": false, "finished": false, "passed": false,
	"overall_result": nil, "error_code": nil, "face_liveness_score": nil,
}

// newSessions makes n sessions of one user id, and returns their ids by key.
func newSessions(t *testing.T, sim *simulator.Simulator, n int, userID string) prototest.Object {
	t.Helper()
	client := newClient(t, sim)
	ids := prototest.Object{}
	for i := range n {
		session, err := client.GenerateURL(t.Context(), newRequest(userID))
		if err != nil {
			t.Fatal(err)
		}
		ids[fmt.Sprintf("k%04d", i)] = session.SignatureID
	}
	return ids
}

func inject(t *testing.T, sim *simulator.Simulator, fault simulator.Fault) {
	t.Helper()
	if err := sim.Inject(fault); err != nil {
		t.Fatal(err)
	}
}

// readMany reads the results of ids, without an error.
func readMany(t *testing.T, server *prototest.Server, ids prototest.Object) prototest.Object {
	t.Helper()
	state, diags := server.ReadDataSource(t.Context(), manyTypeName, prototest.Object{"signature_ids": ids})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	results, ok := state["results"].(prototest.Object)
	if !ok {
		t.Fatalf("results are %v, want a map", state["results"])
	}
	return results
}

// TestLivenessResultsDataSource_state is about the whole of a state, with a
// session in each state that there is.
func TestLivenessResultsDataSource_state(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Config{})
		ids := prototest.Object{
			"attack":    newSession(t, sim, "user-1"),
			"fail":      newSession(t, sim, "sim-fail-1"),
			"forgotten": newSession(t, sim, "sim-pass-1"),
			"not known": notKnownID,
			"pass":      newSession(t, sim, "sim-pass-1"),
			"pending":   newSession(t, sim, "user-1"),
			"timeout":   newSession(t, sim, "sim-timeout-1"),
			"":          newSession(t, sim, "sim-pass-1"),
		}
		finish(t, sim, fmt.Sprint(ids["attack"]), simulator.Outcome{Result: simulator.ResultFail, Score: new(49.75)})
		sim.Forget(fmt.Sprint(ids["forgotten"]))
		finished := func(passed bool, overall, code string, score any) prototest.Object {
			return prototest.Object{
				"known": true, "finished": true, "passed": passed,
				"overall_result": overall, "error_code": code, "face_liveness_score": score,
			}
		}
		got, diags := prototest.Configured(t, sim.Transport(), nil).ReadDataSource(t.Context(), manyTypeName,
			prototest.Object{"signature_ids": ids, "parallelism": 3})
		if len(diags) > 0 {
			t.Fatal(diags)
		}
		want := prototest.Object{
			"signature_ids": ids,
			"parallelism":   3.0,
			"results": prototest.Object{
				"attack":    finished(false, "FAIL", "LIVENESS_ATTACK", 49.75),
				"fail":      finished(false, "FAIL", "RISK_STRATEGY_HIT", 87.5),
				"forgotten": notKnownResult,
				"not known": notKnownResult,
				"pass":      finished(true, "PASS", "SUCCESS", 99.0),
				"pending": prototest.Object{
					"known": true, "finished": false, "passed": false,
					"overall_result": "INCOMPLETE", "error_code": nil, "face_liveness_score": nil,
				},
				"timeout": finished(false, "INCOMPLETE", "USER_TIMEOUT", nil),
				"":        finished(true, "PASS", "SUCCESS", 99.0),
			},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("state (-want +got):\n%s", diff)
		}
	})
}

// A pending session is known, whatever the API says of it.
func TestLivenessResultsDataSource_pending(t *testing.T) {
	t.Parallel()
	for name, shape := range map[string]string{
		"null data":   simulator.PendingNullData,
		"null result": simulator.PendingNullResult,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := simulator.New(simulator.Config{})
			sim.SetBehaviour(simulator.Behaviour{Pending: shape})
			want := prototest.Object{"a": prototest.Object{
				"known": true, "finished": false, "passed": false,
				"overall_result": nil, "error_code": nil, "face_liveness_score": nil,
			}}
			got := readMany(t, prototest.Configured(t, sim.Transport(), nil), prototest.Object{"a": newSession(t, sim, "user-1")})
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("results (-want +got):\n%s", diff)
			}
		})
	}
}

// Each session is asked for once, without a type of images.
func TestLivenessResultsDataSource_request(t *testing.T) {
	t.Parallel()
	sim := simulator.New(simulator.Config{})
	id := newSession(t, sim, "sim-pass-1")
	calls := &recorder{next: sim.Transport()}
	readMany(t, prototest.Configured(t, calls, nil), prototest.Object{"a": id})
	if diff := cmp.Diff([]map[string]any{{"signatureId": id}}, calls.bodies); diff != "" {
		t.Errorf("bodies of get-result (-want +got):\n%s", diff)
	}
}

// Two keys may have the same id.
func TestLivenessResultsDataSource_sameID(t *testing.T) {
	t.Parallel()
	sim := simulator.New(simulator.Config{})
	pass, pending := newSession(t, sim, "sim-pass-1"), newSession(t, sim, "user-1")
	got := readMany(t, prototest.Configured(t, sim.Transport(), nil), prototest.Object{"a": pass, "b": pending, "c": pass})
	for key, passed := range map[string]bool{"a": true, "b": false, "c": true} {
		if result, _ := got[key].(prototest.Object); result["passed"] != passed {
			t.Errorf("%s is %v, want passed = %t", key, result, passed)
		}
	}
}

func TestLivenessResultsDataSource_empty(t *testing.T) {
	t.Parallel()
	sim := simulator.New(simulator.Config{})
	got := readMany(t, prototest.Configured(t, sim.Transport(), nil), prototest.Object{})
	if len(got) != 0 || got == nil {
		t.Errorf("results are %v, want an empty map", got)
	}
	if calls := sim.Calls(); len(calls) != 0 {
		t.Errorf("calls are %v, want none", calls)
	}
}

// An id that the API does not know is asked for twice, and does not keep the
// others waiting.
func TestLivenessResultsDataSource_notKnown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Config{})
		ids := prototest.Object{"a": newSession(t, sim, "sim-pass-1")}
		for i := range 9 {
			ids[fmt.Sprint(i)] = notKnownID
		}
		started := time.Now()
		got := readMany(t, prototest.Configured(t, sim.Transport(), nil), ids)
		if took := time.Since(started); took != 2*time.Second {
			t.Errorf("took %s, want 2s", took)
		}
		if calls := sim.CallCount(simulator.OpResult); calls != 19 {
			t.Errorf("%d get-result calls, want 19", calls)
		}
		if diff := cmp.Diff(notKnownResult, got["0"]); diff != "" {
			t.Errorf("results.0 (-want +got):\n%s", diff)
		}
	})
}

// One stray "not known" is not believed.
func TestLivenessResultsDataSource_strayNotKnown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Config{})
		ids := newSessions(t, sim, 3, "sim-pass-1")
		inject(t, sim, simulator.Fault{Operation: simulator.OpResult, Kind: "signature-not-exist", Count: 2})
		for key, result := range readMany(t, prototest.Configured(t, sim.Transport(), nil), ids) {
			if r, _ := result.(prototest.Object); r["passed"] != true {
				t.Errorf("%s is %v, want passed", key, result)
			}
		}
	})
}

// inFlight is a transport whose get-result calls take a second.
type inFlight struct {
	next http.RoundTripper

	mu        sync.Mutex
	now, most int
}

func (f *inFlight) RoundTrip(req *http.Request) (*http.Response, error) {
	if strings.HasSuffix(req.URL.Path, "/get-result") {
		f.add(1)
		defer f.add(-1)
		time.Sleep(time.Second)
	}
	return f.next.RoundTrip(req)
}

func (f *inFlight) add(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now += n
	f.most = max(f.most, f.now)
}

func TestLivenessResultsDataSource_parallelism(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		parallelism any
		most        int
		took        time.Duration
	}{
		"default": {nil, 100, 3 * time.Second}, // ten first, then the rest
		"100":     {100, 100, 3 * time.Second},
		"20":      {20, 20, 11 * time.Second},
		"1":       {1, 1, 210 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := simulator.New(simulator.Config{})
				ids := newSessions(t, sim, 210, "sim-pass-1")
				network := &inFlight{next: sim.Transport()}
				server := prototest.Configured(t, network, nil)
				started := time.Now()
				_, diags := server.ReadDataSource(t.Context(), manyTypeName, prototest.Object{"signature_ids": ids, "parallelism": tc.parallelism})
				if took := time.Since(started); len(diags) > 0 || network.most != tc.most || took != tc.took {
					t.Errorf("%d calls at the same time, and %s; want %d and %s\n%s", network.most, took, tc.most, tc.took, diags)
				}
				if calls := sim.CallCount(simulator.OpResult); calls != 210 {
					t.Errorf("%d get-result calls, want 210", calls)
				}
			})
		})
	}
}

// Where the API allows fewer calls, all are made, with few refusals.
func TestLivenessResultsDataSource_rateLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Config{})
		ids := newSessions(t, sim, 1000, "sim-pass-1")
		sim.SetBehaviour(simulator.Behaviour{RateLimit: 50, LatencyMin: 0.05, RetryAfter: "1s"})
		server := prototest.Configured(t, sim.Transport(), nil)
		started := time.Now()
		if got := readMany(t, server, ids); len(got) != 1000 {
			t.Errorf("%d results, want 1000", len(got))
		}
		if took := time.Since(started); took > 30*time.Second {
			t.Errorf("took %s, want no more than 1.5 times the 20s of the limit", took)
		}
		if calls := sim.CallCount(simulator.OpResult); calls > 1100 {
			t.Errorf("%d get-result calls, want less than 10 %% refused", calls)
		}
	})
}

// The timeout leaves time for a requests_per_second of 1.
func TestLivenessResultsDataSource_requestsPerSecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Config{})
		ids := newSessions(t, sim, 300, "sim-pass-1")
		server := prototest.Configured(t, sim.Transport(), prototest.Object{"requests_per_second": 1})
		started := time.Now()
		readMany(t, server, ids)
		if took := time.Since(started); took < 299*time.Second {
			t.Errorf("took %s, want about 300s", took)
		}
	})
}

func TestLivenessResultsDataSource_unknownProviderArgument(t *testing.T) {
	t.Parallel()
	sim := simulator.New(simulator.Config{})
	server := prototest.Configured(t, sim.Transport(), prototest.Object{"endpoint": prototest.Unknown})
	_, diags := server.ReadDataSource(t.Context(), manyTypeName, prototest.Object{"signature_ids": prototest.Object{"a": notKnownID}})
	if len(diags) != 1 || !strings.Contains(diags[0].Detail, "The data source advance_liveness_results would") ||
		!strings.Contains(diags[0].Detail, `"endpoint"`) || !strings.Contains(diags[0].Detail, "depends_on") {
		t.Errorf("diagnostics are %s\nwant one that names endpoint and suggests depends_on", diags)
	}
	if calls := sim.Calls(); len(calls) != 0 {
		t.Errorf("calls are %v, want none", calls)
	}
}

func TestLivenessResultsDataSource_validate(t *testing.T) {
	t.Parallel()
	one := prototest.Object{"a": notKnownID}
	for name, tc := range map[string]struct {
		config    prototest.Object
		attribute string // empty where the value is good
		text      string
	}{
		"no map": {prototest.Object{}, "signature_ids", "Missing Configuration"},
		"bad elements": {
			prototest.Object{"signature_ids": prototest.Object{"null": nil, "empty": "", "blank": " \t\n", "good": notKnownID}},
			"signature_ids", `It is null or empty under "blank", "empty", "null".`,
		},
		"parallelism of 0":    {prototest.Object{"signature_ids": one, "parallelism": 0}, "parallelism", "between 1 and 100"},
		"parallelism of 101":  {prototest.Object{"signature_ids": one, "parallelism": 101}, "parallelism", "between 1 and 100"},
		"parallelism of 1":    {prototest.Object{"signature_ids": one, "parallelism": 1}, "", ""},
		"parallelism of 100":  {prototest.Object{"signature_ids": one, "parallelism": 100}, "", ""},
		"an empty map":        {prototest.Object{"signature_ids": prototest.Object{}}, "", ""},
		"an unknown map":      {prototest.Object{"signature_ids": prototest.Unknown, "parallelism": prototest.Unknown}, "", ""},
		"an unknown element":  {prototest.Object{"signature_ids": prototest.Object{"a": prototest.Unknown, "b": notKnownID}}, "", ""},
		"bad beside unknown":  {prototest.Object{"signature_ids": prototest.Object{"a": prototest.Unknown, "b": ""}}, "signature_ids", `under "b".`},
		"a key that is empty": {prototest.Object{"signature_ids": prototest.Object{"": notKnownID}}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// What is valid gets as far as to a provider that can't call yet.
			server := prototest.Configured(t, nil, prototest.Object{"endpoint": prototest.Unknown})
			_, diags := server.ReadDataSource(t.Context(), manyTypeName, tc.config)
			if tc.attribute == "" {
				if len(diags) != 1 || diags[0].Attribute != nil {
					t.Errorf("a good value was refused: %s", diags)
				}
				return
			}
			at := tftypes.NewAttributePath().WithAttributeName(tc.attribute)
			if len(diags) != 1 || !diags[0].Attribute.Equal(at) || !strings.Contains(diags.String(), tc.text) {
				t.Errorf("diagnostics are %s\nwant one at %s with %q", diags, at, tc.text)
			}
		})
	}
}

// It leaves time for ids that the API does not know, which are asked for twice.
func TestLivenessResultsDataSource_unknownSlowly(t *testing.T) {
	t.Parallel()
	for name, argument := range map[string]prototest.Object{
		"one at a time":     {"parallelism": 1},
		"one call a second": {"parallelism": 100},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := simulator.New(simulator.Config{})
				sim.SetBehaviour(simulator.Behaviour{LatencyMin: 0.05})
				block := prototest.Object{}
				if argument["parallelism"] != 1 {
					block["requests_per_second"] = 1
				}
				ids := prototest.Object{}
				for n := range 200 {
					ids[fmt.Sprint(n)] = fmt.Sprintf("%016d", n)
				}
				argument["signature_ids"] = ids
				_, diags := prototest.Configured(t, sim.Transport(), block).ReadDataSource(t.Context(), manyTypeName, argument)
				if len(diags) > 0 {
					t.Errorf("want no diagnostics, got:\n%s", diags)
				}
			})
		})
	}
}
