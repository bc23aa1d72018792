package main

import (
	"testing"
	"testing/synctest"
	"time"
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
