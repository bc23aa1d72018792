// Package tfcli runs the real terraform command with the provider of this work
// tree, for the demo and for acceptance tests: it finds or installs terraform,
// builds the provider, and keeps the caller's settings out.
package tfcli

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"time"
)

// stopTimeout is how long an interrupted terraform may take to end in order.
const stopTimeout = 30 * time.Second

// CleanEnvironment removes the variables from the process's environment that
// change what Terraform or the provider does. The caller's credentials, log
// settings, arguments or workspace must neither break a run nor be used by it.
// Variables for acceptance tests (TF_ACC...) stay.
func CleanEnvironment() {
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		forTerraform := strings.HasPrefix(name, "TF_") && !strings.HasPrefix(name, "TF_ACC")
		if forTerraform || strings.HasPrefix(name, "ADVANCE_") {
			_ = os.Unsetenv(name) // Fails only for a name that cannot exist.
		}
	}
	_ = os.Setenv("CHECKPOINT_DISABLE", "1") // No question to HashiCorp about a newer release.
}

// Command returns the terraform command at path with args, to run in dir. env
// is added to the environment of the process. When ctx is canceled, terraform
// is interrupted as by Ctrl-C, and killed if it has not ended after 30 s.
func Command(ctx context.Context, path, dir string, env map[string]string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = dir
	cmd.Env = os.Environ()
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = stopTimeout
	return cmd
}
