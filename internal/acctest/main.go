package acctest

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/advance-community/terraform-provider-advance/internal/tfcli"
)

// envTerraform holds the path of the terraform command under test, for this
// package and for terraform-plugin-testing.
const envTerraform = "TF_ACC_TERRAFORM_PATH"

// Main runs a package's tests in an environment without the caller's settings.
// Where acceptance tests are asked for (TF_ACC), it finds or installs terraform
// unless TF_ACC_TERRAFORM_PATH names one.
func Main(m *testing.M) {
	tfcli.CleanEnvironment()
	if err := findTerraform(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	removeBuild()
	os.Exit(code)
}

func findTerraform() error {
	if os.Getenv("TF_ACC") == "" || os.Getenv(envTerraform) != "" {
		return nil
	}
	root, err := tfcli.ModuleRoot(".")
	if err != nil {
		return err
	}
	path, err := tfcli.Find(context.Background(), root, os.Stderr)
	if err != nil {
		return err
	}
	return os.Setenv(envTerraform, path)
}
