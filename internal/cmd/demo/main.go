// Command demo shows the whole story of a liveness session under a real
// Terraform, without an account: a session on apply, its result, and the
// erasure of its personal data on destroy. "make demo" runs it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/advance-community/terraform-provider-advance/internal/tfcli"
)

// exitInterrupted is what shells report for a program that Ctrl-C has ended.
const exitInterrupted = 130

func main() {
	file := flag.String("record", "", "draw what the demo prints into `FILE`, an SVG, instead of printing it")
	flag.Parse()
	tfcli.CleanEnvironment()
	// Signals stay caught to the end: the second Ctrl-C of somebody in a hurry
	// must not keep the first one from cleaning up.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	demo := func() error { return play(ctx, newScreen(os.Stdout)) }
	if *file != "" {
		demo = func() error { return record(ctx, *file) }
	}
	code := run(ctx, demo, os.Stderr)
	stop()
	os.Exit(code)
}

// run runs the demo and returns the program's exit code.
func run(ctx context.Context, demo func() error, stderr io.Writer) int {
	err := demo()
	switch {
	case err == nil:
		return 0
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "\nInterrupted. Terraform was stopped and the temporary files are gone.")
		return exitInterrupted
	default:
		fmt.Fprintf(stderr, "\nThe demo failed: %v\n", err)
		return 1
	}
}

// play runs the steps, and removes what they made however they end.
func play(ctx context.Context, out *screen) (err error) {
	d, err := newDemo(out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()

	fmt.Fprint(out, prologue)
	steps := d.steps()
	for i, s := range steps {
		title := fmt.Sprintf("[%d/%d] %s", i+1, len(steps), s.what)
		fmt.Fprintf(out, "\n%s\n      %s\n", out.paint(bold, title), out.paint(dim, s.why))
		if err := out.during(i+1, len(steps), func() error { return s.do(ctx) }); err != nil {
			return fmt.Errorf("%s: %w", s.what, err)
		}
	}
	fmt.Fprint(out, epilogue)
	return nil
}

const adviceTitle = "To do the same with the real API:"

const prologue = `This demo needs no account. A simulator takes the place of the ADVANCE.AI API;
all the rest is real: Terraform, the provider, and the configuration in
examples/demo.
`

const epilogue = `
That was all: a session on apply, its result, its erasure on destroy.

` + adviceTitle + `
  1. In examples/demo/main.tf set return_url, fail_return_url, user_id and region
     to your own. Two people get two sessions.
  2. Set ADVANCE_ACCESS_KEY and ADVANCE_SECRET_KEY to the key pair of your
     account. If your account lives elsewhere than https://api.advance.ai, set
     ADVANCE_ENDPOINT to its host, for example https://sg-api.advance.ai.
  3. "make install" says how Terraform finds the provider. Then: terraform plan,
     terraform apply, and terraform output -raw link for the person's link.
  4. Mind this: destroy can't clear a session that nobody has finished before its
     link has expired, about an hour after apply. It waits for that, unless
     deletion_policy says otherwise.
`
