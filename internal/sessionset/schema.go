package sessionset

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/advance-community/terraform-provider-advance/internal/sessionargs"
)

// maxSessions is the most sessions of one set: a few MiB of state.
const maxSessions = 20_000

// maxParallelism is the most calls at the same time, and the default.
const maxParallelism = 100

// Schema returns maps of strings only, of which one is sensitive: all else costs
// Terraform or the framework the square of the number of sessions.
func (r *setResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	const forcesNew = " A change replaces every session."
	resp.Schema = schema.Schema{
		MarkdownDescription: "Many liveness test sessions in one resource: a link for each user id on apply, the erasure of the personal data " +
			"(clear-data) on destroy. For some hundreds to 20,000 sessions. For fewer, and where sessions are imported, targeted or replaced one by one, use `advance_liveness_session` with `for_each`.",
		Attributes: sessionargs.Attributes(forcesNew, map[string]schema.Attribute{
			"user_ids": schema.MapAttribute{
				MarkdownDescription: "Your id of each person, by a key of your own: 1 to 20,000. The keys are shown in diagnostics, so they must say nothing about a person. The user ids are kept in the state. No control characters, and no white space at either end. " +
					"A new key makes a session, another user id replaces it, and a key that is left out erases it.",
				ElementType: types.StringType,
				Required:    true,
				Validators:  []validator.Map{mapvalidator.SizeBetween(1, maxSessions), userIDs{}},
			},
			"parallelism": schema.Int64Attribute{
				MarkdownDescription: "Maximum number of calls at the same time, 1 to 100, within what `requests_per_second` and the API allow. Default: 100.",
				Optional:            true,
				Computed:            true,
				Default:             int64default.StaticInt64(maxParallelism),
				Validators:          []validator.Int64{int64validator.Between(1, maxParallelism)},
			},
			"deletion_policy": sessionargs.DeletionPolicy("What destroy does about sessions that are not finished and so cannot be erased: `wait` until they are, which takes up to an hour; `fail` when the finished ones are erased, with the others kept in the state; `abandon` them, which removes them from the state **without erasing their data**. " +
				"An update never waits: with `wait` such sessions move to `uncleared`. Destroy uses the policy in the state: apply a change before you destroy. Default: `wait`."),
			"renew_when_expired": schema.BoolAttribute{
				MarkdownDescription: "`true` replaces a session once a refresh has seen that its link has expired without a `PASS` or `FAIL`. With `-refresh=false` the last refresh counts. Default: `false`.",
				Optional:            true,
				Computed:            true,
				Default:             booldefault.StaticBool(false),
			},
			"timeouts": sessionargs.Timeouts(map[string]string{
				"create": "Timeout of making the sessions. Default: `30m`.",
				"read":   "Timeout of reading them in a refresh, which uses the value in the state: apply a change with `-refresh=false`. Default: `10m`.",
				"update": "Timeout of making, replacing and erasing sessions in an update. Default: `30m`.",
				"delete": "Timeout of erasing all data, including the wait for unfinished sessions. Destroy uses the value in the state: apply a change before you destroy. Default: `75m`.",
			}),
			"id": schema.StringAttribute{
				MarkdownDescription: "A random UUID.",
				Computed:            true,
			},
			"complete": schema.BoolAttribute{
				MarkdownDescription: "Whether every key has its session. An apply that could make only some of them warns and sets it to `false`; the next apply makes the rest. Check it in a `postcondition`.",
				Computed:            true,
			},
			"signature_ids": schema.MapAttribute{
				MarkdownDescription: "Signature id of each session, by key.",
				ElementType:         types.StringType,
				Computed:            true,
			},
			"expires_at": schema.MapAttribute{
				MarkdownDescription: "When each link expires, RFC 3339 in UTC, by key: one hour after the session was made.",
				ElementType:         types.StringType,
				Computed:            true,
			},
			"urls": schema.MapAttribute{
				MarkdownDescription: "The link of each end user, by key. They contain tokens: treat them like passwords. They are in the state.",
				ElementType:         types.StringType,
				Computed:            true,
				Sensitive:           true,
			},
			"uncleared": schema.MapAttribute{
				MarkdownDescription: "Sessions that are no longer wanted and not yet known to be erased: signature id to expiry. Empty as a rule. The plan erases them once a refresh has seen them finished, and destroy erases them too.",
				ElementType:         types.StringType,
				Computed:            true,
			},
		}),
	}
}

// userIDs checks the values of user_ids.
type userIDs struct{}

func (userIDs) Description(ctx context.Context) string {
	return "each value: " + sessionargs.PlainText().Description(ctx)
}

func (v userIDs) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// maxListed is the number of sessions that a diagnostic lists as examples.
const maxListed = 10

func (userIDs) ValidateMap(_ context.Context, req validator.MapRequest, resp *validator.MapResponse) {
	var faults []string
	values := req.ConfigValue.Elements()
	for _, key := range slices.Sorted(maps.Keys(values)) {
		userID, ok := values[key].(types.String)
		if !ok || userID.IsUnknown() {
			continue
		}
		if err := sessionargs.CheckText(userID.ValueString()); err != nil {
			faults = append(faults, fmt.Sprintf("The value of key %q %v.", key, err))
		}
	}
	if len(faults) == 0 {
		return
	}
	if more := len(faults) - maxListed; more > 0 {
		faults = append(faults[:maxListed], fmt.Sprintf("So it is with %d more.", more))
	}
	resp.Diagnostics.AddAttributeError(req.Path, "Invalid Attribute Value",
		"Attribute "+req.Path.String()+" has user ids that cannot be used.\n\n"+strings.Join(faults, "\n"))
}
