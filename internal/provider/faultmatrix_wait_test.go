package provider_test

import (
	"context"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// outlived reports whether a wait goes on while the fault lasts.
func (r faultRow) outlived() bool {
	return r.cell(inResult).ends == endsWell || slices.ContainsFunc([]faultClass{faultNotSent, faultThrottled, faultLost},
		func(class faultClass) bool { return reflect.DeepEqual(r.class, class) })
}

// waits are the operations that wait for an unfinished session.
var waits = map[string]func(context.Context, *prototest.Server, *prototest.Resource) prototest.Diagnostics{
	"destroy": func(ctx context.Context, _ *prototest.Server, r *prototest.Resource) prototest.Diagnostics {
		return r.Destroy(ctx)
	},
	"data source": func(ctx context.Context, s *prototest.Server, r *prototest.Resource) prototest.Diagnostics {
		_, diags := s.ReadDataSource(ctx, "advance_liveness_result", prototest.Object{
			"signature_id": r.Values()["signature_id"], "wait_for_completion": true,
		})
		return diags
	},
}

// A wait outlives each fault that a call is retried for. Each other fault ends it
// with an error immediately.
func TestFaultMatrix_wait(t *testing.T) {
	t.Parallel()
	for _, group := range faultMatrix {
		for _, row := range group.rows {
			if row.cell(inResult).tries == askedTwice {
				continue // clear-data decides.
			}
			for _, kind := range slices.DeleteFunc(slices.Clone(row.kinds), func(kind string) bool { return !inResult.meets(kind) }) {
				for name := range waits {
					t.Run(strings.ReplaceAll(row.what, "/", "-")+"/"+kind+"/"+name, func(t *testing.T) {
						t.Parallel()
						file := filepath.Join(t.TempDir(), "audit.jsonl")
						synctest.Test(t, func(t *testing.T) { row.testWait(t, kind, name, file) })
					})
				}
			}
		}
	}
}

// testWait waits for an unfinished session. From minute 5 to minute 15 the fault
// occurs in get-result, and in minute 20 the session passes.
func (r faultRow) testWait(t *testing.T, kind, wait, file string) {
	t.Helper()
	sim := simulator.New(simulator.Config{})
	network := &faultyNetwork{next: sim.Transport(), sent: map[string]int{}}
	server := prototest.Configured(t, network, prototest.Object{"audit_log": file})
	resource := server.NewResource(typeName)
	if diags := resource.Configure(t.Context(), with(faultConfig, prototest.Object{"user_id": "secret-user"})); diags.HasError() {
		t.Fatal(diags)
	}
	id := text(resource.Values()["signature_id"])
	time.AfterFunc(5*time.Minute, func() {
		faultRun{column: inResult, row: r, kind: kind, lasts: true}.inject(t, sim, network)
	})
	time.AfterFunc(15*time.Minute, func() {
		sim.ClearFaults()
		network.clear()
	})
	time.AfterFunc(20*time.Minute, func() { _ = sim.Finish(id, simulator.Outcome{Result: simulator.ResultPass}) })

	started := time.Now()
	diags := waits[wait](t.Context(), server, resource)
	took := time.Since(started)
	switch outlived := r.outlived(); {
	case outlived && (diags.HasError() || took < 20*time.Minute):
		t.Errorf("it took %s, want it to end well after 20m, got:\n%s", took, diags)
	case !outlived && (!diags.HasError() || took > 6*time.Minute):
		t.Errorf("it took %s, want an error in minute 5, got:\n%s", took, diags)
	}
	time.Sleep(20 * time.Minute) // for the timers
}
