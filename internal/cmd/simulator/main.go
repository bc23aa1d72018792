// Simulator runs a stand-in for the ADVANCE.AI H5 liveness API and its H5 page
// on this machine, for rehearsals and tests without an account.
//
// The first line on standard output is the base URL alone, so that a script can
// read it; everything else goes to standard error.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/buildinfo"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// version is set by the linker in a release.
var version = "dev"

// Limits of the server. There is no limit on writing an answer: latency and
// faults may make one slow on purpose.
const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	drainTimeout  = 3 * time.Second // for calls that are being answered when the program is stopped
	logTimeout    = time.Second     // for the rest of the log, whose reader may have gone to sleep
)

func main() {
	signal.Ignore(syscall.SIGPIPE) // nobody has to read the log
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program immediately
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		fmt.Fprintf(os.Stderr, "simulator: %v\nRun simulator -h for help.\n", err)
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "simulator:", err)
		os.Exit(1)
	}
}

// run serves until ctx is done.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	opts, err := parseFlags(args, stderr)
	if err != nil {
		return err
	}
	if opts.version {
		_, err := fmt.Fprintln(stdout, buildinfo.Line("terraform-provider-advance-simulator", version))
		return err
	}
	var listening net.ListenConfig
	listener, err := listening.Listen(ctx, "tcp", opts.listen)
	if err != nil {
		return fmt.Errorf("%w; with -listen 127.0.0.1:0 the system picks a free port", err)
	}
	defer listener.Close()
	opts.config.CallbackTransport = http.DefaultTransport
	sim := simulator.New(opts.config)
	defer sim.Close()
	log := newLogger(stderr, opts.json)
	server, err := newServer(sim, log, opts)
	if err != nil {
		return err
	}
	base := baseURL(server.TLSConfig, listener.Addr())
	if _, err := fmt.Fprintln(stdout, base); err != nil {
		return fmt.Errorf("writing the base URL: %w", err)
	}
	announce(stderr, log, base, listener.Addr(), opts)
	events, _ := sim.Subscribe()
	logged := make(chan struct{})
	go func() {
		defer close(logged)
		logEvents(log, events)
	}()
	err = serve(ctx, server, listener, drainTimeout)
	sim.Close() // ends the events
	select {
	case <-logged:
	case <-time.After(logTimeout):
	}
	return err
}

// newServer returns the server of a simulator. Its TLSConfig is nil without
// -tls.
func newServer(sim *simulator.Simulator, log *slog.Logger, opts options) (*http.Server, error) {
	server := &http.Server{
		Handler:           simulator.AllowHosts(sim, opts.names()...),
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	server.RegisterOnShutdown(sim.Close) // ends the event streams, which have no end of their own
	if !opts.tls {
		return server, nil
	}
	var err error
	server.TLSConfig, err = newTLSConfig(opts)
	return server, err
}

// serve serves until ctx is done, and then waits for calls that are being
// answered, but no longer than the given time.
func serve(ctx context.Context, server *http.Server, listener net.Listener, stopTimeout time.Duration) error {
	failed := make(chan error, 1)
	go func() {
		if server.TLSConfig != nil {
			failed <- server.ServeTLS(listener, "", "")
			return
		}
		failed <- server.Serve(listener)
	}()
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

// baseURL returns the URL at which a client on this machine finds the listener.
func baseURL(secure *tls.Config, address net.Addr) string {
	scheme := "http://"
	if secure != nil {
		scheme = "https://"
	}
	tcp, ok := address.(*net.TCPAddr)
	if !ok {
		return scheme + address.String()
	}
	host := tcp.IP.String()
	if tcp.IP.IsUnspecified() {
		host = "127.0.0.1"
	}
	return scheme + net.JoinHostPort(host, strconv.Itoa(tcp.Port))
}

// announce tells where the simulator is and what can be done now; as JSON only
// where it is. It warns when other machines can reach the simulator, which has
// no secrets but anybody may do anything with it.
func announce(stderr io.Writer, log *slog.Logger, base string, address net.Addr, opts options) {
	if opts.json {
		log.Info("serving", "base_url", base, "version", version)
	} else {
		explain(stderr, base, opts)
	}
	if tcp, ok := address.(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() {
		log.Warn("other machines may reach this address, and the control API has no password", "listen", address.String())
	}
}

// explain tells a newcomer what can be done now. The secret key is named only
// while it is the well-known one of the test key pair.
func explain(stderr io.Writer, base string, opts options) {
	secret := "(as given with -secret-key)"
	if opts.config.SecretKey == simulator.DefaultSecretKey {
		secret = simulator.DefaultSecretKey
	}
	trust, curl := "", "curl"
	if opts.certFile != "" {
		trust = "\n  export SSL_CERT_FILE=" + opts.certFile
		curl += " --cacert " + opts.certFile
	} else if opts.tls {
		curl += " --insecure"
	}
	_, _ = fmt.Fprintf(stderr, `A stand-in for the ADVANCE.AI H5 liveness API. Dashboard: %[1]s/

To point the provider at it:

  export ADVANCE_ENDPOINT=%[1]s
  export ADVANCE_ACCESS_KEY=%[2]s
  export ADVANCE_SECRET_KEY=%[3]s%[4]s

Open a session's url in a browser to end it, or use a user_id that begins with
sim-pass, sim-fail, sim-attack or sim-timeout. The control API does the same:

  %[5]s %[1]s/simulator/v1/sessions
  %[5]s -d '{"result": "PASS"}' %[1]s/simulator/v1/sessions/SIGNATURE_ID/finish
  %[5]s -d '{"advance_seconds": 3600}' %[1]s/simulator/v1/clock

Everything is kept in memory. -h lists the flags. Ctrl-C stops it.

`, base, opts.config.AccessKey, secret, trust, curl)
}
