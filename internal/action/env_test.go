package action_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/advance-community/terraform-provider-advance/internal/acctest"
	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

const (
	awaitType = "advance_await_liveness_result"
	clearType = "advance_clear_liveness_data"
)

func TestMain(m *testing.M) { acctest.Main(m) }

// env is a simulator with one session, and a provider that calls it.
type env struct {
	*simulator.Simulator
	server *prototest.Server
	id     string // of the session
	log    string // path of the audit log
}

// withFakeTime runs f in a synctest bubble, where an hour costs nothing.
func withFakeTime(t *testing.T, f func(t *testing.T, e env)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Config{})
		log := t.TempDir() + "/audit.jsonl"
		session := prototest.Configured(t, sim.Transport(), nil).NewResource("advance_liveness_session")
		if diags := session.Configure(t.Context(), acctest.RequiredArguments(nil)); len(diags) > 0 {
			t.Fatalf("creating a session: %s", diags)
		}
		f(t, env{sim, prototest.Configured(t, sim.Transport(), prototest.Object{"audit_log": log}), sim.Sessions()[0].SignatureID, log})
	})
}

// invoke invokes an action on the session, and returns how long it took too.
func (e env) invoke(t *testing.T, typeName string, more prototest.Object) ([]string, prototest.Diagnostics, time.Duration) {
	t.Helper()
	config := prototest.Object{"signature_id": e.id}
	for name, value := range more {
		config[name] = value
	}
	started := time.Now()
	messages, diags := e.server.InvokeAction(t.Context(), typeName, config)
	return messages, diags, time.Since(started)
}

func (e env) finish(t *testing.T, result string) {
	t.Helper()
	if err := e.Finish(e.id, simulator.Outcome{Result: result}); err != nil {
		t.Error(err)
	}
}

func (e env) inject(t *testing.T, fault simulator.Fault) {
	t.Helper()
	if err := e.Inject(fault); err != nil {
		t.Error(err)
	}
}

// wantCleared fails unless the simulator has erased the session's data.
func (e env) wantCleared(t *testing.T) {
	t.Helper()
	if s, _ := e.Session(e.id); s.State != simulator.StateCleared || s.HoldsPersonalData {
		t.Errorf("the session is %s at the API, want it cleared", s.State)
	}
}

// events returns the events of the audit log, each with its transaction id.
func (e env) events(t *testing.T) []map[string]string {
	t.Helper()
	content, err := os.ReadFile(e.log)
	if err != nil {
		t.Fatal(err)
	}
	var events []map[string]string
	for line := range strings.Lines(string(content)) {
		var event map[string]string
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatal(err)
		}
		events = append(events, event)
	}
	return events
}

// wantEvent fails unless the audit log has this event of the session alone.
func (e env) wantEvent(t *testing.T, kind string) {
	t.Helper()
	events := e.events(t)
	if len(events) != 1 || events[0]["event"] != kind || events[0]["signature_id"] != e.id || events[0]["transaction_id"] == "" {
		t.Errorf("the audit log has %v, want one %s", events, kind)
	}
}

// wantError fails unless there is exactly one diagnostic, an error with this
// summary and with all texts in its detail, at signature_id or at no attribute.
func wantError(t *testing.T, diags prototest.Diagnostics, summary string, atID bool, texts ...string) {
	t.Helper()
	if len(diags) != 1 || !diags.HasError() {
		t.Fatalf("diagnostics are %s\nwant one error", diags)
	}
	got := diags[0]
	if got.Summary != summary {
		t.Errorf("the summary is %q, want %q", got.Summary, summary)
	}
	if at := got.Attribute.Equal(tftypes.NewAttributePath().WithAttributeName("signature_id")); at != atID {
		t.Errorf("the error is at %s", got.Attribute)
	}
	for _, text := range texts {
		if !strings.Contains(got.Detail, text) {
			t.Errorf("the detail has no %q:\n%s", text, got.Detail)
		}
	}
}

// wantProgress fails unless the messages are these, with ID for the session's
// id.
func (e env) wantProgress(t *testing.T, got []string, want ...string) {
	t.Helper()
	for i := range want {
		want[i] = strings.ReplaceAll(want[i], "ID", e.id)
	}
	if text := strings.Join(got, "\n"); text != strings.Join(want, "\n") {
		t.Errorf("progress is\n%s\nwant\n%s", text, strings.Join(want, "\n"))
	}
}
