package advance

import (
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/advance-community/terraform-provider-advance"

// The client knows nothing of Terraform, and the simulator nothing of the
// client, so that it can catch the client's mistakes.
func TestDependencies(t *testing.T) {
	t.Parallel()

	tests := []struct {
		pkg     string
		without []string // Prefixes of packages that it must not depend on.
		except  string
	}{
		{module + "/internal/advance", []string{"github.com/hashicorp/", module}, module + "/internal/advance"},
		{module + "/internal/simulator", []string{"github.com/hashicorp/", module}, module + "/internal/simulator"},
	}
	for _, test := range tests {
		t.Run(test.pkg, func(t *testing.T) {
			t.Parallel()

			cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", test.pkg)
			var stderr strings.Builder
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("go list: %v\n%s", err, stderr.String())
			}
			deps := strings.Fields(string(out))
			if len(deps) < 10 {
				t.Fatalf("got %d packages, want the standard library's at least", len(deps))
			}
			for _, dep := range deps {
				for _, prefix := range test.without {
					if strings.HasPrefix(dep, prefix) && dep != test.except {
						t.Errorf("got a dependency on %s", dep)
					}
				}
			}
		})
	}
}
