// Package tfutil holds what the packages of the provider share: the client that
// Configure passes on, the diagnostics of the API's errors, and validators.
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

// ProviderData is passed by the provider to the Configure method of each
// resource and data source.
type ProviderData struct {
	// Client is nil while an argument of the provider block is unknown.
	Client *advance.Client

	// Origin is the endpoint and the account of Client.
	Origin Origin

	// Audit is the audit log, nil where there is none.
	Audit *audit.Log

	// Unknown are the names of the arguments of the provider block that are
	// not known yet, because they come from a resource that does not exist
	// yet.
	Unknown []string
}

// Origin is the endpoint and the account that made a session. "Not known" from
// any other proves nothing about the session.
type Origin struct {
	Endpoint string `json:"endpoint"`

	// AccessKey is a fingerprint of the access key, empty for a token that
	// was minted elsewhere.
	AccessKey string `json:"access_key_fingerprint,omitempty"`
}

// Fingerprint returns 16 hexadecimal digits that stand for an access key, and
// from which it cannot be found out. Of an empty key it is empty.
func Fingerprint(accessKey string) string {
	if accessKey == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(accessKey))
	return hex.EncodeToString(sum[:8])
}

// FromProviderData returns the provider's data in a Configure method. It returns
// nil without an error if the provider is not configured, as in validate.
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

// Record writes an event to the audit log. A failure is a warning, because what
// happened is not undone by it.
func (d *ProviderData) Record(e audit.Event, diags *diag.Diagnostics) {
	if err := d.Audit.Append(e); err != nil {
		diags.AddWarning("Unable to Write Audit Log", fmt.Sprintf(
			"The event %s of session %s is missing from the audit log: %v. What happened is not undone by that. Note the session's id from here, fix the file, and check that nothing else is missing.",
			e.Kind, e.SignatureID, err))
	}
}

// UnknownArguments returns the error that says why the API can't be called yet.
// what is the subject of its first sentence, such as "The data source"; remedy
// is its last sentence.
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
