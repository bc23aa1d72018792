// Simulator runs a stand-in for the ADVANCE.AI H5 liveness API and its H5 page
// on this machine, for rehearsals and tests without an account.
//
// The first line on standard output is the base URL alone, so that a script can
// read it; everything else goes to standard error.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// Limits of the server. There is no limit on writing an answer: latency and
// faults may make one slow on purpose.
const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	drainTimeout  = 3 * time.Second // for calls that are being answered when the program is stopped
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "simulator:", err)
		os.Exit(1)
	}
}

// errUsage says that the command line is wrong. The user has been told what is.
var errUsage = errors.New("wrong command line")

// run serves until ctx is done.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	address, config, err := parseFlags(args, stderr)
	if err != nil {
		return err
	}
	var listening net.ListenConfig
	listener, err := listening.Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	base := baseURL(listener.Addr())
	if _, err := fmt.Fprintln(stdout, base); err != nil {
		_ = listener.Close()
		return fmt.Errorf("telling the base URL: %w", err)
	}
	warnOfExposure(stderr, listener.Addr())
	explain(stderr, base, config)
	return serve(ctx, listener, simulator.New(config), drainTimeout)
}

// parseFlags returns what the command line says.
func parseFlags(args []string, stderr io.Writer) (address string, config simulator.Config, err error) {
	flags := flag.NewFlagSet("simulator", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&address, "listen", "127.0.0.1:8787", "`HOST:PORT` to listen on; port 0 picks one")
	flags.StringVar(&config.AccessKey, "access-key", simulator.DefaultAccessKey, "access key of the only account")
	flags.StringVar(&config.SecretKey, "secret-key", simulator.DefaultSecretKey, "secret key of the only account")
	flags.DurationVar(&config.LinkLifetime, "link-lifetime", simulator.DefaultLinkLifetime, "how long a link lives")
	flags.DurationVar(&config.Latency, "latency", 0, "latency of each API answer")
	flags.Float64Var(&config.RateLimit, "rate-limit", 0, "API calls a second; 0 is unlimited")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return "", config, err
		}
		return "", config, errUsage
	}
	if problem := check(flags, config); problem != "" {
		_, _ = fmt.Fprintln(stderr, problem)
		flags.Usage()
		return "", config, errUsage
	}
	return address, config, nil
}

// check returns what is wrong with the flags' values, or "".
func check(flags *flag.FlagSet, config simulator.Config) string {
	switch {
	case flags.NArg() > 0:
		return fmt.Sprintf("unexpected argument %q", flags.Arg(0))
	case config.AccessKey == "" || config.SecretKey == "":
		return "-access-key and -secret-key must not be empty"
	case config.LinkLifetime <= 0:
		return "-link-lifetime must be above 0"
	case config.Latency < 0:
		return "-latency must not be below 0"
	case !(config.RateLimit >= 0 && config.RateLimit <= simulator.MaxRateLimit):
		return fmt.Sprintf("-rate-limit must be 0 to %d", simulator.MaxRateLimit)
	}
	return ""
}

// baseURL returns the URL at which a client on this machine finds the listener.
func baseURL(address net.Addr) string {
	tcp, ok := address.(*net.TCPAddr)
	if !ok {
		return "http://" + address.String()
	}
	host := tcp.IP.String()
	if tcp.IP.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, strconv.Itoa(tcp.Port))
}

// warnOfExposure warns when other machines can reach the simulator, which has
// no secrets but anybody may do anything with it.
func warnOfExposure(stderr io.Writer, address net.Addr) {
	if tcp, ok := address.(*net.TCPAddr); ok && tcp.IP.IsLoopback() {
		return
	}
	_, _ = fmt.Fprintf(stderr, "Warning: listening on %s, which other machines may reach. The control API has no password.\n\n", address)
}

// explain tells a newcomer what can be done now. The secret key is named only
// while it is the well-known one of the test key pair.
func explain(stderr io.Writer, base string, config simulator.Config) {
	shown := "(as given with -secret-key)"
	if config.SecretKey == simulator.DefaultSecretKey {
		shown = simulator.DefaultSecretKey
	}
	_, _ = fmt.Fprintf(stderr, `A stand-in for the ADVANCE.AI H5 liveness API. To point the provider at it:

  export ADVANCE_ENDPOINT=%[1]s
  export ADVANCE_ACCESS_KEY=%[2]s
  export ADVANCE_SECRET_KEY=%[3]s

Open a session's url in a browser to end it, or use a user_id that begins with
sim-pass, sim-fail, sim-attack or sim-timeout. The control API does the same:

  curl %[1]s/simulator/v1/sessions
  curl -d '{"result": "PASS"}' %[1]s/simulator/v1/sessions/SIGNATURE_ID/finish
  curl -d '{"advance_seconds": 3600}' %[1]s/simulator/v1/clock
  curl %[1]s/simulator/v1/calls
  curl %[1]s/simulator/v1/faults/kinds
  curl -d '{"operation": "generate", "kind": "http-500"}' %[1]s/simulator/v1/faults
  curl %[1]s/simulator/v1/behaviour
  curl -X POST %[1]s/simulator/v1/reset

Everything is kept in memory. Ctrl-C stops it.
`, base, config.AccessKey, shown)
}

// serve serves until ctx is done, and then waits for calls that are being
// answered, but no longer than the given time.
func serve(ctx context.Context, listener net.Listener, handler http.Handler, stopTimeout time.Duration) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if err := server.Shutdown(stopping); err != nil {
		_ = server.Close() // Whoever still waits for an answer hangs on a fault.
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving: %w", err)
	}
	return nil
}
