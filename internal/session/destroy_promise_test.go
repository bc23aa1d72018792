package session_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// checkErasure checks what every destroy promises. Without a diagnostic it ends
// only after a SUCCESS of clear-data. With a warning it ends only if the API
// holds no face, or if the policy gave up. In all other cases the session stays
// in the state. checkErasure returns what is wrong, "" for nothing.
func checkErasure(sim *simulator.Simulator, before prototest.Object, r *prototest.Resource, diags prototest.Diagnostics) string {
	id, _ := before["signature_id"].(string)
	if r.Exists() {
		switch {
		case !diags.HasError():
			return "the session is still in the state without an error"
		case fmt.Sprint(r.Values()) != fmt.Sprint(before):
			return "a failing destroy changed the state"
		case !strings.Contains(diags.Errors().String(), id):
			return "the error does not name the session"
		}
		return ""
	}
	if diags.HasError() {
		return "the session left the state with an error"
	}
	seen, known := sim.Session(id)
	confirmed := slices.ContainsFunc(sim.Calls(), func(call simulator.Call) bool {
		return call.Operation == simulator.OpClear && call.SignatureID == id && call.Code == "SUCCESS"
	})
	has := func(summary string) bool { return strings.Contains(diags.Warnings().String(), summary) }
	switch {
	case has("Session Abandoned"):
		if before["deletion_policy"] != "abandon" {
			return "abandoned without being allowed to"
		}
	case has("Session Was Gone"):
		if known && seen.HoldsPersonalData {
			return "called gone while the API holds a face"
		}
	case !confirmed:
		return "called erased without a confirmation"
	case known && seen.State != simulator.StateCleared:
		return "called erased while it is " + seen.State
	}
	return ""
}

// sessionState is the state of a session that is to be erased.
type sessionState string

const (
	unfinished sessionState = "unfinished"
	passed     sessionState = "passed"
	gaveUp     sessionState = "gave up"
	blanked    sessionState = "blanked" // erased, and the API still shows the rest
	forgotten  sessionState = "forgotten"
)

// prepare brings a session into a state.
func (e env) prepare(t *testing.T, r *prototest.Resource, state sessionState) {
	t.Helper()
	switch state {
	case unfinished:
	case passed:
		e.finish(t, r, simulator.ResultPass)
	case gaveUp:
		e.finish(t, r, simulator.ResultIncomplete)
	case blanked:
		e.SetBehaviour(simulator.Behaviour{AfterClear: simulator.AfterClearBlanked, MessageDrift: e.Behaviour().MessageDrift})
		e.finish(t, r, simulator.ResultPass)
		e.erase(t, r)
	case forgotten:
		e.Forget(idOf(r))
	}
}

// Several things go wrong at the same time, in any order: the promise holds.
func TestDestroy_promiseHolds(t *testing.T) {
	t.Parallel()
	var faults []simulator.Fault
	for _, kind := range []string{
		"clear-not-exist", "clear-not-finished", "clear-empty", "parameter-error", "in-processing", "error", "unknown-code",
		"signature-not-exist", "service-busy", "retry-later", "iam-token", "reset", "cut-off", "timeout", "html-200", "http-503",
	} {
		faults = append(faults, simulator.Fault{Operation: simulator.OpClear, Kind: kind}, simulator.Fault{Operation: simulator.OpClear, Kind: kind, AfterEffect: true})
	}
	// get-result may fail or say too little, but its "not known" is true.
	for _, kind := range []string{"error", "no-data", "data-empty", "data-array", "unknown-code", "reset", "timeout", "not-json", "service-busy"} {
		faults = append(faults, simulator.Fault{Operation: simulator.OpResult, Kind: kind})
	}
	rapid.Check(t, func(rt *rapid.T) {
		state := rapid.SampledFrom([]sessionState{unfinished, passed, gaveUp, blanked, forgotten}).Draw(rt, "state")
		policy := rapid.SampledFrom([]string{"wait", "fail", "abandon"}).Draw(rt, "policy")
		behaviour := simulator.Behaviour{
			AfterClear:       rapid.SampledFrom([]string{simulator.AfterClearNotExist, simulator.AfterClearBlanked, simulator.AfterClearSuccess}).Draw(rt, "after clear"),
			Pending:          rapid.SampledFrom([]string{simulator.PendingIncomplete, simulator.PendingNullData, simulator.PendingNullResult}).Draw(rt, "pending"),
			MessageDrift:     rapid.Bool().Draw(rt, "drift"),
			ProcessingWindow: rapid.SampledFrom([]simulator.Seconds{0, 0, 20}).Draw(rt, "processing"),
		}
		injected := rapid.SliceOfN(rapid.SampledFrom(faults), 0, 6).Draw(rt, "faults")
		finishAfter := rapid.SampledFrom([]time.Duration{0, time.Minute}).Draw(rt, "finish after")
		var broken string
		withFakeTime(t, func(t *testing.T, e env) {
			r := e.refreshed(t, minimal(prototest.Object{"deletion_policy": policy, "timeouts": prototest.Object{"delete": "10m"}}))
			e.prepare(t, r, state)
			e.SetBehaviour(behaviour)
			e.inject(t, injected...)
			if finishAfter > 0 {
				time.AfterFunc(finishAfter, func() {
					_ = e.Finish(idOf(r), simulator.Outcome{Result: simulator.ResultPass}) // It may have finished before.
				})
			}
			before := r.Values()
			diags := r.Destroy(t.Context())
			if broken = checkErasure(e.Simulator, before, r, diags); broken != "" {
				broken += "; got:\n" + diags.String()
			}
		})
		if broken != "" {
			rt.Fatal(broken)
		}
	})
}

// Whatever clear-data and get-result answer, once or always, the promise of a
// destroy holds and it comes to an end.
func TestDestroy_survivesEveryAnswer(t *testing.T) {
	t.Parallel()
	for _, kind := range simulator.FaultKinds() {
		// Without an effect these kinds say SUCCESS although nothing was erased.
		falseResponses := slices.Contains([]string{"no-data", "data-empty", "data-wrong-type", "data-array"}, kind.Kind)
		if kind.Kind == "envelope" || falseResponses || !slices.Contains(kind.Operations, simulator.OpClear) {
			continue
		}
		t.Run(kind.Kind, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				for _, test := range []struct {
					state  sessionState
					policy string
					fault  simulator.Fault
				}{
					{unfinished, "wait", simulator.Fault{}},
					{unfinished, "wait", simulator.Fault{Count: -1}},
					{unfinished, "fail", simulator.Fault{Count: -1}},
					{unfinished, "abandon", simulator.Fault{Count: -1}},
					{passed, "wait", simulator.Fault{}},
					{passed, "wait", simulator.Fault{AfterEffect: true}},
					{passed, "wait", simulator.Fault{Count: -1}},
					{passed, "wait", simulator.Fault{Count: -1, AfterEffect: true}},
					{forgotten, "wait", simulator.Fault{}},
				} {
					if kind.Kind == "huge" && (test.fault.Count != 0 || test.fault.AfterEffect || test.state != passed) {
						continue // 32 MiB of answer each
					}
					r := e.create(t, minimal(prototest.Object{"deletion_policy": test.policy, "timeouts": prototest.Object{"delete": "2m"}}))
					e.prepare(t, r, test.state)
					test.fault.Operation, test.fault.Kind = simulator.OpClear, kind.Kind
					e.inject(t, test.fault)
					started := time.Now()
					destroy(t, e, r)
					e.ClearFaults()
					if took := time.Since(started); took > 2*time.Minute {
						t.Errorf("took %s, want an end by timeouts.delete", took)
					}
					if t.Failed() {
						t.Fatalf("that was with a session that is %s, policy %q and %+v", test.state, test.policy, test.fault)
					}
				}
			})
		})
	}
}
