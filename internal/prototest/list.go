package prototest

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Listed is a result of a list resource.
type Listed struct {
	DisplayName string
	Identity    Object
	Resource    Object // nil unless it was asked for
}

// List validates and reads a list resource. A limit of 0 is none.
func (s *Server) List(ctx context.Context, typeName string, config Object, includeResource bool, limit int64) ([]Listed, Diagnostics) {
	s.t.Helper()
	server, ok := s.server.(tfprotov6.ListResourceServer)
	if !ok {
		s.t.Fatal("the provider server has no list resources")
	}
	value := s.dynamic(s.schema.ListResourceSchemas[typeName], config)
	validated, err := server.ValidateListResourceConfig(ctx, &tfprotov6.ValidateListResourceConfigRequest{TypeName: typeName, Config: value})
	s.must(err)
	diags := Diagnostics(validated.Diagnostics)
	if diags.HasError() {
		return nil, diags
	}
	stream, err := server.ListResource(ctx, &tfprotov6.ListResourceRequest{TypeName: typeName, Config: value, IncludeResource: includeResource, Limit: limit})
	s.must(err)
	var results []Listed
	for result := range stream.Results {
		diags = append(diags, result.Diagnostics...)
		if result.Identity == nil {
			continue
		}
		r := &Resource{TypeName: typeName, Identity: result.Identity, server: s}
		listed := Listed{DisplayName: result.DisplayName, Identity: r.IdentityValues()}
		if includeResource && result.Resource != nil {
			listed.Resource = s.object(s.schema.ResourceSchemas[typeName], result.Resource)
		}
		results = append(results, listed)
	}
	return results, diags
}
