package acctest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

func TestMain(m *testing.M) { Main(m) }

// root is the folder of the project.
var root = filepath.Join("..", "..")

// reader is somebody who follows the documentation: with a provider that
// "terraform init" installs, and credentials in the environment.
type reader struct {
	*Terraform
	sim *Simulator
}

func newReader(t *testing.T) *reader {
	t.Helper()

	tf := NewTerraform(t, "")
	tf.Mirror()
	sim := NewSimulator(t, simulator.Config{})
	// Scripts of the documentation say "terraform", whatever is under test.
	bin := t.TempDir()
	if err := os.Symlink(os.Getenv(envTerraform), filepath.Join(bin, "terraform")); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"PATH":                bin + string(os.PathListSeparator) + os.Getenv("PATH"),
		"TF_CLI_ARGS_apply":   "-auto-approve",
		"TF_CLI_ARGS_destroy": "-auto-approve",
		"ADVANCE_ENDPOINT":    sim.URL,
		"ADVANCE_ACCESS_KEY":  simulator.DefaultAccessKey,
		"ADVANCE_SECRET_KEY":  simulator.DefaultSecretKey,
	} {
		tf.Setenv(name, value)
	}
	return &reader{Terraform: tf, sim: sim}
}

// addPrograms puts the programs of the project on the reader's PATH.
func (r *reader) addPrograms(t *testing.T) {
	t.Helper()

	dir, err := programsOnce()
	if err != nil {
		t.Fatal(err)
	}
	r.Setenv("PATH", dir+string(os.PathListSeparator)+r.env["PATH"])
}

// programsOnce builds the programs that come with the provider into a folder,
// under the names that they have in a release.
var programsOnce = sync.OnceValues(func() (string, error) {
	provider, err := buildOnce()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(filepath.Dir(provider.binary), "programs")
	for _, program := range []string{"sweep", "simulator"} {
		build := exec.CommandContext(context.Background(), "go", "build", // It outlives the test that comes first.
			"-o", filepath.Join(dir, "terraform-provider-advance-"+program), "./internal/cmd/"+program)
		build.Dir = root
		if output, err := build.CombinedOutput(); err != nil {
			return "", fmt.Errorf("building %s: %w\n%s", program, err, output)
		}
	}
	return dir, nil
})

// shell runs a script in the working directory, which must succeed.
func (r *reader) shell(t *testing.T, script string) {
	t.Helper()
	r.shellStatus(t, script, 0)
}

// shellStatus runs a script in the working directory, which must end with the
// exit status want. A later script has the environment that this one leaves.
func (r *reader) shellStatus(t *testing.T, script string, want int) {
	t.Helper()

	const exports = ".exports"
	env := []string{} // of a later script: it sets all of it
	if _, err := os.Stat(filepath.Join(r.Dir, exports)); err != nil {
		r.Write(exports, "")
		env = r.command(nil).Env
	}
	var output bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "sh", "-euc", ". ./"+exports+"\n"+script+"\nexport -p > "+exports)
	cmd.Dir, cmd.Env = r.Dir, env
	cmd.Stdout, cmd.Stderr = &output, &output
	err := cmd.Run()
	if got := cmd.ProcessState.ExitCode(); got != want {
		t.Fatalf("%s: %v, want exit status %d; output:\n%s", strings.TrimSpace(script), err, want, output.String())
	}
}

// passAll plays the people who got a link: all of them pass.
func (r *reader) passAll(t *testing.T) {
	t.Helper()

	for _, s := range r.sim.Sessions() {
		if s.State != simulator.StateIssued {
			continue
		}
		if err := r.sim.Finish(s.SignatureID, simulator.Outcome{Result: simulator.ResultPass}); err != nil {
			t.Fatal(err)
		}
	}
}

// wantCleared fails the test unless there were n sessions, all cleared by now.
func (r *reader) wantCleared(t *testing.T, n int) {
	t.Helper()

	sessions := r.sim.Sessions()
	if len(sessions) != n {
		t.Errorf("%d sessions were created, want %d", len(sessions), n)
	}
	for _, s := range sessions {
		if s.State != simulator.StateCleared || s.HoldsPersonalData {
			t.Errorf("session %s is %s at the API after destroy", s.SignatureID, s.State)
		}
	}
}
