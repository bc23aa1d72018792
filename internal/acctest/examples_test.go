package acctest

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// exampleID is the signature id that the examples of imports use.
const exampleID = "ed8b21c0c87ad617"

// TestAccExamples runs every configuration of examples/: a reader copies what was
// run. The other files there belong to the guide to a rehearsal, and the browser
// tests of the simulator run them.
func TestAccExamples(t *testing.T) {
	t.Parallel()

	for name, content := range exampleFiles(t) {
		if dir := filepath.Dir(name); dir == "screenshots" || dir == "end-to-end" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			requireFeatures(t, content)
			r := newReader(t)
			r.Setenv("TF_VAR_callback_url", "https://app.example.com/callback?key=secret")
			if strings.HasPrefix(filepath.Base(name), "import") {
				r.importExample(t, name, content)
				return
			}
			if strings.HasSuffix(name, ".tfquery.hcl") {
				r.queryExample(t, content)
				return
			}
			if filepath.Ext(name) != ".tf" {
				t.Fatal("no way to run an example of this name")
			}
			r.Configure(content)
			r.Run("fmt", "-check", "-diff")
			r.Run("init")
			r.Run("validate")
			r.Run("apply")
			r.Run("plan", "-detailed-exitcode")
			r.passAll(t)
			if typeName, isAction := strings.CutPrefix(filepath.Dir(name), "actions/"); isAction {
				r.Run("apply", "-invoke=action."+typeName+".example")
			}
			r.Run("destroy")
			r.wantCleared(t, len(r.sim.Sessions()))
		})
	}
}

// exampleFiles returns the content of all files of examples/, by path.
func exampleFiles(t *testing.T) map[string]string {
	t.Helper()

	files := map[string]string{}
	examples := os.DirFS(filepath.Join(root, "examples"))
	err := fs.WalkDir(examples, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(examples, path)
		files[path] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 5 {
		t.Fatalf("only %d examples found", len(files))
	}
	return files
}

// importExample applies the resource's example, removes it from the state, and
// imports it by the example, with the real id in place of the example's.
func (r *reader) importExample(t *testing.T, name, content string) {
	t.Helper()

	resource, err := os.ReadFile(filepath.Join(root, "examples", filepath.Dir(name), "resource.tf"))
	if err != nil {
		t.Fatal(err)
	}
	r.Configure(string(resource))
	r.Run("init")
	r.Run("apply")
	r.Run("state", "rm", "advance_liveness_session.example")

	if !strings.Contains(content, exampleID) {
		t.Fatalf("the example does not import %s", exampleID)
	}
	for _, session := range r.sim.Sessions() { // the only one
		content = strings.ReplaceAll(content, exampleID, session.SignatureID)
	}
	if filepath.Ext(name) == ".sh" {
		r.shell(t, content)
	} else {
		r.Write("import.tf", content)
		r.Run("fmt", "-check", "-diff", "import.tf")
		output := r.Run("apply")
		if want := "Resources: 1 imported, 0 added, 0 changed, 0 destroyed."; !strings.Contains(output, want) {
			t.Errorf("want %q, got:\n%s", want, output)
		}
	}

	// The configuration says what the API echoed, so only the link, which an
	// import does not know, may be noted in the state.
	plan := r.Run("plan")
	if !strings.Contains(plan, "No changes.") && !strings.Contains(plan, "without changing any real infrastructure") {
		t.Errorf("want no change after the import, got:\n%s", plan)
	}
	r.passAll(t)
	r.Run("destroy")
	r.wantCleared(t, 1)
}

// queryExample makes a session with an audit log, removes it from the state, and
// brings it back by the example.
func (r *reader) queryExample(t *testing.T, content string) {
	t.Helper()
	Require(t, "1.14", "")

	resource, err := os.ReadFile(filepath.Join(root, "examples", "resources", "advance_liveness_session", "resource.tf"))
	if err != nil {
		t.Fatal(err)
	}
	r.Setenv("ADVANCE_AUDIT_LOG", "advance-audit.jsonl")
	r.Configure(string(resource))
	r.Run("init")
	r.Run("apply")
	r.Run("state", "rm", "advance_liveness_session.example")
	r.Configure("provider \"advance\" {}\n")
	r.Write("list.tfquery.hcl", content)
	r.Run("fmt", "-check", "-diff", "list.tfquery.hcl")
	listed := r.Run("query", "-generate-config-out=lost.tf")
	if id := r.sim.Sessions()[0].SignatureID; !strings.Contains(listed, "signature_id="+id) {
		t.Errorf("want session %s listed, got:\n%s", id, listed)
	}
	output := r.Run("apply")
	if want := "1 imported, 0 added, 0 changed, 0 destroyed"; !strings.Contains(output, want) {
		t.Errorf("want %q, got:\n%s", want, output)
	}
	r.passAll(t)
	r.Run("destroy")
	r.wantCleared(t, 1)
}
