// Command terraform-provider-advance serves the provider to Terraform and
// OpenTofu. Neither of them needs it to be run by hand.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"runtime/debug"
	"strings"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/advance-community/terraform-provider-advance/internal/buildinfo"
	"github.com/advance-community/terraform-provider-advance/internal/provider"
)

// address is what users write as the source in required_providers, in full.
const address = "registry.terraform.io/advance-community/advance"

// version is set by the linker in a release.
var version = "dev"

func main() {
	debugging := flag.Bool("debug", false, "serve until interrupted, for a debugger, and print how Terraform finds this process")
	showVersion := flag.Bool("version", false, "print the version and exit")
	flag.Parse()

	if *showVersion {
		fmt.Println(buildinfo.Line("terraform-provider-advance", version))
		return
	}
	collectLessOften()
	if err := serve(newServer, *debugging); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// collectLessOften raises the garbage collector's percentage, unless GOGC is
// set: a process that lives for one phase of Terraform trades some 20 MB of
// memory for a tenth of its CPU time.
func collectLessOften() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
}

// newServer makes the provider as the protocol sees it.
func newServer() tfprotov6.ProviderServer {
	server := providerserver.NewProtocol6(provider.New(version)())()
	if complete, ok := server.(completeServer); ok {
		return newStopServer(releaseServer{complete})
	}
	return server
}

// serve answers Terraform until it says goodbye. It is what
// providerserver.Serve does, but for the loggers.
func serve(server func() tfprotov6.ProviderServer, debugging bool) error {
	// net/http logs what a server sends after the end of a response. That can be
	// anything, and Terraform would write it to the file of TF_LOG_PATH.
	log.SetOutput(io.Discard)

	options, err := logOptions()
	if err != nil {
		return err
	}
	if debugging {
		options = append(options, tf6server.WithManagedDebug())
	}
	return tf6server.Serve(address, server, options...)
}

// logOptions turns every logger off when no variable of the environment whose
// name begins with TF_LOG has a value. Left alone, the loggers fall back to
// TRACE: each call would be formatted many times over, for a pipe from which
// Terraform reads and drops it all.
func logOptions() ([]tf6server.ServeOpt, error) {
	if logsWanted(os.Environ()) {
		return nil, nil
	}
	// The loggers' levels can be set by the environment only. Subsystems
	// that have no variable of their own inherit from the first two. The
	// framework and the protocol have one: without it they build the fields of
	// each message, and a context that grows with every node.
	for _, name := range []string{"TF_LOG_SDK", "TF_LOG_PROVIDER_ADVANCE", "TF_LOG_SDK_FRAMEWORK", "TF_LOG_SDK_PROTO"} {
		if err := os.Setenv(name, "OFF"); err != nil {
			return nil, fmt.Errorf("turning the logs off: %w", err)
		}
	}
	return []tf6server.ServeOpt{tf6server.WithGoPluginLogger(hclog.NewNullLogger())}, nil
}

// logsWanted tells whether environ, in the form of [os.Environ], asks for
// logs. As for Terraform itself, an empty value is none.
func logsWanted(environ []string) bool {
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "TF_LOG") && value != "" {
			return true
		}
	}
	return false
}
