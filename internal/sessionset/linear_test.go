package sessionset_test

import (
	"runtime"
	"testing"

	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// Ten times as many sessions cost ten times as much, in each operation. What
// grows with the square would cost a hundred times as much. Allocations are
// counted, because a busy machine does not change them.
func TestLinear(t *testing.T) { //nolint:paralleltest // others would allocate at the same time
	small, large := allocations(t, 200), allocations(t, 2000)
	for name := range small {
		if ratio := large[name] / small[name]; ratio > 12 {
			t.Errorf("%s of ten times as many sessions allocates %.1f times as much, want about 10", name, ratio)
		}
	}
}

// allocations returns how many bytes each operation of a set of n sessions
// allocates.
func allocations(t *testing.T, n int) map[string]float64 {
	t.Helper()
	sim := simulator.New(simulator.Config{})
	r := prototest.Configured(t, sim.Transport(), nil).NewResource(typeName)
	bytes := map[string]float64{}
	measure := func(name string, f func()) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		bytes[name] = float64(after.TotalAlloc - before.TotalAlloc)
	}
	one := config(numbered(n), prototest.Object{"deletion_policy": "abandon"})
	ids := numbered(n)
	ids["k00000"], ids["one-more"] = "user-other", "user-new"
	other := config(ids, prototest.Object{"deletion_policy": "abandon"})
	var plan *prototest.Plan
	measure("a validation", func() { r.Validate(one) })
	measure("a plan to create", func() { plan = r.Plan(t.Context(), one) })
	measure("a create", func() { r.Apply(t.Context(), plan) })
	measure("a refresh", func() { r.Refresh(t.Context()) })
	measure("an empty plan", func() { r.Plan(t.Context(), one) })
	measure("a plan to update", func() { plan = r.Plan(t.Context(), other) })
	measure("an update", func() { r.Apply(t.Context(), plan) })
	measure("a plan to destroy", func() { plan = r.Plan(t.Context(), nil) })
	measure("a destroy", func() { r.Apply(t.Context(), plan) })
	if r.Exists() || len(sim.Sessions()) != n+2 {
		t.Errorf("%d sessions were made, and the set exists: %t", len(sim.Sessions()), r.Exists())
	}
	return bytes
}
