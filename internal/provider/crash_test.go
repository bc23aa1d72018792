package provider_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/acctest"
	"github.com/advance-community/terraform-provider-advance/internal/env"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// kill -9 of the provider during an apply: every session that the API created is
// in the state or in the audit log, but for those whose response had not been
// sent by then.
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
		result := crash(t, manySessions(many, "user-${count.index}"), parallelism, parallelism+1+rand.IntN(many-2*parallelism))
		t.Logf("round %2d: of %2d sessions created %2d in the state, %2d in the audit log, lost %d; %d creates were in flight",
			round+1, result.created, result.inState, result.inLog, result.lost, result.inFlight)
		if result.lost > result.inFlight {
			t.Errorf("%d sessions are lost, want at most those %d that were in flight", result.lost, result.inFlight)
		}
	}
}

// The same with a set. Its state is saved when all sessions are made, so the
// audit log alone has the ids, and the sweep erases them.
func TestAccCrash_set(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip(errNoProcessList)
	}
	const many = 1000
	result := crash(t, setHCL(many), 10, 200+rand.IntN(many-400))
	t.Logf("of %d sessions created %d in the audit log, lost %d; %d creates were in flight", result.created, result.inLog, result.lost, result.inFlight)
	if result.lost > result.inFlight || result.inLog < 100 {
		t.Errorf("%d sessions are lost, want at most those %d that were in flight; %d are in the audit log", result.lost, result.inFlight, result.inLog)
	}

	result.sim.Advance(2 * time.Hour) // All sessions are finished.
	sweep := exec.CommandContext(t.Context(), "go", "run", "../cmd/sweep", "-audit-log", result.log, "-created-before", "1ms")
	sweep.Env = append(os.Environ(), env.Endpoint+"="+result.sim.URL, env.AccessKey+"="+simulator.DefaultAccessKey, env.SecretKey+"="+simulator.DefaultSecretKey)
	if output, err := sweep.CombinedOutput(); err != nil {
		t.Fatalf("the sweep failed: %v; output:\n%s", err, output)
	}
	for id := range sessionsInLog(t, result.log) {
		if one, _ := result.sim.Session(id); one.State != simulator.StateCleared {
			t.Errorf("session %s of the audit log is %q after the sweep", id, one.State)
		}
	}
}

// crashed is what is left of an apply whose provider was killed.
type crashed struct {
	created, inState, inLog int
	inFlight                int // when it was killed
	lost                    int // in neither

	sim *acctest.Simulator
	log string // path of the audit log
}

// crash applies a configuration of many sessions, kills the provider after some calls, and looks at
// what is left.
func crash(t *testing.T, config string, parallelism, calls int) crashed {
	t.Helper()
	api := &holdingAPI{Simulator: simulator.New(simulator.Config{})}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	sim := &acctest.Simulator{Simulator: api.Simulator, URL: server.URL}
	sim.SetBehaviour(simulator.Behaviour{LatencyMin: 0.001, LatencyMax: 0.06})
	log := filepath.Join(t.TempDir(), "audit.jsonl")
	tf := acctest.NewTerraform(t, sim.ProviderConfig(fmt.Sprintf("audit_log = %q", log))+config)

	running := tf.Start("apply", "-auto-approve", fmt.Sprintf("-parallelism=%d", parallelism))
	acctest.Eventually(t, "the provider at work", func() bool { return sim.CallCount(simulator.OpGenerate) >= calls })
	api.mu.Lock() // From now on no response is sent.
	pids, err := providerProcesses(tf)
	if err != nil {
		t.Fatal(err)
	}
	waitIdle(t, pids) // The responses that were sent are in the audit log, or never will be.
	result := crashed{inFlight: int(api.inFlight.Load()), sim: sim, log: log}
	for _, pid := range pids {
		if err := signal(pid, syscall.SIGKILL); err != nil {
			t.Error(err)
		}
	}
	api.mu.Unlock()
	if output, exit := running.Wait(); exit != 1 || len(pids) == 0 {
		t.Fatalf("killed %d processes after %d calls, exit code %d, want 1; output:\n%s", len(pids), calls, exit, output)
	}
	acctest.Eventually(t, "the end of the calls whose caller has ended", func() bool { return api.inFlight.Load() == 0 })

	state, logged := sessionsInState(t, tf), sessionsInLog(t, log)
	result.inState, result.inLog = len(state), len(logged)
	for _, s := range sim.Sessions() {
		result.created++
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

// holdingAPI is a simulator whose responses wait while mu is locked.
type holdingAPI struct {
	*simulator.Simulator

	inFlight atomic.Int64 // calls whose response has not been sent
	mu       sync.RWMutex
}

func (a *holdingAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.inFlight.Add(1)
	defer a.inFlight.Add(-1) // also after a call that was broken off
	response := httptest.NewRecorder()
	a.Simulator.ServeHTTP(response, r)
	a.mu.RLock()
	defer a.mu.RUnlock()
	send(w, response)
}

// send sends a recorded response, whole when it returns.
func send(w http.ResponseWriter, response *httptest.ResponseRecorder) {
	maps.Copy(w.Header(), response.Header())
	w.WriteHeader(response.Code)
	_, _ = w.Write(response.Body.Bytes())
	_ = http.NewResponseController(w).Flush() // The caller may have ended.
}

// waitIdle waits until no thread of the processes has run, or waited for a disk,
// for 50 ms.
func waitIdle(t *testing.T, pids []int) {
	t.Helper()
	idle := 0
	acctest.Eventually(t, "an idle provider", func() bool {
		idle++
		if slices.ContainsFunc(pids, isBusy) {
			idle = 0
		}
		return idle > 10
	})
}

// isBusy reports whether a thread of a process is running or waiting for a disk.
func isBusy(pid int) bool {
	stats, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid)) // The pattern is valid.
	return slices.ContainsFunc(stats, func(file string) bool {
		stat, _ := os.ReadFile(file) // A thread that has ended is not busy.
		// pid (name) state ...
		_, fields, _ := strings.Cut(string(stat), ") ")
		return strings.HasPrefix(fields, "R") || strings.HasPrefix(fields, "D")
	})
}
