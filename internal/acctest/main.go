package acctest

import (
	"os"
	"strings"
	"testing"
)

// Main runs a package's tests. The provider under test reads the environment,
// so what a caller's shell says to it, or to Terraform, is taken out first.
// What steers the tests themselves (TF_ACC and its kin) stays.
func Main(m *testing.M) {
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "ADVANCE_") || isForTerraform(name) {
			_ = os.Unsetenv(name) // Fails only for a name that can't be one.
		}
	}
	_ = os.Setenv("CHECKPOINT_DISABLE", "1")
	code := m.Run()
	cleanUp()
	os.Exit(code)
}

// isForTerraform reports whether a variable tells Terraform what to do.
func isForTerraform(name string) bool {
	return strings.HasPrefix(name, "TF_") && !strings.HasPrefix(name, "TF_ACC")
}
