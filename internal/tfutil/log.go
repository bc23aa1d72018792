package tfutil

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
)

// LogAttempt writes one line for each attempt of a call. An attempt holds
// nothing confidential; the URL, the bodies and the headers never get here.
func LogAttempt(ctx context.Context, a advance.Attempt) {
	fields := map[string]any{
		"operation":       string(a.Operation),
		"attempt":         a.Number,
		"class":           a.Class,
		"code":            a.Code,
		"transaction_id":  a.TransactionID,
		"http_status":     a.HTTPStatus,
		"duration_ms":     a.Duration.Milliseconds(),
		"transport_error": a.TransportErr,
	}
	if a.RetryAfter != nil {
		fields["retry_after"] = a.RetryAfter.String()
	}
	if !a.BlockedUntil.IsZero() {
		fields["blocked_until"] = a.BlockedUntil.UTC().Format(time.RFC3339Nano)
	}
	tflog.Debug(ctx, "ADVANCE.AI API call", fields)
}
