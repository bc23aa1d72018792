package tfcli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/advance-community/terraform-provider-advance/internal/tfcli"
)

func TestEnvironKeepsOutWhatIsTheCallers(t *testing.T) {
	t.Parallel()

	environ := []string{
		"PATH=/bin", "HOME=/home/me", "EMPTY=", "EQUALS=a=b", "=C:=C:\\", "MY_TF_THING=1",
		"TF_LOG=TRACE", "TF_CLI_ARGS_plan=-target=x", "TF_VAR_region=PHL", "TF_WORKSPACE=other",
		"ADVANCE_ACCESS_KEY=mine", "ADVANCE_ENDPOINT=https://api.example.invalid",
	}
	got := tfcli.Environ(environ, map[string]string{"ADVANCE_ACCESS_KEY": "sample", "TF_INPUT": "0"})
	want := map[string]string{
		"PATH": "/bin", "HOME": "/home/me", "EMPTY": "", "EQUALS": "a=b", "MY_TF_THING": "1",
		"CHECKPOINT_DISABLE": "1", "ADVANCE_ACCESS_KEY": "sample", "TF_INPUT": "0",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
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

func TestMirrorServesBothRegistries(t *testing.T) {
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

func TestFindTakesOneThatSuits(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the stand-ins for terraform are shell scripts")
	}
	tests := map[string]struct {
		onPath string // what the terraform on PATH prints
		want   string // the folder of the one that is taken
		told   string
	}{
		"on PATH":               {`{"terraform_version": "1.5.0"}`, "path", ""},
		"on PATH and newer":     {`{"terraform_version": "1.15.9"}`, "path", ""},
		"too old on PATH":       {`{"terraform_version": "1.4.7"}`, tfcli.InstallDir, "its version is 1.4.7"},
		"no Terraform on PATH":  {`something else`, tfcli.InstallDir, "reading its version"},
		"without its version":   {`{}`, tfcli.InstallDir, "the answer has none"},
		"settings do not spoil": {`$TF_CLI_ARGS{"terraform_version": "1.9.0"}`, "path", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			writeScript(t, filepath.Join(root, "path"), test.onPath)
			writeScript(t, filepath.Join(root, tfcli.InstallDir), `{"terraform_version": "1.11.4"}`)
			t.Setenv("PATH", filepath.Join(root, "path")+string(os.PathListSeparator)+os.Getenv("PATH"))
			t.Setenv("TF_CLI_ARGS", "-json")

			var progress bytes.Buffer
			got, err := tfcli.Find(t.Context(), root, &progress)
			if err != nil {
				t.Fatal(err)
			}
			if want := filepath.Join(root, test.want, "terraform"); got != want {
				t.Errorf("found %s, want %s", got, want)
			}
			if !strings.Contains(progress.String(), test.told) || (test.told == "" && progress.Len() > 0) {
				t.Errorf("told %q, want %q", progress.String(), test.told)
			}
		})
	}
}

// writeScript puts a command called terraform into dir, which prints output.
func writeScript(t *testing.T, dir, output string) {
	t.Helper()

	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/sh\ncat <<END\n" + output + "\nEND\n"
	if err := os.WriteFile(filepath.Join(dir, "terraform"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
}
