package prototest

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// InvokeAction validates, plans and invokes an action. It returns the messages of
// its progress, in their order.
func (s *Server) InvokeAction(ctx context.Context, typeName string, config Object) ([]string, Diagnostics) {
	s.t.Helper()
	schema := s.schema.ActionSchemas[typeName]
	if schema == nil {
		s.t.Fatalf("the provider has no action %s", typeName)
	}
	server, ok := s.server.(tfprotov6.ActionServer)
	if !ok {
		s.t.Fatal("the provider server has no actions")
	}
	value := s.dynamic(schema.Schema, config)
	validated, err := server.ValidateActionConfig(ctx, &tfprotov6.ValidateActionConfigRequest{ActionType: typeName, Config: value})
	s.must(err)
	diags := Diagnostics(validated.Diagnostics)
	if diags.HasError() {
		return nil, diags
	}
	planned, err := server.PlanAction(ctx, &tfprotov6.PlanActionRequest{ActionType: typeName, Config: value})
	s.must(err)
	if diags = append(diags, planned.Diagnostics...); diags.HasError() {
		return nil, diags
	}
	stream, err := server.InvokeAction(ctx, &tfprotov6.InvokeActionRequest{ActionType: typeName, Config: value})
	s.must(err)
	var messages []string
	for event := range stream.Events {
		switch e := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			messages = append(messages, e.Message)
		case tfprotov6.CompletedInvokeActionEventType:
			diags = append(diags, e.Diagnostics...)
		}
	}
	return messages, diags
}
