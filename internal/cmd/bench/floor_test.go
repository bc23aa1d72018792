package main

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/advance-community/terraform-provider-advance/internal/acctest"
	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

func TestFloor_latency(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		const latency = 50 * time.Millisecond
		f := newFloor(latency)
		for i, want := range []time.Duration{2 * latency, latency, latency} { // the token comes before the first one
			started := time.Now()
			f.call()
			if got := time.Since(started); got != want {
				t.Errorf("call %d took %v, want %v", i+1, got, want)
			}
		}
	})
}

// TestFloor_resources compares the floor with the provider: what it does not
// have costs nothing.
func TestFloor_resources(t *testing.T) {
	t.Parallel()

	f := newFloor(0)
	if got, want := len(f.Resources(t.Context())), len(f.Provider.Resources(t.Context())); got != want {
		t.Errorf("%d resources, want %d", got, want)
	}
	if got := len(f.DataSources(t.Context())); got != 0 {
		t.Errorf("%d data sources, want none", got)
	}
}

// TestFloor_state compares what Terraform keeps of a resource of the floor with
// what it keeps of a real session.
func TestFloor_state(t *testing.T) {
	t.Parallel()

	server := prototest.Configured(t, simulator.New(simulator.Config{}).Transport(), prototest.Object{"endpoint": "http://127.0.0.1:43210"})
	session := server.NewResource("advance_liveness_session")
	plan := session.Plan(t.Context(), acctest.RequiredArguments(nil))
	if diags := session.Apply(t.Context(), plan); len(diags) > 0 {
		t.Fatalf("creating a real session: %s", diags)
	}
	state, private := createFloor(t, session.TypeName, plan.Planned)

	values := session.Values()
	for name, v := range state {
		text, ok := values[name].(string)
		if !ok {
			continue
		}
		var got string
		if err := v.As(&got); err != nil {
			t.Fatal(err)
		}
		if len(got) != len(text) {
			t.Errorf("%s has %d characters, want %d, those of %q", name, len(got), len(text), text)
		}
	}
	if len(private) != len(session.Private) {
		t.Errorf("private state of %d bytes, want %d", len(private), len(session.Private))
	}
}

// createFloor has the floor create a resource, and returns its attributes and
// its private state.
func createFloor(t *testing.T, typeName string, planned tftypes.Value) (state map[string]tftypes.Value, private []byte) {
	t.Helper()
	after, err := tfprotov6.NewDynamicValue(planned.Type(), planned)
	if err != nil {
		t.Fatal(err)
	}
	null, err := tfprotov6.NewDynamicValue(planned.Type(), tftypes.NewValue(planned.Type(), nil))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := providerserver.NewProtocol6(newFloor(0))().ApplyResourceChange(t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: typeName, PriorState: &null, PlannedState: &after, Config: &after,
	})
	if err != nil || len(resp.Diagnostics) > 0 {
		t.Fatalf("error %v, diagnostics %s", err, prototest.Diagnostics(resp.Diagnostics))
	}
	value, err := resp.NewState.Unmarshal(planned.Type())
	if err == nil {
		err = value.As(&state)
	}
	if err != nil {
		t.Fatal(err)
	}
	return state, resp.Private
}
