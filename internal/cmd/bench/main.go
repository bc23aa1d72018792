// Command bench measures how long Terraform takes to create, plan and destroy
// sessions, next to what as much work costs without this provider. The simulator
// takes the place of the API. "make bench" runs it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/tfcli"
)

// exitInterrupted is what shells report for a program that Ctrl-C has ended.
const exitInterrupted = 130

func main() {
	switch os.Getenv(envRole) {
	case roleShim:
		os.Exit(shim(os.Getenv(envProgram)))
	case roleSleeper:
		latency, err := time.ParseDuration(os.Getenv(envLatency))
		if err == nil {
			err = serveFloor(latency)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	default:
		tfcli.CleanEnvironment()
		// Signals stay caught to the end, so that a second Ctrl-C does not keep
		// the first one from cleaning up.
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
		stop()
		os.Exit(code)
	}
}

// run measures what args ask for and returns the program's exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parseArgs(args, stderr)
	if err == nil {
		err = o.measure(ctx, stdout, progressTo(stderr))
	}
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "\nInterrupted. Terraform was stopped and the temporary files are gone.")
		return exitInterrupted
	case errors.Is(err, errUsage):
		return 2
	default:
		fmt.Fprintln(stderr, "bench:", err)
		return 1
	}
}

// progressTo returns where the line of progress goes: to w if it is a terminal,
// and otherwise nowhere.
func progressTo(w io.Writer) io.Writer {
	if f, ok := w.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			return w
		}
	}
	return io.Discard
}

// errUsage says that the command line is wrong. The user has been told.
var errUsage = errors.New("wrong command line")

// options say what to measure, and where the figures go.
type options struct {
	sizes     []int
	latencies []time.Duration
	shapes    []shape
	runs      int
	markdown  string // path, empty for none
	svg       string // the same
	guide     string // the same
}

const help = `Measures apply, an empty plan and destroy of sessions under the terraform on
PATH, against the simulator on this machine. No account and no network needed.

  make bench                                a few minutes
  make bench ARGS="-full -runs 5"           everything; it takes hours
  make bench-docs                           what the documentation shows; about an hour
  go run ./internal/cmd/bench -n 200 -latency 50ms -shapes plain,same-schema -runs 5

The shapes:
`

const helpEnd = `
A shape is measured up to %d sessions, the set up to %d. Times depend on the
machine and on what else it does: compare within one run only.

Flags:
`

func parseArgs(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	sizes := flags.String("n", "10,100,300", "numbers of sessions, a `list` separated by commas")
	latencies := flags.String("latency", "50ms", "latencies of the API, a `list`")
	chosen := flags.String("shapes", strings.Join(names(shapes), ","), "shapes, a `list`")
	full := flags.Bool("full", false, "the same as -n 10,100,300,1000,3000,10000 -latency 0s,50ms,200ms")
	flags.IntVar(&o.runs, "runs", 1, "how often each row is measured; the median is shown")
	flags.StringVar(&o.markdown, "markdown", "", "write the table to this `file`")
	flags.StringVar(&o.svg, "svg", "", "write a plot to this `file`")
	flags.StringVar(&o.guide, "guide", "", "write a short table into this `page`, between the lines <!-- bench:begin --> and <!-- bench:end -->")
	flags.Usage = func() {
		fmt.Fprint(stderr, help)
		for _, s := range shapes {
			fmt.Fprintf(stderr, "  %-15s %s\n", s.name, s.about)
		}
		fmt.Fprintf(stderr, helpEnd, mostResources, mostSessions)
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return o, err
		}
		return o, errUsage
	}
	if *full {
		*sizes, *latencies = "10,100,300,1000,3000,10000", "0s,50ms,200ms"
	}
	var errs [3]error
	o.sizes, errs[0] = list(*sizes, parseSize)
	o.latencies, errs[1] = list(*latencies, parseLatency)
	o.shapes, errs[2] = list(*chosen, shapeNamed)
	err := errors.Join(errs[:]...)
	switch {
	case err != nil:
	case flags.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case o.runs < 1:
		err = errors.New("-runs must be above 0")
	}
	if err != nil {
		fmt.Fprintf(stderr, "%v\n(-h tells more)\n", err)
		return o, errUsage
	}
	return o, nil
}

// list parses the parts of a list that is separated by commas.
func list[T any](text string, one func(string) (T, error)) ([]T, error) {
	var values []T
	for part := range strings.SplitSeq(text, ",") {
		value, err := one(strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		values = append(values, value)
	}
	return values, nil
}

func parseSize(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > mostSessions {
		return 0, fmt.Errorf("%q is no number of sessions from 1 to %d", text, mostSessions)
	}
	return n, nil
}

func parseLatency(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > time.Minute {
		return 0, fmt.Errorf("%q is no latency from 0s to 1m", text)
	}
	return d, nil
}
