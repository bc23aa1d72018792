package provider_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/advance-community/terraform-provider-advance/internal/acctest"
)

// sessionHCL returns the block of a session that passes immediately.
func sessionHCL(label, more string) string {
	return fmt.Sprintf(`
resource "advance_liveness_session" %q {
  return_url      = "https://app.example.com/ok"
  fail_return_url = "https://app.example.com/fail"
  user_id         = "sim-pass-1"
  region          = "PHL"
%s}
`, label, more)
}

// manySessions returns the block of n such sessions.
func manySessions(n int, userID string) string {
	return strings.NewReplacer(`"sim-pass-1"`, strconv.Quote(userID), "{\n", fmt.Sprintf("{\n  count = %d\n", n)).Replace(sessionHCL("test", ""))
}

// setHCL is a set of n sessions that pass by themselves. It makes ten calls at
// the same time.
func setHCL(n int) string {
	return fmt.Sprintf(`
resource "advance_liveness_session_set" "test" {
  return_url      = "https://app.example.com/ok"
  fail_return_url = "https://app.example.com/fail"
  region          = "PHL"
  user_ids        = { for n in range(%d) : "k${n}" => "sim-pass-${n}" }
  parallelism     = 10
}
`, n)
}

// sessionsInState returns the signature ids in the state, which it reads from the
// file: that costs no process.
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

// sessionsInLog returns the signature ids that were created by the audit log. A
// crash can leave a line that is no JSON.
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

// errNoProcessList says that processes cannot be listed here.
var errNoProcessList = errors.New("there is no /proc to find the provider's process in")

// providerProcesses returns the ids of the provider processes that tf started:
// they run the binary in its working directory.
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
		t.Skip("a process cannot be interrupted there")
	}
}

// interruptAll interrupts Terraform and the provider, as Ctrl-C in a terminal
// does.
func interruptAll(t *testing.T, tf *acctest.Terraform, running *acctest.Running) {
	t.Helper()
	pids, err := providerProcesses(tf)
	if err != nil && !errors.Is(err, errNoProcessList) {
		t.Fatal(err)
	}
	for _, pid := range pids {
		if err := signal(pid, syscall.SIGINT); err != nil {
			t.Log(err)
		}
	}
	running.Interrupt()
}
