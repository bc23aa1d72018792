package acctest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/advance-community/terraform-provider-advance/internal/tfcli"
)

// Terraform is a working directory of the real command, with the provider as
// built: a process for each phase, as users have it. It is for what
// terraform-plugin-testing, which keeps one provider in the test's process,
// can't show. There is no init, so configurations can't have modules.
type Terraform struct {
	Dir    string
	Binary string // of the provider

	t    testing.TB
	path string
	env  map[string]string
}

// NewTerraform makes a working directory with a configuration, to which the
// provider's source is added. It skips the test where no real terraform is
// asked for.
func NewTerraform(t testing.TB, config string) *Terraform {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("TF_ACC is not set: this test runs a real terraform")
	}
	built, err := buildOnce()
	if err != nil {
		t.Fatal(err)
	}
	tf := &Terraform{
		Dir:    t.TempDir(),
		Binary: built.binary,
		t:      t,
		path:   built.terraform,
		env: tfcli.Environ(os.Environ(), map[string]string{
			"TF_CLI_ARGS":      "-no-color",
			"TF_IN_AUTOMATION": "1",
			"TF_INPUT":         "0",
		}),
	}
	tf.Override(filepath.Dir(tf.Binary))
	tf.write("versions.tf", "terraform {\n  required_providers {\n    advance = {\n      source = \"advance-community/advance\"\n    }\n  }\n}\n")
	tf.Configure(config)
	return tf
}

// Configure replaces the configuration.
func (tf *Terraform) Configure(config string) {
	tf.t.Helper()
	tf.write("main.tf", config)
}

func (tf *Terraform) write(name, content string) {
	tf.t.Helper()
	if err := os.WriteFile(filepath.Join(tf.Dir, name), []byte(content), 0o600); err != nil {
		tf.t.Fatal(err)
	}
}

// Override has terraform take the provider from another folder.
func (tf *Terraform) Override(dir string) {
	tf.t.Helper()
	// The short key: OpenTofu ignores one with Terraform's registry in it.
	tf.write("cli.tfrc", fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"advance-community/advance\" = %q\n  }\n  direct {}\n}\n", filepath.ToSlash(dir)))
	tf.Setenv("TF_CLI_CONFIG_FILE", filepath.Join(tf.Dir, "cli.tfrc"))
}

// Setenv sets a variable of terraform's environment.
func (tf *Terraform) Setenv(name, value string) { tf.env[name] = value }

// Try runs terraform and returns what it printed and how it exited.
func (tf *Terraform) Try(args ...string) (output string, exit int) {
	tf.t.Helper()
	return tf.Start(args...).Wait()
}

// Decode runs a terraform that prints JSON, and decodes that. What goes to the
// standard error, a warning about the override perhaps, is no part of it.
func (tf *Terraform) Decode(into any, args ...string) {
	tf.t.Helper()
	cmd := tf.command(args)
	output, err := cmd.Output()
	var status *exec.ExitError
	if err != nil && !errors.As(err, &status) {
		tf.t.Fatalf("%s: %v", cmd, err)
	}
	if err := json.Unmarshal(output, into); err != nil {
		tf.t.Fatalf("%s: %v in:\n%s", cmd, err, output)
	}
}

func (tf *Terraform) command(args []string) *exec.Cmd {
	cmd := exec.CommandContext(tf.t.Context(), tf.path, args...)
	cmd.Dir = tf.Dir
	for _, name := range slices.Sorted(maps.Keys(tf.env)) {
		cmd.Env = append(cmd.Env, name+"="+tf.env[name])
	}
	return cmd
}

// Start runs terraform in the background.
func (tf *Terraform) Start(args ...string) *Running {
	tf.t.Helper()
	r := &Running{t: tf.t, cmd: tf.command(args)}
	r.cmd.Stdout, r.cmd.Stderr = &r.printed, &r.printed
	if err := r.cmd.Start(); err != nil {
		tf.t.Fatalf("%s: %v", r.cmd, err)
	}
	return r
}

// Unwrapped takes the line breaks, and the frames around diagnostics, off what
// terraform printed, for a search in it.
func Unwrapped(output string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(output)), " ")
}

// Running is a terraform that is at work.
type Running struct {
	t       testing.TB
	cmd     *exec.Cmd
	printed bytes.Buffer
}

// Interrupt is Ctrl-C.
func (r *Running) Interrupt() {
	r.t.Helper()
	if err := r.cmd.Process.Signal(os.Interrupt); err != nil {
		r.t.Fatal(err)
	}
}

// Wait returns what terraform printed and how it exited.
func (r *Running) Wait() (output string, exit int) {
	r.t.Helper()
	var status *exec.ExitError
	if err := r.cmd.Wait(); err != nil && !errors.As(err, &status) {
		r.t.Fatalf("%s: %v", r.cmd, err)
	}
	return r.printed.String(), r.cmd.ProcessState.ExitCode()
}

// Run is Try for what has to work.
func (tf *Terraform) Run(args ...string) string {
	tf.t.Helper()
	output, exit := tf.Try(args...)
	if exit != 0 {
		tf.t.Fatalf("terraform %s: exit code %d; output:\n%s", strings.Join(args, " "), exit, output)
	}
	return output
}

// built is what all tests of a package share.
type built struct {
	terraform string // path of the command
	binary    string // path of the provider
}

// buildOnce finds terraform and builds the provider. [Main] takes it away.
var buildOnce = sync.OnceValues(func() (built, error) {
	ctx := context.Background() // It outlives the test that comes first.
	root, err := tfcli.ModuleRoot(".")
	if err != nil {
		return built{}, err
	}
	b := built{terraform: os.Getenv("TF_ACC_TERRAFORM_PATH")}
	if b.terraform == "" {
		if b.terraform, err = tfcli.Find(ctx, root, os.Stderr); err != nil {
			return built{}, err
		}
	}
	dir, err := os.MkdirTemp("", "advance-acctest-")
	if err != nil {
		return built{}, fmt.Errorf("making a folder for the provider: %w", err)
	}
	cleanUp = func() { _ = os.RemoveAll(dir) } // Nobody is left to tell.
	b.binary, err = tfcli.Build(ctx, root, dir)
	return b, err
})

// cleanUp takes away what the tests of a package shared.
var cleanUp = func() {}
