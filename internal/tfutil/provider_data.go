// Package tfutil holds what the packages of the provider share: the client that
// Configure passes on, the wait for a result, the diagnostics of the API's
// errors, and validators.
package tfutil

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/audit"
	"github.com/advance-community/terraform-provider-advance/internal/erase"
)

// ProviderData is passed by the provider to the Configure method of each
// resource, data source and action.
type ProviderData struct {
	// Client is nil while an argument of the provider block is unknown.
	Client *advance.Client

	// Audit is the audit log, nil where there is none.
	Audit *audit.Log

	// Unknown are the names of the arguments of the provider block that are
	// not known yet, because they come from a resource that does not exist
	// yet.
	Unknown []string
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

// Origin returns the endpoint and the account of Client. The account is known
// after a call, at the earliest.
func (d *ProviderData) Origin() erase.Origin { return erase.OriginOf(d.Client) }

// SummaryAuditLog is the summary of the warning that events are missing from the
// audit log.
const SummaryAuditLog = "Unable to Write Audit Log"

// Append writes an event to the audit log, with the account of Client.
func (d *ProviderData) Append(e audit.Event) error {
	e.Account = d.Client.Account()
	return d.Audit.Append(e)
}

// Record is Append whose failure is a warning, because what happened is not
// undone by it.
func (d *ProviderData) Record(e audit.Event, diags *diag.Diagnostics) {
	if err := d.Append(e); err != nil {
		diags.AddWarning(SummaryAuditLog, fmt.Sprintf(
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

// CallableClient returns Client for what must call the API now. If it cannot,
// it returns nil and an error: that of UnknownArguments, or one of a bug if d is
// nil.
func (d *ProviderData) CallableClient(what, remedy string, diags *diag.Diagnostics) *advance.Client {
	switch {
	case d == nil:
		diags.AddError("Unconfigured Provider", "The provider has not been configured. This is always a bug in the provider, please report it.")
		return nil
	case d.Client == nil:
		diags.Append(d.UnknownArguments(what, remedy))
		return nil
	default:
		return d.Client
	}
}

func quotedList(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = fmt.Sprintf("%q", n)
	}
	return strings.Join(quoted, ", ")
}
