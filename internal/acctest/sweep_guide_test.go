package acctest

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestAccGuide_nothingLeftBehind runs every block of the guide in its order, with
// the sweep built from the source. The person with the link passes after the
// destroy.
func TestAccGuide_nothingLeftBehind(t *testing.T) {
	t.Parallel()

	r := newReader(t)
	bin, _, _ := strings.Cut(r.env["PATH"], string(filepath.ListSeparator))
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(bin, "terraform-provider-advance-sweep"), "./internal/cmd/sweep")
	build.Dir = root
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the sweep: %v\n%s", err, output)
	}

	const toErase = "terraform-provider-advance-sweep -dry-run -audit-log advance-audit.jsonl\n"
	var dryRuns int
	for _, b := range fencedBlocks(readPage(t, filepath.Join(root, "templates", "guides", "nothing-left-behind.md"))) {
		switch {
		case b.language == "terraform":
			r.Configure(b.content)
			r.Run("fmt", "-check", "-diff")
		case b.content == toErase:
			dryRuns++
			r.shell(t, "status=0\n"+strings.TrimSpace(b.content)+" || status=$?\ntest $status -eq 1")
		default:
			r.shell(t, b.content)
		}
		r.passAll(t)
	}
	if dryRuns != 1 {
		t.Errorf("%d dry runs that find the abandoned session, want 1", dryRuns)
	}
	r.wantCleared(t, 1)
}
