package prototest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// WantText fails unless s has each of the fragments.
func WantText(t *testing.T, s string, fragments ...string) {
	t.Helper()
	for _, fragment := range fragments {
		if !strings.Contains(s, fragment) {
			t.Errorf("want %q in:\n%s", fragment, s)
		}
	}
}

// WantNothing fails on any diagnostic.
func WantNothing(t *testing.T, diags Diagnostics) {
	t.Helper()
	if len(diags) > 0 {
		t.Fatalf("want no diagnostics, got:\n%s", diags)
	}
}

// WantError fails unless there is one error, with these fragments.
func WantError(t *testing.T, diags Diagnostics, fragments ...string) {
	t.Helper()
	if len(diags.Errors()) != 1 {
		t.Fatalf("want one error, got %d:\n%s", len(diags.Errors()), diags)
	}
	WantText(t, diags.Errors().String(), fragments...)
}

// WantWarning fails unless there is one warning, with these fragments, and no
// error.
func WantWarning(t *testing.T, diags Diagnostics, fragments ...string) {
	t.Helper()
	if len(diags) != 1 || len(diags.Warnings()) != 1 {
		t.Fatalf("want one warning and nothing else, got:\n%s", diags)
	}
	WantText(t, diags.String(), fragments...)
}

// WantEmptyPlan fails unless a configuration changes nothing, silently.
func WantEmptyPlan(t *testing.T, r *Resource, config Object) {
	t.Helper()
	plan := r.Plan(t.Context(), config)
	WantNothing(t, plan.Diagnostics)
	if !plan.IsEmpty(r) {
		t.Errorf("want an empty plan, got one that replaces for %q (-state +planned):\n%s", plan.RequiresReplace, cmp.Diff(r.State.String(), plan.Planned.String()))
	}
}
