// Command findterraform prints the path of a Terraform that the provider works
// with, and installs one first where there is none. "make test" asks it, so
// that all the tests use the same one.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/advance-community/terraform-provider-advance/internal/tfcli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "findterraform:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	root, err := tfcli.ModuleRoot(".")
	if err != nil {
		return err
	}
	path, err := tfcli.Find(ctx, root, os.Stderr)
	if err != nil {
		return err
	}
	fmt.Println(path)
	return nil
}
