// Sweep finds sessions in audit logs that were made and never erased, and
// erases their personal data. It is a program for a nightly job: it needs no
// Terraform and no state, and it can be stopped and run again at any time.
//
// Its exit status is 0 if nothing that it was asked to take is left, 1 if
// something is or a line could not be read, and 2 for wrong usage or refused
// credentials, before anything was erased.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/audit"
	"github.com/advance-community/terraform-provider-advance/internal/buildinfo"
	"github.com/advance-community/terraform-provider-advance/internal/env"
	"github.com/advance-community/terraform-provider-advance/internal/erase"
)

// version is set by the linker in a release.
var version = "dev"

// The exit statuses.
const (
	exitDone  = 0
	exitLeft  = 1
	exitUsage = 2
)

func main() {
	log.SetOutput(io.Discard) // net/http logs what servers send, which can be anything
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	p := program{getenv: os.Getenv, stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}
	if info, err := os.Stderr.Stat(); err == nil {
		p.terminal = info.Mode()&os.ModeCharDevice != 0
	}
	status := p.run(ctx, os.Args[1:])
	stop()
	os.Exit(status)
}

// program is what the sweep gets from its surroundings.
type program struct {
	getenv         func(string) string
	stdin          io.Reader
	stdout, stderr io.Writer
	terminal       bool              // stderr is one
	transport      http.RoundTripper // nil but in tests
}

// run does what the command line says, and returns the exit status.
func (p program) run(ctx context.Context, args []string) int {
	opts, err := p.parseFlags(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitDone
	case err != nil:
		return p.refuse(err)
	case opts.version:
		fmt.Fprintln(p.stdout, buildinfo.Line("terraform-provider-advance-sweep", version))
		return exitDone
	}
	client, err := p.newClient(opts.dryRun)
	if err != nil {
		return p.refuse(err)
	}
	except, err := readExcepted(opts.except, p.stdin)
	if err != nil {
		return p.refuse(err)
	}
	sessions, unreadable, err := audit.Fold(opts.logs...)
	if err != nil {
		return p.refuse(err)
	}
	choice := choice{except: except, now: time.Now(), createdBefore: opts.createdBefore, here: erase.Origin{Endpoint: client.Endpoint()}}
	out := &reporter{program: p, json: opts.json, unreadable: unreadable}
	if !opts.dryRun && choice.anyOpen(sessions) {
		s := &sweep{client: client, wait: opts.wait, out: out}
		if err := s.openLogs(choice, sessions); err != nil {
			return p.refuse(err)
		}
		return s.run(ctx, choice, sessions)
	}
	choice.each(sessions, func(session *audit.Session, o outcome) { out.report(about(session, o)) })
	return out.finish()
}

// refuse tells why nothing was done.
func (p program) refuse(err error) int {
	fmt.Fprintf(p.stderr, "sweep: %s\n", printable(err.Error()))
	return exitUsage
}

// options is the command line.
type options struct {
	logs, except       []string
	createdBefore      time.Duration // 0 is off
	dryRun, wait, json bool
	version            bool // print the version, and nothing else
}

func (p program) parseFlags(args []string) (options, error) {
	var opts options
	flags := flag.NewFlagSet("sweep", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // run tells the error
	flags.Func("audit-log", "audit log to read, and to write the events of its sessions to; `FILE` can be given several times (default "+env.AuditLog+")", func(s string) error {
		opts.logs = append(opts.logs, s)
		return nil
	})
	flags.Func("created-before", "also take sessions that were created this `DURATION` ago or earlier and never erased, such as 24h", func(s string) (err error) {
		if opts.createdBefore, err = time.ParseDuration(s); err == nil && opts.createdBefore <= 0 {
			err = errors.New("it must be above 0")
		}
		return err
	})
	flags.Func("except", "output of terraform show -json, whose sessions are left alone; `FILE` can be given several times, and - is standard input", func(s string) error {
		opts.except = append(opts.except, s)
		return nil
	})
	flags.BoolVar(&opts.dryRun, "dry-run", false, "say what would be done, and make no call")
	flags.BoolVar(&opts.wait, "wait", false, "wait for unfinished sessions, up to 75 minutes, and erase them too")
	flags.BoolVar(&opts.json, "json", false, "print one JSON object a session")
	flags.BoolVar(&opts.version, "version", false, "print the version and exit")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		flags.SetOutput(p.stderr)
		flags.Usage()
		return opts, err
	} else if err != nil {
		return opts, err
	}
	if flags.NArg() > 0 {
		return opts, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if file := p.getenv(env.AuditLog); opts.logs == nil && file != "" {
		opts.logs = []string{file}
	}
	if opts.logs == nil && !opts.version {
		return opts, fmt.Errorf("no audit log: give -audit-log or set %s", env.AuditLog)
	}
	return opts, nil
}

// newClient returns a client with the settings of the environment. One that makes
// no call needs no credentials.
func (p program) newClient(dryRun bool) (*advance.Client, error) {
	api, token, problems := env.Endpoints("", "", p.getenv)
	var credentials advance.Credentials
	if !dryRun {
		var more []env.Problem
		credentials, more = env.Credentials(credentials, p.getenv)
		problems = append(problems, more...)
	}
	if len(problems) > 0 {
		return nil, errors.New(problems[0].Detail)
	}
	return advance.New(advance.Config{
		Endpoint:       api,
		TokenEndpoint:  token,
		Credentials:    credentials,
		TokenPeriod:    advance.DefaultTokenPeriod,
		RequestTimeout: advance.DefaultRequestTimeout,
		MaxRetries:     advance.DefaultMaxRetries,
		UserAgent:      "terraform-provider-advance-sweep/" + version,
		Transport:      p.transport,
	})
}
