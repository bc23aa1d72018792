package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"

	"github.com/advance-community/terraform-provider-advance/internal/simulator"
	"github.com/advance-community/terraform-provider-advance/internal/tfcli"
)

// terraform runs a terraform command and writes its output to stdout. It
// returns the exit code where that is 0, or 2, which says that a plan has
// changes.
func (d *demo) terraform(ctx context.Context, stdout io.Writer, args ...string) (exit int, err error) {
	var stderr bytes.Buffer
	var arguments string
	if !d.out.color {
		arguments = "-no-color"
	}
	// The provider needs no more than these: the configuration's own provider
	// block is empty.
	cmd := tfcli.Command(ctx, d.command, d.work, map[string]string{
		"TF_CLI_ARGS":        arguments,
		"TF_CLI_CONFIG_FILE": d.cliConfig,
		"TF_INPUT":           "0",
		"ADVANCE_ENDPOINT":   d.endpoint,
		"ADVANCE_ACCESS_KEY": simulator.DefaultAccessKey,
		"ADVANCE_SECRET_KEY": simulator.DefaultSecretKey,
	}, args...)
	cmd.Stdout, cmd.Stderr = stdout, &stderr
	separateSignals(cmd)
	err = cmd.Run()
	var status *exec.ExitError
	if errors.As(err, &status) && status.ExitCode() == 2 && ctx.Err() == nil {
		return 2, nil
	}
	if err != nil {
		return 0, fmt.Errorf("%w\n%s", err, stderr.Bytes())
	}
	return 0, nil
}

// show runs a terraform command and passes on those lines of its output that
// keep accepts, marked as Terraform's own.
func (d *demo) show(ctx context.Context, keep func(line string) bool, args ...string) (exit int, err error) {
	lines := &lineWriter{out: d.out, gutter: d.out.paint(dim, "|"), keep: keep}
	exit, err = d.terraform(ctx, lines, args...)
	lines.flush()
	return exit, err
}

// output returns the value of an output of the configuration.
func (d *demo) output(ctx context.Context, name string) (string, error) {
	var value strings.Builder
	if _, err := d.terraform(ctx, &value, "output", "-raw", name); err != nil {
		return "", err
	}
	return value.String(), nil
}
