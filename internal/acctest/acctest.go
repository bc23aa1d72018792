// Package acctest holds what the tests of several rooms share: the provider
// for terraform-plugin-testing, a simulator for a test, and the provider in
// process for what needs no CLI.
package acctest

import (
	"fmt"
	"net/http/httptest"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/advance-community/terraform-provider-advance/internal/provider"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// Version is what the provider under test calls itself.
const Version = "0.0.0-test"

// The key pair that simulators know unless told otherwise.
const (
	AccessKey = "sampleaccesskey"
	SecretKey = "samplesecretkey"
)

// ProviderFactories runs the provider under test in the test's process, for
// the terraform on PATH.
var ProviderFactories = map[string]func() (tfprotov6.ProviderServer, error){
	"advance": providerserver.NewProtocol6WithError(provider.New(Version)()),
}

// Simulator is a simulator on a loopback port, for one test.
type Simulator struct {
	*simulator.Simulator
	URL string
}

// NewSimulator starts a simulator that ends with the test.
func NewSimulator(t testing.TB, cfg simulator.Config) *Simulator {
	t.Helper()
	sim := simulator.New(cfg)
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	return &Simulator{Simulator: sim, URL: server.URL}
}

// ProviderConfig is a provider block for this simulator. extra is added to its
// arguments.
func (s *Simulator) ProviderConfig(extra ...string) string {
	block := fmt.Sprintf("provider \"advance\" {\n  endpoint   = %q\n  access_key = %q\n  secret_key = %q\n", s.URL, AccessKey, SecretKey)
	for _, line := range extra {
		block += "  " + line + "\n"
	}
	return block + "}\n"
}
