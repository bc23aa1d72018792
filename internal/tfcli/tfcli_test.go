package tfcli_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/advance-community/terraform-provider-advance/internal/tfcli"
)

func TestCleanEnvironment(t *testing.T) {
	environment := map[string]bool{ // name: stays
		"PATH": true, "MY_TF_THING": true, "TF_ACC": true, "TF_ACC_TERRAFORM_PATH": true,
		"TF_LOG": false, "TF_CLI_ARGS_plan": false, "TF_VAR_region": false, "ADVANCE_ACCESS_KEY": false, "ADVANCE_ENDPOINT": false,
	}
	for name := range environment {
		t.Setenv(name, os.Getenv(name)+"x") // Restored after the test.
	}
	t.Setenv("CHECKPOINT_DISABLE", "")
	tfcli.CleanEnvironment()
	for name, want := range environment {
		if _, stays := os.LookupEnv(name); stays != want {
			t.Errorf("%s stays: %t, want %t", name, stays, want)
		}
	}
	if got := os.Getenv("CHECKPOINT_DISABLE"); got != "1" {
		t.Errorf("CHECKPOINT_DISABLE is %q, want 1", got)
	}
}

// TestCommand_interrupt runs a command that ends well when it is interrupted,
// as terraform does.
func TestCommand_interrupt(t *testing.T) {
	t.Parallel()

	if runtime.GOOS == "windows" {
		t.Skip("a process cannot be interrupted there")
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	script := `trap 'echo "$ENDING"; exit' INT; echo ready; while :; do sleep 0.01; done`
	cmd := tfcli.Command(ctx, "/bin/sh", t.TempDir(), map[string]string{"ENDING": "in order"}, "-c", script)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	for _, want := range []string{"ready", "in order"} {
		if !lines.Scan() || lines.Text() != want {
			t.Errorf("printed %q, want %q", lines.Text(), want)
		}
		cancel()
	}
	if err := cmd.Wait(); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that it was canceled", err)
	}
}

func TestModuleRoot(t *testing.T) {
	t.Parallel()

	root, err := tfcli.ModuleRoot(".")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, ".goreleaser.yml")); err != nil {
		t.Errorf("%s is not the root of this module: %v", root, err)
	}
	if root, err := tfcli.ModuleRoot(t.TempDir()); err == nil {
		t.Errorf("found %s, and want an error where there is no module", root)
	}
}

func TestMirror(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	binary := filepath.Join(dir, "provider")
	if err := os.WriteFile(binary, []byte("the provider"), 0o700); err != nil {
		t.Fatal(err)
	}
	config, err := tfcli.Mirror(dir, binary)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "filesystem_mirror") || strings.Contains(string(text), "direct") {
		t.Errorf("want the mirror and no other way, got:\n%s", text)
	}
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		pattern := filepath.Join(dir, "mirror", host, "advance-community", "advance", "*", runtime.GOOS+"_"+runtime.GOARCH, "terraform-provider-advance_v*")
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) != 1 {
			t.Fatalf("want one provider at %s, got %v (%v)", pattern, found, err)
		}
		content, err := os.ReadFile(found[0])
		if err != nil || string(content) != "the provider" {
			t.Errorf("%s has %q (%v)", found[0], content, err)
		}
	}
}

func TestFind(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the stand-ins for terraform are shell scripts")
	}
	for _, test := range []struct {
		name   string
		onPath string // what the terraform on PATH prints
		want   string // the folder of the one that is taken
	}{
		{"on PATH", `{"terraform_version": "1.5.0"}`, "path"},
		{"on PATH and newer", `{"terraform_version": "1.15.9"}`, "path"},
		{"too old on PATH", `{"terraform_version": "1.4.7"}`, tfcli.InstallDir},
		{"no Terraform on PATH", `something else`, tfcli.InstallDir},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := t.TempDir()
			writeScript(t, filepath.Join(root, "path"), test.onPath)
			writeScript(t, filepath.Join(root, tfcli.InstallDir), `{"terraform_version": "1.11.4"}`)
			t.Setenv("PATH", filepath.Join(root, "path"))

			var progress bytes.Buffer
			got, err := tfcli.Find(t.Context(), root, &progress)
			if want := filepath.Join(root, test.want, "terraform"); err != nil || got != want {
				t.Errorf("found %s (%v), want %s", got, err, want)
			}
			if progress.Len() > 0 {
				t.Errorf("nothing is installed, but it says %q", progress.String())
			}
		})
	}
}

// writeScript writes a terraform command into dir that prints output.
func writeScript(t *testing.T, dir, output string) {
	t.Helper()

	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/sh\necho '" + output + "'\n"
	if err := os.WriteFile(filepath.Join(dir, "terraform"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
}
