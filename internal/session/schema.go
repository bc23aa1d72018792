package session

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/advance-community/terraform-provider-advance/internal/erase"
	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

func (r *sessionResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	useState := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	const forcesNew = " A change replaces the session."
	resp.Schema = schema.Schema{
		MarkdownDescription: "A liveness test session: a link for the end user on apply, the erasure of the personal data " +
			"(clear-data) on destroy. A session that is not finished cannot be erased yet; `deletion_policy` says what destroy does then.",
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
				MarkdownDescription: "Your id of the person. It is kept in the state and shown in plans: use one that says nothing about the person. No control characters, and no white space at either end." + forcesNew,
				Required:            true,
				Validators:          []validator.String{plainText()},
			},
			"region": schema.StringAttribute{
				MarkdownDescription: "ISO 3166-1 alpha-3 code of the user's country, in upper case, such as `PHL`. The account must be entitled to it." + forcesNew,
				Required:            true,
				Validators:          []validator.String{region()},
			},
			"biz_id": schema.StringAttribute{
				MarkdownDescription: "Your id of the transaction. Default: a random UUID, kept for the session's life. No control characters, and no white space at either end." + forcesNew,
				Optional:            true,
				Computed:            true,
				Validators:          []validator.String{plainText()},
				PlanModifiers:       useState,
			},
			"callback_url": schema.StringAttribute{
				MarkdownDescription: "Where ADVANCE.AI reports that the session is finished: `https`, or `http` with a warning. Callbacks are not signed, so the URL should carry its own authorization in its query. It is sensitive for this reason, but it is in the state. To keep it out of the state, use `callback_url_wo`." + forcesNew,
				Optional:            true,
				Sensitive:           true,
				Validators:          []validator.String{callbackURL{}},
			},
			"callback_url_wo": schema.StringAttribute{
				MarkdownDescription: "The same as `callback_url`, in neither the plan nor the state. It can be an ephemeral value. It needs `callback_url_wo_version`, and conflicts with `callback_url`. A change of it alone is not noticed.",
				Optional:            true,
				Sensitive:           true,
				WriteOnly:           true,
				Validators: []validator.String{
					callbackURL{},
					stringvalidator.ConflictsWith(path.MatchRoot("callback_url")),
					stringvalidator.AlsoRequires(path.MatchRoot("callback_url_wo_version")),
				},
			},
			"callback_url_wo_version": schema.Int64Attribute{
				MarkdownDescription: "A number of your choice: change it when `callback_url_wo` has changed." + forcesNew,
				Optional:            true,
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
				MarkdownDescription: "`STANDARD` or `PRO`; the account must be entitled to it." + forcesNew,
				Optional:            true,
				Validators:          []validator.String{stringvalidator.OneOf("STANDARD", "PRO")},
			},
			"liveness_type": schema.StringAttribute{
				MarkdownDescription: "How liveness is tested: `DISTANT_NEAR` (the API's default), `DISTANT_NEAR_ACTION`, `ACTION`, `SILENT`, or a name that the vendor has set up for the account. No control characters, and no white space at either end." + forcesNew,
				Optional:            true,
				Validators:          []validator.String{plainText()},
			},
			"deletion_policy": schema.StringAttribute{
				MarkdownDescription: "What destroy does while the session is not finished and so cannot be erased: `wait` until it is, which takes up to an hour; `fail` immediately, with the session kept in the state; `abandon` it, which removes it from the state **without erasing its data**. " +
					"Destroy uses the policy in the state: apply a change before you destroy. The policy of a deposed object cannot be changed. Default: `wait`.",
				Optional:   true,
				Computed:   true,
				Default:    stringdefault.StaticString(string(erase.PolicyWait)),
				Validators: []validator.String{stringvalidator.OneOf(string(erase.PolicyWait), string(erase.PolicyFail), string(erase.PolicyAbandon))},
			},
			"renew_when_expired": schema.BoolAttribute{
				MarkdownDescription: "`true` replaces the session once a refresh has seen that its link has expired without a `PASS` or `FAIL`. With `-refresh=false` the last refresh counts. An imported session is never replaced for this reason, because its expiry is not known. Default: `false`.",
				Optional:            true,
				Computed:            true,
				Default:             booldefault.StaticBool(false),
			},
			"timeouts": timeoutsAttribute(),
			"id": schema.StringAttribute{
				MarkdownDescription: "The same as `signature_id`.",
				Computed:            true,
				PlanModifiers:       useState,
			},
			"signature_id": schema.StringAttribute{
				MarkdownDescription: "The session's id in every later call. The API cannot be asked for it again.",
				Computed:            true,
				PlanModifiers:       useState,
			},
			"url": schema.StringAttribute{
				MarkdownDescription: "The link for the end user. It contains a token: treat it like a password. It is in the state. Null for an imported session.",
				Computed:            true,
				Sensitive:           true,
				PlanModifiers:       useState,
			},
			"expires_at": schema.StringAttribute{
				MarkdownDescription: "When the link expires, RFC 3339 in UTC: one hour after its creation. Null for an imported session.",
				Computed:            true,
				PlanModifiers:       useState,
			},
			"transaction_id": schema.StringAttribute{
				MarkdownDescription: "Id of the call that created the session, for the vendor's support. Null for an imported session.",
				Computed:            true,
				PlanModifiers:       useState,
			},
		},
	}
}

// timeoutsAttribute is the library's attribute, with validators that refuse
// durations of zero and below.
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
			"create": operation("Timeout of creating the session. Default: `2m`."),
			"read":   operation("Timeout of reading it in a refresh. Default: `1m`."),
			"delete": operation("Timeout of erasing its data, including the wait for an unfinished session. Destroy uses the value in the state: apply a change before you destroy. Default: `75m`."),
		},
	}
}
