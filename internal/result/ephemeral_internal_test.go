package result

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
)

func TestEphemeralSchema(t *testing.T) {
	t.Parallel()
	var resp ephemeral.SchemaResponse
	NewEphemeralResource().Schema(t.Context(), ephemeral.SchemaRequest{}, &resp)
	if diags := resp.Schema.ValidateImplementation(t.Context()); diags.HasError() {
		t.Fatal(diags)
	}
	if resp.Schema.MarkdownDescription == "" {
		t.Error("the ephemeral resource has no description")
	}
	for name, attribute := range resp.Schema.Attributes {
		if attribute.GetMarkdownDescription() == "" {
			t.Errorf("%s has no description", name)
		}
	}
}

func TestOpen_notConfigured(t *testing.T) {
	t.Parallel()
	var e ephemeralResource
	var configured ephemeral.ConfigureResponse
	e.Configure(t.Context(), ephemeral.ConfigureRequest{}, &configured)
	if configured.Diagnostics.HasError() {
		t.Fatalf("configuring without provider data, as validate does: %v", configured.Diagnostics)
	}
	var resp ephemeral.OpenResponse
	e.Open(t.Context(), ephemeral.OpenRequest{}, &resp)
	if !resp.Diagnostics.HasError() {
		t.Error("opening without a client gave no error")
	}
}
