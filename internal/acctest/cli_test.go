package acctest_test

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/advance-community/terraform-provider-advance/internal/acctest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
	"github.com/advance-community/terraform-provider-advance/internal/tfcli"
)

// cli is what a user of a release has: a terraform, and the built provider to
// be installed by "terraform init".
type cli struct {
	root   string // of the project
	path   string // of the terraform command
	config string // path of the CLI configuration
}

// newCLI finds terraform and builds the provider, once for a test and all of
// its subtests.
func newCLI(t *testing.T) cli {
	t.Helper()

	if os.Getenv("TF_ACC") == "" {
		t.Skip("TF_ACC is not set: this test runs a real terraform")
	}
	root, err := tfcli.ModuleRoot(".")
	if err != nil {
		t.Fatal(err)
	}
	path := os.Getenv("TF_ACC_TERRAFORM_PATH")
	if path == "" {
		path, err = tfcli.Find(t.Context(), root, t.Output())
		if err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	binary, err := tfcli.Build(t.Context(), root, dir)
	if err != nil {
		t.Fatal(err)
	}
	config, err := tfcli.Mirror(dir, binary)
	if err != nil {
		t.Fatal(err)
	}
	return cli{root: root, path: path, config: config}
}

// workspace is a folder of configuration, with a simulator of its own behind
// it.
type workspace struct {
	cli
	dir       string
	env       []string
	simulator *acctest.Simulator
}

func (c cli) newWorkspace(t *testing.T) *workspace {
	t.Helper()

	sim := acctest.NewSimulator(t, simulator.Config{})
	w := &workspace{cli: c, dir: t.TempDir(), simulator: sim}
	env := tfcli.Environ(os.Environ(), map[string]string{
		"TF_CLI_CONFIG_FILE":  c.config,
		"TF_IN_AUTOMATION":    "1",
		"TF_INPUT":            "0",
		"TF_CLI_ARGS_apply":   "-auto-approve -no-color",
		"TF_CLI_ARGS_destroy": "-auto-approve -no-color",
		"ADVANCE_ENDPOINT":    sim.URL,
		"ADVANCE_ACCESS_KEY":  simulator.DefaultAccessKey,
		"ADVANCE_SECRET_KEY":  simulator.DefaultSecretKey,
	})
	// Scripts of the documentation say "terraform", whatever is under test.
	bin := t.TempDir()
	if err := os.Symlink(c.path, filepath.Join(bin, "terraform")); err != nil {
		t.Fatal(err)
	}
	env["PATH"] = bin + string(os.PathListSeparator) + env["PATH"]
	for _, name := range slices.Sorted(maps.Keys(env)) {
		w.env = append(w.env, name+"="+env[name])
	}
	return w
}

// write puts a file of configuration into the workspace. Where it does not say
// which provider it means, as examples of single resources don't, that is said
// beside it.
func (w *workspace) write(t *testing.T, name, content string) {
	t.Helper()

	w.writeFile(t, name, content)
	if strings.HasSuffix(name, ".tf") && !strings.Contains(content, "required_providers") {
		w.writeFile(t, "versions.tf", "terraform {\n  required_providers {\n    advance = {\n      source = \"advance-community/advance\"\n    }\n  }\n}\n")
	}
}

func (w *workspace) writeFile(t *testing.T, name, content string) {
	t.Helper()

	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// run runs a command in the workspace and fails unless it exits with code. It
// returns what the command printed.
func (w *workspace) run(t *testing.T, code int, name string, args ...string) string {
	t.Helper()

	var output bytes.Buffer
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Env = w.dir, w.env
	cmd.Stdout, cmd.Stderr = &output, &output
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s %s: %v", name, strings.Join(args, " "), err)
	}
	if got := cmd.ProcessState.ExitCode(); got != code {
		t.Fatalf("%s %s: exit code %d, want %d; output:\n%s", name, strings.Join(args, " "), got, code, output.String())
	}
	return output.String()
}

func (w *workspace) terraform(t *testing.T, args ...string) string {
	t.Helper()

	return w.run(t, 0, w.path, args...)
}

// applyAndDestroy takes a configuration through its life, as its reader would:
// it is valid, it applies, it is settled then, and nothing of it is left at the
// API after its destroy.
func (w *workspace) applyAndDestroy(t *testing.T) {
	t.Helper()

	w.terraform(t, "init", "-no-color")
	w.terraform(t, "validate", "-no-color")
	w.terraform(t, "apply")
	w.terraform(t, "plan", "-no-color", "-detailed-exitcode")
	w.finishSessions(t)
	w.terraform(t, "destroy")
	w.wantCleared(t)
}

// finishSessions plays the people: all of them pass.
func (w *workspace) finishSessions(t *testing.T) {
	t.Helper()

	for _, s := range w.simulator.Sessions() {
		if s.State != simulator.StateIssued {
			continue
		}
		if err := w.simulator.Finish(s.SignatureID, simulator.Outcome{Result: simulator.ResultPass}); err != nil {
			t.Fatal(err)
		}
	}
}

func (w *workspace) wantCleared(t *testing.T) {
	t.Helper()

	for _, s := range w.simulator.Sessions() {
		if s.State != simulator.StateCleared || s.HoldsPersonalData {
			t.Errorf("session %s is %s at the API after destroy", s.SignatureID, s.State)
		}
	}
}
