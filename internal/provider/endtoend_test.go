package provider_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/acctest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// envThorough asks for all of the tests here that take long: 20 rounds of
// kill -9 rather than 5, and every limit of the pacing rather than one. Set it
// to 1, together with TF_ACC, and run this package with -timeout 30m.
const envThorough = "TF_ACC_THOROUGH"

func thorough() bool { return os.Getenv(envThorough) != "" }

// manySessions is a configuration of so many sessions.
func manySessions(n int, userID string) string {
	return strings.NewReplacer(`"sim-pass-1"`, strconv.Quote(userID), "{\n", fmt.Sprintf("{\n  count = %d\n", n)).Replace(sessionHCL("test", ""))
}

// sessionsInState are the ids that Terraform has. It reads the file, which
// costs no process.
func sessionsInState(t *testing.T, tf *acctest.Terraform) map[string]bool {
	t.Helper()
	ids := map[string]bool{}
	text, err := os.ReadFile(filepath.Join(tf.Dir, "terraform.tfstate"))
	if errors.Is(err, os.ErrNotExist) {
		return ids
	}
	if err != nil {
		t.Fatal(err)
	}
	var state struct {
		Resources []struct {
			Instances []struct {
				Attributes struct {
					SignatureID string `json:"signature_id"`
				} `json:"attributes"`
			} `json:"instances"`
		} `json:"resources"`
	}
	if err := json.Unmarshal(text, &state); err != nil {
		t.Fatal(err)
	}
	for _, r := range state.Resources {
		for _, i := range r.Instances {
			ids[i.Attributes.SignatureID] = true
		}
	}
	return ids
}

// sessionsInLog are the ids of which the audit log says that they were created.
// A line that is no JSON was torn by a crash.
func sessionsInLog(t *testing.T, path string) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for line := range bytes.Lines(text) {
		var event struct {
			Event       string `json:"event"`
			SignatureID string `json:"signature_id"`
		}
		if json.Unmarshal(line, &event) == nil && event.Event == "session_created" {
			ids[event.SignatureID] = true
		}
	}
	return ids
}

// errNoProcessList says that processes can't be looked up here.
var errNoProcessList = errors.New("there is no /proc to find the provider's process in")

// providerProcesses are the ids of the provider's processes that a Terraform
// has started: they run the binary in its working directory.
func providerProcesses(tf *acctest.Terraform) ([]int, error) {
	if runtime.GOOS != "linux" {
		return nil, errNoProcessList
	}
	dir, err := filepath.EvalSymlinks(tf.Dir)
	if err != nil {
		return nil, err
	}
	binary, err := filepath.EvalSymlinks(tf.Binary)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		// Errors are those of processes that have ended, or of other users.
		exe, _ := os.Readlink("/proc/" + entry.Name() + "/exe")
		cwd, _ := os.Readlink("/proc/" + entry.Name() + "/cwd")
		if exe == binary && cwd == dir {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

func signal(pid int, s os.Signal) error {
	process, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	return process.Signal(s)
}

func skipWithoutSignals(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("a process can't be interrupted there")
	}
}

// crashed is what is left of an apply whose provider was killed.
type crashed struct {
	issued, inState, inLog int
	inFlight               int64 // when it was killed
	lost                   int   // in neither
}

// kill -9 of the provider at a random moment of an apply: every session that
// the API made is in the state or in the audit log, but for those that were
// being made at that moment.
func TestAccCrash(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip(errNoProcessList)
	}
	rounds := 5
	if thorough() {
		rounds = 20
	}
	const many, parallelism = 50, 10
	for round := range rounds {
		result := crash(t, many, parallelism, 1+rand.IntN(many-2*parallelism))
		t.Logf("round %2d: of %2d sessions issued %2d in the state, %2d in the audit log, lost %d; %d creates were in flight",
			round+1, result.issued, result.inState, result.inLog, result.lost, result.inFlight)
		if result.lost > parallelism {
			t.Errorf("%d sessions are lost, want at most those %d that can be in flight", result.lost, parallelism)
		}
	}
}

// crash applies many sessions, kills the provider once so many calls have come
// and a random moment more has passed, and looks at what is left.
func crash(t *testing.T, many, parallelism, calls int) crashed {
	t.Helper()
	sim := simulator.New(simulator.Config{})
	sim.SetBehaviour(simulator.Behaviour{LatencyMin: 0.001, LatencyMax: 0.06})
	var inFlight atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inFlight.Add(1)
		defer inFlight.Add(-1)
		sim.ServeHTTP(w, r)
	}))
	defer server.Close()
	log := filepath.Join(t.TempDir(), "audit.jsonl")
	tf := acctest.NewTerraform(t, (&acctest.Simulator{Simulator: sim, URL: server.URL}).ProviderConfig(fmt.Sprintf("audit_log = %q", log))+
		manySessions(many, "user-${count.index}"))

	running := tf.Start("apply", "-auto-approve", fmt.Sprintf("-parallelism=%d", parallelism))
	eventually(t, "the provider at work", func() bool { return sim.CallCount(simulator.OpGenerate) >= calls })
	<-time.After(time.Duration(rand.Int64N(int64(40 * time.Millisecond))))
	result := crashed{inFlight: inFlight.Load()}
	pids, err := providerProcesses(tf)
	if err != nil {
		t.Fatal(err)
	}
	for _, pid := range pids {
		if err := signal(pid, syscall.SIGKILL); err != nil {
			t.Error(err)
		}
	}
	if output, exit := running.Wait(); exit != 1 || len(pids) == 0 {
		t.Fatalf("killed %d processes after %d calls, exit code %d, want 1; output:\n%s", len(pids), calls, exit, output)
	}
	server.Close() // It waits for the calls whose caller is gone.

	state, logged := sessionsInState(t, tf), sessionsInLog(t, log)
	result.inState, result.inLog = len(state), len(logged)
	for _, s := range sim.Sessions() {
		result.issued++
		if !state[s.SignatureID] && !logged[s.SignatureID] {
			result.lost++
		}
	}
	for id := range state {
		if !logged[id] {
			t.Errorf("session %s is in the state, and not in the audit log, which comes first", id)
		}
	}
	return result
}

// pacing is an apply, or some at once, against an API with a limit.
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
	var took, allowed time.Duration
	var share float64
	for range runs {
		one, imposed, refused := p.run(t)
		took += one / time.Duration(runs)
		allowed += max(imposed*110/100, own*130/100) / time.Duration(runs)
		share += refused / float64(runs)
	}
	if took > allowed {
		t.Errorf("it took %.2f s, want at most %.2f s", took.Seconds(), allowed.Seconds())
	}
	if share >= 0.05 {
		t.Errorf("%.1f %% of the calls were refused, want less than 5 %%", 100*share)
	}
}

// run applies 200 sessions in each process. It returns the time from the first
// call to the last, for Terraform's start is none of the provider's; the time
// that the limit itself imposes, long pauses that were asked for included; and
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
	imposed = time.Duration(float64(p.processes*many) / p.limit * float64(time.Second))
	if asked > time.Second {
		imposed += pauses
	}
	t.Logf("%d sessions: %.2f s from the first call to the last (%s), %.2f times the %.1f s that the limit imposes; %d of %d calls refused (%.1f %%)",
		p.processes*many, took.Seconds(), strings.Join(each, ", "), took.Seconds()/imposed.Seconds(), imposed.Seconds(), refused, len(calls), 100*share)
	return took, imposed, share
}
