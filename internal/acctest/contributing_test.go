package acctest

import (
	"regexp"
	"strings"
	"testing"

	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// TestAccContributing_failedDestroy checks the diagnostic that CONTRIBUTING.md
// shows, from which a reader follows a failed destroy into the code.
func TestAccContributing_failedDestroy(t *testing.T) {
	t.Parallel()

	r := newReader(t)
	r.Configure(personSession + "}\n")
	r.Run("init")
	r.Run("apply")
	r.passAll(t)
	if err := r.sim.Inject(simulator.Fault{Operation: simulator.OpClear, Kind: "access-denied", Count: 20}); err != nil {
		t.Fatal(err)
	}
	output, exit := r.Try("destroy")
	if exit != 1 {
		t.Fatalf("exit code %d, want 1; output:\n%s", exit, output)
	}

	id := regexp.MustCompile(`[0-9a-f]{16}`)
	plain := func(s string) string { return id.ReplaceAllString(Unwrapped(s), "ID") }
	var shown bool
	for _, b := range fencedBlocks(pages(t)["CONTRIBUTING.md"]) {
		if !strings.HasPrefix(b.content, "Error: ") {
			continue
		}
		shown = true
		for part := range strings.SplitSeq(b.content, "\n...\n") {
			if !strings.Contains(plain(output), plain(part)) {
				t.Errorf("destroy does not show\n%s\nbut\n%s", part, output)
			}
		}
	}
	if !shown {
		t.Error("CONTRIBUTING.md shows no error")
	}

	r.sim.ClearFaults()
	r.Run("destroy")
	r.wantCleared(t, 1)
}
