package sessionset

import (
	"fmt"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/advance-community/terraform-provider-advance/internal/audit"
	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

// auditLog writes events of sessions side by side, and warns once of those that
// could not be written.
type auditLog struct {
	data *tfutil.ProviderData

	mu      sync.Mutex
	missing []string
	err     error // of the first of missing
}

func (l *auditLog) record(e audit.Event) {
	err := l.data.Append(e)
	if err == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.missing = append(l.missing, fmt.Sprintf("%s of %s", e.Kind, e.SignatureID))
	if l.err == nil {
		l.err = err
	}
}

// warn adds a warning, if an event is missing.
func (l *auditLog) warn(diags *diag.Diagnostics) {
	if l.err == nil {
		return
	}
	diags.AddWarning(tfutil.SummaryAuditLog, fmt.Sprintf(
		"%d events are missing from the audit log: %v. What happened is not undone by that. Note the ids of the sessions from here, fix the file, and check that nothing else is missing.\n\nThe events: %s.",
		len(l.missing), l.err, strings.Join(l.missing, ", ")))
}
