package session_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/advance-community/terraform-provider-advance/internal/acctest"
	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// uiLines returns the messages of the diagnostics that terraform prints with
// -json, and its other lines.
func uiLines(t *testing.T, output string) (warnings string) {
	t.Helper()
	for line := range strings.Lines(output) {
		var message struct {
			Diagnostic *struct{ Severity, Summary, Detail string }
		}
		if json.Unmarshal([]byte(line), &message) != nil || message.Diagnostic == nil || message.Diagnostic.Severity != "warning" {
			continue
		}
		warnings += message.Diagnostic.Summary + ": " + message.Diagnostic.Detail + "\n"
	}
	return warnings
}

// A destroy of a session that the API forgot says so, in text and as JSON:
// Terraform does not show what the refresh before it says.
func TestAccSession_destroyForgotten(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{"text": nil, "json": {"-json"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := acctest.NewSimulator(t, simulator.Config{})
			log := filepath.Join(t.TempDir(), "audit.jsonl")
			tf := acctest.NewTerraform(t, sim.ProviderConfig(fmt.Sprintf("audit_log = %q", log))+block(t, "test", passing(nil)))
			tf.Run("apply", "-auto-approve")
			id := sim.Sessions()[0].SignatureID
			sim.Forget(id)

			output := tf.Run(append([]string{"destroy", "-auto-approve"}, args...)...)
			warnings := acctest.Unwrapped(output)
			if args != nil {
				warnings = uiLines(t, output)
			}
			prototest.WantText(t, warnings, "Session Not Known to the API", "Liveness Session Was Gone", id)
			last := events(t, log)[1]
			if last["event"] != "session_gone" || last["signature_id"] != id || last["transaction_id"] == "" {
				t.Errorf("the audit log ends with %v, want session_gone", last)
			}
			prototest.WantText(t, warnings, "Transaction id: "+last["transaction_id"])
			if got := sim.CallCount(simulator.OpClear); got != 1 {
				t.Errorf("got %d clear-data calls, want one", got)
			}
		})
	}
}

// Stray answers in the refresh before a destroy do not keep it from erasing the
// session, once.
func TestAccSession_destroyAfterStrayAnswers(t *testing.T) {
	t.Parallel()
	for _, stray := range []int{1, 2} {
		t.Run(fmt.Sprint(stray), func(t *testing.T) {
			t.Parallel()
			sim := acctest.NewSimulator(t, simulator.Config{})
			log := filepath.Join(t.TempDir(), "audit.jsonl")
			tf := acctest.NewTerraform(t, sim.ProviderConfig(fmt.Sprintf("audit_log = %q", log))+block(t, "test", passing(nil)))
			tf.Run("apply", "-auto-approve")
			if err := sim.Inject(simulator.Fault{Operation: simulator.OpResult, Kind: "signature-not-exist", Count: stray}); err != nil {
				t.Fatal(err)
			}
			output := tf.Run("destroy", "-auto-approve")
			if strings.Contains(output, "Was Gone") || sim.CallCount(simulator.OpClear) != 1 {
				t.Errorf("%d clear-data calls, want one and no word of a session that was gone:\n%s", sim.CallCount(simulator.OpClear), output)
			}
			if err := wantErased(sim, 1)(nil); err != nil {
				t.Error(err)
			}
			if got := events(t, log); len(got) != 2 || got[1]["event"] != "data_cleared" {
				t.Errorf("audit log is %v, want data_cleared after session_created", got)
			}
		})
	}
}

// The ids of all sessions that were gone are on the terminal.
func TestAccSession_destroySeveralForgotten(t *testing.T) {
	t.Parallel()
	sim := acctest.NewSimulator(t, simulator.Config{})
	tf := acctest.NewTerraform(t, sim.ProviderConfig()+block(t, "one", passing(nil))+block(t, "two", passing(nil)))
	tf.Run("apply", "-auto-approve")
	for _, s := range sim.Sessions() {
		sim.Forget(s.SignatureID)
	}
	output := acctest.Unwrapped(tf.Run("destroy", "-auto-approve"))
	for _, call := range sim.Calls() {
		if call.Operation == simulator.OpGenerate {
			prototest.WantText(t, output, "The API does not know session "+call.SignatureID+" any more, or holds no image")
		}
	}
}

// A session whose block was removed is planned without this run's refresh. The
// warning ahead comes all the same.
func TestAccSession_removedBlockWarns(t *testing.T) {
	t.Parallel()
	sim := acctest.NewSimulator(t, simulator.Config{})
	tf := acctest.NewTerraform(t, sim.ProviderConfig()+block(t, "test", minimal(nil)))
	tf.Run("apply", "-auto-approve")
	tf.Configure(sim.ProviderConfig())
	prototest.WantText(t, acctest.Unwrapped(tf.Run("plan")), "Session Not Finished Yet", "Its destroy will wait until it is finished")
}

// What the error about a deposed session says works: change nothing, and apply
// again after the time.
func TestAccSession_deposed(t *testing.T) {
	t.Parallel()
	sim := acctest.NewSimulator(t, simulator.Config{})
	config := func(user string) string {
		return sim.ProviderConfig() + strings.Replace(
			block(t, "test", minimal(prototest.Object{"deletion_policy": "fail", "user_id": user})), "{", "{\n  lifecycle {\n    create_before_destroy = true\n  }", 1)
	}
	tf := acctest.NewTerraform(t, config("user-1"))
	tf.Run("apply", "-auto-approve")
	old := sim.Sessions()[0].SignatureID

	tf.Configure(config("user-2"))
	output, exit := tf.Try("apply", "-auto-approve")
	if exit != 1 {
		t.Fatalf("exit code %d, want 1:\n%s", exit, output)
	}
	prototest.WantText(t, acctest.Unwrapped(output), old, "deposed (left by a failed create_before_destroy)", "Leave them as they are, and apply again after that time", "will be finished at the latest at about")

	if err := sim.Finish(old, simulator.Outcome{Result: simulator.ResultPass}); err != nil {
		t.Fatal(err)
	}
	tf.Run("apply", "-auto-approve")
	for _, s := range sim.Sessions() {
		if want := map[bool]string{true: simulator.StateCleared, false: simulator.StateIssued}[s.SignatureID == old]; s.State != want {
			t.Errorf("session %s is %s, want %s", s.SignatureID, s.State, want)
		}
	}
	tf.Run("plan", "-detailed-exitcode")
}

// A generated configuration has null for a sensitive argument. Its true value is
// settled in place.
func TestAccSession_generatedConfiguration(t *testing.T) {
	t.Parallel()
	sim := acctest.NewSimulator(t, simulator.Config{})
	tf := acctest.NewTerraform(t, sim.ProviderConfig()+block(t, "made", passing(prototest.Object{"callback_url": "https://app.example.com/callback?key=secret"})))
	tf.Run("apply", "-auto-approve")
	id := sim.Sessions()[0].SignatureID
	tf.Run("state", "rm", typeName+".made")
	tf.Configure(sim.ProviderConfig() + fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", address, id))
	tf.Run("plan", "-generate-config-out=generated.tf")
	prototest.WantText(t, acctest.Unwrapped(tf.Run("apply", "-auto-approve")), "1 imported, 0 added, 1 changed, 0 destroyed", "Imported Session Keeps Its Parameters", "change of callback_url is only written to the state")
	tf.Run("plan", "-detailed-exitcode")

	tf.Write("generated.tf", block(t, "test", passing(prototest.Object{"callback_url": "https://app.example.com/callback?key=secret"})))
	prototest.WantText(t, acctest.Unwrapped(tf.Run("apply", "-auto-approve")), "0 added, 1 changed, 0 destroyed", "change of callback_url is only written to the state")
	tf.Run("destroy", "-auto-approve")
	if err := wantErased(sim, 1)(nil); err != nil {
		t.Error(err)
	}
}
