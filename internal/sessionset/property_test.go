package sessionset_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// lifeGroups is how many groups of sequences run side by side. Each runs as many
// as -rapid.checks says, 100 by default.
const lifeGroups = 2

// Whatever happens to a set, no id is lost, no session is made twice, and none is
// claimed as erased that is not.
//
// For 2,000 sequences run it with -rapid.checks=1000. A failure prints its seed
// and the shortest sequence that fails in the same way.
func TestLife(t *testing.T) {
	t.Parallel()
	for i := range lifeGroups {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			log := filepath.Join(t.TempDir(), "audit.jsonl")
			rapid.Check(t, func(rt *rapid.T) {
				rapid.SyncTest(rt, func(rt *rapid.T) {
					if err := os.WriteFile(log, nil, 0o600); err != nil {
						rt.Fatal(err)
					}
					newLife(t, rt, log).run()
				})
			})
		})
	}
}

// life is a random sequence of events for one set, and checks what must be true
// after each.
type life struct {
	*rapid.T
	tb testing.TB // the same, as prototest takes it

	// The APIs of two accounts. Neither knows the sessions of the other.
	apis [2]*simulator.Simulator
	at   int // index in apis of the one that the provider is configured for

	server *prototest.Server
	r      *prototest.Resource
	config prototest.Object

	// settled: the configuration was applied, and nothing has happened since
	// that a plan may see.
	settled bool

	path   string // of the audit log
	log    *os.File
	events map[string][]string // in the audit log, by signature id
}

func newLife(t *testing.T, rt *rapid.T, log string) *life {
	l := &life{
		T: rt, tb: sequence{t, rt}, path: log, events: map[string][]string{},
		config: config(users("a", "b", "c"), prototest.Object{"parallelism": 2}),
	}
	for i := range l.apis {
		l.apis[i] = simulator.New(simulator.Config{})
	}
	l.behave()
	l.restart()
	l.r = l.server.NewResource(typeName)
	file, err := os.Open(log)
	if err != nil {
		rt.Fatal(err)
	}
	rt.Cleanup(func() { file.Close() })
	l.log = file
	return l
}

// sequence fails a sequence and not the whole test, so that rapid can look for a
// shorter one.
type sequence struct {
	testing.TB
	rt *rapid.T
}

func (s sequence) Helper()                           { s.rt.Helper() }
func (s sequence) Fatal(args ...any)                 { s.rt.Fatal(args...) }
func (s sequence) Fatalf(format string, args ...any) { s.rt.Fatalf(format, args...) }
func (s sequence) Context() context.Context          { return s.rt.Context() }

// broken reports a broken promise. What differs each time, such as ids, belongs
// into the details: rapid takes another text for another failure.
func (l *life) broken(promise, details string, args ...any) {
	l.Helper()
	l.Logf(details, args...)
	l.Fatal(promise)
}

func (l *life) run() {
	l.Repeat(map[string]func(*rapid.T){
		"":                          func(*rapid.T) { l.checkIDs() },
		"apply":                     func(*rapid.T) { l.apply() },
		"apply once more":           func(*rapid.T) { l.apply() },
		"change":                    func(*rapid.T) { l.change() },
		"change once more":          func(*rapid.T) { l.change() },
		"refresh":                   func(*rapid.T) { l.refresh() },
		"destroy":                   func(*rapid.T) { l.destroy() },
		"a new process":             func(*rapid.T) { l.restart() },
		"another account":           func(*rapid.T) { l.at = 1 - l.at; l.restart() },
		"a person finishes":         func(*rapid.T) { l.finish() },
		"another person finishes":   func(*rapid.T) { l.finish() },
		"time passes":               func(*rapid.T) { time.Sleep(l.minutes()) },
		"the API's clock runs fast": func(*rapid.T) { l.apis[l.at].Advance(l.minutes()) },
		"the API forgets":           func(*rapid.T) { l.forget() },
		"another client clears":     func(*rapid.T) { l.clear() },
		"the API behaves otherwise": func(*rapid.T) { l.behave() },
		"a fault":                   func(*rapid.T) { l.fault() },
		"one more fault":            func(*rapid.T) { l.fault() },
		"the faults end":            func(*rapid.T) { l.apis[l.at].ClearFaults() },
	})
	l.end()
}

// end destroys the set without faults, at each account in turn, which must
// succeed whatever happened before.
func (l *life) end() {
	for _, api := range l.apis {
		api.ClearFaults()
		api.SetBehaviour(simulator.Behaviour{})
	}
	time.Sleep(2 * time.Hour) // All are finished by then, and so is an erasure.
	var last prototest.Diagnostics
	for range l.apis {
		if !l.r.Exists() {
			return
		}
		l.restart()
		before, values := l.ids(), l.r.Values()
		last = l.r.Destroy(l.Context())
		l.checkLeft(before, values, last)
		l.at = 1 - l.at
	}
	l.checkIDs()
	if l.r.Exists() {
		l.broken("a set cannot be destroyed when there are no faults", "the state has %v; the destroy said:\n%s", l.ids(), last)
	}
}

// interrupted runs an operation, and interrupts it perhaps at a random moment. An
// interrupted process ends.
func (l *life) interrupted(operation func(context.Context) prototest.Diagnostics) prototest.Diagnostics {
	l.Helper()
	if rapid.IntRange(0, 3).Draw(l.T, "interrupt") > 0 {
		return operation(l.Context())
	}
	after := rapid.SampledFrom([]time.Duration{0, time.Millisecond, 400 * time.Millisecond, time.Second, 5 * time.Second, 20 * time.Minute}).Draw(l.T, "after")
	ctx, cancel := context.WithCancel(l.Context())
	defer cancel()
	begun := time.Now()
	interrupt := time.AfterFunc(after, cancel)
	diags := operation(ctx)
	if interrupt.Stop() {
		return diags // It ended before.
	}
	if took := time.Since(begun) - after; took > advance.DefaultRequestTimeout { // A request that was sent is completed.
		l.broken("an operation goes on after an interrupt", "for %s; it said:\n%s", took, diags)
	}
	l.restart()
	return diags
}

// ids returns the ids in the state.
func (l *life) ids() map[string]bool {
	ids := map[string]bool{}
	for _, id := range mapOf(l.r, "signature_ids") {
		ids[id] = true
	}
	for id := range mapOf(l.r, "uncleared") {
		ids[id] = true
	}
	return ids
}

// wanted returns the configured user ids by key.
func (l *life) wanted() prototest.Object {
	ids, _ := l.config["user_ids"].(prototest.Object)
	return ids
}

// apply applies the configuration.
func (l *life) apply() {
	before, values, made := l.ids(), l.r.Values(), l.madeAt()
	keys, settled, replaced := mapOf(l.r, "signature_ids"), l.settled, l.r.Tainted
	var unknown map[string]bool
	diags := l.interrupted(func(ctx context.Context) prototest.Diagnostics {
		plan := l.r.Plan(ctx, l.config)
		if plan.Diagnostics.HasError() {
			return plan.Diagnostics
		}
		if settled && !plan.IsEmpty(l.r) {
			l.broken("a plan without a change is not empty", "from %v to %v", l.r.Values(), plan.Values(l.tb))
		}
		unknown = plannedKeys(l.tb, plan)
		return append(slices.Clone(plan.Diagnostics), l.r.Apply(ctx, plan)...)
	})
	l.settled = false
	l.checkLeft(before, values, diags)
	after := mapOf(l.r, "signature_ids")
	if !replaced {
		for key, id := range keys {
			if unknown != nil && !unknown[key] && l.wanted()[key] != nil && after[key] != id {
				l.broken("a key that the plan does not concern lost its session", "key %s had %s and has %q; the apply said:\n%s", key, id, after[key], diags)
			}
		}
		if unknown != nil && l.madeAt()-made > len(unknown) {
			l.broken("a session was made twice", "%d sessions for the keys %v; the apply said:\n%s", l.madeAt()-made, unknown, diags)
		}
	}
	if diags.HasError() {
		return
	}
	l.checkApplied(diags)
}

// checkApplied checks what an apply without an error has left.
func (l *life) checkApplied(diags prototest.Diagnostics) {
	l.Helper()
	wanted, have := l.wanted(), mapOf(l.r, "signature_ids")
	complete := len(have) == len(wanted)
	for key, id := range have {
		complete = complete && wanted[key] != nil
		one, known := l.find(id)
		// Once cleared, the parameters are gone.
		if known && one.State != simulator.StateCleared && (one.InputParameters["userId"] != wanted[key] || one.InputParameters["language"] != l.config["language"]) {
			l.broken("a session was not made for what is configured", "key %s has %+v, want %v", key, one, l.config)
		}
	}
	if l.r.Values()["complete"] != complete {
		l.broken("complete is not what it says", "it is %v with the keys %v of %v; the apply said:\n%s", l.r.Values()["complete"], have, wanted, diags)
	}
	again := l.r.Plan(l.Context(), l.config)
	if again.Diagnostics.HasError() || complete && !again.IsEmpty(l.r) {
		l.broken("the plan after an apply is not empty", "from %v to %v; it says:\n%s", l.r.Values(), again.Values(l.tb), again.Diagnostics)
	}
	l.settled = complete
}

// plannedKeys returns the keys that a plan makes or replaces, nil where all are
// unknown.
func plannedKeys(t testing.TB, plan *prototest.Plan) map[string]bool {
	planned := plannedMap(t, plan, "signature_ids")
	if planned == nil {
		return nil
	}
	keys := map[string]bool{}
	for key, v := range planned {
		if v == prototest.Unknown {
			keys[key] = true
		}
	}
	return keys
}

// madeAt returns how many sessions were made whose link arrived.
func (l *life) madeAt() int {
	var n int
	for _, api := range l.apis {
		for _, call := range api.Calls() {
			if call.Operation == simulator.OpGenerate && call.Code == "SUCCESS" && slices.Contains(arrived, call.Fault) && !strings.HasSuffix(call.Fault, "-url") {
				n++
			}
		}
	}
	return n
}

func (l *life) refresh() {
	if !l.r.Exists() {
		return
	}
	before, state := l.ids(), l.r.State
	diags := l.interrupted(l.r.Refresh)
	if diags.HasError() {
		if !l.r.State.Equal(state) {
			l.broken("a refresh that failed changed the state", "it said:\n%s", diags)
		}
		return
	}
	l.settled = false // It may have seen something.
	if !maps.Equal(before, l.ids()) {
		l.broken("a refresh lost an id", "from %v to %v", before, l.ids())
	}
	gone := diags.Warnings().String()
	for id := range before {
		one, known := l.find(id)
		switch said := strings.Contains(gone, id); {
		case said && known && one.State != simulator.StateCleared:
			l.broken("a refresh called a session gone that is not cleared", "it is %+v; the refresh said:\n%s", one, diags)
		case !said && !known:
			l.broken("a refresh did not say that a session is gone", "%s; it said:\n%s", id, diags)
		}
	}
}

func (l *life) destroy() {
	if !l.r.Exists() {
		return
	}
	before, values := l.ids(), l.r.Values()
	diags := l.interrupted(l.r.Destroy)
	l.settled = false
	if l.r.Exists() != diags.HasError() {
		l.broken("a destroy kept the set without an error, or dropped it with one", "exists: %t; it said:\n%s", l.r.Exists(), diags)
	}
	l.checkLeft(before, values, diags)
}

// checkLeft checks what was said about the sessions that left the state.
func (l *life) checkLeft(before map[string]bool, values prototest.Object, diags prototest.Diagnostics) {
	l.Helper()
	now := l.ids()
	for id := range before {
		if now[id] {
			continue
		}
		said := func(summary string) bool {
			return slices.ContainsFunc(diags.Warnings(), func(d *tfDiagnostic) bool {
				return strings.Contains(d.Summary, summary) && strings.Contains(d.Detail, id)
			})
		}
		one, known := l.find(id)
		details := fmt.Sprintf("session %s is %+v (known %t), the state had %v, and it was said:\n%s", id, one, known, values, diags)
		switch {
		case said("Sessions Abandoned"):
			if values["deletion_policy"] != "abandon" && l.config["deletion_policy"] != "abandon" {
				l.broken("a session was abandoned against the policy", "%s", details)
			}
		case said("Sessions Were Gone"):
			if known && !holdsNothing(one) {
				l.broken("a session that has its data was called gone", "%s", details)
			}
		case !known || one.State != simulator.StateCleared:
			l.broken("a session left the state without an erasure, and nothing says so", "%s", details)
		}
	}
}

// find returns a session of either API.
func (l *life) find(id string) (simulator.Session, bool) {
	for _, api := range l.apis {
		if one, ok := api.Session(id); ok {
			return one, true
		}
	}
	return simulator.Session{}, false
}

// holdsNothing reports whether there is nothing to erase in a session that an
// API knows.
func holdsNothing(s simulator.Session) bool {
	return s.State != simulator.StateIssued && !s.HoldsPersonalData
}

// checkIDs checks that no signature id is lost: each that an API made, and whose
// response arrived, is in the state, or cleared, or in the audit log as gone or
// abandoned.
func (l *life) checkIDs() {
	l.readLog()
	current := l.ids()
	for id, seen := range l.events {
		one, known := l.find(id)
		switch {
		case current[id]:
		case known && one.State == simulator.StateCleared:
		case slices.Contains(seen, "session_abandoned"):
		case slices.Contains(seen, "session_gone") && (!known || holdsNothing(one)):
		default:
			l.broken("a session is lost", "%s is %+v (known %t), and the audit log has %v", id, one, known, seen)
		}
	}
	for id := range current {
		if !slices.Contains(l.events[id], "session_created") {
			l.broken("a session is in the state, but not in the audit log", "%s", id)
		}
	}
	for _, api := range l.apis {
		for _, call := range api.Calls() {
			if call.Operation == simulator.OpGenerate && call.Code == "SUCCESS" && slices.Contains(arrived, call.Fault) && !slices.Contains(l.events[call.SignatureID], "session_created") {
				l.broken("a response with a session arrived, and the audit log does not have it", "%s", call.SignatureID)
			}
		}
	}
}

// readLog reads what was added to the audit log since the last time.
func (l *life) readLog() {
	more, err := io.ReadAll(l.log)
	if err != nil {
		l.Fatal(err)
	}
	for line := range bytes.Lines(more) {
		var event struct {
			Event       string `json:"event"`
			SignatureID string `json:"signature_id"`
		}
		if err := json.Unmarshal(line, &event); err != nil || !bytes.HasSuffix(line, []byte("\n")) {
			l.broken("a line of the audit log is torn", "%q", line)
		}
		l.events[event.SignatureID] = append(l.events[event.SignatureID], event.Event)
	}
}
