package tfutil

import (
	"context"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
)

// LogAttempt writes one line for each HTTP exchange. An attempt holds nothing
// confidential; the URL, the bodies and the headers never get here.
func LogAttempt(ctx context.Context, a advance.Attempt) {
	tflog.Debug(ctx, "ADVANCE.AI API call", map[string]any{
		"operation":      string(a.Operation),
		"attempt":        a.Number,
		"code":           a.Code,
		"transaction_id": a.TransactionID,
		"http_status":    a.HTTPStatus,
		"duration_ms":    a.Duration.Milliseconds(),
		"fault":          a.TransportErr,
	})
}
