package acctest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/advance-community/terraform-provider-advance/internal/tfcli"
)

// Terraform is a working directory of the real terraform command, with the
// built provider: a process for each phase, as users have it. It is for what
// terraform-plugin-testing, which keeps one provider in the test's process,
// cannot show.
type Terraform struct {
	Dir    string
	Binary string // of the provider

	t     testing.TB
	build build
	env   map[string]string
}

// NewTerraform creates a working directory with a configuration. Terraform takes
// the provider from where it was built, so there is no init, and configurations
// cannot have modules; see [Terraform.Mirror]. The test is skipped unless
// acceptance tests are asked for.
func NewTerraform(t testing.TB, config string) *Terraform {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("TF_ACC is not set: this test runs a real terraform")
	}
	build, err := buildOnce()
	if err != nil {
		t.Fatal(err)
	}
	tf := &Terraform{
		Dir:    t.TempDir(),
		Binary: build.binary,
		t:      t,
		build:  build,
		env:    map[string]string{"TF_CLI_ARGS": "-no-color", "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"},
	}
	tf.Override(filepath.Dir(tf.Binary))
	tf.Configure(config)
	return tf
}

// Configure replaces the configuration. The provider's source is added where
// config does not say it.
func (tf *Terraform) Configure(config string) {
	tf.t.Helper()
	if !strings.Contains(config, "required_providers") {
		config += "\nterraform {\n  required_providers {\n    advance = {\n      source = \"advance-community/advance\"\n    }\n  }\n}\n"
	}
	tf.Write("main.tf", config)
}

// Write writes a file into the working directory.
func (tf *Terraform) Write(name, content string) {
	tf.t.Helper()
	if err := os.WriteFile(filepath.Join(tf.Dir, name), []byte(content), 0o600); err != nil {
		tf.t.Fatal(err)
	}
}

// Override lets terraform take the provider from the folder dir.
func (tf *Terraform) Override(dir string) {
	tf.t.Helper()
	// The short key: OpenTofu ignores one with Terraform's registry in it.
	tf.Write("cli.tfrc", fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"advance-community/advance\" = %q\n  }\n  direct {}\n}\n", filepath.ToSlash(dir)))
	tf.Setenv("TF_CLI_CONFIG_FILE", filepath.Join(tf.Dir, "cli.tfrc"))
}

// Mirror lets "terraform init", which is needed then, install the provider from
// a filesystem mirror, as it installs a published one.
func (tf *Terraform) Mirror() { tf.Setenv("TF_CLI_CONFIG_FILE", tf.build.mirror) }

// Setenv sets a variable of terraform's environment.
func (tf *Terraform) Setenv(name, value string) { tf.env[name] = value }

// Try runs terraform and returns its output and exit code.
func (tf *Terraform) Try(args ...string) (output string, exit int) {
	tf.t.Helper()
	return tf.Start(args...).Wait()
}

// Decode runs terraform and decodes the JSON that it prints. Its standard error,
// which may have a warning about the override, is left out.
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
	return tfcli.Command(tf.t.Context(), os.Getenv(envTerraform), tf.Dir, tf.env, args...)
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

// Unwrapped removes line breaks, and the frames around diagnostics, from
// terraform's output, for a search in it.
func Unwrapped(output string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(output)), " ")
}

// Running is a terraform process that has been started.
type Running struct {
	t       testing.TB
	cmd     *exec.Cmd
	printed bytes.Buffer
}

// Interrupt interrupts terraform, as Ctrl-C does.
func (r *Running) Interrupt() {
	r.t.Helper()
	if err := r.cmd.Process.Signal(os.Interrupt); err != nil {
		r.t.Fatal(err)
	}
}

// Wait waits for the end and returns the output and exit code.
func (r *Running) Wait() (output string, exit int) {
	r.t.Helper()
	var status *exec.ExitError
	if err := r.cmd.Wait(); err != nil && !errors.As(err, &status) {
		r.t.Fatalf("%s: %v", r.cmd, err)
	}
	return r.printed.String(), r.cmd.ProcessState.ExitCode()
}

// Run runs terraform, which must succeed, and returns its output.
func (tf *Terraform) Run(args ...string) string {
	tf.t.Helper()
	output, exit := tf.Try(args...)
	if exit != 0 {
		tf.t.Fatalf("terraform %s: exit code %d; output:\n%s", strings.Join(args, " "), exit, output)
	}
	return output
}

// build is the provider, built once for all tests of a package.
type build struct {
	binary string // path of the provider
	mirror string // path of a CLI configuration that installs it
}

var buildOnce = sync.OnceValues(func() (build, error) {
	root, err := tfcli.ModuleRoot(".")
	if err != nil {
		return build{}, err
	}
	dir, err := os.MkdirTemp("", "advance-acctest-")
	if err != nil {
		return build{}, fmt.Errorf("creating a folder for the provider: %w", err)
	}
	removeBuild = func() { _ = os.RemoveAll(dir) }              // Nobody is left to tell.
	binary, err := tfcli.Build(context.Background(), root, dir) // It outlives the test that comes first.
	if err != nil {
		return build{}, err
	}
	mirror, err := tfcli.Mirror(dir, binary)
	return build{binary, mirror}, err
})

// removeBuild is called by [Main].
var removeBuild = func() {}
