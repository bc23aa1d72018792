package action_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/advance-community/terraform-provider-advance/internal/acctest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// newTerraform returns a working directory with both actions, and a session whose
// lifecycle block has lifecycle in it. There are no actions in OpenTofu.
func newTerraform(t *testing.T, sim *acctest.Simulator, userID, lifecycle string) (tf *acctest.Terraform, log string) {
	t.Helper()
	acctest.Require(t, "1.14", "")
	log = filepath.Join(t.TempDir(), "audit.jsonl")
	return acctest.NewTerraform(t, sim.ProviderConfig(fmt.Sprintf("audit_log = %q", log))+fmt.Sprintf(`
resource "advance_liveness_session" "test" {
  return_url      = "https://app.example.com/ok"
  fail_return_url = "https://app.example.com/fail"
  user_id         = %q
  region          = "PHL"
  lifecycle {
    %s
  }
}

action "advance_await_liveness_result" "test" {
  config {
    signature_id  = advance_liveness_session.test.signature_id
    poll_interval = "1s"
  }
}

action "advance_clear_liveness_data" "test" {
  config {
    signature_id = advance_liveness_session.test.signature_id
  }
}
`, userID, lifecycle)), log
}

func TestAccAction_invoked(t *testing.T) {
	t.Parallel()
	sim := acctest.NewSimulator(t, simulator.Config{})
	tf, log := newTerraform(t, sim, "user-1", "")
	tf.Run("apply", "-auto-approve")
	e := env{Simulator: sim.Simulator, id: sim.Sessions()[0].SignatureID, log: log}

	waiting := tf.Start("apply", "-auto-approve", "-invoke=action.advance_await_liveness_result.test")
	// The first call is the refresh.
	acctest.Eventually(t, "the third get-result", func() bool { return sim.CallCount(simulator.OpResult) >= 3 })
	e.finish(t, simulator.ResultPass)
	output, exit := waiting.Wait()
	wantOutput(t, output, exit, 0, "Session "+e.id+": INCOMPLETE, not finished. Waiting for the person to finish, or for the link to expire. Time left: 1h15m0s.",
		"Session "+e.id+" is finished: PASS, SUCCESS.", "Action complete: action.advance_await_liveness_result.test")

	output, exit = tf.Try("apply", "-auto-approve", "-invoke=action.advance_clear_liveness_data.test")
	wantOutput(t, output, exit, 0, "Session "+e.id+": the API confirmed that its data is erased.")
	e.wantCleared(t)
	if events := e.events(t); len(events) != 2 || events[1]["event"] != "data_cleared" || events[1]["signature_id"] != e.id {
		t.Errorf("the audit log has %v, want session_created and data_cleared", events)
	}

	// The API has forgotten the id by now, so invoking it again is an error.
	output, exit = tf.Try("apply", "-auto-approve", "-invoke=action.advance_clear_liveness_data.test", "-refresh=false")
	wantOutput(t, output, exit, 1, "Unable to Clear Liveness Data", "does not know the session", "Error code: SIGNATURE_NOT_EXIST")
}

// An apply that makes a session, waits until the person has finished, and erases
// the data.
func TestAccAction_triggered(t *testing.T) {
	t.Parallel()
	sim := acctest.NewSimulator(t, simulator.Config{})
	tf, log := newTerraform(t, sim, "sim-pass-1", `action_trigger {
      events  = [after_create]
      actions = [action.advance_await_liveness_result.test, action.advance_clear_liveness_data.test]
    }`)
	output, exit := tf.Try("apply", "-auto-approve")
	e := env{Simulator: sim.Simulator, id: sim.Sessions()[0].SignatureID, log: log}
	wantOutput(t, output, exit, 0, "Session "+e.id+" is finished: PASS, SUCCESS.", "Session "+e.id+": the API confirmed that its data is erased.")
	e.wantCleared(t)
}

// Ctrl-C ends a wait immediately, with an error.
func TestAccAction_interrupted(t *testing.T) {
	t.Parallel()
	sim := acctest.NewSimulator(t, simulator.Config{})
	tf, log := newTerraform(t, sim, "user-1", "")
	tf.Run("apply", "-auto-approve")
	e := env{Simulator: sim.Simulator, id: sim.Sessions()[0].SignatureID, log: log}

	waiting := tf.Start("apply", "-auto-approve", "-invoke=action.advance_clear_liveness_data.test")
	// The first one alone may still be on its way back: no wait has begun.
	acctest.Eventually(t, "another clear-data", func() bool { return sim.CallCount(simulator.OpClear) > 1 })
	waiting.Interrupt()
	output, exit := waiting.Wait()
	wantOutput(t, output, exit, 1, "The wait for it was interrupted after", "Invoke the action again.")
	if events := e.events(t); len(events) != 2 || events[1]["event"] != "clear_failed" {
		t.Errorf("the audit log has %v, want session_created and clear_failed", events)
	}
	e.finish(t, simulator.ResultPass)
	tf.Run("destroy", "-auto-approve")
	e.wantCleared(t)
}

// wantOutput fails unless terraform ended with this exit code and printed each of
// the texts, in their order.
func wantOutput(t *testing.T, output string, exit, wantExit int, texts ...string) {
	t.Helper()
	if exit != wantExit {
		t.Errorf("the exit code is %d, want %d", exit, wantExit)
	}
	rest := acctest.Unwrapped(output)
	for _, text := range texts {
		_, after, found := strings.Cut(rest, text)
		if !found {
			t.Errorf("no %q in its place in:\n%s", text, output)
			return
		}
		rest = after
	}
}
