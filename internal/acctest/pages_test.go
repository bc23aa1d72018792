package acctest

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// notRun holds the blocks that no test can run, by page and first line, and why.
// HCL is parsed all the same.
var notRun = map[string]string{
	"docs/guides/simulator.md: docker build -f internal/cmd/simulator/Dockerfile -t advance-simulator .":             "needs Docker and a network",
	"docs/guides/rehearse-without-an-account.md: SIMULATOR_URL=http://127.0.0.1:8787 go test ./examples/end-to-end/": "needs a browser: TestBrowser_guideExample of the simulator runs it",
}

// TestAccPages runs the blocks of every page of the documentation, in their
// order and in one folder, as a reader does who follows the page from top to
// bottom. Between two blocks the people who got a link pass. At the end the
// reader destroys, and no personal data is left.
//
// A block that is a file of examples/ is run by TestAccExamples. A block in a
// language that nothing runs or checks is a failure.
func TestAccPages(t *testing.T) {
	t.Parallel()

	for name, content := range pages(t) {
		blocks := slices.DeleteFunc(fencedBlocks(content), isExample(t))
		if len(blocks) == 0 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			for _, b := range blocks {
				requireFeatures(t, b.content)
			}
			f := newFollower(t, name)
			for _, b := range blocks {
				f.follow(b)
				f.passAll(t)
			}
			f.end()
		})
	}
}

// TestPages_notRun checks that each block in the table notRun still exists.
func TestPages_notRun(t *testing.T) {
	t.Parallel()

	all := pages(t)
	for key := range notRun {
		page, line, _ := strings.Cut(key, ": ")
		if !slices.ContainsFunc(fencedBlocks(all[page]), func(b block) bool { return b.firstLine() == line }) {
			t.Errorf("no block of %s begins with %q: remove it from the table", page, line)
		}
	}
}

// auditLog is the audit log that the pages use.
const auditLog = "advance-audit.jsonl"

// isExample returns a function that tells whether a block is a file of examples/.
func isExample(t *testing.T) func(block) bool {
	t.Helper()

	examples := map[string]bool{}
	for _, content := range exampleFiles(t) {
		examples[strings.TrimSpace(content)] = true
	}
	return func(b block) bool { return examples[strings.TrimSpace(b.content)] }
}

// follower is a reader who follows one page.
type follower struct {
	*reader
	t       *testing.T
	page    string
	files   map[string]string // configuration so far, by name
	pending bool              // the configuration has changed and was not used yet
}

// newFollower returns a reader with an empty folder, the programs of the project
// on PATH, and an audit log.
func newFollower(t *testing.T, page string) *follower {
	t.Helper()

	f := &follower{reader: newReader(t), t: t, page: page, files: map[string]string{}}
	f.addPrograms(t)
	f.Setenv("ADVANCE_AUDIT_LOG", auditLog)
	if err := os.Remove(filepath.Join(f.Dir, "main.tf")); err != nil {
		t.Fatal(err)
	}
	return f
}

// follow does what a block says.
func (f *follower) follow(b block) {
	f.t.Helper()

	_, skipped := notRun[f.page+": "+b.firstLine()]
	isHCL := b.language == "terraform" || b.language == "hcl"
	switch {
	case isHCL && skipped:
		f.parse(b)
	case isHCL:
		f.configure(b)
	case skipped, b.language == "text", b.language == "mermaid":
	case b.language == "json":
		if !json.Valid([]byte(b.content)) {
			f.t.Errorf("not JSON:\n%s", b.content)
		}
	case b.language == "shell":
		f.script(b)
	default:
		f.t.Errorf("no way to run a block of language %q:\n%s", b.language, b.content)
	}
}

// parse checks the syntax of a block that cannot be run.
func (f *follower) parse(b block) {
	f.t.Helper()

	const file = "parsed.tf"
	f.Write(file, b.content)
	f.Run("fmt", "-check", "-diff", file)
	if err := os.Remove(filepath.Join(f.Dir, file)); err != nil {
		f.t.Fatal(err)
	}
}

// configure writes the file of a block. A script uses it, or else the follower
// applies it at the end.
func (f *follower) configure(b block) {
	f.t.Helper()

	name := b.file()
	if _, replaced := f.files[name]; replaced {
		f.applyPending()
	}
	f.files[name] = complete(f.fill(b.content))
	f.Write(name, b.content)
	f.Run("fmt", "-check", "-diff", name)
	f.Write(name, f.files[name])
	f.pending = true
}

// script runs a shell block. Targets of make are checked, not run: "make test"
// would run this very test, and "make simulator" does not end. Of a program that
// is started from the source, the flags are checked.
func (f *follower) script(b block) {
	f.t.Helper()

	var script strings.Builder
	for line := range strings.Lines(b.content) {
		if target, ok := strings.CutPrefix(line, "make "); ok {
			checkTarget(f.t, strings.TrimSpace(target))
			continue
		}
		if command, ok := strings.CutPrefix(line, "go run ./internal/cmd/"); ok {
			line = "terraform-provider-advance-" + strings.TrimSpace(command) + " -help\n"
		}
		script.WriteString(f.fill(line))
	}
	if script.Len() == 0 {
		return
	}
	switch {
	case terraformCommand.MatchString(script.String()):
		f.prepare(strings.Contains(script.String(), "terraform init"))
	case strings.Contains(script.String(), auditLog):
		f.applyPending()
		f.anySession()
	}
	f.shellStatus(f.t, script.String(), b.exitStatus())
}

// checkTarget checks that make has a target.
func checkTarget(t *testing.T, target string) {
	t.Helper()

	plan, err := exec.CommandContext(t.Context(), "make", "-n", "-C", root, target).CombinedOutput()
	if err != nil || strings.TrimSpace(string(plan)) == "" {
		t.Errorf("make %s: %v; it would do:\n%s", target, err, plan)
	}
}

// terraformCommand matches a script that runs terraform.
var terraformCommand = regexp.MustCompile(`(?m)(^|[ (])terraform [a-z]`)

// prepare completes the configuration for a script that uses it, and runs init
// unless that script or an earlier one does. A page that runs init begins in an
// empty folder, so nothing may be missing in its own blocks.
func (f *follower) prepare(initializes bool) {
	f.t.Helper()

	f.pending = false
	missing := prelude(f.files)
	f.Write("prelude.tf", missing)
	switch {
	case !initializes:
		f.shell(f.t, "test -d .terraform || terraform init")
	case missing != "":
		f.t.Errorf("the page runs terraform init, so its blocks must be a whole configuration. Missing:\n%s", missing)
	}
}

// applyPending applies a configuration that no script has used.
func (f *follower) applyPending() {
	f.t.Helper()

	if !f.pending {
		return
	}
	f.prepare(false)
	f.shell(f.t, "terraform apply")
	f.passAll(f.t)
}

// end destroys what the page has left, and checks that its data is erased.
func (f *follower) end() {
	f.t.Helper()

	f.applyPending()
	f.sim.ClearFaults()
	f.sim.SetBehaviour(simulator.Behaviour{})
	f.shell(f.t, "if terraform state list 2>/dev/null | grep -q .; then terraform destroy; fi")
	created := len(f.sim.Sessions()) > 0
	switch {
	case len(f.files) > 0 && !created:
		f.t.Error("the page has created no session")
	case len(f.files) == 0 && created: // by anySession, in no state
		f.shell(f.t, "terraform-provider-advance-sweep -created-before 1ms -audit-log "+auditLog)
	}
	f.wantCleared(f.t, len(f.sim.Sessions()))
}

// database is the one that a page connects to.
const database = "postgres://terraform@127.0.0.1:5432/terraform?sslmode=disable"

// fill puts this test's simulator, session and database in place of those of the
// page, and 300 sessions in place of 3,000, which take too long for a test.
func (f *follower) fill(content string) string {
	f.t.Helper()

	content = strings.ReplaceAll(content, "http://127.0.0.1:8787", f.sim.URL)
	content = strings.ReplaceAll(content, "setproduct(range(30), range(100))", "setproduct(range(3), range(100))")
	if strings.Contains(content, database) {
		content = strings.ReplaceAll(content, database, startPostgres(f.t))
	}
	for _, placeholder := range []string{exampleID, "SIGNATURE_ID"} {
		if strings.Contains(content, placeholder) {
			content = strings.ReplaceAll(content, placeholder, f.anySession())
		}
	}
	return content
}

// anySession returns the signature id of a session. If the page has none, it is
// one that is in no state.
func (f *follower) anySession() string {
	f.t.Helper()

	if len(f.sim.Sessions()) == 0 {
		f.Write("prelude.tf", prelude(nil))
		f.shell(f.t, "terraform init\nterraform apply\nrm prelude.tf terraform.tfstate*")
		f.passAll(f.t)
	}
	return f.sim.Sessions()[0].SignatureID
}
