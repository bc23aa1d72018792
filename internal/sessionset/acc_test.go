package sessionset_test

import (
	"encoding/json"
	"fmt"
	"runtime"
	"testing"

	"github.com/advance-community/terraform-provider-advance/internal/acctest"
	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// setHCL is a set of sessions with the keys of a HCL map of user ids, and more
// lines.
func setHCL(userIDs, more string) string {
	return fmt.Sprintf(`
resource "advance_liveness_session_set" "test" {
  return_url      = "https://app.example.com/ok"
  fail_return_url = "https://app.example.com/fail"
  region          = "PHL"
  user_ids        = %s
  %s

  lifecycle {
    postcondition {
      condition     = self.complete
      error_message = "Not every key has its session."
    }
  }
}
`, userIDs, more)
}

// passing returns n user ids whose sessions pass by themselves.
func passing(n int) string {
	return fmt.Sprintf(`{ for n in range(%d) : format("k%%03d", n) => "sim-pass-${n}" }`, n)
}

// idsOf returns the signature ids of the set by key, and the uncleared ones.
func idsOf(t *testing.T, tf *acctest.Terraform) (current, uncleared map[string]string) {
	t.Helper()
	var state struct {
		Values struct {
			Root struct {
				Resources []struct{ Values json.RawMessage }
			} `json:"root_module"`
		}
	}
	tf.Decode(&state, "show", "-json")
	var values struct {
		SignatureIDs map[string]string `json:"signature_ids"`
		Uncleared    map[string]string
	}
	if err := json.Unmarshal(state.Values.Root.Resources[0].Values, &values); err != nil {
		t.Fatal(err)
	}
	return values.SignatureIDs, values.Uncleared
}

// wantErased fails unless all sessions but those that are forgotten are cleared.
func wantErased(t *testing.T, sim *acctest.Simulator, n int) {
	t.Helper()
	cleared := 0
	for _, one := range sim.Sessions() {
		if one.State == simulator.StateCleared {
			cleared++
		}
	}
	if cleared != n || len(sim.Sessions()) != n {
		t.Errorf("%d of %d sessions are cleared, want %d", cleared, len(sim.Sessions()), n)
	}
}

// The life of a set under a real terraform, which checks each plan against what
// the apply made of it.
func TestAccSet_lifecycle(t *testing.T) {
	t.Parallel()
	sim := acctest.NewSimulator(t, simulator.Config{})
	tf := acctest.NewTerraform(t, sim.ProviderConfig("max_retries = 0")+setHCL(passing(10), "parallelism = 1"))

	// Three cannot be made: exit status 1 by the postcondition, and no taint.
	if err := sim.Inject(simulator.Fault{Operation: simulator.OpGenerate, Kind: "parameter-error", Skip: 2, Count: 3}); err != nil {
		t.Fatal(err)
	}
	output, exit := tf.Try("apply", "-auto-approve")
	if exit != 1 {
		t.Errorf("exit code %d, want 1", exit)
	}
	prototest.WantText(t, acctest.Unwrapped(output), "Unable to Create Liveness Sessions", `3 of 10 sessions could not be made: "k002", "k003", "k004"`, "Not every key has its session")
	first, _ := idsOf(t, tf)
	prototest.WantText(t, tf.Run("apply", "-auto-approve"), "0 added, 1 changed, 0 destroyed")
	second, _ := idsOf(t, tf)
	for key, id := range first {
		if second[key] != id {
			t.Errorf("key %s had session %s and has %s", key, id, second[key])
		}
	}
	if len(first) != 7 || len(second) != 10 || len(sim.Sessions()) != 10 {
		t.Errorf("%d and %d keys, %d sessions; want 7, 10 and 10", len(first), len(second), len(sim.Sessions()))
	}
	tf.Run("plan", "-detailed-exitcode")

	// Keys come, go and change.
	tf.Configure(sim.ProviderConfig() + setHCL(`merge(`+passing(9)+`, { k000 = "sim-pass-other", new = "user-new" })`, ""))
	tf.Run("apply", "-auto-approve")
	third, _ := idsOf(t, tf)
	if len(third) != 10 || third["k000"] == second["k000"] || third["k001"] != second["k001"] || third["new"] == "" {
		t.Errorf("from %v to %v", second, third)
	}
	tf.Run("plan", "-detailed-exitcode")

	// One is forgotten, and one is not finished when its key goes.
	sim.Forget(third["k005"])
	tf.Configure(sim.ProviderConfig() + setHCL(passing(9), ""))
	output = acctest.Unwrapped(tf.Run("apply", "-auto-approve"))
	prototest.WantText(t, output, "Liveness Sessions Were Gone", third["k005"], "Liveness Sessions Not Cleared Yet", third["new"])
	fourth, uncleared := idsOf(t, tf)
	if _, ok := uncleared[third["new"]]; !ok || len(uncleared) != 1 || fourth["k005"] == third["k005"] {
		t.Errorf("uncleared %v, from %v to %v", uncleared, third, fourth)
	}
	tf.Run("plan", "-detailed-exitcode")
	if err := sim.Finish(third["new"], simulator.Outcome{Result: simulator.ResultPass}); err != nil {
		t.Fatal(err)
	}
	tf.Run("apply", "-auto-approve")

	// A shared argument replaces all, from a saved plan.
	tf.Configure(sim.ProviderConfig() + setHCL(passing(9), `language = "fil"`))
	tf.Run("plan", "-out=saved")
	tf.Run("apply", "saved")
	tf.Run("plan", "-detailed-exitcode")
	if fifth, uncleared := idsOf(t, tf); len(fifth) != 9 || len(uncleared) != 0 || fifth["k000"] == fourth["k000"] {
		t.Errorf("from %v to %v, uncleared %v", fourth, fifth, uncleared)
	}
	tf.Run("destroy", "-auto-approve")
	wantErased(t, sim, 10+2+2+9-1) // and one was forgotten
}

// A create of which not all is known at plan time, and an update that makes the
// map unknown: the apply is what terraform expects.
func TestAccSet_unknown(t *testing.T) {
	t.Parallel()
	sim := acctest.NewSimulator(t, simulator.Config{})
	config := func(input string) string {
		return sim.ProviderConfig() + fmt.Sprintf("resource \"terraform_data\" \"users\" {\n  input = %s\n}\n", input) +
			setHCL(`{ for k, id in terraform_data.users.output : k => id }`, "")
	}
	tf := acctest.NewTerraform(t, config(`{ a = "sim-pass-a", b = "sim-pass-b" }`))
	tf.Run("apply", "-auto-approve")
	before, _ := idsOf(t, tf)
	tf.Configure(config(`{ a = "sim-pass-a", c = "sim-pass-c" }`))
	tf.Run("apply", "-auto-approve")
	after, _ := idsOf(t, tf)
	if len(after) != 2 || after["a"] != before["a"] || after["c"] == "" {
		t.Errorf("from %v to %v", before, after)
	}
	tf.Run("plan", "-detailed-exitcode")
	tf.Run("destroy", "-auto-approve")
	wantErased(t, sim, 3)
}

// A plan of 300 sessions costs one call for each, and an apply no other.
func TestAccSet_calls(t *testing.T) {
	t.Parallel()
	const many = 300
	sim := acctest.NewSimulator(t, simulator.Config{})
	tf := acctest.NewTerraform(t, sim.ProviderConfig()+setHCL(passing(many), ""))
	before := map[simulator.Operation]int{}
	wantCalls := func(run string, tokens, generates, results, clears int) {
		t.Helper()
		for operation, want := range map[simulator.Operation]int{
			simulator.OpToken: tokens, simulator.OpGenerate: generates, simulator.OpResult: results, simulator.OpClear: clears,
		} {
			if got := sim.CallCount(operation) - before[operation]; got != want {
				t.Errorf("%s: %d calls of %s, want %d", run, got, operation, want)
			}
			before[operation] = sim.CallCount(operation)
		}
	}
	tf.Run("apply", "-auto-approve")
	wantCalls("the first apply", 1, many, 0, 0)
	tf.Run("plan", "-detailed-exitcode")
	wantCalls("an empty plan", 1, 0, many, 0)
	tf.Run("destroy", "-auto-approve")
	wantCalls("the destroy", 2, 0, many, many)
	wantErased(t, sim, many)
}

// Ctrl-C ends an apply, and the state has what was made by then.
func TestAccSet_interrupted(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("a process can't be interrupted there")
	}
	sim := acctest.NewSimulator(t, simulator.Config{})
	sim.SetBehaviour(simulator.Behaviour{LatencyMin: 0.1})
	tf := acctest.NewTerraform(t, sim.ProviderConfig()+setHCL(passing(300), "parallelism = 5"))
	running := tf.Start("apply", "-auto-approve")
	acctest.Eventually(t, "some sessions", func() bool { return sim.CallCount(simulator.OpGenerate) > 20 })
	running.Interrupt()
	output, exit := running.Wait()
	made := len(sim.Sessions())
	if current, _ := idsOf(t, tf); exit != 1 || len(current) != made || made == 300 {
		t.Errorf("exit code %d, %d of %d sessions are in the state:\n%s", exit, len(current), made, output)
	}
	sim.SetBehaviour(simulator.Behaviour{})
	tf.Run("apply", "-auto-approve")
	if len(sim.Sessions()) != 300 {
		t.Errorf("%d sessions, want 300", len(sim.Sessions()))
	}
	tf.Run("plan", "-detailed-exitcode")
	tf.Run("destroy", "-auto-approve")
	wantErased(t, sim, 300)
}
