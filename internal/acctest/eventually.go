package acctest

import (
	"context"
	"testing"
	"time"
)

// Eventually waits until a process that runs on its own has reached a state, and
// fails the test if it has not after a minute.
func Eventually(t testing.TB, what string, reached func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !reached() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("waiting for %s: %v", what, context.Cause(ctx))
		}
	}
}
