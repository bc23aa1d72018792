package tfcli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// Version is the version of the provider in a mirror. The version constraints
// of the examples and the README must accept it.
const Version = "0.1.0"

// binary is the name of the provider's executable, without version and suffix.
const binary = "terraform-provider-advance"

// ModuleRoot returns the folder of the module that dir belongs to.
func ModuleRoot(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("looking for the module: %w", err)
	}
	for at := abs; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", errors.New("looking for the module: no go.mod in " + abs + " or above it")
		}
	}
}

// Build builds the provider of the module at root into the folder dir, as a
// release does, and returns the executable's path.
func Build(ctx context.Context, root, dir string) (string, error) {
	path := filepath.Join(dir, executable(binary))
	cmd := exec.CommandContext(ctx, "go", "build", "-o", path, "-trimpath", "-ldflags", "-s -w -X main.version="+Version, ".")
	cmd.Dir = root
	// A build that is killed leaves its temporary files behind: in dir, they go
	// with it.
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOTMPDIR="+dir)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return "", fmt.Errorf("building the provider: %w\n%s", err, output.Bytes())
	}
	return path, nil
}

// Mirror creates a filesystem mirror below dir that has the provider at path.
// It returns the path of a CLI configuration that installs providers only from
// there: with it "terraform init" works as for a published provider, without a
// network.
func Mirror(dir, path string) (string, error) {
	root := filepath.Join(dir, "mirror")
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		folder := filepath.Join(root, host, "advance-community", "advance", Version, runtime.GOOS+"_"+runtime.GOARCH)
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return "", fmt.Errorf("creating the mirror: %w", err)
		}
		if err := link(path, filepath.Join(folder, executable(binary+"_v"+Version))); err != nil {
			return "", fmt.Errorf("creating the mirror: %w", err)
		}
	}
	config := filepath.Join(dir, "cli.tfrc")
	text := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", filepath.ToSlash(root))
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		return "", fmt.Errorf("writing the CLI configuration: %w", err)
	}
	return config, nil
}

// link creates a hard link, or a copy where the file system has no hard links.
func link(from, to string) error {
	if err := os.Link(from, to); err == nil {
		return nil
	}
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o755)
}

func executable(name string) string {
	if runtime.GOOS == "windows" {
		return name + ".exe"
	}
	return name
}
