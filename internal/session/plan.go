package session

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/advance-community/terraform-provider-advance/internal/erase"
	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

// ModifyPlan decides what needs another session, and warns of a destroy that
// will have to wait. It makes no call: it uses only what is in the state.
func (r *sessionResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.State.Raw.IsNull() {
		return // a create
	}
	private := loadPrivateState(ctx, req.Private, &resp.Diagnostics)
	if !private.Gone && !private.Expired && req.Plan.Raw.Equal(req.State.Raw) {
		return // nothing changes
	}
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(destroyAhead(&state, private)...)
		return
	}

	replacing, settled := changes(ctx, req.State, req.Plan, private.Import != notImported, &resp.Diagnostics)
	for _, name := range replacing {
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root(name))
	}
	var renew types.Bool
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("renew_when_expired"), &renew)...)
	if private.Gone {
		replaceFor(ctx, "signature_id", resp)
	}
	if private.Expired && renew.ValueBool() {
		replaceFor(ctx, "expires_at", resp)
	}
	resp.Diagnostics.Append(changeAhead(&state, private, len(resp.RequiresReplace) > 0, settled)...)
}

// replaceFor has the plan replace the session, for a reason other than a change
// of the configuration. Terraform replaces only where a value differs, so the
// attribute becomes unknown.
func replaceFor(ctx context.Context, attribute string, resp *resource.ModifyPlanResponse) {
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root(attribute), types.StringUnknown())...)
	resp.RequiresReplace = append(resp.RequiresReplace, path.Root(attribute))
}

const summaryUnfinished = "Session Not Finished Yet"

// destroyAhead returns the warning of a plan that destroys a session.
func destroyAhead(state *model, private privateState) (diags diag.Diagnostics) {
	switch {
	case private.Gone:
		diags.AddWarning("Session Not Known to the API", fmt.Sprintf(
			"The API did not know session %s when it was last read. Nothing was erased by this run so far. The destroy asks the API again, and says what it found.", state.SignatureID.ValueString()))
	case private.Unfinished:
		diags.AddWarning(summaryUnfinished, warningAhead(state, private.Expired, false))
	}
	return diags
}

// changeAhead returns the warning of a plan that keeps or replaces a session.
// settled are the arguments that change in the state alone.
func changeAhead(state *model, private privateState, replacement bool, settled []string) (diags diag.Diagnostics) {
	id := state.SignatureID.ValueString()
	switch {
	case private.Gone:
		diags.AddWarning("Liveness Session Will Be Replaced", fmt.Sprintf(
			"The API did not know session %s when it was last read, so the plan replaces it. Nothing was erased by this run. The destroy of the old session asks the API again, and says what it found.", id))
	case replacement && private.Unfinished:
		diags.AddWarning(summaryUnfinished, warningAhead(state, private.Expired, true))
	case !replacement && len(settled) > 0:
		diags.AddWarning("Imported Session Keeps Its Parameters", fmt.Sprintf(
			"Session %s was imported, and the API does not tell all of its parameters. So the change of %s is only written to the state, without a call: the session itself keeps what it was made with. To have a session with the configured values, replace it.",
			id, strings.Join(settled, ", ")))
	}
	return diags
}

// changedInPlace are the arguments that only tell the provider how to treat a
// session. Every other argument is one that the session was made with.
var changedInPlace = map[string]bool{"deletion_policy": true, "renew_when_expired": true, "timeouts": true}

// changes returns the names of the arguments that the session was made with and
// whose change needs another session. It walks the schema, so that an argument
// that is new there needs no line here.
//
// The API does not tell all parameters of an imported session. So there a
// difference between null and a value says nothing about the session, and is
// settled in place.
func changes(ctx context.Context, state tfsdk.State, plan tfsdk.Plan, imported bool, diags *diag.Diagnostics) (replacing, settled []string) {
	for name, a := range plan.Schema.GetAttributes() {
		if changedInPlace[name] || !a.IsRequired() && !a.IsOptional() {
			continue
		}
		var before, after attr.Value
		diags.Append(state.GetAttribute(ctx, path.Root(name), &before)...)
		diags.Append(plan.GetAttribute(ctx, path.Root(name), &after)...)
		switch {
		case diags.HasError():
			return nil, nil
		case before.Equal(after):
		case imported && (before.IsNull() || after.IsNull()):
			settled = append(settled, name)
		default:
			replacing = append(replacing, name)
		}
	}
	slices.Sort(replacing)
	slices.Sort(settled)
	return replacing, settled
}

// warningAhead says what the destroy of an unfinished session will do, while
// the plan can still be changed. The policy is the state's, because Terraform
// destroys with that one. expired is what the last Read saw by the API's clock:
// this machine's clock may be wrong, and a plan makes no call.
func warningAhead(state *model, expired, replacement bool) string {
	text := fmt.Sprintf("Session %s was not finished when the provider last saw it, and the API erases no unfinished session. ", state.SignatureID.ValueString())
	expiry := state.expiry()
	switch state.DeletionPolicy.ValueString() {
	case string(erase.PolicyFail):
		text += "With deletion_policy \"fail\" its destroy will fail unless it is finished by then. " + tfutil.FinishedBy(expiry, expired)
	case string(erase.PolicyAbandon):
		text += "With deletion_policy \"abandon\" its destroy will drop it from the state without erasing its data, unless it is finished by then. " + tfutil.FinishedBy(expiry, expired)
	default:
		text += waitUntil(expiry, expired)
	}
	if replacement {
		text += "\n\nThis is a replacement: without lifecycle { create_before_destroy = true } the new session, with its link, comes only after the old one is destroyed."
	}
	return text
}

// waitUntil says how long a destroy with the policy "wait" will wait.
func waitUntil(expiry time.Time, expired bool) string {
	switch {
	case expiry.IsZero():
		return "Its destroy will wait until it is finished: at the latest about an hour after it was created, a time that is not known here because the session was imported."
	case expired:
		return fmt.Sprintf("Its destroy will wait until it is finished, which should be soon: its link expired at %s.", tfutil.Clock(expiry))
	default:
		return fmt.Sprintf("Its destroy will wait until it is finished: at the latest until about %s, when its link expires.", tfutil.Clock(expiry))
	}
}
