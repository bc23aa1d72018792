// Package sessionset has the resource advance_liveness_session_set: many
// sessions in one resource, because Terraform's own cost grows with the square
// of the number of resources. What happens to each session is what happens to an
// advance_liveness_session.
package sessionset

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

var (
	_ resource.ResourceWithConfigure  = (*setResource)(nil)
	_ resource.ResourceWithModifyPlan = (*setResource)(nil)
)

// Defaults of timeouts, of all sessions together.
const (
	defaultCreateTimeout = 30 * time.Minute
	defaultReadTimeout   = 10 * time.Minute
	defaultUpdateTimeout = 30 * time.Minute
	defaultDeleteTimeout = 75 * time.Minute
)

type setResource struct {
	data *tfutil.ProviderData
}

// NewResource returns the resource advance_liveness_session_set.
func NewResource() resource.Resource { return &setResource{} }

func (r *setResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_liveness_session_set"
}

func (r *setResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.data = tfutil.FromProviderData(req.ProviderData, &resp.Diagnostics)
}

// applyFirstHint is the remedy while an argument of the provider is unknown.
const applyFirstHint = "Apply what the provider block depends on first, with -target, then do this again."

// Create makes the sessions and saves all that were made. A failure is a warning
// unless none was made: Terraform would taint the resource, and so destroy all.
func (r *setResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	if r.data.Client == nil {
		resp.Diagnostics.Append(r.data.UnknownArguments("Making the sessions", applyFirstHint))
		return
	}
	plan := planned(ctx, req.Plan, req.Config, &resp.Diagnostics)
	timeout, diags := plan.Timeouts.Create(ctx, defaultCreateTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	s := newSet()
	wanted := plan.digests(true)
	log := &auditLog{data: r.data}
	failures := makeSessions(ctx, r.data, log, &plan, s, s.changes(wanted, false).create)
	resp.Diagnostics.Append(createDiagnostics(failures, len(wanted), len(s.current))...)
	log.warn(&resp.Diagnostics)
	tflog.Info(ctx, "sessions created", map[string]any{"created": len(s.current), "failed": len(failures)})
	if len(s.current)+len(s.uncleared) == 0 {
		return // an error says why
	}
	plan.ID = types.StringValue(uuid.NewString())
	plan.Complete = types.BoolValue(len(failures) == 0)
	s.write(&plan)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	s.save(ctx, &plan, resp.Private, &resp.Diagnostics)
}

// planned returns a plan with the write-only arguments, which only the
// configuration has. The framework keeps them out of the state.
func planned(ctx context.Context, plan tfsdk.Plan, config tfsdk.Config, diags *diag.Diagnostics) model {
	var m model
	diags.Append(plan.Get(ctx, &m)...)
	diags.Append(config.GetAttribute(ctx, path.Root("callback_url_wo"), &m.CallbackURLWO)...)
	return m
}

// Update makes, replaces and erases the sessions that it concerns. What was done
// is saved even if the rest fails.
func (r *setResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	if r.data.Client == nil {
		resp.Diagnostics.Append(r.data.UnknownArguments("Updating the sessions", applyFirstHint))
		return
	}
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	plan := planned(ctx, req.Plan, req.Config, &resp.Diagnostics)
	timeout, diags := plan.Timeouts.Update(ctx, defaultUpdateTimeout)
	resp.Diagnostics.Append(diags...)
	s := load(ctx, &state, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	wanted := plan.digests(true)
	todo := s.changes(wanted, plan.RenewWhenExpired.ValueBool())
	// Each session that is replaced stays where it is until its successor is
	// made, and is erased after that.
	log := &auditLog{data: r.data}
	failures := makeSessions(ctx, r.data, log, &plan, s, append(todo.create, todo.replace...))
	for _, key := range todo.remove {
		s.retire(key)
	}
	eraser := &eraser{data: r.data, log: log, policy: plan.policy(), parallelism: plan.parallelism(), leavesUnfinished: true}
	erasures := eraser.run(ctx, append(s.retired, todo.erase...))
	s.settle(erasures)
	resp.Diagnostics.Append(updateDiagnostics(failures, len(todo.create)+len(todo.replace))...)
	resp.Diagnostics.Append(erasedDiagnostics(erasures)...)
	resp.Diagnostics.Append(updateErasureErrors(erasures)...)
	log.warn(&resp.Diagnostics)

	plan.ID = state.ID
	plan.Complete = types.BoolValue(len(failures) == 0 && s.isComplete(wanted))
	s.write(&plan)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	s.save(ctx, &plan, resp.Private, &resp.Diagnostics)
}

// Delete erases all sessions. The state keeps what is not known to be erased.
func (r *setResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	if r.data.Client == nil {
		resp.Diagnostics.Append(r.data.UnknownArguments("Destroying the sessions", applyFirstHint))
		return
	}
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	timeout, diags := state.Timeouts.Delete(ctx, defaultDeleteTimeout)
	resp.Diagnostics.Append(diags...)
	s := load(ctx, &state, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	log := &auditLog{data: r.data}
	eraser := &eraser{data: r.data, log: log, policy: state.policy(), parallelism: state.parallelism()}
	erasures := eraser.run(ctx, s.all())
	s.settle(erasures)
	resp.Diagnostics.Append(erasedDiagnostics(erasures)...)
	resp.Diagnostics.Append(deleteErrors(erasures, state.policy(), r.data.Client.Now())...)
	log.warn(&resp.Diagnostics)
	if len(s.current)+len(s.uncleared) == 0 {
		return
	}
	state.Complete = types.BoolValue(state.Complete.ValueBool() && len(s.current) == len(state.SignatureIDs.Elements()))
	s.write(&state)
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	s.save(ctx, &state, resp.Private, &resp.Diagnostics)
}
