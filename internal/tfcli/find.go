package tfcli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
	"github.com/hashicorp/go-version"
	install "github.com/hashicorp/hc-install"
	"github.com/hashicorp/hc-install/fs"
	"github.com/hashicorp/hc-install/product"
	"github.com/hashicorp/hc-install/releases"
	"github.com/hashicorp/hc-install/src"
)

// Constraint says which versions of Terraform the provider works with.
const Constraint = ">= 1.5.0"

// InstallDir is the folder of the project, git-ignored, into which Terraform
// is installed where there is none.
const InstallDir = ".terraform-bin"

// How long terraform may take to print its version, and to be installed.
const (
	versionTimeout = time.Minute
	installTimeout = 10 * time.Minute
)

// Find returns the path of a terraform that the provider works with: the one
// on PATH, else the one that an earlier call has installed, else the latest
// release, which it installs into [InstallDir] below root. It writes to
// progress before it installs, which takes some time.
func Find(ctx context.Context, root string, progress io.Writer) (string, error) {
	constraints := version.MustConstraints(version.NewConstraint(Constraint))
	dir := filepath.Join(root, InstallDir)
	present := &fs.Version{Product: product.Terraform, Constraints: constraints, ExtraPaths: []string{dir}, Timeout: versionTimeout}
	path, err := install.NewInstaller().Ensure(ctx, []src.Source{present})
	if err == nil {
		return path, nil
	}
	if ctx.Err() != nil {
		return "", fmt.Errorf("looking for terraform: %w", context.Cause(ctx))
	}

	fmt.Fprintf(progress, "No terraform %s on PATH: installing the latest release into %s.\n", Constraint, InstallDir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("creating the folder for terraform: %w", err)
	}
	// The tests of several packages may look for it at the same time.
	lock := flock.New(filepath.Join(dir, "lock"))
	defer lock.Close()
	if _, err := lock.TryLockContext(ctx, 100*time.Millisecond); err != nil {
		return "", fmt.Errorf("waiting for another process that installs terraform: %w", err)
	}
	latest := &releases.LatestVersion{Product: product.Terraform, Constraints: constraints, InstallDir: dir, Timeout: installTimeout}
	path, err = install.NewInstaller().Ensure(ctx, []src.Source{present, latest})
	if err != nil {
		return "", fmt.Errorf("no terraform %s on PATH, and none could be installed (put one on PATH, or let this machine reach the release site): %w", Constraint, err)
	}
	return path, nil
}
