package provider_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/acctest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// envThorough asks for all of the tests that take long: every offset of the
// answers of a hostile server, 20 rounds of kill -9 rather than 5, and every limit
// of the pacing rather than one. Set it to 1, together with TF_ACC, and run this
// package with -timeout 30m.
const envThorough = "TF_ACC_THOROUGH"

func thorough() bool { return os.Getenv(envThorough) != "" }

// pacing is an apply, or some at the same time, against an API with a limit.
type pacing struct {
	limit      float64 // calls a second, 0 for none
	retryAfter string
	processes  int
}

// A real apply of 200 sessions takes little longer than the limit itself
// imposes, and few of its calls are refused. Two processes divide the limit a
// little differently each time, so their figures are means.
func TestAccPacing(t *testing.T) {
	t.Parallel()
	const short, long, none = "1s", "10s", simulator.RetryAfterNone
	t.Run("20 a second", func(t *testing.T) { pacing{20, none, 1}.check(t, 1, 0) })
	if !thorough() {
		return
	}
	// One after another, for the sake of the figures.
	var own time.Duration
	t.Run("no limit", func(t *testing.T) { own, _, _ = pacing{0, none, 1}.run(t) })
	for _, test := range []struct {
		name string
		pacing
		runs int
	}{
		{"20 a second, 1 s header", pacing{20, short, 1}, 1},
		{"20 a second, 10 s header", pacing{20, long, 1}, 1},
		{"20 a second, two processes", pacing{20, none, 2}, 4},
		{"20 a second, two processes, 1 s header", pacing{20, short, 2}, 4},
		{"5 a second", pacing{5, none, 1}, 1},
		{"5 a second, 1 s header", pacing{5, short, 1}, 1},
		{"100 a second", pacing{100, none, 1}, 1},
		{"100 a second, 1 s header", pacing{100, short, 1}, 1},
	} {
		t.Run(test.name, func(t *testing.T) { test.check(t, test.runs, own) })
	}
}

// check checks the means of some runs. own is the time that Terraform takes by
// itself, which no limit makes shorter.
func (p pacing) check(t *testing.T, runs int, own time.Duration) {
	t.Helper()
	ratio, mostRefused := 1.15, 0.06
	if p.processes > 1 {
		ratio, mostRefused = 1.5, 0.1
	}
	var took, allowed time.Duration
	var share float64
	for range runs {
		one, imposed, refused := p.run(t)
		took += one / time.Duration(runs)
		allowed += max(time.Duration(ratio*float64(imposed)), own*130/100) / time.Duration(runs)
		share += refused / float64(runs)
	}
	if took > allowed {
		t.Errorf("it took %.2f s, want at most %.2f s", took.Seconds(), allowed.Seconds())
	}
	if share >= mostRefused {
		t.Errorf("%.1f %% of the calls were refused, want less than %.0f %%", 100*share, 100*mostRefused)
	}
}

// run applies 200 sessions in each process. It returns the time from the first
// call to the last, for Terraform's start is none of the provider's; the time
// that the limit itself imposes, the pauses that were asked for included; and
// the share of refused calls.
func (p pacing) run(t *testing.T) (took, imposed time.Duration, share float64) {
	t.Helper()
	const many = 200
	sim := acctest.NewSimulator(t, simulator.Config{})
	sim.SetBehaviour(simulator.Behaviour{RateLimit: p.limit, RetryAfter: p.retryAfter, LatencyMin: 0.005})
	var processes []*acctest.Terraform
	var runs []*acctest.Running
	for i := range p.processes {
		tf := acctest.NewTerraform(t, sim.ProviderConfig()+manySessions(many, fmt.Sprintf("sim-pass-%d-${count.index}", i)))
		processes = append(processes, tf)
		runs = append(runs, tf.Start("apply", "-auto-approve"))
	}
	for _, running := range runs {
		if output, exit := running.Wait(); exit != 0 {
			t.Errorf("exit code %d; output:\n%s", exit, output)
		}
	}
	calls := sim.Calls()
	begun := calls[0].Time
	took = calls[len(calls)-1].Time.Sub(begun)
	var each []string
	for _, tf := range processes {
		state := sessionsInState(t, tf)
		if len(state) != many {
			t.Errorf("%d sessions in the state, want %d", len(state), many)
		}
		first, last := took, time.Duration(0)
		for _, call := range calls {
			if state[call.SignatureID] {
				first, last = min(first, call.Time.Sub(begun)), max(last, call.Time.Sub(begun))
			}
		}
		each = append(each, fmt.Sprintf("%.1f to %.1f s", first.Seconds(), last.Seconds()))
	}
	// Where there is no header, no pause is asked for.
	asked, _ := time.ParseDuration(p.retryAfter)
	var refused int
	var pauses, until time.Duration // asked for in all, and by now
	for _, call := range calls {
		if call.Code == "SUCCESS" {
			continue
		}
		refused++
		// As long as nobody may send anyway, another refusal asks for little more.
		at := call.Time.Sub(begun)
		pauses += at + asked - max(at, until)
		until = at + asked
	}
	share = float64(refused) / float64(len(calls))
	if p.limit == 0 {
		t.Logf("%d sessions: %.2f s from the first call to the last", many, took.Seconds())
		return took, 0, share
	}
	// A second's worth was saved up at the start.
	imposed = time.Duration((float64(p.processes*many)/p.limit-1)*float64(time.Second)) + pauses
	t.Logf("%d sessions: %.2f s from the first call to the last (%s), %.2f times the %.1f s that the limit imposes; %d of %d calls refused (%.1f %%)",
		p.processes*many, took.Seconds(), strings.Join(each, ", "), took.Seconds()/imposed.Seconds(), imposed.Seconds(), refused, len(calls), 100*share)
	return took, imposed, share
}
