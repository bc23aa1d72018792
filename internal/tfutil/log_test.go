package tfutil

import (
	"bytes"
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
)

func TestLogAttempt(t *testing.T) {
	t.Parallel()

	var out bytes.Buffer
	ctx := tflogtest.RootLogger(t.Context(), &out)
	LogAttempt(ctx, advance.Attempt{
		Operation: advance.OpGetResult, Number: 1, Class: "throttled", Code: "SERVICE_BUSY", TransactionID: "0123456789abcdef",
		HTTPStatus: 429, Duration: 300 * time.Millisecond, RetryAfter: new(10 * time.Second),
		BlockedUntil: time.Date(2026, 11, 23, 12, 0, 10, 500_000_000, time.UTC),
	})
	LogAttempt(ctx, advance.Attempt{Operation: advance.OpGetResult, Number: 2, Class: "ambiguous", TransportErr: "connection reset"})
	got, err := tflogtest.MultilineJSONDecode(&out)
	if err != nil {
		t.Fatal(err)
	}
	line := func(more map[string]any) map[string]any {
		fields := map[string]any{
			"@level": "debug", "@message": "ADVANCE.AI API call", "@module": "provider", "operation": "get-result",
			"code": "", "transaction_id": "", "http_status": 0.0, "duration_ms": 0.0, "transport_error": "",
		}
		maps.Copy(fields, more)
		return fields
	}
	want := []map[string]any{
		line(map[string]any{
			"attempt": 1.0, "class": "throttled", "code": "SERVICE_BUSY", "transaction_id": "0123456789abcdef",
			"http_status": 429.0, "duration_ms": 300.0, "retry_after": "10s", "blocked_until": "2026-11-23T12:00:10.5Z",
		}),
		line(map[string]any{"attempt": 2.0, "class": "ambiguous", "transport_error": "connection reset"}),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}
