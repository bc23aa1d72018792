package prototest

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Diagnostics are the diagnostics of one or more responses.
type Diagnostics []*tfprotov6.Diagnostic

// HasError reports whether there is an error.
func (d Diagnostics) HasError() bool { return len(d.Errors()) > 0 }

// Errors returns the errors.
func (d Diagnostics) Errors() Diagnostics { return d.of(tfprotov6.DiagnosticSeverityError) }

// Warnings returns the warnings.
func (d Diagnostics) Warnings() Diagnostics { return d.of(tfprotov6.DiagnosticSeverityWarning) }

func (d Diagnostics) of(severity tfprotov6.DiagnosticSeverity) Diagnostics {
	var found Diagnostics
	for _, one := range d {
		if one.Severity == severity {
			found = append(found, one)
		}
	}
	return found
}

// String returns everything that a user reads.
func (d Diagnostics) String() string {
	var b strings.Builder
	for _, one := range d {
		fmt.Fprintf(&b, "%s: %s", one.Severity, one.Summary)
		if one.Attribute != nil {
			fmt.Fprintf(&b, " (at %s)", one.Attribute)
		}
		fmt.Fprintf(&b, "\n%s\n\n", one.Detail)
	}
	return b.String()
}
