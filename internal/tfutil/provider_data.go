// Package tfutil holds the few things that the provider's rooms share: the
// client that Configure hands on, the way from the API's errors to
// diagnostics, and validators.
package tfutil

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/audit"
)

// ProviderData is what the provider hands to each kind in Configure.
type ProviderData struct {
	// Client is nil while an argument of the provider block is unknown.
	Client *advance.Client

	// Origin says where and as whom Client calls.
	Origin Origin

	// Audit is the audit log, nil where there is none.
	Audit *audit.Log

	// Unknown names the arguments of the provider block that are not known
	// yet because they come from a resource that is still to be created.
	Unknown []string
}

// Origin is where a session was made, and by which account. "Not known" from
// anywhere else proves nothing about a session.
type Origin struct {
	Endpoint string `json:"endpoint"`

	// AccessKey is a fingerprint of the access key, empty for a token that
	// was minted elsewhere.
	AccessKey string `json:"access_key_fingerprint,omitempty"`
}

// Fingerprint tells access keys apart without keeping one.
func Fingerprint(accessKey string) string {
	if accessKey == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(accessKey))
	return hex.EncodeToString(sum[:8])
}

// FromProviderData is every Configure's way to the client. It gives nil
// without an error where the provider has not been configured, as in validate.
func FromProviderData(data any, diags *diag.Diagnostics) *ProviderData {
	if data == nil {
		return nil
	}
	d, ok := data.(*ProviderData)
	if !ok {
		diags.AddError("Unexpected Provider Data",
			fmt.Sprintf("Expected %T, got %T. This is always a bug in the provider, please report it.", d, data))
		return nil
	}
	return d
}

// Record writes an event to the audit log. Failing that undoes nothing of what
// happened, so it is a warning.
func (d *ProviderData) Record(e audit.Event, diags *diag.Diagnostics) {
	if err := d.Audit.Append(e); err != nil {
		diags.AddWarning("Unable to Write Audit Log", fmt.Sprintf(
			"The event %s of session %s is missing from the audit log: %v. What happened is not undone by that. Note the session's id from here, mend the file, and see that nothing else is missing.",
			e.Kind, e.SignatureID, err))
	}
}

// UnknownArguments explains why what (a sentence's subject, such as "The data
// source") can't call the API yet, and what helps.
func (d *ProviderData) UnknownArguments(what, remedy string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Provider Configuration Not Known Yet", fmt.Sprintf(
		"%s would have to call the ADVANCE.AI API now, but the provider block's %s will only be known after another resource has been applied.\n\n%s",
		what, quotedList(d.Unknown), remedy))
}

func quotedList(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = fmt.Sprintf("%q", n)
	}
	return strings.Join(quoted, ", ")
}
