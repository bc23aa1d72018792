package action_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// The pages of the actions show the progress of a wait. Each line that they show
// is one that the action writes.
func TestPages_progress(t *testing.T) {
	t.Parallel()
	for page, test := range map[string]struct {
		typeName string
		config   prototest.Object
	}{
		"await_liveness_result.md": {awaitType, prototest.Object{"timeouts": prototest.Object{"invoke": "30m"}}},
		"clear_liveness_data.md":   {clearType, nil},
	} {
		t.Run(page, func(t *testing.T) {
			t.Parallel()
			content, err := os.ReadFile("../../docs/actions/" + page)
			if err != nil {
				t.Fatal(err)
			}
			_, rest, _ := strings.Cut(string(content), "```text\n")
			shown, _, found := strings.Cut(rest, "```")
			if !found {
				t.Fatal("the page shows no progress")
			}
			withFakeTime(t, func(t *testing.T, e env) {
				time.AfterFunc(2*time.Minute, func() { e.finish(t, simulator.ResultPass) })
				messages, diags, _ := e.invoke(t, test.typeName, test.config)
				prototest.WantNothing(t, diags)
				for line := range strings.Lines(shown) {
					line = strings.ReplaceAll(strings.TrimSpace(line), "ed8b21c0c87ad617", e.id)
					if !slices.Contains(messages, line) {
						t.Errorf("the action does not write %q, but\n%s", line, strings.Join(messages, "\n"))
					}
				}
			})
		})
	}
}
