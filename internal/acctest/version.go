package acctest

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"sync"
	"testing"

	"github.com/hashicorp/go-version"

	"github.com/advance-community/terraform-provider-advance/internal/tfcli"
)

// RequireVersion skips a test unless the CLI under test is at least this version
// of Terraform, or this version of OpenTofu. An empty version is for a CLI that
// does not have what the test needs in any version.
func RequireVersion(t testing.TB, terraform, openTofu string) {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("TF_ACC is not set: this test runs a real terraform")
	}
	cli, err := cliVersion()
	if err != nil {
		t.Fatal(err)
	}
	lowest := map[string]string{"Terraform": terraform, "OpenTofu": openTofu}[cli.product]
	if lowest == "" {
		t.Skipf("no version of %s has what this test needs", cli.product)
	}
	if cli.version.Core().LessThan(version.Must(version.NewVersion(lowest))) {
		t.Skipf("%s %s is older than %s", cli.product, cli.version, lowest)
	}
}

// cli is the CLI under test.
type cli struct {
	product string // Terraform or OpenTofu
	version *version.Version
}

// cliLine matches the first line of "terraform version". Its JSON form does not
// tell the two products apart.
var cliLine = regexp.MustCompile(`(?m)^(Terraform|OpenTofu) v(\S+)$`)

var cliVersion = sync.OnceValues(func() (cli, error) {
	cmd := tfcli.Command(context.Background(), os.Getenv(envTerraform), "", nil, "version") // It outlives the test that comes first.
	output, err := cmd.Output()
	if err != nil {
		return cli{}, fmt.Errorf("%s: %w", cmd, err)
	}
	found := cliLine.FindSubmatch(output)
	if found == nil {
		return cli{}, fmt.Errorf("%s: no version in:\n%s", cmd, output)
	}
	v, err := version.NewVersion(string(found[2]))
	return cli{string(found[1]), v}, err
})
