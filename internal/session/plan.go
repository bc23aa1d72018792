package session

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// ModifyPlan decides what needs another session, and warns of a destroy that
// will have to wait. It makes no call: all it goes by is in the state.
func (r *sessionResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.State.Raw.IsNull() {
		return // a create
	}
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	rec := loadRecord(ctx, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if req.Plan.Raw.IsNull() {
		if rec.Unfinished {
			resp.Diagnostics.AddWarning("Session Not Finished Yet", warningAhead(&state, time.Now(), false))
		}
		return
	}

	var plan model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	for _, name := range replacedBy(state.fixed(), plan.fixed(), rec.Import != notImported) {
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root(name))
	}
	if rec.Expired && plan.RenewWhenExpired.ValueBool() {
		// Terraform replaces only where a value differs.
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("expires_at"), types.StringUnknown())...)
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root("expires_at"))
	}
	if rec.Unfinished && len(resp.RequiresReplace) > 0 {
		resp.Diagnostics.AddWarning("Session Not Finished Yet", warningAhead(&state, time.Now(), true))
	}
}

// replacedBy names the arguments whose change needs another session. The API
// does not tell all parameters of an imported session, so there a difference
// between null and a value says nothing about the session and is settled in
// place.
func replacedBy(state, plan []argument, imported bool) []string {
	var names []string
	for i, before := range state {
		after := plan[i].value
		switch {
		case before.value.Equal(after):
		case imported && (before.value.IsNull() || after.IsNull()):
		default:
			names = append(names, before.name)
		}
	}
	return names
}

// warningAhead tells, while the plan can still be changed, what the destroy of
// an unfinished session will do. The policy is the state's, as Terraform will
// destroy by it.
func warningAhead(state *model, now time.Time, replacement bool) string {
	text := fmt.Sprintf("Session %s was not finished when it was last read, and the API erases no unfinished session. ", state.SignatureID.ValueString())
	expiry := state.expiry()
	switch state.DeletionPolicy.ValueString() {
	case policyFail:
		text += "With deletion_policy \"fail\" its destroy will fail unless it is finished by then. " + finishedBy(expiry, now)
	case policyAbandon:
		text += "With deletion_policy \"abandon\" its destroy will drop it from the state without erasing its data, unless it is finished by then. " + finishedBy(expiry, now)
	default:
		text += waitUntil(expiry, now)
	}
	if replacement {
		text += "\n\nThis is a replacement: without lifecycle { create_before_destroy = true } the new session, with its link, comes only after the old one is destroyed."
	}
	return text
}

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

// finishedBy says by when an unfinished transaction will be finished.
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
