package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// errUsage is the cause of errors about the command line.
var errUsage = errors.New("wrong command line")

// options is the command line.
type options struct {
	listen   string
	hosts    []string
	tls      bool
	certFile string
	json     bool
	version  bool
	config   simulator.Config
}

// names returns the names that the simulator is asked under, besides those that
// every machine has: those of -host, and the host of -listen.
func (o options) names() []string {
	names := slices.Clone(o.hosts)
	if host, _, err := net.SplitHostPort(o.listen); err == nil && host != "" {
		names = append(names, host)
	}
	return slices.DeleteFunc(names, func(name string) bool {
		address, err := netip.ParseAddr(name)
		return err == nil && address.IsUnspecified()
	})
}

// parseFlags returns what the command line says. Asked for help, it writes that
// and returns flag.ErrHelp.
func parseFlags(args []string, stderr io.Writer) (options, error) {
	var opts options
	flags := newFlags(&opts)
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		writeHelp(stderr, flags)
		return opts, err
	}
	if err == nil {
		err = opts.check(flags.Args())
	}
	if err != nil {
		return opts, fmt.Errorf("%w: %w", errUsage, err)
	}
	return opts, nil
}

// newFlags returns the flags, which set opts.
func newFlags(opts *options) *flag.FlagSet {
	flags := flag.NewFlagSet("simulator", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // main tells the error
	flags.StringVar(&opts.listen, "listen", "127.0.0.1:8787", "`HOST:PORT` to listen on; port 0 picks a free port")
	flags.Func("host", "further `NAME` under which clients may ask for it; can be given several times", func(s string) error {
		opts.hosts = append(opts.hosts, strings.TrimSuffix(s, "."))
		return checkHost(s)
	})
	flags.BoolVar(&opts.tls, "tls", false, "serve https, with a certificate made at the start for localhost, the\nloopback addresses, and the names of -listen and -host")
	flags.StringVar(&opts.certFile, "tls-cert-file", "", "write that certificate to `FILE` (PEM), so that clients can trust it")
	flags.StringVar(&opts.config.AccessKey, "access-key", simulator.DefaultAccessKey, "access `KEY` of the only account")
	flags.StringVar(&opts.config.SecretKey, "secret-key", simulator.DefaultSecretKey, "secret `KEY` of the only account")
	flags.DurationVar(&opts.config.LinkLifetime, "link-lifetime", simulator.DefaultLinkLifetime, "lifetime of a link, a `DURATION` such as 5m")
	flags.DurationVar(&opts.config.Latency, "latency", 0, "delay of each API answer, a `DURATION` such as 200ms")
	flags.Float64Var(&opts.config.RateLimit, "rate-limit", 0, "`NUMBER` of API calls a second that are served; 0 is unlimited")
	flags.Func("behaviour", "set a switch for what the API reference leaves open; `SWITCH=VALUE` can be\ngiven several times, GET /simulator/v1/behaviour lists the switches", func(s string) error {
		name, value, found := strings.Cut(s, "=")
		if !found {
			return errors.New("want SWITCH=VALUE")
		}
		return opts.config.Behaviour.Set(name, value)
	})
	flags.BoolVar(&opts.json, "json", false, "write the log as JSON, one object a line")
	flags.BoolVar(&opts.version, "version", false, "print the version and exit")
	return flags
}

// checkHost refuses what cannot be the name in a Host header: a URL, or a name
// with a port.
func checkHost(name string) error {
	if _, err := netip.ParseAddr(name); err == nil {
		return nil
	}
	if parsed, err := url.Parse("//" + name); err != nil || parsed.Hostname() == "" || parsed.Hostname() != name {
		return errors.New("want a host name or an address, without scheme and port")
	}
	return nil
}

// check returns what is wrong with the command line.
func (o options) check(arguments []string) error {
	switch {
	case len(arguments) > 0:
		return fmt.Errorf("unexpected argument %q", arguments[0])
	case !validListen(o.listen):
		return errors.New("-listen must be HOST:PORT")
	case o.certFile != "" && !o.tls:
		return errors.New("-tls-cert-file needs -tls")
	case o.config.AccessKey == "" || o.config.SecretKey == "":
		return errors.New("-access-key and -secret-key must not be empty")
	case o.config.LinkLifetime <= 0:
		return errors.New("-link-lifetime must be above 0")
	case o.config.Latency < 0:
		return errors.New("-latency must not be below 0")
	case !(o.config.RateLimit >= 0 && o.config.RateLimit <= simulator.MaxRateLimit):
		return fmt.Errorf("-rate-limit must be 0 to %d", simulator.MaxRateLimit)
	}
	return nil
}

// validListen reports whether an address has a host, which may be empty, and a
// number of a port.
func validListen(address string) bool {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

// helpGroups are the flags in the order of the help. A test checks that none is
// missing.
var helpGroups = []struct {
	title string
	flags []string
}{
	{"Where it listens", []string{"listen", "host", "tls", "tls-cert-file"}},
	{"The account", []string{"access-key", "secret-key"}},
	{"How it behaves", []string{"link-lifetime", "latency", "rate-limit", "behaviour"}},
	{"Output", []string{"json", "version"}},
}

const helpHead = `Usage: simulator [flags]

Runs a stand-in for the ADVANCE.AI H5 liveness detection API and for the page
that people see, to rehearse and test a liveness flow without an account.
The first line on standard output is its base URL; the log goes to standard error.

It is not a product of ADVANCE.AI, and it looks at no face: whoever opens a link,
or uses the control API, decides how a session ends. Everything is kept in memory.
The control API has no password, so do not give it data of real people.
`

const helpTail = `
Examples:

  simulator
        serve on http://127.0.0.1:8787; the dashboard is at /
  simulator -listen 127.0.0.1:0
        pick a free port, for tests that run side by side
  simulator -link-lifetime 5m -rate-limit 20 -latency 200ms
        links that expire soon, and an API that is slow and throttles
  simulator -behaviour after_clear=blanked -behaviour message_drift=true
        other answers where the API reference leaves several open
  simulator -tls -tls-cert-file simulator.pem
        https; clients trust it with SSL_CERT_FILE=simulator.pem
  simulator -listen 0.0.0.0:8787 -host simulator.test
        also for other machines, which call it simulator.test

Faults, outcomes, the clock and all else are set while it runs, on the dashboard or
with the control API under /simulator/v1/. The guide describes it:
https://registry.terraform.io/providers/advance-community/advance/latest/docs/guides/simulator
`

// writeHelp writes the help: the flags by groups, and examples.
func writeHelp(w io.Writer, flags *flag.FlagSet) {
	_, _ = fmt.Fprint(w, helpHead)
	for _, group := range helpGroups {
		_, _ = fmt.Fprintf(w, "\n%s:\n\n", group.title)
		for _, name := range group.flags {
			f := flags.Lookup(name)
			value, usage := flag.UnquoteUsage(f)
			if value != "" {
				value = " " + value
			}
			if f.DefValue != "" && f.DefValue != "false" {
				usage += " (default " + f.DefValue + ")"
			}
			_, _ = fmt.Fprintf(w, "  -%s%s\n        %s\n", name, value, strings.ReplaceAll(usage, "\n", "\n        "))
		}
	}
	_, _ = fmt.Fprint(w, helpTail)
}
