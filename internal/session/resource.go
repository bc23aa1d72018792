// Package session has the resource advance_liveness_session: a URL on apply,
// clear-data on destroy.
package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/audit"
	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

var (
	_ resource.ResourceWithConfigure   = (*sessionResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*sessionResource)(nil)
	_ resource.ResourceWithImportState = (*sessionResource)(nil)
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
		resp.Diagnostics.Append(r.data.UnknownArguments("Creating the session", applyFirst))
		return
	}
	var plan model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
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
	// The id can't be asked for again: nothing may come before these two.
	plan.fromSession(made)
	r.data.Record(audit.Event{
		Kind: audit.SessionCreated, SignatureID: made.SignatureID, TransactionID: made.TransactionID, BizID: plan.BizID.ValueString(),
	}, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	record{Origin: r.data.Origin}.save(ctx, resp.Private, &resp.Diagnostics)
	tflog.Info(ctx, "session created", map[string]any{"signature_id": made.SignatureID})

	if made.URL == "" {
		resp.Diagnostics.AddError("Liveness Session Without Link", fmt.Sprintf(
			"The API made session %s but gave no link for it, so nobody can go through it. It is kept in the state as tainted, so that its id is not lost: the next apply replaces it.\n\nTransaction id: %s",
			made.SignatureID, made.TransactionID))
	}
}

// createError puts a refusal on the argument that it is about.
func createError(err error) diag.Diagnostic {
	const summary = "Unable to Create Liveness Session"
	situation := "No session was recorded."
	var e *advance.Error
	if errors.As(err, &e) && e.OutcomeUnknown {
		situation += " At least one answer was lost, so the API may have made a session whose id and link nobody holds: it holds no face, only the parameters that were sent, and ends within the hour."
	}
	if at, ok := blame(err); ok {
		return diag.NewAttributeErrorDiagnostic(at, summary, tfutil.Detail(situation, err))
	}
	return tfutil.APIError(summary, situation, err)
}

func (r *sessionResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	if r.data.Client == nil {
		return // nothing can be asked before the provider is configured: the prior state stands
	}
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	rec := loadRecord(ctx, req.Private, &resp.Diagnostics)
	timeout, diags := state.Timeouts.Read(ctx, defaultReadTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	id := state.SignatureID.ValueString()
	seen, err := r.data.Client.GetResult(ctx, id, "")
	switch {
	case advance.IsNotKnown(err):
		r.readNotKnown(ctx, &state, rec, err, resp)
		return
	case err != nil:
		resp.Diagnostics.Append(tfutil.APIError("Unable to Read Liveness Session", fmt.Sprintf("Session %s could not be read; the state is as it was.", id), err))
		return
	}
	if rec.Import == importReading {
		if tellsNothing(seen.InputParameters) {
			resp.Diagnostics.AddError("Unable to Import Liveness Session", fmt.Sprintf(
				"The API knows session %s, but tells none of the parameters it was made with, so there is nothing to compare a configuration with. Its data may have been erased already.\n\nTransaction id: %s", id, seen.TransactionID))
			return
		}
		state.fromEcho(seen.InputParameters)
		resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
		rec.Import = importSettling
	}
	rec.observe(seen, state.expiry(), r.data.Client.Now())
	rec.save(ctx, resp.Private, &resp.Diagnostics)
}

// readNotKnown decides what it means that the API does not know a session.
func (r *sessionResource) readNotKnown(ctx context.Context, state *model, rec record, err error, resp *resource.ReadResponse) {
	id := state.SignatureID.ValueString()
	switch {
	case rec.Import == importReading:
		resp.Diagnostics.Append(tfutil.APIError("Unable to Import Liveness Session", fmt.Sprintf("The API does not know a session %s.", id), err))
	case rec.Origin != r.data.Origin:
		resp.Diagnostics.Append(tfutil.APIError("Unable to Read Liveness Session", elsewhere(id, rec.Origin, r.data.Origin), err))
	default:
		resp.Diagnostics.AddWarning("Liveness Session Is Gone", fmt.Sprintf(
			"The API does not know session %s any more, so it is removed from the state and planned anew. It was erased or dropped outside of this run; nothing was erased by this run.", id))
		event := audit.Event{Kind: audit.SessionGone, SignatureID: id, BizID: state.BizID.ValueString()}
		var said *advance.Error
		if errors.As(err, &said) {
			event.TransactionID = said.TransactionID
		}
		r.data.Record(event, &resp.Diagnostics)
		resp.State.RemoveResource(ctx)
	}
}

// elsewhere says why "not known" proves nothing here.
func elsewhere(id string, made, asked tfutil.Origin) string {
	text := fmt.Sprintf("The API at %s does not know session %s, which was made at %s", asked.Endpoint, id, orUnknown(made.Endpoint))
	if made.Endpoint == asked.Endpoint {
		text += " by another account (its access key was another one, or a token was given in place of the key pair)"
	}
	return text + ". That proves nothing about its data, so the session stays in the state. Configure the provider with the endpoint and the credentials that made it; or, if you know that its data is erased, drop it with terraform state rm."
}

func orUnknown(s string) string {
	if s == "" {
		return "an endpoint that is not known"
	}
	return s
}

// Update settles what needs no call: deletion_policy, renew_when_expired,
// timeouts, and what the API did not tell of an imported session.
func (r *sessionResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	rec := loadRecord(ctx, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	rec.Import = notImported
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	rec.save(ctx, resp.Private, &resp.Diagnostics)
}

// applyFirst is what helps when an argument of the provider is unknown.
const applyFirst = "Apply what the provider block depends on first, with -target, and do this again then."
