package acctest_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// exampleID is the signature id that the examples of imports use.
const exampleID = "ed8b21c0c87ad617"

// TestExamplesWork takes every file of examples/ through Terraform. The files
// are the documentation's examples, so a reader copies what was run.
func TestExamplesWork(t *testing.T) {
	t.Parallel()

	terraform := newCLI(t)
	for _, file := range exampleFiles(t, filepath.Join(terraform.root, "examples")) {
		name := filepath.Base(file)
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(filepath.Dir(file))+"/"+name, func(t *testing.T) {
			t.Parallel()

			w := terraform.newWorkspace(t)
			switch {
			case strings.HasPrefix(name, "import"):
				testImportExample(t, w, name, string(content), filepath.Join(filepath.Dir(file), "resource.tf"))
			case strings.HasSuffix(name, ".tf"):
				w.write(t, name, string(content))
				w.applyAndDestroy(t)
			default:
				t.Errorf("no way to run an example of this name")
			}
		})
	}
}

// exampleFiles returns all files below dir. That there are some is part of
// what is tested.
func exampleFiles(t *testing.T, dir string) []string {
	t.Helper()

	var files []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 5 {
		t.Fatalf("only %d examples found in %s", len(files), dir)
	}
	return files
}

// testImportExample makes the resource's example, lets Terraform forget it, and
// imports it by the example, with the real id in place of the example's.
func testImportExample(t *testing.T, w *workspace, name, content, resourceFile string) {
	t.Helper()

	resource, err := os.ReadFile(resourceFile)
	if err != nil {
		t.Fatal(err)
	}
	w.write(t, "resource.tf", string(resource))
	w.terraform(t, "init", "-no-color")
	w.terraform(t, "apply")
	w.terraform(t, "state", "rm", "advance_liveness_session.example")

	if !strings.Contains(content, exampleID) {
		t.Fatalf("the example does not import %s", exampleID)
	}
	content = strings.ReplaceAll(content, exampleID, w.simulator.Sessions()[0].SignatureID)
	if strings.HasSuffix(name, ".sh") {
		w.run(t, 0, "sh", "-euc", content)
	} else {
		w.writeFile(t, name, content)
		output := w.terraform(t, "apply")
		if want := "Resources: 1 imported, 0 added, 0 changed, 0 destroyed."; !strings.Contains(output, want) {
			t.Errorf("want %q, got:\n%s", want, output)
		}
	}

	// The configuration says what the API echoed, so nothing is left to do but
	// to take note of the link, which an import can't know.
	plan := w.terraform(t, "plan", "-no-color")
	if !strings.Contains(plan, "No changes.") && !strings.Contains(plan, "without changing any real infrastructure") {
		t.Errorf("want no change after the import, got:\n%s", plan)
	}
	w.finishSessions(t)
	w.terraform(t, "destroy")
	w.wantCleared(t)
}
