package sessionset

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/advance-community/terraform-provider-advance/internal/erase"
	"github.com/advance-community/terraform-provider-advance/internal/sessionargs"
	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

// ModifyPlan plans what an update changes: only the keys that it concerns are
// unknown. On create the framework makes all computed attributes unknown as a
// whole, because a key that could not be made may be missing afterwards. It makes
// no call.
func (r *setResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.State.Raw.IsNull() {
		return // a create
	}
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	s := load(ctx, &state, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(destroyAhead(s, state.policy())...)
		return
	}
	var plan model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	known, err := argumentsKnown(req.Plan)
	if err != nil {
		resp.Diagnostics.AddError("Unreadable Plan", "Reading it failed: "+err.Error()+". This is always a bug in the provider, please report it.")
	}
	if resp.Diagnostics.HasError() {
		return
	}
	plan.ID = state.ID
	if plan.UserIDs.IsUnknown() {
		plan.setUnknown()
	} else {
		wanted := plan.digests(known)
		// An unknown renew_when_expired may become true.
		todo := s.changes(wanted, plan.RenewWhenExpired.IsUnknown() || plan.RenewWhenExpired.ValueBool())
		resp.Diagnostics.Append(updateAhead(s, todo, plan.policy())...)
		plan.setPlanned(&state, todo, s.isComplete(wanted))
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
}

// argumentsKnown reports whether all arguments of the sessions but the user ids
// are known.
func argumentsKnown(plan tfsdk.Plan) (bool, error) {
	var values map[string]tftypes.Value
	if err := plan.Raw.As(&values); err != nil {
		return false, err
	}
	for name := range sessionargs.Attributes("", nil) {
		if !values[name].IsKnown() {
			return false, nil
		}
	}
	return true, nil
}

// setUnknown plans that each computed attribute may change.
func (m *model) setUnknown() {
	m.Complete = types.BoolUnknown()
	for _, attribute := range []*types.Map{&m.SignatureIDs, &m.URLs, &m.ExpiresAt, &m.Uncleared} {
		*attribute = types.MapUnknown(types.StringType)
	}
}

// setPlanned plans the computed attributes of an update. complete says whether
// they will be complete if no session is made.
func (m *model) setPlanned(state *model, todo changes, complete bool) {
	m.SignatureIDs = todo.planned(state.SignatureIDs)
	m.URLs = todo.planned(state.URLs)
	m.ExpiresAt = todo.planned(state.ExpiresAt)
	m.Uncleared = state.Uncleared
	if !todo.isEmpty() {
		m.Uncleared = types.MapUnknown(types.StringType)
	}
	m.Complete = types.BoolValue(complete)
	if len(todo.create)+len(todo.replace) > 0 {
		m.Complete = types.BoolUnknown()
	}
}

// planned returns a computed map with what is known of it before the changes.
func (c changes) planned(before types.Map) types.Map {
	if len(c.create)+len(c.replace)+len(c.remove) == 0 {
		return before
	}
	after := before.Elements() // a copy
	for _, key := range c.remove {
		delete(after, key)
	}
	for _, keys := range [][]string{c.create, c.replace} {
		for _, key := range keys {
			after[key] = types.StringUnknown()
		}
	}
	return types.MapValueMust(types.StringType, after)
}

const summaryUnfinished = "Sessions Not Finished Yet"

// destroyAhead returns the warnings of a plan that destroys the set.
func destroyAhead(s *set, policy erase.Policy) (diags diag.Diagnostics) {
	all := s.all()
	diags.Append(goneAhead(all)...)
	waiting := unfinished(all)
	if len(waiting) == 0 {
		return diags
	}
	text := fmt.Sprintf("%s were not finished when the provider last saw them, and the API erases no unfinished session. ", of(len(waiting), len(all)))
	switch policy {
	case erase.PolicyFail:
		text += "With deletion_policy \"fail\" the destroy will fail unless they are finished by then. " + finishedBy(waiting)
	case erase.PolicyAbandon:
		text += "With deletion_policy \"abandon\" the destroy will drop them from the state without erasing their data, unless they are finished by then. " + finishedBy(waiting)
	default:
		text += "The destroy will wait until they are finished. " + finishedBy(waiting)
	}
	diags.AddWarning(summaryUnfinished, text)
	return diags
}

// updateAhead returns the warnings of a plan that erases some of the sessions.
func updateAhead(s *set, todo changes, policy erase.Policy) (diags diag.Diagnostics) {
	diags.Append(goneAhead(todo.erase)...)
	var leaving []*session
	for _, key := range append(todo.replace, todo.remove...) {
		leaving = append(leaving, s.current[key])
	}
	waiting := unfinished(leaving)
	if len(waiting) == 0 {
		return diags
	}
	text := fmt.Sprintf("%s that the plan replaces or removes were not finished when the provider last saw them, and the API erases no unfinished session: %s. ", of(len(waiting), len(leaving)), list(waiting, maxListed))
	switch policy {
	case erase.PolicyFail:
		text += "With deletion_policy \"fail\" the apply will end with an error unless they are finished by then. "
	case erase.PolicyAbandon:
		text += "With deletion_policy \"abandon\" the apply will drop them from the state without erasing their data, unless they are finished by then. "
	default:
		text += "The apply does not wait for them: they move to \"uncleared\", and the plan erases them once a refresh has seen them finished. "
	}
	diags.AddWarning(summaryUnfinished, text+finishedBy(waiting))
	return diags
}

func goneAhead(all []*session) (diags diag.Diagnostics) {
	var gone []*session
	for _, one := range all {
		if one.Gone {
			gone = append(gone, one)
		}
	}
	if len(gone) > 0 {
		diags.AddWarning("Sessions Not Known to the API", fmt.Sprintf(
			"The API did not know %s when the provider last read them. Nothing was erased by this run so far. The run asks the API again, and says what it found: %s.", of(len(gone), len(all)), list(gone, maxListed)))
	}
	return diags
}

// unfinished returns the sessions that the last Read saw unfinished.
func unfinished(all []*session) (found []*session) {
	for _, one := range all {
		if one.Unfinished && !one.Gone {
			found = append(found, one)
		}
	}
	return found
}

// finishedBy says when unfinished sessions will be finished at the latest. It
// goes by what Read saw, because this machine's clock may be wrong.
func finishedBy(waiting []*session) string {
	for _, one := range waiting {
		if !one.Expired {
			return fmt.Sprintf("The last one is finished at the latest at about %s, when its link expires.", tfutil.Clock(latest(waiting)))
		}
	}
	return fmt.Sprintf("That should be soon: the last link expired at %s.", tfutil.Clock(latest(waiting)))
}
