package session

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/advance-community/terraform-provider-advance/internal/sessionargs"
)

func (r *sessionResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	useState := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	const forcesNew = " A change replaces the session."
	resp.Schema = schema.Schema{
		MarkdownDescription: "A liveness test session: a link for the end user on apply, the erasure of the personal data " +
			"(clear-data) on destroy. A session that is not finished cannot be erased yet; `deletion_policy` says what destroy does then.",
		Attributes: sessionargs.Attributes(forcesNew, map[string]schema.Attribute{
			"user_id": schema.StringAttribute{
				MarkdownDescription: "Your id of the person. It is kept in the state and shown in plans: use one that says nothing about the person. No control characters, and no white space at either end." + forcesNew,
				Required:            true,
				Validators:          []validator.String{sessionargs.PlainText()},
			},
			"biz_id": schema.StringAttribute{
				MarkdownDescription: "Your id of the transaction. Default: a random UUID, kept for the session's life. No control characters, and no white space at either end." + forcesNew,
				Optional:            true,
				Computed:            true,
				Validators:          []validator.String{sessionargs.PlainText()},
				PlanModifiers:       useState,
			},
			"deletion_policy": sessionargs.DeletionPolicy("What destroy does while the session is not finished and so cannot be erased: `wait` until it is, which takes up to an hour; `fail` immediately, with the session kept in the state; `abandon` it, which removes it from the state **without erasing its data**. " +
				"Destroy uses the policy in the state: apply a change before you destroy. The policy of a deposed object cannot be changed. Default: `wait`."),
			"renew_when_expired": schema.BoolAttribute{
				MarkdownDescription: "`true` replaces the session once a refresh has seen that its link has expired without a `PASS` or `FAIL`. With `-refresh=false` the last refresh counts. An imported session is never replaced for this reason, because its expiry is not known. Default: `false`.",
				Optional:            true,
				Computed:            true,
				Default:             booldefault.StaticBool(false),
			},
			"timeouts": sessionargs.Timeouts(map[string]string{
				"create": "Timeout of creating the session. Default: `2m`.",
				"read":   "Timeout of reading it in a refresh, which uses the value in the state: apply a change with `-refresh=false`. Default: `1m`.",
				"delete": "Timeout of erasing its data, including the wait for an unfinished session. Destroy uses the value in the state: apply a change before you destroy. Default: `75m`.",
			}),
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
		}),
	}
}
