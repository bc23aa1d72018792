package main

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// fakeServer answers with schemas of a test's choice.
type fakeServer struct {
	tfprotov6.ProviderServer

	schemas    tfprotov6.GetProviderSchemaResponse
	identities tfprotov6.GetResourceIdentitySchemasResponse
}

func (s *fakeServer) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	return &s.schemas, nil
}

func (s *fakeServer) GetResourceIdentitySchemas(context.Context, *tfprotov6.GetResourceIdentitySchemasRequest) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return &s.identities, nil
}

func TestRun(t *testing.T) {
	t.Parallel()

	var out bytes.Buffer
	if err := run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	var schemas tfjson.ProviderSchemas
	if err := json.Unmarshal(out.Bytes(), &schemas); err != nil {
		t.Fatal(err)
	}
	provider := schemas.Schemas[providerKey]
	if provider == nil {
		t.Fatalf("the documentation generator finds no provider under %s", providerKey)
	}
	if _, ok := provider.ConfigSchema.Block.Attributes["access_key"]; !ok {
		t.Error("the provider block has no access_key")
	}
	if _, ok := provider.ResourceSchemas["advance_liveness_session"]; !ok {
		t.Errorf("the resources are %v", slices.Sorted(maps.Keys(provider.ResourceSchemas)))
	}
	if _, ok := provider.DataSourceSchemas["advance_liveness_result"]; !ok {
		t.Errorf("the data sources are %v", slices.Sorted(maps.Keys(provider.DataSourceSchemas)))
	}
	if _, ok := provider.ActionSchemas["advance_clear_liveness_data"]; !ok {
		t.Errorf("the actions are %v", slices.Sorted(maps.Keys(provider.ActionSchemas)))
	}
}

func TestDump(t *testing.T) {
	t.Parallel()

	block := func(attributes ...*tfprotov6.SchemaAttribute) *tfprotov6.Schema {
		return &tfprotov6.Schema{Version: 2, Block: &tfprotov6.SchemaBlock{Attributes: attributes}}
	}
	server := &fakeServer{
		schemas: tfprotov6.GetProviderSchemaResponse{
			Provider: &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{
				Description:     "A provider.",
				DescriptionKind: tfprotov6.StringKindMarkdown,
				BlockTypes: []*tfprotov6.SchemaNestedBlock{{
					TypeName: "nested",
					Nesting:  tfprotov6.SchemaNestedBlockNestingModeList,
					MaxItems: 1,
					Block:    &tfprotov6.SchemaBlock{Deprecated: true},
				}},
			}},
			ResourceSchemas: map[string]*tfprotov6.Schema{"a_resource": block(
				&tfprotov6.SchemaAttribute{Name: "list", Type: tftypes.List{ElementType: tftypes.Number}, Required: true},
				&tfprotov6.SchemaAttribute{Name: "secret", Type: tftypes.String, Optional: true, Sensitive: true, WriteOnly: true},
				&tfprotov6.SchemaAttribute{Name: "object", Computed: true, NestedType: &tfprotov6.SchemaObject{
					Nesting:    tfprotov6.SchemaObjectNestingModeSingle,
					Attributes: []*tfprotov6.SchemaAttribute{{Name: "inner", Type: tftypes.Bool, Computed: true}},
				}},
			)},
			DataSourceSchemas:        map[string]*tfprotov6.Schema{"a_data_source": block()},
			EphemeralResourceSchemas: map[string]*tfprotov6.Schema{"an_ephemeral_resource": block()},
			ActionSchemas:            map[string]*tfprotov6.ActionSchema{"an_action": {Schema: block()}},
		},
		identities: tfprotov6.GetResourceIdentitySchemasResponse{
			IdentitySchemas: map[string]*tfprotov6.ResourceIdentitySchema{"a_resource": {
				IdentityAttributes: []*tfprotov6.ResourceIdentitySchemaAttribute{{Name: "id", Type: tftypes.String, RequiredForImport: true}},
			}},
		},
	}
	const want = `{
  "format_version": "1.0",
  "provider_schemas": {"registry.terraform.io/hashicorp/advance": {
    "provider": {"version": 0, "block": {
      "block_types": {"nested": {
        "nesting_mode": "list", "max_items": 1,
        "block": {"description_kind": "plain", "deprecated": true}
      }},
      "description": "A provider.", "description_kind": "markdown"
    }},
    "resource_schemas": {"a_resource": {"version": 2, "block": {
      "attributes": {
        "list": {"type": ["list", "number"], "description_kind": "plain", "required": true},
        "secret": {"type": "string", "description_kind": "plain", "optional": true, "sensitive": true, "write_only": true},
        "object": {"description_kind": "plain", "computed": true, "nested_type": {
          "nesting_mode": "single",
          "attributes": {"inner": {"type": "bool", "description_kind": "plain", "computed": true}}
        }}
      },
      "description_kind": "plain"
    }}},
    "data_source_schemas": {"a_data_source": {"version": 2, "block": {"description_kind": "plain"}}},
    "ephemeral_resource_schemas": {"an_ephemeral_resource": {"version": 2, "block": {"description_kind": "plain"}}},
    "action_schemas": {"an_action": {"block": {"description_kind": "plain"}}},
    "resource_identity_schemas": {"a_resource": {"version": 0, "attributes": {"id": {"type": "string", "required_for_import": true}}}}
  }}
}`
	var out bytes.Buffer
	if err := dump(t.Context(), server, &out); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(decode(t, want), decode(t, out.String())); diff != "" {
		t.Errorf("schema (-want +got):\n%s", diff)
	}
}

func decode(t *testing.T, text string) any {
	t.Helper()

	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	return value
}

func TestDump_errors(t *testing.T) {
	t.Parallel()

	broken := []*tfprotov6.Diagnostic{{Severity: tfprotov6.DiagnosticSeverityError, Summary: "Broken", Detail: "Details."}}
	tests := map[string]struct {
		server fakeServer
		want   string
	}{
		"a kind it does not know": {
			fakeServer{schemas: tfprotov6.GetProviderSchemaResponse{Functions: map[string]*tfprotov6.Function{"f": {}}}},
			"cannot write",
		},
		"an error about the schemas": {
			fakeServer{schemas: tfprotov6.GetProviderSchemaResponse{Diagnostics: broken}},
			"Broken: Details.",
		},
		"an error about the identities": {
			fakeServer{identities: tfprotov6.GetResourceIdentitySchemasResponse{Diagnostics: broken}},
			"Broken: Details.",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			var out bytes.Buffer
			err := dump(t.Context(), &test.server, &out)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
			if out.Len() > 0 {
				t.Errorf("want nothing written, got:\n%s", out.String())
			}
		})
	}
}
