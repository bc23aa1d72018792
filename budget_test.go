package main

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/tfcli"
)

// What the provider may cost before it does anything. Terraform downloads it
// once and starts it for each phase of each command.
const (
	maxBinarySize = 25_000_000 // bytes
	maxStartCPU   = 60 * time.Millisecond
)

func TestBudget_binary(t *testing.T) {
	t.Parallel()

	binary, err := tfcli.Build(t.Context(), ".", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}

	t.Run("size", func(t *testing.T) {
		t.Parallel()

		info, err := os.Stat(binary)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > maxBinarySize {
			t.Errorf("%d bytes, want at most %d", info.Size(), maxBinarySize)
		}
	})

	t.Run("start", func(t *testing.T) {
		t.Parallel()

		// The least of some: another process can slow one start, but cannot
		// make one cheaper.
		var starts []time.Duration
		for range 3 {
			_, state := serveOneCall(t, binary, nil)
			starts = append(starts, state.UserTime()+state.SystemTime())
		}
		if least := slices.Min(starts); least > maxStartCPU {
			t.Errorf("a start, one call for the schema and an end took %s of CPU time, want at most %s", least, maxStartCPU)
		}
	})

	t.Run("version", func(t *testing.T) {
		t.Parallel()

		want := regexp.MustCompile(`^terraform-provider-advance ` + regexp.QuoteMeta(tfcli.Version) + ` \(commit \S+, go\S+, \S+\)\n$`)
		if output, err := exec.CommandContext(t.Context(), binary, "-version").CombinedOutput(); err != nil || !want.Match(output) {
			t.Errorf("-version prints %q (%v), want a match of %s", output, err, want)
		}
	})
}
