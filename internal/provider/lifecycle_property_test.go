package provider_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
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

// lifecycleGroups is how many groups of sequences run side by side. Each runs
// as many as -rapid.checks says, 100 by default.
const lifecycleGroups = 5

// Whatever happens to a session, its id is not lost, and a destroy without an
// error has erased its data or says why not.
//
// For 5,000 sequences run it with -rapid.checks=1000. A failure prints its
// seed and the shortest sequence that fails in the same way.
func TestLifecycle(t *testing.T) {
	t.Parallel()
	for i := range lifecycleGroups {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			log := filepath.Join(t.TempDir(), "audit.jsonl")
			rapid.Check(t, func(rt *rapid.T) {
				// One bubble for each sequence: rapid measures its own time
				// outside of it.
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

// life is a random sequence of events for one resource, and checks what must be
// true after each.
type life struct {
	*rapid.T
	tb testing.TB // the same, as prototest takes it

	// The APIs of two accounts. Neither knows the sessions of the other.
	apis [2]*simulator.Simulator
	at   int // index in apis of the one that the provider is configured for

	server *prototest.Server
	r      *prototest.Resource
	config prototest.Object

	// settled: the configuration was applied, so a plan is empty.
	settled bool

	// marked: the last refresh was told that the API does not know the
	// session, so a plan replaces it.
	marked bool

	// refreshed is the latest time, by any clock, at which the session was read.
	refreshed time.Time

	path   string // of the audit log
	log    *os.File
	events map[string][]string // in the audit log, by signature id

	// foreign are sessions that another program created, and dropped are those
	// that were removed from the state by hand: not the provider's to erase.
	foreign, dropped map[string]bool
}

func newLife(t *testing.T, rt *rapid.T, log string) *life {
	l := &life{
		T: rt, tb: sequence{t, rt}, path: log,
		events: map[string][]string{}, foreign: map[string]bool{}, dropped: map[string]bool{},
		config: prototest.Object{
			"return_url": "https://app.example.com/ok", "fail_return_url": "https://app.example.com/fail",
			"user_id": "user-1", "region": "PHL",
		},
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

// sequence fails a sequence and not the whole test, so that rapid can look for
// a shorter one.
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
		"refresh":                   func(*rapid.T) { l.refresh() },
		"destroy":                   func(*rapid.T) { l.destroy() },
		"import":                    func(*rapid.T) { l.importOne() },
		"drop from the state":       func(*rapid.T) { l.drop() },
		"a new process":             func(*rapid.T) { l.restart() },
		"another account":           func(*rapid.T) { l.move() },
		"a person finishes":         func(*rapid.T) { l.finish() },
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

// end destroys the session without faults, which must succeed whatever happened
// before.
func (l *life) end() {
	id := l.id()
	if id == "" {
		return
	}
	for i, api := range l.apis {
		api.ClearFaults()
		api.SetBehaviour(simulator.Behaviour{})
		if slices.ContainsFunc(api.Calls(), func(call simulator.Call) bool {
			return call.Operation == simulator.OpGenerate && call.SignatureID == id
		}) {
			l.at = i
		}
	}
	time.Sleep(2 * time.Hour) // It is finished by then, and so is an erasure.
	l.restart()
	values := l.r.Values()
	diags := l.r.Destroy(l.Context())
	if diags.HasError() || l.r.Exists() {
		session, known := l.find(id)
		l.broken("a session cannot be destroyed when there are no faults", "%s is %+v (known %t); the destroy said:\n%s", id, session, known, diags)
	}
	l.checkEnd(id, values, diags)
	l.checkIDs()
}

// id returns the signature id in the state, "" for none.
func (l *life) id() string { return text(l.r.Values()["signature_id"]) }

func text(v any) string {
	s, _ := v.(string)
	return s
}

// find returns a session of either API.
func (l *life) find(id string) (simulator.Session, bool) {
	for _, api := range l.apis {
		if session, ok := api.Session(id); ok {
			return session, true
		}
	}
	return simulator.Session{}, false
}

// interrupted runs an operation, interrupts it perhaps at a random moment, and
// checks how long it goes on after that. An interrupted process ends.
func (l *life) interrupted(operation func(context.Context) prototest.Diagnostics) prototest.Diagnostics {
	l.Helper()
	how := rapid.SampledFrom([]string{"no", "no", "no", "stop", "cancel"}).Draw(l.T, "interrupt")
	if how == "no" {
		return operation(l.Context())
	}
	after := rapid.SampledFrom([]time.Duration{
		0, time.Millisecond, 100 * time.Millisecond, 400 * time.Millisecond, time.Second, 5 * time.Second, time.Minute, 20 * time.Minute,
	}).Draw(l.T, "after")
	ctx, cancel := context.WithCancel(l.Context())
	defer cancel()
	api, server, begun := l.apis[l.at], l.server, time.Now()
	created := api.CallCount(simulator.OpGenerate)
	done := make(chan struct{})
	interrupt := time.AfterFunc(after, func() {
		defer close(done)
		if how == "stop" {
			// Terraform begins nothing new then, which prototest does not know.
			server.Stop()
		}
		cancel()
	})
	diags := operation(ctx)
	if interrupt.Stop() {
		return diags // It ended before.
	}
	<-done
	limit := 2 * time.Second
	if api.CallCount(simulator.OpGenerate) > created {
		limit = advance.DefaultRequestTimeout // A request that was sent is completed.
	}
	if took := time.Since(begun) - after; took > limit {
		l.broken("an operation goes on after an interrupt", "for %s, want at most %s; it said:\n%s", took, limit, diags)
	}
	l.restart()
	return diags
}

// apply applies the configuration.
func (l *life) apply() {
	before, values, settled := l.id(), l.r.Values(), l.settled
	diags := l.interrupted(func(ctx context.Context) prototest.Diagnostics {
		plan := l.r.Plan(ctx, l.config)
		if plan.Diagnostics.HasError() {
			return plan.Diagnostics
		}
		if settled && before != "" && !plan.IsEmpty(l.r) && !l.renewed(values) && !l.marked {
			l.broken("a plan without a change of the configuration is not empty", "it replaces for %v", plan.RequiresReplace)
		}
		return append(slices.Clone(plan.Diagnostics), l.r.Apply(ctx, plan)...)
	})
	l.settled = !diags.HasError()
	if before != "" && l.id() != before {
		l.checkEnd(before, values, diags)
	}
	l.marked = l.marked && l.id() == before
	switch {
	case diags.HasError():
		return
	case !l.r.Exists():
		l.broken("an apply without an error left nothing in the state", "it said:\n%s", diags)
	}
	if again := l.r.Plan(l.Context(), l.config); again.Diagnostics.HasError() || !again.IsEmpty(l.r) {
		l.broken("the plan after an apply is not empty", "it replaces for %v and says:\n%s", again.RequiresReplace, again.Diagnostics)
	}
}

// renewed reports whether a session may be replaced because a refresh has seen
// its link expired.
func (l *life) renewed(values prototest.Object) bool {
	expiry, err := time.Parse(time.RFC3339, text(values["expires_at"]))
	return err == nil && values["renew_when_expired"] == true && l.refreshed.After(expiry)
}

func (l *life) refresh() {
	if !l.r.Exists() {
		return
	}
	id, values, state := l.id(), l.r.Values(), l.r.State
	diags := l.interrupted(l.r.Refresh)
	for _, api := range l.apis {
		if now := api.Now(); now.After(l.refreshed) {
			l.refreshed = now
		}
	}
	if !l.r.State.Equal(state) {
		l.broken("a refresh changed the state", "from %v to %v", values, l.r.Values())
	}
	if diags.HasError() {
		return
	}
	l.marked = strings.Contains(diags.Warnings().String(), "Is Gone")
	session, known := l.find(id)
	switch gone := !known || session.State == simulator.StateCleared; {
	case l.marked && !gone:
		l.broken("a refresh called a session gone that is not cleared", "it is %+v; the refresh said:\n%s", session, diags)
	case !l.marked && !known:
		l.broken("a refresh did not say that a session is gone", "it said:\n%s", diags)
	}
}

func (l *life) destroy() {
	before, values, state := l.id(), l.r.Values(), l.r.State
	if before == "" {
		return
	}
	diags := l.interrupted(l.r.Destroy)
	switch {
	case !l.r.Exists() && diags.HasError():
		l.broken("a destroy with an error took the session out of the state", "it said:\n%s", diags)
	case !l.r.Exists():
		l.checkEnd(before, values, diags)
	case !diags.HasError():
		l.broken("a destroy left the session in the state without an error", "it said:\n%s", diags)
	case !l.r.State.Equal(state):
		l.broken("a destroy that failed changed the state", "from %v to %v", values, l.r.Values())
	case !strings.Contains(diags.Errors().String(), before):
		l.broken("the error of a destroy does not name the session", "%s; it said:\n%s", before, diags)
	}
}

// checkEnd checks what a destroy or a replacement said about a session that it
// removed from the state.
func (l *life) checkEnd(id string, values prototest.Object, diags prototest.Diagnostics) {
	l.Helper()
	said := diags.Warnings().String()
	says := func(words ...string) bool {
		return !slices.ContainsFunc(append(words, id), func(s string) bool { return !strings.Contains(said, s) })
	}
	session, known := l.find(id)
	details := fmt.Sprintf("session %s is %+v (known %t), the state had %v, and the apply or destroy said:\n%s", id, session, known, values, diags)
	switch {
	case says("Session Abandoned", "not erased"):
		if values["deletion_policy"] != "abandon" {
			l.broken("a session was abandoned against the policy", "%s", details)
		}
	case says("Session Was Gone"):
		if known && !holdsNothing(session) {
			l.broken("a session that has its data was called gone", "%s", details)
		}
	case !known || session.State != simulator.StateCleared:
		l.broken("a session left the state without an erasure, and nothing says so", "%s", details)
	}
}

// holdsNothing reports whether there is nothing to erase in a session that an
// API knows.
func holdsNothing(s simulator.Session) bool {
	return s.State != simulator.StateIssued && !s.HoldsPersonalData
}

// checkIDs checks that no signature id is lost: each that an API made, and
// whose response arrived, is in the state, or cleared, or in the audit log as
// gone or abandoned.
func (l *life) checkIDs() {
	l.readLog()
	current := l.id()
	for id, seen := range l.events {
		session, known := l.find(id)
		switch {
		case id == current, l.dropped[id], l.foreign[id]:
		case known && session.State == simulator.StateCleared:
		case slices.Contains(seen, "session_abandoned"):
		case slices.Contains(seen, "session_gone") && (!known || holdsNothing(session)):
		default:
			l.broken("a session is lost", "%s is %+v (known %t), and the audit log has %v", id, session, known, seen)
		}
	}
	if current != "" && !l.foreign[current] && !slices.Contains(l.events[current], "session_created") {
		l.broken("a session is in the state, but not in the audit log", "%s", current)
	}
	for _, api := range l.apis {
		for _, call := range api.Calls() {
			if call.Operation != simulator.OpGenerate || call.Code != "SUCCESS" || l.foreign[call.SignatureID] || !slices.Contains(arrived, call.Fault) {
				continue
			}
			if !slices.Contains(l.events[call.SignatureID], "session_created") {
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
