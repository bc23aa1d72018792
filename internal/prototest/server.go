// Package prototest drives the provider server in process, as Terraform core
// does, for tests that need no CLI.
package prototest

import (
	"context"
	"maps"
	"net/http"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/advance-community/terraform-provider-advance/internal/provider"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// Version is the version of the provider under test.
const Version = "0.0.0-test"

// Server is a provider server in process. It needs no CLI and no network, so it
// also works in a synctest bubble, where an hour's wait costs nothing.
type Server struct {
	// OldCLI: Terraform has no write-only arguments.
	OldCLI bool

	t          testing.TB
	server     tfprotov6.ProviderServer
	schema     *tfprotov6.GetProviderSchemaResponse
	identities map[string]*tfprotov6.ResourceIdentitySchema
}

// NewServer starts a provider whose calls go to transport.
func NewServer(t testing.TB, transport http.RoundTripper) *Server {
	t.Helper()
	server := providerserver.NewProtocol6(provider.NewWithTransport(Version, transport)())()
	schema, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatalf("reading the schema: %v", err)
	}
	identities, err := server.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		t.Fatalf("reading the identity schemas: %v", err)
	}
	return &Server{t: t, server: server, schema: schema, identities: identities.IdentitySchemas}
}

// Configured starts a provider and configures it with block. Where block does
// not say otherwise, it calls a loopback endpoint with the simulator's key pair.
func Configured(t testing.TB, transport http.RoundTripper, block Object) *Server {
	t.Helper()
	s := NewServer(t, transport)
	whole := Object{"endpoint": "http://127.0.0.1", "access_key": simulator.DefaultAccessKey, "secret_key": simulator.DefaultSecretKey}
	maps.Copy(whole, block)
	if diags := s.Configure(whole); diags.HasError() {
		t.Fatalf("configuring the provider: %s", diags)
	}
	return s
}

// Configure validates a provider block and configures the provider with it.
func (s *Server) Configure(block Object) Diagnostics {
	s.t.Helper()
	config := s.dynamic(s.schema.Provider, block)
	validated, err := s.server.ValidateProviderConfig(s.t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: config})
	s.must(err)
	if Diagnostics(validated.Diagnostics).HasError() {
		return validated.Diagnostics
	}
	configured, err := s.server.ConfigureProvider(s.t.Context(), &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.11.4", Config: config})
	s.must(err)
	return append(Diagnostics(validated.Diagnostics), configured.Diagnostics...)
}

// Stop interrupts the provider, as Terraform does on Ctrl-C.
func (s *Server) Stop() {
	_, err := s.server.StopProvider(context.WithoutCancel(s.t.Context()), &tfprotov6.StopProviderRequest{})
	s.must(err)
}

// ReadDataSource validates and reads a data source.
func (s *Server) ReadDataSource(ctx context.Context, typeName string, config Object) (Object, Diagnostics) {
	s.t.Helper()
	schema := s.schema.DataSourceSchemas[typeName]
	value := s.dynamic(schema, config)
	validated, err := s.server.ValidateDataResourceConfig(ctx, &tfprotov6.ValidateDataResourceConfigRequest{TypeName: typeName, Config: value})
	s.must(err)
	diags := Diagnostics(validated.Diagnostics)
	if diags.HasError() {
		return nil, diags
	}
	read, err := s.server.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{TypeName: typeName, Config: value})
	s.must(err)
	diags = append(diags, read.Diagnostics...)
	if read.State == nil || diags.HasError() {
		return nil, diags
	}
	return s.object(schema, read.State), diags
}

func (s *Server) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}
