package result_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/advance-community/terraform-provider-advance/internal/acctest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// people has a session for each key, and one data source for all results.
const people = `
resource "advance_liveness_session" "person" {
  for_each        = { a = "sim-pass-a", b = "sim-fail-b", c = "sim-pass-c" }
  return_url      = "https://app.example.com/ok"
  fail_return_url = "https://app.example.com/fail"
  user_id         = each.value
  region          = "PHL"
}

data "advance_liveness_results" "people" {
  signature_ids = { for key, session in advance_liveness_session.person : key => session.signature_id }
}

output "passed" {
  value = [for key, result in data.advance_liveness_results.people.results : key if result.passed]
}
`

// Each run asks for each result once, beside the refresh of each session. The
// first plan makes no call: Terraform defers the read until the ids are known.
func TestAccLivenessResultsDataSource_lifecycle(t *testing.T) {
	t.Parallel()
	sim := acctest.NewSimulator(t, simulator.Config{})
	tf := acctest.NewTerraform(t, sim.ProviderConfig()+people)
	count := func(want int, args ...string) {
		t.Helper()
		before := sim.CallCount(simulator.OpResult)
		tf.Run(args...)
		if calls := sim.CallCount(simulator.OpResult) - before; calls != want {
			t.Errorf("terraform %s made %d get-result calls, want %d", args[0], calls, want)
		}
	}
	count(0, "plan")
	count(3, "apply", "-auto-approve")
	count(6, "plan", "-detailed-exitcode")
	var passed []string
	tf.Decode(&passed, "output", "-json", "passed")
	if fmt.Sprint(passed) != "[a c]" {
		t.Errorf("passed is %v, want a and c", passed)
	}
	count(6, "destroy", "-auto-approve")
	for _, session := range sim.Sessions() {
		if session.State != simulator.StateCleared {
			t.Errorf("session %s is %s after the destroy", session.SignatureID, session.State)
		}
	}
}

// many is a data block for the ids, as HCL.
func many(ids string) string {
	return fmt.Sprintf("data %q \"these\" {\n  signature_ids = %s\n}\n", manyTypeName, ids)
}

// TestAccLivenessResultsDataSource_values is about all that is in the state.
func TestAccLivenessResultsDataSource_values(t *testing.T) {
	t.Parallel()
	sim := acctest.NewSimulator(t, simulator.Config{})
	pass := newSession(t, sim.Simulator, "sim-pass-1")
	result := func(known, passed bool, overall, code, score knownvalue.Check) knownvalue.Check {
		return knownvalue.ObjectExact(map[string]knownvalue.Check{
			"known": knownvalue.Bool(known), "finished": knownvalue.Bool(passed), "passed": knownvalue.Bool(passed),
			"overall_result": overall, "error_code": code, "face_liveness_score": score,
		})
	}
	none := knownvalue.Null()
	check := func(attribute string, want knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue("data."+manyTypeName+".these", tfjsonpath.New(attribute), want)
	}
	run(t, resource.TestStep{
		Config: sim.ProviderConfig() + many(fmt.Sprintf("{ pass = %q, pending = %q, gone = %q }", pass, newSession(t, sim.Simulator, "user-1"), notKnownID)),
		ConfigStateChecks: []statecheck.StateCheck{
			check("parallelism", none),
			check("results", knownvalue.MapExact(map[string]knownvalue.Check{
				"pass":    result(true, true, text("PASS"), text("SUCCESS"), knownvalue.Float64Exact(99)),
				"pending": result(true, false, text("INCOMPLETE"), none, none),
				"gone":    result(false, false, none, none, none),
			})),
		},
	}, resource.TestStep{
		Config:            sim.ProviderConfig() + many("{}"),
		ConfigStateChecks: []statecheck.StateCheck{check("results", knownvalue.MapExact(nil))},
	})
}

func TestAccLivenessResultsDataSource_errors(t *testing.T) {
	t.Parallel()
	sim := acctest.NewSimulator(t, simulator.Config{})
	good, bad := newSession(t, sim.Simulator, "sim-pass-1"), newSession(t, sim.Simulator, "sim-pass-2")
	inject(t, sim.Simulator, simulator.Fault{Operation: simulator.OpResult, Kind: "access-denied", SignatureID: bad, Count: -1})
	run(t,
		resource.TestStep{
			Config:      sim.ProviderConfig() + many(fmt.Sprintf("{ good = %q, bad = %q }", good, bad)),
			ExpectError: wrapped(`Unable to Read Liveness Results`, `The results of 1 of 2 sessions could not be read: "bad".`, `Error code: ACCESS_DENIED`),
		},
		resource.TestStep{
			Config:      sim.ProviderConfig() + many(fmt.Sprintf("{ good = %q, none = null, empty = \"\" }", good)),
			ExpectError: wrapped(`with data.advance_liveness_results.these,`, `must have a signature id under each key.`, `It is null or empty under "empty", "none".`),
		},
	)
}
