package session

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
)

func TestSchema(t *testing.T) {
	t.Parallel()
	var resp resource.SchemaResponse
	NewResource().Schema(t.Context(), resource.SchemaRequest{}, &resp)
	if diags := resp.Schema.ValidateImplementation(t.Context()); diags.HasError() {
		t.Fatal(diags)
	}
	sensitive := map[string]bool{"callback_url": true, "callback_url_wo": true, "url": true}
	for name, attribute := range resp.Schema.Attributes {
		if attribute.GetMarkdownDescription() == "" {
			t.Errorf("%s has no description", name)
		}
		if attribute.IsSensitive() != sensitive[name] {
			t.Errorf("%s is sensitive: %t, want %t", name, attribute.IsSensitive(), sensitive[name])
		}
		if nested, ok := attribute.(schema.SingleNestedAttribute); ok {
			for inner, attribute := range nested.Attributes {
				if attribute.GetMarkdownDescription() == "" {
					t.Errorf("%s.%s has no description", name, inner)
				}
			}
		}
	}
}
