package main

import (
	"encoding/json"
	"fmt"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
)

// providerKey is the name under which the documentation generator looks for
// the provider. It knows only the bare name and the hashicorp namespace,
// whatever the real address is.
const providerKey = "registry.terraform.io/hashicorp/advance"

// document puts the answers of the provider server into the JSON form of the
// terraform command. A kind that it does not know how to write is an error,
// because a kind left out would be a page left out.
func document(schemas *tfprotov6.GetProviderSchemaResponse, identities *tfprotov6.GetResourceIdentitySchemasResponse) (*tfjson.ProviderSchemas, error) {
	if n := len(schemas.Functions) + len(schemas.StateStoreSchemas); n > 0 {
		return nil, fmt.Errorf("the provider has %d functions or state stores, which schemadump cannot write", n)
	}
	provider, err := schema(schemas.Provider)
	if err != nil {
		return nil, fmt.Errorf("provider: %w", err)
	}
	resources, err := schemaMap(schemas.ResourceSchemas)
	if err != nil {
		return nil, fmt.Errorf("resource %w", err)
	}
	dataSources, err := schemaMap(schemas.DataSourceSchemas)
	if err != nil {
		return nil, fmt.Errorf("data source %w", err)
	}
	ephemerals, err := schemaMap(schemas.EphemeralResourceSchemas)
	if err != nil {
		return nil, fmt.Errorf("ephemeral resource %w", err)
	}
	lists, err := schemaMap(schemas.ListResourceSchemas)
	if err != nil {
		return nil, fmt.Errorf("list resource %w", err)
	}
	actions, err := actionMap(schemas.ActionSchemas)
	if err != nil {
		return nil, fmt.Errorf("action %w", err)
	}
	identityMap, err := identityMap(identities.IdentitySchemas)
	if err != nil {
		return nil, fmt.Errorf("identity of %w", err)
	}
	return &tfjson.ProviderSchemas{
		FormatVersion: "1.0",
		Schemas: map[string]*tfjson.ProviderSchema{
			providerKey: {
				ConfigSchema:             provider,
				ResourceSchemas:          resources,
				DataSourceSchemas:        dataSources,
				EphemeralResourceSchemas: ephemerals,
				ListResourceSchemas:      lists,
				ActionSchemas:            actions,
				ResourceIdentitySchemas:  identityMap,
			},
		},
	}, nil
}

func schemaMap(in map[string]*tfprotov6.Schema) (map[string]*tfjson.Schema, error) {
	out := make(map[string]*tfjson.Schema, len(in))
	for name, s := range in {
		converted, err := schema(s)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out[name] = converted
	}
	return out, nil
}

func actionMap(in map[string]*tfprotov6.ActionSchema) (map[string]*tfjson.ActionSchema, error) {
	out := make(map[string]*tfjson.ActionSchema, len(in))
	for name, s := range in {
		converted, err := schema(s.Schema)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out[name] = &tfjson.ActionSchema{Block: converted.Block}
	}
	return out, nil
}

func identityMap(in map[string]*tfprotov6.ResourceIdentitySchema) (map[string]*tfjson.IdentitySchema, error) {
	out := make(map[string]*tfjson.IdentitySchema, len(in))
	for name, s := range in {
		converted, err := identity(s)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out[name] = converted
	}
	return out, nil
}

func identity(in *tfprotov6.ResourceIdentitySchema) (*tfjson.IdentitySchema, error) {
	out := &tfjson.IdentitySchema{
		Version:    unsigned(in.Version),
		Attributes: make(map[string]*tfjson.IdentityAttribute, len(in.IdentityAttributes)),
	}
	for _, a := range in.IdentityAttributes {
		valueType, err := ctyType(a.Type)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.Name, err)
		}
		out.Attributes[a.Name] = &tfjson.IdentityAttribute{
			IdentityType:      valueType,
			Description:       a.Description,
			RequiredForImport: a.RequiredForImport,
			OptionalForImport: a.OptionalForImport,
		}
	}
	return out, nil
}

func schema(in *tfprotov6.Schema) (*tfjson.Schema, error) {
	if in == nil {
		return &tfjson.Schema{Block: &tfjson.SchemaBlock{}}, nil
	}
	b, err := block(in.Block)
	if err != nil {
		return nil, err
	}
	return &tfjson.Schema{Version: unsigned(in.Version), Block: b}, nil
}

func block(in *tfprotov6.SchemaBlock) (*tfjson.SchemaBlock, error) {
	attrs, err := attributes(in.Attributes)
	if err != nil {
		return nil, err
	}
	out := &tfjson.SchemaBlock{
		Attributes:      attrs,
		NestedBlocks:    make(map[string]*tfjson.SchemaBlockType, len(in.BlockTypes)),
		Description:     in.Description,
		DescriptionKind: kind(in.DescriptionKind),
		Deprecated:      in.Deprecated,
	}
	for _, nested := range in.BlockTypes {
		b, err := block(nested.Block)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", nested.TypeName, err)
		}
		out.NestedBlocks[nested.TypeName] = &tfjson.SchemaBlockType{
			NestingMode: tfjson.SchemaNestingMode(strings.ToLower(nested.Nesting.String())),
			Block:       b,
			MinItems:    unsigned(nested.MinItems),
			MaxItems:    unsigned(nested.MaxItems),
		}
	}
	return out, nil
}

func attributes(in []*tfprotov6.SchemaAttribute) (map[string]*tfjson.SchemaAttribute, error) {
	out := make(map[string]*tfjson.SchemaAttribute, len(in))
	for _, a := range in {
		converted, err := attribute(a)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.Name, err)
		}
		out[a.Name] = converted
	}
	return out, nil
}

func attribute(in *tfprotov6.SchemaAttribute) (*tfjson.SchemaAttribute, error) {
	out := &tfjson.SchemaAttribute{
		Description:     in.Description,
		DescriptionKind: kind(in.DescriptionKind),
		Deprecated:      in.Deprecated,
		Required:        in.Required,
		Optional:        in.Optional,
		Computed:        in.Computed,
		Sensitive:       in.Sensitive,
		WriteOnly:       in.WriteOnly,
	}
	if in.NestedType == nil {
		valueType, err := ctyType(in.Type)
		out.AttributeType = valueType
		return out, err
	}
	nested, err := attributes(in.NestedType.Attributes)
	if err != nil {
		return nil, err
	}
	out.AttributeNestedType = &tfjson.SchemaNestedAttributeType{
		Attributes:  nested,
		NestingMode: tfjson.SchemaNestingMode(strings.ToLower(in.NestedType.Nesting.String())),
	}
	return out, nil
}

// ctyType takes a type over by its JSON form, which is the one thing that the
// two type systems share.
func ctyType(in tftypes.Type) (cty.Type, error) {
	raw, err := in.MarshalJSON() //nolint:staticcheck // Deprecated for users of the package, but what the protocol itself sends.
	if err != nil {
		return cty.NilType, fmt.Errorf("encoding the type %s: %w", in, err)
	}
	var out cty.Type
	if err := json.Unmarshal(raw, &out); err != nil {
		return cty.NilType, fmt.Errorf("decoding the type %s: %w", raw, err)
	}
	return out, nil
}

func kind(in tfprotov6.StringKind) tfjson.SchemaDescriptionKind {
	if in == tfprotov6.StringKindMarkdown {
		return tfjson.SchemaDescriptionKindMarkdown
	}
	return tfjson.SchemaDescriptionKindPlain
}

// unsigned turns a number of the protocol, which is never negative, into the
// unsigned one of the JSON form.
func unsigned(in int64) uint64 {
	return uint64(max(in, 0))
}
