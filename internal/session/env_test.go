package session_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/advance-community/terraform-provider-advance/internal/acctest"
	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

const typeName = "advance_liveness_session"

func TestMain(m *testing.M) { acctest.Main(m) }

// minimal is a configuration of the required arguments, and of more.
func minimal(more prototest.Object) prototest.Object { return acctest.RequiredArguments(more) }

// full is a configuration of every argument that the API has a field for, and
// of more.
func full(more prototest.Object) prototest.Object { return acctest.AllArguments(more) }

// env is a simulator and a provider that calls it.
type env struct {
	*simulator.Simulator
	server *prototest.Server
}

// withFakeTime runs f in a synctest bubble, where an hour costs nothing.
func withFakeTime(t *testing.T, f func(t *testing.T, e env)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Config{})
		f(t, env{sim, prototest.Configured(t, sim.Transport(), nil)})
	})
}

// another returns a second provider process on the same simulator. block is
// added to its provider block.
func (e env) another(t *testing.T, block prototest.Object) *prototest.Server {
	t.Helper()
	return prototest.Configured(t, e.Transport(), block)
}

// create makes a session, and fails on any diagnostic.
func (e env) create(t *testing.T, config prototest.Object) *prototest.Resource {
	t.Helper()
	r := e.server.NewResource(typeName)
	if diags := r.Configure(t.Context(), config); len(diags) > 0 {
		t.Fatalf("creating a session: %s", diags)
	}
	return r
}

// refreshed makes a session and reads it.
func (e env) refreshed(t *testing.T, config prototest.Object) *prototest.Resource {
	t.Helper()
	r := e.create(t, config)
	refresh(t, r)
	return r
}

// imported imports the only session of the simulator.
func (e env) imported(t *testing.T) *prototest.Resource {
	t.Helper()
	r := e.server.NewResource(typeName)
	if diags := r.Import(t.Context(), e.Sessions()[0].SignatureID); len(diags) > 0 {
		t.Fatalf("importing a session: %s", diags)
	}
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

func (e env) finish(t *testing.T, r *prototest.Resource, result string) {
	t.Helper()
	if err := e.Finish(idOf(r), simulator.Outcome{Result: result}); err != nil {
		t.Fatal(err)
	}
}

// erase erases a session behind Terraform's back.
func (e env) erase(t *testing.T, r *prototest.Resource) {
	t.Helper()
	if diags := r.On(e.server).Destroy(t.Context()); diags.HasError() {
		t.Fatalf("erasing a session out of band: %s", diags)
	}
}

// destroy destroys an instance and checks what every destroy promises; see
// checkErasure. It returns what the destroy says, without what the plan said
// ahead.
func destroy(t *testing.T, e env, r *prototest.Resource) prototest.Diagnostics {
	t.Helper()
	before := r.Values()
	diags := r.Apply(t.Context(), r.Plan(t.Context(), nil))
	if fault := checkErasure(e.Simulator, before, r, diags); fault != "" {
		t.Errorf("%s; got:\n%s", fault, diags)
	}
	return diags
}

// total returns the number of calls that were made.
func (e env) total() int { return len(e.Calls()) }

// refresh reads the instance and fails on any diagnostic.
func refresh(t *testing.T, r *prototest.Resource) {
	t.Helper()
	if diags := r.Refresh(t.Context()); len(diags) > 0 {
		t.Fatalf("reading the session: %s", diags)
	}
}

// text returns a string of the state, "" for null.
func text(r *prototest.Resource, name string) string {
	s, _ := r.Values()[name].(string)
	return s
}

func idOf(r *prototest.Resource) string { return text(r, "signature_id") }

// wantNothingConfidential fails if a log has a key, a token, a link, a user id or
// a URL argument of a session that was made from full.
func wantNothingConfidential(t *testing.T, log string) {
	t.Helper()
	for _, confidential := range []string{"user-1", "app.example.com", "key=secret", simulator.DefaultAccessKey, simulator.DefaultSecretKey, "token=", "eyJ"} {
		if strings.Contains(log, confidential) {
			t.Errorf("the log has %q:\n%s", confidential, log)
		}
	}
}

// attributeOf returns the argument that a diagnostic is on, "" for none.
func attributeOf(d *tfprotov6.Diagnostic) string {
	if d.Attribute == nil || len(d.Attribute.Steps()) == 0 {
		return ""
	}
	name, _ := d.Attribute.Steps()[0].(tftypes.AttributeName)
	return string(name)
}

// withoutPath is a gateway that takes its own path off.
func withoutPath(next http.RoundTripper, path string) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		req.URL.Path = strings.TrimPrefix(req.URL.Path, path)
		return next.RoundTrip(req)
	})
}

// withEcho answers get-result with another echo.
func withEcho(next http.RoundTripper, echo string) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(req)
		if err != nil || !strings.HasSuffix(req.URL.Path, "get-result") {
			return resp, err
		}
		var answer map[string]any
		if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
			return nil, err
		}
		if err := resp.Body.Close(); err != nil {
			return nil, err
		}
		if data, ok := answer["data"].(map[string]any); ok {
			data["inputParameters"] = json.RawMessage(echo)
		}
		body, err := json.Marshal(answer)
		resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		return resp, err
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
