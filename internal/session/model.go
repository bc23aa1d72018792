package session

import (
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/erase"
	"github.com/advance-community/terraform-provider-advance/internal/sessionargs"
)

// model is the resource's configuration, plan or state.
type model struct {
	sessionargs.Arguments

	UserID           types.String   `tfsdk:"user_id"`
	BizID            types.String   `tfsdk:"biz_id"`
	DeletionPolicy   types.String   `tfsdk:"deletion_policy"`
	RenewWhenExpired types.Bool     `tfsdk:"renew_when_expired"`
	Timeouts         timeouts.Value `tfsdk:"timeouts"`
	ID               types.String   `tfsdk:"id"`
	SignatureID      types.String   `tfsdk:"signature_id"`
	URL              types.String   `tfsdk:"url"`
	ExpiresAt        types.String   `tfsdk:"expires_at"`
	TransactionID    types.String   `tfsdk:"transaction_id"`
}

// toRequest returns the request of a plan, to which the write-only arguments were
// added from the configuration. If biz_id was left out, toRequest
// sets it to a random UUID, which stays with the session.
func (m *model) toRequest() advance.SessionRequest {
	if m.BizID.IsUnknown() || m.BizID.IsNull() {
		m.BizID = types.StringValue(uuid.NewString())
	}
	return m.Request(m.UserID.ValueString(), m.BizID.ValueString())
}

// fromSession sets what the API answered to generate-url.
func (m *model) fromSession(s *advance.Session) {
	m.ID = types.StringValue(s.SignatureID)
	m.SignatureID = types.StringValue(s.SignatureID)
	m.URL = textOrNull(s.URL)
	m.ExpiresAt = types.StringValue(sessionargs.FormatExpiry(s.ExpiresAt))
	m.TransactionID = textOrNull(s.TransactionID)
}

// isEmptyEcho reports whether an echo has no parameter of the request that made
// the session.
func isEmptyEcho(p *advance.InputParameters) bool {
	return p == nil || *p == advance.InputParameters{IgnoreFailWhenJump: p.IgnoreFailWhenJump}
}

// fromEcho sets the arguments of an imported session to what the API echoes of
// its request. What it does not echo is null.
func (m *model) fromEcho(p *advance.InputParameters) {
	m.ReturnURL = types.StringPointerValue(p.ReturnURL)
	m.FailReturnURL = types.StringPointerValue(p.FailReturnURL)
	m.UserID = types.StringPointerValue(p.UserID)
	m.Region = types.StringPointerValue(p.Region)
	m.BizID = types.StringPointerValue(p.BizID)
	m.CallbackURL = types.StringPointerValue(p.CallbackURL)
	m.Language = types.StringPointerValue(p.Language)
	m.PrefersColorScheme = types.StringPointerValue(p.PrefersColorScheme)
	m.BizCode = types.StringPointerValue(p.BizCode)
	m.IframeEnabled = types.BoolPointerValue(p.IframeEnabled)
	m.ProductLevel = types.StringPointerValue(p.ProductLevel)
	m.LivenessType = types.StringPointerValue(p.LivenessType)
	m.DeletionPolicy = types.StringValue(string(erase.PolicyWait))
	m.RenewWhenExpired = types.BoolValue(false)
}

// confidential returns what must not be quoted of a session.
func (m *model) confidential() []string {
	return m.Confidential(m.UserID.ValueString(), m.URL.ValueString())
}

// expiry returns when the link expires, zero if that is not known.
func (m *model) expiry() time.Time { return sessionargs.Expiry(m.ExpiresAt.ValueString()) }

func textOrNull(s string) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(s)
}
