package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/advance-community/terraform-provider-advance/internal/acctest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// calls is a number of calls of each operation.
type calls struct{ token, generate, result, clear int }

func callsSoFar(sim *acctest.Simulator) calls {
	return calls{
		token:    sim.CallCount(simulator.OpToken),
		generate: sim.CallCount(simulator.OpGenerate),
		result:   sim.CallCount(simulator.OpResult),
		clear:    sim.CallCount(simulator.OpClear),
	}
}

func (c calls) minus(d calls) calls {
	return calls{c.token - d.token, c.generate - d.generate, c.result - d.result, c.clear - d.clear}
}

// budgetStep is a terraform command, and the calls that it may make: exactly
// these, for one too few is as wrong as one too many.
type budgetStep struct {
	command   string
	want      calls
	processes int // of the provider that make calls, each with its own connections
}

// TestAccBudget_calls counts the calls and the connections of each command in
// the life of some sessions.
func TestAccBudget_calls(t *testing.T) {
	t.Parallel()

	const n, parallelism = 40, 10 // the parallelism is Terraform's default
	results := fmt.Sprintf(`
		data "advance_liveness_result" "s" {
			count        = %d
			signature_id = advance_liveness_session.test[count.index].signature_id
		}`, n)
	for name, test := range map[string]struct {
		config string
		steps  []budgetStep
	}{
		"sessions": {
			config: manySessions(n, "sim-pass-${count.index}"),
			steps: []budgetStep{
				{"validate", calls{}, 0},
				{"plan", calls{}, 0},
				{"apply -auto-approve", calls{token: 1, generate: n}, 1},
				{"plan -detailed-exitcode", calls{token: 1, result: n}, 1},
				{"plan -detailed-exitcode -refresh=false", calls{}, 0},
				{"destroy -auto-approve", calls{token: 2, result: n, clear: n}, 2},
			},
		},
		"sessions with their results": {
			config: manySessions(n, "sim-pass-${count.index}") + results,
			steps: []budgetStep{
				{"validate", calls{}, 0},
				{"plan", calls{}, 0},
				{"apply -auto-approve", calls{token: 1, generate: n, result: n}, 1},
				{"plan -detailed-exitcode", calls{token: 1, result: 2 * n}, 1},
				{"destroy -auto-approve -refresh=false", calls{token: 1, clear: n}, 1},
			},
		},
		"a set": {
			config: setHCL(n),
			steps: []budgetStep{
				{"validate", calls{}, 0},
				{"plan", calls{}, 0},
				{"apply -auto-approve", calls{token: 1, generate: n}, 1},
				{"plan -detailed-exitcode", calls{token: 1, result: n}, 1},
				{"plan -detailed-exitcode -refresh=false", calls{}, 0},
				{"destroy -auto-approve", calls{token: 2, result: n, clear: n}, 2},
			},
		},
		"a set with all results": {
			config: setHCL(n) + `
				data "advance_liveness_results" "all" {
					signature_ids = advance_liveness_session_set.test.signature_ids
					parallelism   = 10
				}`,
			steps: []budgetStep{
				{"validate", calls{}, 0},
				{"plan", calls{}, 0},
				{"apply -auto-approve", calls{token: 1, generate: n, result: n}, 1},
				{"plan -detailed-exitcode", calls{token: 1, result: 2 * n}, 1},
				{"destroy -auto-approve -refresh=false", calls{token: 1, clear: n}, 1},
			},
		},
		"sessions with all results": {
			config: manySessions(n, "sim-pass-${count.index}") + `
				data "advance_liveness_results" "all" {
					signature_ids = { for k, s in advance_liveness_session.test : k => s.signature_id }
					parallelism   = 10
				}`,
			steps: []budgetStep{
				{"plan", calls{}, 0},
				{"apply -auto-approve", calls{token: 1, generate: n, result: n}, 1},
				{"plan -detailed-exitcode", calls{token: 1, result: 2 * n}, 1},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			sim := acctest.NewSimulator(t, simulator.Config{})
			tf := acctest.NewTerraform(t, sim.ProviderConfig()+test.config)
			for _, step := range test.steps {
				made, connections := callsSoFar(sim), sim.Connections()
				tf.Run(strings.Fields(step.command)...)
				if got := callsSoFar(sim).minus(made); got != step.want {
					t.Errorf("%s: calls %+v, want %+v", step.command, got, step.want)
				}
				if got, most := sim.Connections()-connections, step.processes*(parallelism+2); got > most {
					t.Errorf("%s: %d connections, want at most %d", step.command, got, most)
				}
			}
		})
	}
}
