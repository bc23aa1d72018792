// Package session has the resource advance_liveness_session: a URL on apply,
// clear-data on destroy.
package session

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
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

func (r *sessionResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	keep := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	const forcesNew = " Changing it makes a new session."
	resp.Schema = schema.Schema{
		MarkdownDescription: "A liveness test session: a link for the end user on apply, the erasure of the personal data " +
			"(clear-data) on destroy. A session that is not finished can't be erased yet; `deletion_policy` says what destroy does then.",
		Attributes: map[string]schema.Attribute{
			"return_url": schema.StringAttribute{
				MarkdownDescription: "Where the page goes on success: a URL with scheme and host, app schemes (`myapp://callback/done`) allowed, at most 2048 characters." + forcesNew,
				Required:            true,
				Validators:          []validator.String{returnURL()},
			},
			"fail_return_url": schema.StringAttribute{
				MarkdownDescription: "Where the page goes on failure, with an `errorCode` in its query. The rules are those of `return_url`." + forcesNew,
				Required:            true,
				Validators:          []validator.String{returnURL()},
			},
			"user_id": schema.StringAttribute{
				MarkdownDescription: "Your id of the person. It is kept in the state and shown in plans: take one that says nothing about the person." + forcesNew,
				Required:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"region": schema.StringAttribute{
				MarkdownDescription: "ISO 3166-1 alpha-3 code of the user's country, in upper case, such as `PHL`. The account must be entitled to it." + forcesNew,
				Required:            true,
				Validators:          []validator.String{region()},
			},
			"biz_id": schema.StringAttribute{
				MarkdownDescription: "Your id of the transaction. Default: a random UUID, kept for the session's life." + forcesNew,
				Optional:            true,
				Computed:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
				PlanModifiers:       keep,
			},
			"callback_url": schema.StringAttribute{
				MarkdownDescription: "Where ADVANCE.AI reports that the session is finished: `https`, or `http` with a warning. Callbacks are not signed, so the URL should carry its own authorization in its query; it is sensitive for that reason." + forcesNew,
				Optional:            true,
				Sensitive:           true,
				Validators:          []validator.String{callbackURL{}},
			},
			"language": schema.StringAttribute{
				MarkdownDescription: "Language of the page, as a tag such as `en`, `fil` or `en-US`. An unsupported one falls back to the browser's, then to English." + forcesNew,
				Optional:            true,
				Validators:          []validator.String{language()},
			},
			"prefers_color_scheme": schema.StringAttribute{
				MarkdownDescription: "`light` or `dark`. The API's default is `light`." + forcesNew,
				Optional:            true,
				Validators:          []validator.String{stringvalidator.OneOf("light", "dark")},
			},
			"biz_code": schema.StringAttribute{
				MarkdownDescription: "A label of yours for the kind of transaction: 1 to 32 letters and digits." + forcesNew,
				Optional:            true,
				Validators:          []validator.String{bizCode()},
			},
			"iframe_enabled": schema.BoolAttribute{
				MarkdownDescription: "`true` lets the page be embedded; it then reports by `postMessage` instead of a redirect." + forcesNew,
				Optional:            true,
			},
			"product_level": schema.StringAttribute{
				MarkdownDescription: "`STANDARD` or `PRO`; the account must have been granted it." + forcesNew,
				Optional:            true,
				Validators:          []validator.String{stringvalidator.OneOf("STANDARD", "PRO")},
			},
			"liveness_type": schema.StringAttribute{
				MarkdownDescription: "How liveness is tested: `DISTANT_NEAR` (the API's default), `DISTANT_NEAR_ACTION`, `ACTION`, `SILENT`, or a name that the vendor has set up for the account." + forcesNew,
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"deletion_policy": schema.StringAttribute{
				MarkdownDescription: "What destroy does while the session is not finished and so can't be erased: `wait` until it is, which takes up to an hour; `fail` at once, with the session kept in the state; `abandon` it, which drops it from the state **without erasing its data**. " +
					"Destroy goes by the policy in the state: apply a change before you destroy. Default: `wait`.",
				Optional:   true,
				Computed:   true,
				Default:    stringdefault.StaticString(policyWait),
				Validators: []validator.String{stringvalidator.OneOf(policyWait, policyFail, policyAbandon)},
			},
			"renew_when_expired": schema.BoolAttribute{
				MarkdownDescription: "`true` replaces the session once a refresh has seen that its link has expired without a `PASS` or `FAIL`. Not with `-refresh=false`, and not for an imported session, whose expiry is not known. Default: `false`.",
				Optional:            true,
				Computed:            true,
				Default:             booldefault.StaticBool(false),
			},
			"timeouts": timeoutsAttribute(),
			"id": schema.StringAttribute{
				MarkdownDescription: "The same as `signature_id`.",
				Computed:            true,
				PlanModifiers:       keep,
			},
			"signature_id": schema.StringAttribute{
				MarkdownDescription: "The session's handle for everything later. The API can't be asked for it again.",
				Computed:            true,
				PlanModifiers:       keep,
			},
			"url": schema.StringAttribute{
				MarkdownDescription: "The link for the end user. It bears a token, so whoever has it can act as the user; it is in the state. Null for an imported session.",
				Computed:            true,
				Sensitive:           true,
				PlanModifiers:       keep,
			},
			"expires_at": schema.StringAttribute{
				MarkdownDescription: "When the link expires, RFC 3339 in UTC: an hour after it was made. Null for an imported session.",
				Computed:            true,
				PlanModifiers:       keep,
			},
			"transaction_id": schema.StringAttribute{
				MarkdownDescription: "Id of the call that made the session, for the vendor's support. Null for an imported session.",
				Computed:            true,
				PlanModifiers:       keep,
			},
		},
	}
}

// timeoutsAttribute is the library's, but for validators that refuse what is
// not above zero.
func timeoutsAttribute() schema.Attribute {
	operation := func(description string) schema.StringAttribute {
		return schema.StringAttribute{
			MarkdownDescription: description,
			Optional:            true,
			Validators:          []validator.String{tfutil.DurationAboveZero()},
		}
	}
	return schema.SingleNestedAttribute{
		MarkdownDescription: "How long each operation may take, as Go durations such as `30s` or `2h45m`.",
		Optional:            true,
		CustomType: timeouts.Type{ObjectType: types.ObjectType{AttrTypes: map[string]attr.Type{
			"create": types.StringType, "read": types.StringType, "delete": types.StringType,
		}}},
		Attributes: map[string]schema.Attribute{
			"create": operation("Of creating the session. Default: `2m`."),
			"read":   operation("Of reading it in a refresh. Default: `1m`."),
			"delete": operation("Of erasing its data, with the wait for an unfinished session. Destroy goes by the value in the state: apply a change before you destroy. Default: `75m`."),
		},
	}
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

func (r *sessionResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	if r.data.Client == nil {
		resp.Diagnostics.Append(r.data.UnknownArguments("Destroying the session", applyFirst))
		return
	}
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	rec := loadRecord(ctx, req.Private, &resp.Diagnostics)
	timeout, diags := state.Timeouts.Delete(ctx, defaultDeleteTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	id := state.SignatureID.ValueString()
	job := &erasure{
		client:      r.data.Client,
		signatureID: id,
		policy:      state.DeletionPolicy.ValueString(),
		expiry:      state.expiry(),
		progress: func(ctx context.Context, s advance.ClearState) {
			tflog.Info(ctx, "erasure is waiting", map[string]any{"signature_id": id, "in_processing": s == advance.ClearInProcessing})
		},
	}
	event := audit.Event{SignatureID: id, BizID: state.BizID.ValueString()}
	ended, err := job.run(ctx)
	switch {
	case err != nil:
		r.data.Record(clearFailed(event, err), &resp.Diagnostics)
		resp.Diagnostics.Append(deleteError(&state, err, r.data.Client.Now()))
	case ended == gone && rec.Origin != r.data.Origin:
		r.data.Record(clearFailed(event, errElsewhere), &resp.Diagnostics)
		resp.Diagnostics.AddError(summaryErase, elsewhere(id, rec.Origin, r.data.Origin))
	case ended == cleared:
		event.Kind, event.TransactionID = audit.DataCleared, job.proof
		r.data.Record(event, &resp.Diagnostics)
	case ended == gone:
		event.Kind = audit.SessionGone
		r.data.Record(event, &resp.Diagnostics)
		resp.Diagnostics.AddWarning("Liveness Session Was Gone", fmt.Sprintf(
			"The API does not know session %s any more, or holds no image of it, so there was nothing to erase. It was erased or dropped before, or by a call of this run whose answer was lost; no erasure was confirmed to this run.", id))
	case ended == abandoned:
		event.Kind = audit.SessionAbandoned
		r.data.Record(event, &resp.Diagnostics)
		resp.Diagnostics.AddWarning("Liveness Session Abandoned", fmt.Sprintf(
			"Session %s was not finished, so its data was not erased: deletion_policy \"abandon\" dropped it from the state all the same. %s To erase its data later, import the session by this id and destroy it.",
			id, finishedBy(state.expiry(), r.data.Client.Now())))
	}
}

// errElsewhere stands in the audit log for what [elsewhere] explains.
var errElsewhere = errors.New("the API does not know the session, which was made at another endpoint or by another account")

// clearFailed adds to an event why an erasure was not confirmed.
func clearFailed(e audit.Event, err error) audit.Event {
	e.Kind, e.Message = audit.ClearFailed, err.Error()
	var said *advance.Error
	if errors.As(answerOf(err), &said) {
		e.Code, e.TransactionID = said.Code, said.TransactionID
	}
	if said != nil && said.Message != "" {
		e.Message = said.Message
	}
	return e
}

const summaryErase = "Unable to Erase Liveness Session"

// deleteError says that nothing was confirmed, why, and what to do.
func deleteError(state *model, err error, now time.Time) diag.Diagnostic {
	situation := fmt.Sprintf("The erasure of session %s's data is not confirmed, so the session stays in the state.", state.SignatureID.ValueString())
	var pending *pendingError
	if errors.As(err, &pending) {
		next := finishedBy(state.expiry(), now) + "\n\nDestroy again after that time. " + wayOut
		if pending.state == advance.ClearInProcessing {
			next = "Destroy again later. " + wayOut
		}
		return diag.NewErrorDiagnostic(summaryErase, strings.Join([]string{
			situation, pendingReason(pending), next, tfutil.SupportDetails(pending.answer),
		}, "\n\n"))
	}
	var doubt *doubtError
	if errors.As(err, &doubt) {
		return diag.NewErrorDiagnostic(summaryErase, strings.Join([]string{
			situation,
			fmt.Sprintf("clear-data refused with the words below, but get-result shows %s. Destroy again later; if that does not help, ask the vendor's support with the transaction id.", doubt.seen),
			tfutil.SupportDetails(doubt.answer),
		}, "\n\n"))
	}
	return tfutil.APIError(summaryErase, situation, err)
}

func pendingReason(p *pendingError) string {
	waited := p.waited.Round(time.Second)
	switch {
	case p.state == advance.ClearInProcessing && errors.Is(p.err, context.Canceled):
		return fmt.Sprintf("The API said that an erasure is in processing. The wait for it was interrupted after %s.", waited)
	case p.state == advance.ClearInProcessing:
		return fmt.Sprintf("The API said that an erasure is in processing, and did not confirm it within %s (timeouts.delete).", waited)
	case p.err == nil:
		return "The session is not finished, and the API erases no unfinished session; deletion_policy is \"fail\"."
	case errors.Is(p.err, context.Canceled):
		return fmt.Sprintf("The session is not finished, and the API erases no unfinished session. The wait for it was interrupted after %s.", waited)
	default:
		return fmt.Sprintf("The session is not finished, and the API erases no unfinished session. The wait for it reached its time-out (timeouts.delete) after %s.", waited)
	}
}

// wayOut names the way that works: Terraform destroys by the state.
const wayOut = `To have destroy wait, give up or take longer: Terraform destroys with the deletion_policy and timeouts in the state, not those in the configuration, so undo other changes to this resource, set deletion_policy ("wait", "fail" or "abandon") or timeouts.delete, apply, then destroy again.`

// applyFirst is what helps when an argument of the provider is unknown.
const applyFirst = "Apply what the provider block depends on first, with -target, and do this again then."

// ImportState leaves the id and a mark, by which the Read that follows fills
// the arguments.
func (r *sessionResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	if r.data.Client == nil {
		resp.Diagnostics.Append(r.data.UnknownArguments("The import", applyFirst))
		return
	}
	if strings.TrimSpace(req.ID) == "" {
		resp.Diagnostics.AddError("Unable to Import Liveness Session", "A session is imported by its signature id, which is empty here.")
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), req.ID)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("signature_id"), req.ID)...)
	record{Origin: r.data.Origin, Import: importReading}.save(ctx, resp.Private, &resp.Diagnostics)
}
