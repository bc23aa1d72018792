package prototest

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// ImportByIdentity imports a resource identity and reads it, as Terraform does
// for an import block with one.
func (r *Resource) ImportByIdentity(ctx context.Context, identity Object) Diagnostics {
	r.server.t.Helper()
	ty := r.identityType()
	data, err := tfprotov6.NewDynamicValue(ty, fromGo(r.server.t, ty, identity))
	r.server.must(err)
	return r.importResource(ctx, &tfprotov6.ImportResourceStateRequest{
		TypeName: r.TypeName, Identity: &tfprotov6.ResourceIdentityData{IdentityData: &data},
	})
}

// IdentityValues returns the identity, nil where Terraform keeps none.
func (r *Resource) IdentityValues() Object {
	r.server.t.Helper()
	if r.Identity == nil {
		return nil
	}
	v, err := r.Identity.IdentityData.Unmarshal(r.identityType())
	r.server.must(err)
	object, _ := toGo(r.server.t, v).(Object) // nil for null
	return object
}

func (r *Resource) identityType() tftypes.Type {
	r.server.t.Helper()
	schema := r.server.identities[r.TypeName]
	if schema == nil {
		r.server.t.Fatalf("the resource %s has no identity", r.TypeName)
	}
	return schema.ValueType()
}
