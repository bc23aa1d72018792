package sessionset_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/advance-community/terraform-provider-advance/internal/acctest"
	"github.com/advance-community/terraform-provider-advance/internal/audit"
	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

const typeName = "advance_liveness_session_set"

func TestMain(m *testing.M) { acctest.Main(m) }

// env is a simulator and a provider that calls it.
type env struct {
	*simulator.Simulator
	server *prototest.Server
	log    string // path of the audit log
}

// withFakeTime runs f in a synctest bubble, where an hour costs nothing.
func withFakeTime(t *testing.T, f func(t *testing.T, e env)) {
	t.Helper()
	log := filepath.Join(t.TempDir(), "audit.jsonl")
	synctest.Test(t, func(t *testing.T) {
		e := env{Simulator: simulator.New(simulator.Config{}), log: log}
		e.server = e.another(t, nil)
		f(t, e)
	})
}

// another returns a second provider process on the same simulator. block is
// added to its provider block.
func (e env) another(t *testing.T, block prototest.Object) *prototest.Server {
	t.Helper()
	whole := prototest.Object{"audit_log": e.log, "max_retries": 0}
	maps.Copy(whole, block)
	return prototest.Configured(t, e.Transport(), whole)
}

// users returns user ids by their keys: "a" has "user-a". They pass no test by
// themselves.
func users(keys ...string) prototest.Object {
	ids := prototest.Object{}
	for _, key := range keys {
		ids[key] = "user-" + key
	}
	return ids
}

// numbered returns n user ids.
func numbered(n int) prototest.Object {
	ids := prototest.Object{}
	for i := range n {
		ids[fmt.Sprintf("k%05d", i)] = fmt.Sprintf("user-%05d", i)
	}
	return ids
}

// config is a configuration of the required arguments, and of more.
func config(userIDs any, more prototest.Object) prototest.Object {
	whole := acctest.RequiredArguments(more)
	delete(whole, "user_id")
	whole["user_ids"] = userIDs
	return whole
}

// create makes a set, and fails on any diagnostic.
func (e env) create(t *testing.T, config prototest.Object) *prototest.Resource {
	t.Helper()
	r := e.server.NewResource(typeName)
	prototest.WantNothing(t, r.Configure(t.Context(), config))
	return r
}

func (e env) inject(t *testing.T, faults ...simulator.Fault) {
	t.Helper()
	for _, fault := range faults {
		if err := e.Inject(fault); err != nil {
			t.Fatal(err)
		}
	}
}

// finish ends the session of each key.
func (e env) finish(t *testing.T, r *prototest.Resource, result string, keys ...string) {
	t.Helper()
	for _, key := range keys {
		e.finishID(t, idOf(r, key), result)
	}
}

func (e env) finishID(t *testing.T, id, result string) {
	t.Helper()
	if err := e.Finish(id, simulator.Outcome{Result: result}); err != nil {
		t.Fatal(err)
	}
}

// finishAll ends every session that is not finished.
func (e env) finishAll(t *testing.T, result string) {
	t.Helper()
	for _, one := range e.Sessions() {
		if one.State == simulator.StateIssued {
			e.finishID(t, one.SignatureID, result)
		}
	}
}

// wantCleared fails unless the session is cleared as it is said.
func (e env) wantCleared(t *testing.T, id string, want bool) {
	t.Helper()
	one, known := e.Session(id)
	if got := known && one.State == simulator.StateCleared; got != want {
		t.Errorf("session %s is %q (known %t); cleared %t, want %t", id, one.State, known, got, want)
	}
}

// total returns the number of calls that were made.
func (e env) total() int { return len(e.Calls()) }

// made returns the number of sessions that were made.
func (e env) made() int { return e.CallCount(simulator.OpGenerate) }

// events returns the events of the audit log by signature id. Each has the biz_id
// of its session.
func (e env) events(t *testing.T) map[string][]audit.Kind {
	t.Helper()
	content, err := os.ReadFile(e.log)
	if err != nil {
		t.Fatal(err)
	}
	events := map[string][]audit.Kind{}
	for line := range strings.Lines(string(content)) {
		var event audit.Event
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatal(err)
		}
		events[event.SignatureID] = append(events[event.SignatureID], event.Kind)
		if one, known := e.Session(event.SignatureID); known && event.BizID != one.InputParameters["bizId"] {
			t.Errorf("event %s of session %s has the biz_id %q, want %q", event.Kind, event.SignatureID, event.BizID, one.InputParameters["bizId"])
		}
	}
	return events
}

// wantEvents fails unless the audit log has these events of a session.
func (e env) wantEvents(t *testing.T, id string, want ...audit.Kind) {
	t.Helper()
	if diff := cmp.Diff(want, e.events(t)[id]); diff != "" {
		t.Errorf("events of session %s (-want +got):\n%s", id, diff)
	}
}

// mapOf returns a map of strings of the state.
func mapOf(r *prototest.Resource, attribute string) map[string]string {
	values, _ := r.Values()[attribute].(prototest.Object)
	m := map[string]string{}
	for key, v := range values {
		m[key] = fmt.Sprint(v)
	}
	return m
}

// plannedMap returns a map of strings of a plan. Unknown ones are
// prototest.Unknown. It is nil if the map is unknown as a whole.
func plannedMap(t testing.TB, plan *prototest.Plan, attribute string) prototest.Object {
	t.Helper()
	planned, _ := plan.Values(t)[attribute].(prototest.Object)
	return planned
}

func idOf(r *prototest.Resource, key string) string { return mapOf(r, "signature_ids")[key] }

// wantKeys fails unless the three maps have these keys, and complete is said.
func wantKeys(t *testing.T, r *prototest.Resource, complete bool, keys ...string) {
	t.Helper()
	for _, attribute := range []string{"signature_ids", "urls", "expires_at"} {
		if got := slices.Sorted(maps.Keys(mapOf(r, attribute))); !slices.Equal(got, keys) {
			t.Errorf("%s has the keys %q, want %q", attribute, got, keys)
		}
	}
	if got := r.Values()["complete"]; got != complete {
		t.Errorf("complete is %v, want %t", got, complete)
	}
}

// wantUncleared fails unless these sessions are uncleared.
func wantUncleared(t *testing.T, r *prototest.Resource, ids ...string) {
	t.Helper()
	slices.Sort(ids)
	if got := slices.Sorted(maps.Keys(mapOf(r, "uncleared"))); !slices.Equal(got, ids) {
		t.Errorf("uncleared is %q, want %q", got, ids)
	}
}

// refresh reads the set and fails on any diagnostic.
func refresh(t *testing.T, r *prototest.Resource) {
	t.Helper()
	prototest.WantNothing(t, r.Refresh(t.Context()))
}

// destroy destroys the set, and returns what the destroy says without what the
// plan said ahead.
func destroy(t *testing.T, r *prototest.Resource) prototest.Diagnostics {
	t.Helper()
	return r.Apply(t.Context(), r.Plan(t.Context(), nil))
}

// apply applies a configuration, and returns what the apply says without what
// the plan said ahead.
func apply(t *testing.T, r *prototest.Resource, config prototest.Object) prototest.Diagnostics {
	t.Helper()
	return r.Apply(t.Context(), r.Plan(t.Context(), config))
}

// tfDiagnostic is a diagnostic of the protocol.
type tfDiagnostic = tfprotov6.Diagnostic

// breakLog replaces an audit log by a folder, to which nothing can be written.
func breakLog(t *testing.T, path string) {
	t.Helper()
	if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
		t.Fatal(err)
	}
}

// withOneID answers each generate-url with the same signature id.
func withOneID(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(req)
		if err != nil || !strings.HasSuffix(req.URL.Path, "detection-url") {
			return resp, err
		}
		body, err := io.ReadAll(resp.Body)
		if err := errors.Join(err, resp.Body.Close()); err != nil {
			return nil, err
		}
		body = regexp.MustCompile(`"signatureId": *"[^"]*"`).ReplaceAll(body, []byte(`"signatureId":"0000000000000001"`))
		resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		return resp, nil
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
