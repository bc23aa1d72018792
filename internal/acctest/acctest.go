// Package acctest holds what acceptance tests share: the provider for
// terraform-plugin-testing, a simulator for a test, and the real terraform
// command with the provider as users have it.
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

// ProviderFactories serve the provider from the test's process, for
// terraform-plugin-testing.
var ProviderFactories = map[string]func() (tfprotov6.ProviderServer, error){
	"advance": providerserver.NewProtocol6WithError(provider.New("test")()),
}

// Simulator is a simulator that listens on a loopback port.
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
	t.Cleanup(sim.Close) // First: an event stream would keep the server open.
	return &Simulator{Simulator: sim, URL: server.URL}
}

// ProviderConfig returns a provider block for this simulator, with the lines of
// extra in it.
func (s *Simulator) ProviderConfig(extra ...string) string {
	block := fmt.Sprintf("provider \"advance\" {\n  endpoint   = %q\n  access_key = %q\n  secret_key = %q\n", s.URL, simulator.DefaultAccessKey, simulator.DefaultSecretKey)
	for _, line := range extra {
		block += "  " + line + "\n"
	}
	return block + "}\n"
}
