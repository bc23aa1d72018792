// Package action has the actions advance_clear_liveness_data and
// advance_await_liveness_result.
package action

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/action/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

// configured is the part of an action that holds the provider's data.
type configured struct {
	data *tfutil.ProviderData
}

func (c *configured) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	c.data = tfutil.FromProviderData(req.ProviderData, &resp.Diagnostics)
}

// applyFirst is the remedy where the provider block is not known yet.
const applyFirst = "Apply that resource first, with -target, then invoke the action."

// notKnown is the beginning of the detail of an error about an id that the API
// does not know.
func notKnown(client *advance.Client, id string) string {
	return fmt.Sprintf("The API at %s does not know the session %q.", client.Endpoint(), id)
}

// withTimeout returns ctx with the timeout of the whole action.
func withTimeout(ctx context.Context, t timeouts.Value, diags *diag.Diagnostics) (context.Context, context.CancelFunc) {
	timeout, d := t.Invoke(ctx, tfutil.DefaultWait)
	diags.Append(d...)
	return context.WithTimeout(ctx, timeout)
}

func signatureIDAttribute() schema.Attribute {
	return schema.StringAttribute{
		MarkdownDescription: "Signature id of the session. An id that the API does not know is an error.",
		Required:            true,
		Validators:          []validator.String{tfutil.NotBlank()},
	}
}

// timeoutsAttribute is the library's attribute, with validators that refuse
// durations of zero and below.
func timeoutsAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		MarkdownDescription: "How long the action may take.",
		Optional:            true,
		CustomType: timeouts.Type{ObjectType: types.ObjectType{
			AttrTypes: map[string]attr.Type{"invoke": types.StringType},
		}},
		Attributes: map[string]schema.Attribute{
			"invoke": schema.StringAttribute{
				MarkdownDescription: "Time for the whole action, waiting included, as a Go duration above zero. Default: `75m`.",
				Optional:            true,
				Validators:          []validator.String{tfutil.DurationAboveZero()},
			},
		},
	}
}

// repeatAfter is the time after which a state that has not changed is told again.
const repeatAfter = time.Minute

// progress tells a person how far an action is.
type progress struct {
	send func(action.InvokeProgressEvent)
	last string    // what a wait was told to be about
	told time.Time // when that was
}

// say sends a message.
func (p *progress) say(format string, args ...any) {
	p.send(action.InvokeProgressEvent{Message: fmt.Sprintf(format, args...)})
}

// waiting sends what is waited for, with the time left until ctx ends: each
// change immediately, and what has not changed once in repeatAfter.
func (p *progress) waiting(ctx context.Context, what string) {
	if what == p.last && time.Since(p.told) < repeatAfter {
		return
	}
	p.last, p.told = what, time.Now()
	deadline, _ := ctx.Deadline()
	p.say("%s Time left: %s.", what, tfutil.Rounded(time.Until(deadline)))
}
