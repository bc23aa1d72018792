package acctest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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

// shell runs a script in the working directory, which must succeed.
func (r *reader) shell(t *testing.T, script string) {
	t.Helper()

	var output bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "sh", "-euc", script)
	cmd.Dir, cmd.Env = r.Dir, r.command(nil).Env
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v; output:\n%s", strings.TrimSpace(script), err, output.String())
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
