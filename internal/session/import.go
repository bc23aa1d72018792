package session

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// ImportState sets the id and a mark in private state. The Read that follows
// sees the mark and fills the arguments.
func (r *sessionResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	if r.data.Client == nil {
		resp.Diagnostics.Append(r.data.UnknownArguments("The import", applyFirstHint))
		return
	}
	id := types.StringValue(req.ID)
	if req.ID == "" { // an import by identity
		resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root("signature_id"), &id)...)
	}
	if strings.TrimSpace(id.ValueString()) == "" {
		resp.Diagnostics.AddError("Unable to Import Liveness Session", "A session is imported by its signature id, which is empty here.")
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), id)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("signature_id"), id)...)
	setIdentity(ctx, resp.Identity, id, &resp.Diagnostics)
	privateState{Import: importReading}.save(ctx, resp.Private, &resp.Diagnostics)
}
