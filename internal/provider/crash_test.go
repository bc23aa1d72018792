package provider_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/acctest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

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
	sim.SetBehaviour(simulator.Behaviour{LatencyMin: time.Millisecond, LatencyMax: 60 * time.Millisecond})
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
