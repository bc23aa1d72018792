package session_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// listedIDs returns the signature ids of a list.
func listedIDs(listed []prototest.Listed) (ids []string) {
	for _, l := range listed {
		id, _ := l.Identity["signature_id"].(string)
		ids = append(ids, id)
	}
	return ids
}

// Sessions that were never erased are listed, with or without the state, and
// without a call.
func TestList_open(t *testing.T) {
	t.Parallel()
	audited(t, func(t *testing.T, e env, log string) {
		kept, erased := e.create(t, minimal(prototest.Object{"biz_id": "order-1"})), e.create(t, minimal(nil))
		e.finish(t, erased, simulator.ResultPass)
		id := idOf(erased)
		prototest.WantNothing(t, destroy(t, e, erased))
		calls := e.total()

		for name, test := range map[string]struct {
			server *prototest.Server
			config prototest.Object
			want   []string
		}{
			"the provider's log, open by default": {e.server, nil, []string{idOf(kept)}},
			"all":                                 {e.server, prototest.Object{"open": false}, []string{idOf(kept), id}},
			"another log":                         {e.another(t, nil), prototest.Object{"audit_log": log, "open": true}, []string{idOf(kept)}},
			"an unknown provider":                 {e.another(t, prototest.Object{"endpoint": prototest.Unknown}), prototest.Object{"audit_log": log}, []string{idOf(kept)}},
		} {
			listed, diags := test.server.List(t.Context(), typeName, test.config, false, 0)
			prototest.WantNothing(t, diags)
			if diff := cmp.Diff(test.want, listedIDs(listed)); diff != "" {
				t.Errorf("%s: ids (-want +got):\n%s", name, diff)
			}
			want := idOf(kept) + ", biz_id order-1, created 2000-01-01T00:00:00Z"
			if len(listed) > 0 && listed[0].DisplayName != want {
				t.Errorf("%s: display name %q, want %q", name, listed[0].DisplayName, want)
			}
		}
		if n := e.total() - calls; n != 0 {
			t.Errorf("listing made %d calls", n)
		}
	})
}

// With the resource object a session is what an import reads. One that the API
// does not know is still listed.
func TestList_includeResource(t *testing.T) {
	t.Parallel()
	audited(t, func(t *testing.T, e env, _ string) {
		made := e.create(t, full(nil))
		imported := e.imported(t)
		forgotten := e.create(t, minimal(nil))
		e.Forget(idOf(forgotten))

		listed, diags := e.server.List(t.Context(), typeName, nil, true, 0)
		prototest.WantWarning(t, diags, "Unable to Read Listed Session", idOf(forgotten))
		if diff := cmp.Diff([]string{idOf(made), idOf(forgotten)}, listedIDs(listed)); diff != "" {
			t.Fatalf("ids (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(imported.Values(), listed[0].Resource); diff != "" {
			t.Errorf("resource (-imported +listed):\n%s", diff)
		}
	})
}

func TestList_errors(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		for want, config := range map[string]prototest.Object{
			"No Audit Log to List":     nil,
			"Unable to Read Audit Log": {"audit_log": filepath.Join(t.TempDir(), "missing.jsonl")},
		} {
			listed, diags := e.server.List(t.Context(), typeName, config, false, 0)
			prototest.WantError(t, diags, want)
			if len(listed) > 0 {
				t.Errorf("%s: %d sessions are listed", want, len(listed))
			}
		}
		_, diags := e.another(t, prototest.Object{"endpoint": prototest.Unknown}).List(t.Context(), typeName, nil, true, 0)
		prototest.WantError(t, diags, "Provider Configuration Not Known Yet")
	})
}

// A log of ten thousand events is listed in little time, a torn line is told,
// and a limit is kept.
func TestList_thousands(t *testing.T) {
	t.Parallel()
	log := filepath.Join(t.TempDir(), "audit.jsonl")
	var content strings.Builder
	var open []string
	for i := range 5150 {
		id := fmt.Sprintf("%016x", i)
		line := func(event string) {
			fmt.Fprintf(&content, `{"time":"2026-03-01T10:00:00Z","event":%q,"signature_id":%q,"endpoint":"http://127.0.0.1","provider_version":"1.2.3"}`+"\n", event, id)
		}
		line("session_created")
		if i%17 == 0 && len(open) < 300 {
			open = append(open, id)
			continue
		}
		line("data_cleared")
	}
	content.WriteString(`{"time":"2026-03-01T10`)
	if err := os.WriteFile(log, []byte(content.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	server := prototest.Configured(t, simulator.New(simulator.Config{}).Transport(), prototest.Object{"audit_log": log})
	started := time.Now()
	listed, diags := server.List(t.Context(), typeName, nil, false, 0)
	if took := time.Since(started); took > 2*time.Second {
		t.Errorf("took %s", took)
	}
	prototest.WantWarning(t, diags, "Unreadable Lines in Audit Log", "1 lines")
	if got := listedIDs(listed); !slices.Equal(got, open) {
		t.Errorf("%d sessions are listed, want the %d open ones", len(got), len(open))
	}
	if listed, _ := server.List(t.Context(), typeName, nil, false, 7); !slices.Equal(listedIDs(listed), open[:7]) {
		t.Errorf("with a limit of 7: %v", listedIDs(listed))
	}
}
