package prototest

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// OpenEphemeral validates and opens an ephemeral resource.
func (s *Server) OpenEphemeral(ctx context.Context, typeName string, config Object) (Object, Diagnostics) {
	s.t.Helper()
	schema := s.schema.EphemeralResourceSchemas[typeName]
	if schema == nil {
		s.t.Fatalf("the provider has no ephemeral resource %s", typeName)
	}
	value := s.dynamic(schema, config)
	validated, err := s.server.ValidateEphemeralResourceConfig(ctx, &tfprotov6.ValidateEphemeralResourceConfigRequest{TypeName: typeName, Config: value})
	s.must(err)
	diags := Diagnostics(validated.Diagnostics)
	if diags.HasError() {
		return nil, diags
	}
	opened, err := s.server.OpenEphemeralResource(ctx, &tfprotov6.OpenEphemeralResourceRequest{TypeName: typeName, Config: value})
	s.must(err)
	diags = append(diags, opened.Diagnostics...)
	if opened.Result == nil || diags.HasError() {
		return nil, diags
	}
	return s.object(schema, opened.Result), diags
}
