// Package sessionargs has what advance_liveness_session and
// advance_liveness_session_set have in common as resources: the arguments that a
// session is made with, their checks, and the refusals that name one of them.
package sessionargs

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
)

// Arguments are the arguments that sessions are made with, all but those that
// differ from session to session. They are embedded in a model.
type Arguments struct {
	ReturnURL            types.String `tfsdk:"return_url"`
	FailReturnURL        types.String `tfsdk:"fail_return_url"`
	Region               types.String `tfsdk:"region"`
	CallbackURL          types.String `tfsdk:"callback_url"`
	CallbackURLWO        types.String `tfsdk:"callback_url_wo"` // null except in a configuration
	CallbackURLWOVersion types.Int64  `tfsdk:"callback_url_wo_version"`
	Language             types.String `tfsdk:"language"`
	PrefersColorScheme   types.String `tfsdk:"prefers_color_scheme"`
	BizCode              types.String `tfsdk:"biz_code"`
	IframeEnabled        types.Bool   `tfsdk:"iframe_enabled"`
	ProductLevel         types.String `tfsdk:"product_level"`
	LivenessType         types.String `tfsdk:"liveness_type"`
}

// Request returns the request of one session. The write-only argument comes from
// the configuration.
func (a *Arguments) Request(userID, bizID string) advance.SessionRequest {
	callback := a.CallbackURL
	if callback.IsNull() {
		callback = a.CallbackURLWO
	}
	return advance.SessionRequest{
		ReturnURL:          a.ReturnURL.ValueString(),
		FailReturnURL:      a.FailReturnURL.ValueString(),
		CallbackURL:        callback.ValueStringPointer(),
		BizID:              bizID,
		UserID:             userID,
		Region:             a.Region.ValueString(),
		Language:           a.Language.ValueStringPointer(),
		PrefersColorScheme: a.PrefersColorScheme.ValueStringPointer(),
		BizCode:            a.BizCode.ValueStringPointer(),
		IframeEnabled:      a.IframeEnabled.ValueBoolPointer(),
		ProductLevel:       a.ProductLevel.ValueStringPointer(),
		LivenessType:       a.LivenessType.ValueStringPointer(),
	}
}

// Confidential returns what must not be quoted of a session with this user id
// and this link.
func (a *Arguments) Confidential(userID, link string) []string {
	return []string{userID, a.ReturnURL.ValueString(), a.FailReturnURL.ValueString(), a.CallbackURL.ValueString(), link}
}

// FormatExpiry returns the time at which a link expires as the state has it.
func FormatExpiry(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Expiry returns the time that [FormatExpiry] wrote, zero if it is not known.
func Expiry(s string) time.Time {
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}
	}
	return at
}
