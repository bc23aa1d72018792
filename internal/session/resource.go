// Package session has the resource advance_liveness_session: a URL on apply,
// clear-data on destroy.
package session

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/audit"
	"github.com/advance-community/terraform-provider-advance/internal/erase"
	"github.com/advance-community/terraform-provider-advance/internal/sessionargs"
	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

var (
	_ resource.ResourceWithConfigure   = (*sessionResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*sessionResource)(nil)
	_ resource.ResourceWithImportState = (*sessionResource)(nil)
	_ resource.ResourceWithIdentity    = (*sessionResource)(nil)
)

// Defaults of timeouts. A session takes up to an hour to finish by itself, and
// a destroy may have to wait for that.
const (
	defaultCreateTimeout = 2 * time.Minute
	defaultReadTimeout   = time.Minute
	defaultDeleteTimeout = 75 * time.Minute
)

type sessionResource struct {
	data *tfutil.ProviderData
}

// NewResource returns the resource advance_liveness_session.
func NewResource() resource.Resource { return &sessionResource{} }

func (r *sessionResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_liveness_session"
}

func (r *sessionResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.data = tfutil.FromProviderData(req.ProviderData, &resp.Diagnostics)
}

func (r *sessionResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	if r.data.Client == nil {
		resp.Diagnostics.Append(r.data.UnknownArguments("Creating the session", applyFirstHint))
		return
	}
	var plan model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	// Only the configuration has it. The framework keeps it out of the state.
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("callback_url_wo"), &plan.CallbackURLWO)...)
	timeout, diags := plan.Timeouts.Create(ctx, defaultCreateTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	made, err := r.data.Client.GenerateURL(ctx, plan.toRequest())
	if err != nil {
		resp.Diagnostics.Append(createError(err))
		return
	}
	// The API can't be asked for the id again: nothing may come before these
	// two, and the audit log is first, because the state is saved only when
	// Create returns.
	plan.fromSession(made)
	r.data.Record(audit.Event{
		Kind: audit.SessionCreated, SignatureID: made.SignatureID, TransactionID: made.TransactionID, BizID: plan.BizID.ValueString(),
	}, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	setIdentity(ctx, resp.Identity, plan.SignatureID, &resp.Diagnostics)
	privateState{Marks: erase.Marks{Origin: r.data.Origin(), Unfinished: true}}.save(ctx, resp.Private, &resp.Diagnostics)
	tflog.Info(ctx, "session created", map[string]any{"signature_id": made.SignatureID})

	if made.URL == "" {
		resp.Diagnostics.AddError("Liveness Session Without Link", fmt.Sprintf(
			"The API made session %s but gave no link for it, so it cannot be used. It is kept in the state as tainted, so that its id is not lost. The next apply replaces it.\n\nTransaction id: %s",
			made.SignatureID, made.TransactionID))
	}
}

// createError returns the diagnostic of a failed generate-url, on the argument
// that was refused if the API names one.
func createError(err error) diag.Diagnostic {
	const summary = "Unable to Create Liveness Session"
	situation := "No session was recorded." + sessionargs.LostAnswer(err)
	if at, ok := sessionargs.ErrorAttribute(err); ok {
		return diag.NewAttributeErrorDiagnostic(at, summary, tfutil.Detail(situation, err))
	}
	return tfutil.APIError(summary, situation, err)
}

func (r *sessionResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	setIdentity(ctx, resp.Identity, state.SignatureID, &resp.Diagnostics)
	if r.data.Client == nil {
		return // no call can be made before the provider is configured: the prior state stays
	}
	private := loadPrivateState(ctx, req.Private, &resp.Diagnostics)
	timeout, diags := state.Timeouts.Read(ctx, defaultReadTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	id := state.SignatureID.ValueString()
	seen, err := r.data.Client.GetResult(ctx, id, "", state.confidential()...)
	switch {
	case advance.IsNotKnown(err):
		r.readNotKnown(ctx, id, private, err, resp)
		return
	case err != nil:
		resp.Diagnostics.AddError("Unable to Read Liveness Session", tfutil.RefreshDetail(fmt.Sprintf("Session %s could not be read; the state is as it was.", id), err))
		return
	}
	if private.Import == importReading {
		if isEmptyEcho(seen.InputParameters) {
			resp.Diagnostics.AddError("Unable to Import Liveness Session", fmt.Sprintf(
				"The API knows session %s, but tells none of the parameters that it was made with, so a configuration cannot be compared with it. Its data may have been erased already.\n\nTransaction id: %s", id, seen.TransactionID))
			return
		}
		state.fromEcho(seen.InputParameters)
		resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
		private.Import = imported
	}
	private.Update(seen, r.data.Origin(), state.expiry(), r.data.Client.Now())
	private.save(ctx, resp.Private, &resp.Diagnostics)
}

// readNotKnown handles get-result's answer, twice, that the API does not know a
// session. It marks the session as gone and keeps it in the state, so that its
// destroy asks the API itself and says what it found.
func (r *sessionResource) readNotKnown(ctx context.Context, id string, private privateState, err error, resp *resource.ReadResponse) {
	asked := r.data.Origin()
	switch {
	case private.Import == importReading:
		resp.Diagnostics.Append(tfutil.APIError("Unable to Import Liveness Session", fmt.Sprintf("The API does not know a session %s.", id), err))
	case !private.Origin.Same(asked):
		resp.Diagnostics.Append(diag.NewErrorDiagnostic("Unable to Read Liveness Session", tfutil.OriginMismatch(id, private.Origin, asked, err, stateRm)))
	default:
		resp.Diagnostics.AddWarning("Liveness Session Is Gone", fmt.Sprintf(
			"The API does not know session %s any more, in two calls. It may have been erased or dropped outside of this run; nothing was erased by this run. The session stays in the state, and the plan replaces it. Its destroy asks the API again, and says what it found.\n\n%s",
			id, tfutil.SupportDetails(err)))
		private.Gone = true
		private.save(ctx, resp.Private, &resp.Diagnostics)
	}
}

// Update makes no call: it saves deletion_policy, renew_when_expired, timeouts,
// and the arguments that the API did not tell of an imported session.
func (r *sessionResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	setIdentity(ctx, resp.Identity, plan.SignatureID, &resp.Diagnostics)
}

// applyFirstHint is the remedy while an argument of the provider is unknown.
const applyFirstHint = "Apply what the provider block depends on first, with -target, then do this again."
