// Package tfcli prepares a real Terraform to run the provider of this work
// tree: it finds or installs the command, builds the provider, and keeps the
// caller's own Terraform settings out of the way.
//
// The demo and the tests of the examples and the README share it.
package tfcli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

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

// How long Terraform may take to tell its version, and to be installed.
const (
	versionTimeout = time.Minute
	installTimeout = 10 * time.Minute
)

// Find returns the path of a Terraform that the provider works with: the one
// on PATH, else the one that an earlier call has installed, else the latest
// release, which it installs into [InstallDir] below root. It tells the
// progress of an installation, which takes its time.
func Find(ctx context.Context, root string, progress io.Writer) (string, error) {
	constraints, err := version.NewConstraint(Constraint)
	if err != nil {
		return "", fmt.Errorf("parsing the constraint %q: %w", Constraint, err)
	}
	installDir := filepath.Join(root, InstallDir)
	for _, place := range []*fs.AnyVersion{
		{Product: &product.Terraform},
		{ExactBinPath: filepath.Join(installDir, product.Terraform.BinaryName())},
	} {
		path, err := install.NewInstaller().Ensure(ctx, []src.Source{place})
		if err == nil && suits(ctx, path, constraints, progress) {
			return path, nil
		}
	}
	if err := ctx.Err(); err != nil {
		return "", fmt.Errorf("looking for terraform: %w", err)
	}
	return installLatest(ctx, installDir, constraints, progress)
}

// installLatest installs the newest release that the constraints allow.
func installLatest(ctx context.Context, dir string, constraints version.Constraints, progress io.Writer) (string, error) {
	fmt.Fprintf(progress, "No terraform %s on PATH: installing the latest release into %s.\n", Constraint, InstallDir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("making the folder for terraform: %w", err)
	}
	path, err := install.NewInstaller().Ensure(ctx, []src.Source{&releases.LatestVersion{
		Product:     product.Terraform,
		Constraints: constraints,
		InstallDir:  dir,
		Timeout:     installTimeout,
	}})
	if err != nil {
		return "", fmt.Errorf("no terraform %s on PATH, and none could be installed (put one on PATH, or let this machine reach the release site): %w", Constraint, err)
	}
	return path, nil
}

// suits tells whether the terraform at path is of a version that the
// constraints allow. One that does not say its version is passed over.
func suits(ctx context.Context, path string, constraints version.Constraints, progress io.Writer) bool {
	found, err := versionOf(ctx, path)
	if err != nil {
		fmt.Fprintf(progress, "Passing over %s: %v.\n", path, err)
		return false
	}
	if !constraints.Check(found) {
		fmt.Fprintf(progress, "Passing over %s: its version is %s.\n", path, found)
		return false
	}
	return true
}

// versionOf asks the terraform at path for its version, in an environment in
// which no setting of the caller's can spoil the answer.
func versionOf(ctx context.Context, path string) (*version.Version, error) {
	ctx, cancel := context.WithTimeout(ctx, versionTimeout)
	defer cancel()

	cmd := exec.CommandContext(ctx, path, "version", "-json")
	for name, value := range Environ(os.Environ(), nil) {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	output, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("asking for its version: %w", err)
	}
	var answer struct {
		Version *version.Version `json:"terraform_version"`
	}
	if err := json.Unmarshal(output, &answer); err != nil {
		return nil, fmt.Errorf("reading its version: %w", err)
	}
	if answer.Version == nil {
		return nil, errors.New("reading its version: the answer has none")
	}
	return answer.Version, nil
}
