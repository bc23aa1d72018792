package acctest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/go-version"

	"github.com/advance-community/terraform-provider-advance/internal/tfcli"
)

// Require skips a test unless the terraform command under test is Terraform or
// OpenTofu, each of at least its version: "" stands for a tool that cannot do
// what is tested in any version.
func Require(t testing.TB, terraform, opentofu string) {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("TF_ACC is not set: this test runs a real terraform")
	}
	cli, err := cliOnce()
	if err != nil {
		t.Fatal(err)
	}
	least := map[string]string{"Terraform": terraform, "OpenTofu": opentofu}[cli.tool]
	if least == "" || cli.version.Core().LessThan(version.Must(version.NewVersion(least))) {
		t.Skipf("%s %s cannot do what is tested; Terraform %q and OpenTofu %q can", cli.tool, cli.version, terraform, opentofu)
	}
}

// cli is the terraform command under test.
type cli struct {
	tool    string // Terraform or OpenTofu
	version *version.Version
}

var cliOnce = sync.OnceValues(func() (cli, error) {
	cmd := tfcli.Command(context.Background(), os.Getenv(envTerraform), "", nil, "version") // It outlives the test that comes first.
	output, err := cmd.Output()
	if err != nil {
		return cli{}, fmt.Errorf("%s: %w", cmd, err)
	}
	return parseVersion(output)
})

// parseVersion reads the first line that "terraform version" prints, such as
// "OpenTofu v1.12.6".
func parseVersion(output []byte) (cli, error) {
	for line := range bytes.Lines(output) {
		tool, number, found := strings.Cut(strings.TrimSpace(string(line)), " v")
		if !found || tool != "Terraform" && tool != "OpenTofu" {
			continue
		}
		v, err := version.NewVersion(number)
		return cli{tool, v}, err
	}
	return cli{}, fmt.Errorf("no version of Terraform or OpenTofu in: %s", output)
}
