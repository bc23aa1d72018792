package session

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/advance-community/terraform-provider-advance/internal/erase"
)

// ModifyPlan decides what needs another session, and warns of a destroy that
// will have to wait. It makes no call: it uses only what is in the state.
func (r *sessionResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.State.Raw.IsNull() {
		return // a create
	}
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	private := loadPrivateState(ctx, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if req.Plan.Raw.IsNull() {
		if private.Unfinished {
			resp.Diagnostics.AddWarning("Session Not Finished Yet", warningAhead(&state, time.Now(), false))
		}
		return
	}

	for _, name := range replacedBy(ctx, req.State, req.Plan, private.Import != notImported, &resp.Diagnostics) {
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root(name))
	}
	var renew types.Bool
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("renew_when_expired"), &renew)...)
	if private.Expired && renew.ValueBool() {
		// Terraform replaces only where a value differs.
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("expires_at"), types.StringUnknown())...)
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root("expires_at"))
	}
	if private.Unfinished && len(resp.RequiresReplace) > 0 {
		resp.Diagnostics.AddWarning("Session Not Finished Yet", warningAhead(&state, time.Now(), true))
	}
}

// changedInPlace are the arguments that only tell the provider how to treat a
// session. Every other argument is one that the session was made with.
var changedInPlace = map[string]bool{"deletion_policy": true, "renew_when_expired": true, "timeouts": true}

// replacedBy returns the names of the arguments whose change needs another
// session. It walks the schema, so that an argument that is new there needs no
// line here.
//
// The API does not tell all parameters of an imported session. So there a
// difference between null and a value says nothing about the session, and is
// changed in place.
func replacedBy(ctx context.Context, state tfsdk.State, plan tfsdk.Plan, imported bool, diags *diag.Diagnostics) []string {
	var names []string
	for name, a := range plan.Schema.GetAttributes() {
		if changedInPlace[name] || !a.IsRequired() && !a.IsOptional() {
			continue
		}
		var before, after attr.Value
		diags.Append(state.GetAttribute(ctx, path.Root(name), &before)...)
		diags.Append(plan.GetAttribute(ctx, path.Root(name), &after)...)
		switch {
		case diags.HasError():
			return nil
		case before.Equal(after):
		case imported && (before.IsNull() || after.IsNull()):
		default:
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// warningAhead says what the destroy of an unfinished session will do, while
// the plan can still be changed. The policy is the state's, because Terraform
// destroys with that one.
func warningAhead(state *model, now time.Time, replacement bool) string {
	text := fmt.Sprintf("Session %s was not finished when it was last read, and the API erases no unfinished session. ", state.SignatureID.ValueString())
	expiry := state.expiry()
	switch state.DeletionPolicy.ValueString() {
	case string(erase.PolicyFail):
		text += "With deletion_policy \"fail\" its destroy will fail unless it is finished by then. " + finishedBy(expiry, now)
	case string(erase.PolicyAbandon):
		text += "With deletion_policy \"abandon\" its destroy will drop it from the state without erasing its data, unless it is finished by then. " + finishedBy(expiry, now)
	default:
		text += waitUntil(expiry, now)
	}
	if replacement {
		text += "\n\nThis is a replacement: without lifecycle { create_before_destroy = true } the new session, with its link, comes only after the old one is destroyed."
	}
	return text
}

// waitUntil says how long a destroy with the policy "wait" will wait.
func waitUntil(expiry, now time.Time) string {
	switch {
	case expiry.IsZero():
		return "Its destroy will wait until it is finished: at the latest about an hour after it was created, a time that is not known here because the session was imported."
	case expiry.Before(now):
		return fmt.Sprintf("Its destroy will wait until it is finished, which should be soon: its link expired at %s.", clock(expiry))
	default:
		return fmt.Sprintf("Its destroy will wait until it is finished: at the latest until about %s, when its link expires.", clock(expiry))
	}
}

// finishedBy says when an unfinished transaction will be finished at the latest.
func finishedBy(expiry, now time.Time) string {
	switch {
	case expiry.IsZero():
		return "The session will be finished at the latest about an hour after it was created, a time that is not known here because the session was imported."
	case expiry.Before(now):
		return fmt.Sprintf("The session should be finished soon: its link expired at %s (%s).", clock(expiry), expiry.UTC().Format(time.RFC3339))
	default:
		return fmt.Sprintf("The session will be finished at the latest at about %s (%s), when its link expires.", clock(expiry), expiry.UTC().Format(time.RFC3339))
	}
}

func clock(t time.Time) string { return t.UTC().Format("15:04 UTC") }
