package provider_test

import (
	"bufio"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/advance-community/terraform-provider-advance/internal/acctest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// lifecycle is one session's block in a configuration, driven at random, with
// what must be true of it whatever happens.
type lifecycle struct {
	t   *testing.T
	sim *simulator.Simulator
	log string

	server *acctest.Server
	r      *acctest.Resource
	config acctest.Object
}

// restart is a new provider process, as Terraform starts one for each phase.
func (l *lifecycle) restart() {
	l.server = acctest.Configured(l.t, l.sim.Transport(), acctest.Object{"audit_log": l.log, "max_retries": 2})
	if l.r == nil {
		l.r = l.server.NewResource("advance_liveness_session")
		return
	}
	l.r = l.r.On(l.server)
}

// events are the audit log's, by signature id.
func (l *lifecycle) events(rt *rapid.T) map[string][]string {
	file, err := os.Open(l.log)
	if err != nil {
		rt.Fatal(err)
	}
	defer file.Close()
	events := map[string][]string{}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var line struct {
			Event       string `json:"event"`
			SignatureID string `json:"signature_id"`
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			rt.Fatalf("a line of the audit log is torn: %q", lines.Text())
		}
		events[line.SignatureID] = append(events[line.SignatureID], line.Event)
	}
	return events
}

func (l *lifecycle) id() string {
	if !l.r.Exists() {
		return ""
	}
	id, ok := l.r.Values()["signature_id"].(string)
	if !ok {
		l.t.Fatal("a session in the state has no signature id")
	}
	return id
}

// destroy ends the session, and checks that it claims nothing that is not so.
func (l *lifecycle) destroy(rt *rapid.T) {
	id := l.id()
	diags := l.r.Destroy(l.t.Context())
	l.checkEnd(rt, id, diags)
}

// checkEnd checks what a destroy of a session, also as a part of a
// replacement, has said about it.
func (l *lifecycle) checkEnd(rt *rapid.T, id string, diags acctest.Diagnostics) {
	if id == "" || l.id() == id {
		if id != "" && !diags.HasError() {
			rt.Fatalf("session %s is still in the state, and no error says why:\n%s", id, diags)
		}
		return
	}
	said := diags.Warnings().String()
	session, known := l.sim.Session(id)
	switch {
	case known && session.State == simulator.StateCleared:
	case strings.Contains(said, "Abandoned") && strings.Contains(said, id) && strings.Contains(said, "not erased"):
	case strings.Contains(said, "Gone") && strings.Contains(said, id) && (!known || session.State == simulator.StateFinished && !session.HoldsPersonalData):
	default:
		rt.Fatalf("session %s left the state as %+v (known %t), and this is all that was said:\n%s", id, session, known, diags)
	}
}

// apply brings the configuration about.
func (l *lifecycle) apply(rt *rapid.T) {
	before := l.id()
	plan := l.r.Plan(l.t.Context(), l.config)
	if plan.Diagnostics.HasError() {
		return
	}
	diags := append(slices.Clone(plan.Diagnostics), l.r.Apply(l.t.Context(), plan)...)
	if l.id() != before {
		l.checkEnd(rt, before, diags)
	}
	if diags.HasError() || !l.r.Exists() {
		return
	}
	if again := l.r.Plan(l.t.Context(), l.config); !again.IsEmpty(l.r) {
		rt.Fatalf("the plan after an apply is not empty: replaces %v", again.RequiresReplace)
	}
}

// checkIDs checks that no signature id is lost: each that the API made, and
// whose answer arrived, is in the state, or cleared, or in the audit log as
// gone or abandoned; and each in the state is in the log.
func (l *lifecycle) checkIDs(rt *rapid.T) {
	events := l.events(rt)
	current := l.id()
	if current != "" && !slices.Contains(events[current], "session_created") {
		rt.Fatalf("session %s is in the state, but not in the audit log", current)
	}
	for id, seen := range events {
		session, known := l.sim.Session(id)
		switch {
		case id == current:
		case known && session.State == simulator.StateCleared:
		case slices.Contains(seen, "session_gone"), slices.Contains(seen, "session_abandoned"):
		default:
			rt.Fatalf("session %s is lost: it is %+v (known %t), and the audit log has %v", id, session, known, seen)
		}
	}
	for _, call := range l.sim.Calls() {
		if call.Operation != simulator.OpGenerate || call.Code != "SUCCESS" || !slices.Contains(arrived, call.Fault) {
			continue
		}
		if !slices.Contains(events[call.SignatureID], "session_created") {
			rt.Fatalf("the answer with session %s arrived, and it is not in the audit log", call.SignatureID)
		}
	}
}

// lies are the kinds by which the API says what is not so: SUCCESS without
// having erased anything, or that it does not know an id that it knows. Nobody
// can see through that; the API's word is all there is.
var lies = map[simulator.Operation][]string{
	simulator.OpClear:  {"no-data", "data-empty", "data-wrong-type", "data-array"},
	simulator.OpResult: {"signature-not-exist", "signature-not-exist-full-stop"},
}

// telling are faults that ask the most of the provider. Half of all are of
// them, for among so many kinds they would come too seldom.
var telling = []simulator.Fault{
	{Operation: simulator.OpClear, Kind: "clear-not-exist"},
	{Operation: simulator.OpClear, Kind: "clear-not-finished"},
	{Operation: simulator.OpClear, Kind: "in-processing"},
	{Operation: simulator.OpClear, Kind: "reset"},
	{Operation: simulator.OpResult, Kind: "error"},
	{Operation: simulator.OpGenerate, Kind: "no-url"},
	{Operation: simulator.OpGenerate, Kind: "reset"},
	{Operation: simulator.OpToken, Kind: "service-busy"},
}

// arrived are the kinds after which a created session's id still arrives.
var arrived = []string{"", "no-url", "empty-url", "no-expiry", "bad-expiry", "past-expiry", "far-expiry"}

// faults are the kinds that a life may meet: all but those that take very long
// or much without telling more than the others.
func faults() []simulator.FaultKind {
	return slices.DeleteFunc(simulator.FaultKinds(), func(kind simulator.FaultKind) bool {
		return slices.Contains([]string{"huge", "deep-json", "envelope", "slow-body", "redirect"}, kind.Kind)
	})
}

// Whatever happens to a session, its id is not lost, and a destroy that reports
// success has erased its data, or says why not. Run more sequences with
// -rapid.checks=5000; a failure prints its seed.
func TestLifecycleProperties(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	kinds := faults()
	synctest.Test(t, func(t *testing.T) {
		lives := 0
		// A bubble has no deadline to ask for, so rapid must not see whose test it is.
		rapid.Check(struct{ rapid.TB }{t}, func(rt *rapid.T) {
			lives++
			l := &lifecycle{
				t: t, sim: simulator.New(simulator.Config{}), log: filepath.Join(folder, strconv.Itoa(lives)+".jsonl"),
				config: acctest.Object{
					"return_url": "https://app.example.com/ok", "fail_return_url": "https://app.example.com/fail",
					"user_id": "user-1", "region": "PHL",
				},
			}
			l.sim.SetBehaviour(simulator.Behaviour{
				AfterClear:   rapid.SampledFrom([]string{"not-exist", "blanked", "success"}).Draw(rt, "after clear"),
				Pending:      rapid.SampledFrom([]string{"incomplete", "null-data", "null-result"}).Draw(rt, "pending"),
				MessageDrift: rapid.Bool().Draw(rt, "drift"),
				ProcessingWindow: rapid.SampledFrom([]time.Duration{0, 0, 5 * time.Second}).
					Draw(rt, "processing"),
			})
			l.restart()
			rt.Repeat(map[string]func(*rapid.T){
				"":        l.checkIDs,
				"apply":   l.apply,
				"destroy": l.destroy,
				"restart": func(*rapid.T) { l.restart() },
				"refresh": func(*rapid.T) {
					if l.r.Exists() {
						l.r.Refresh(t.Context())
					}
				},
				"change": func(rt *rapid.T) {
					l.config = maps.Clone(l.config)
					switch rapid.IntRange(0, 3).Draw(rt, "argument") {
					case 0:
						l.config["user_id"] = rapid.SampledFrom([]string{"user-1", "user-2", "sim-pass-1", "sim-timeout"}).Draw(rt, "user")
					case 1:
						l.config["language"] = rapid.SampledFrom([]any{nil, "en"}).Draw(rt, "language")
					case 2:
						l.config["renew_when_expired"] = rapid.Bool().Draw(rt, "renew")
					default:
						l.config["deletion_policy"] = rapid.SampledFrom([]any{nil, "wait", "fail", "abandon"}).Draw(rt, "policy")
					}
				},
				"a person finishes": func(rt *rapid.T) {
					result := rapid.SampledFrom([]string{"PASS", "FAIL", "INCOMPLETE"}).Draw(rt, "result")
					_ = l.sim.Finish(l.id(), simulator.Outcome{Result: result}) // none may be there, or it is over
				},
				"time passes": func(rt *rapid.T) {
					l.sim.Advance(time.Duration(rapid.IntRange(1, 70).Draw(rt, "minutes")) * time.Minute)
				},
				"the API forgets": func(*rapid.T) { l.sim.Forget(l.id()) },
				"a fault": func(rt *rapid.T) {
					fault := drawFault(rt, kinds)
					if slices.Contains(lies[fault.Operation], fault.Kind) {
						return
					}
					if err := l.sim.Inject(fault); err != nil {
						rt.Fatal(err)
					}
				},
			})
		})
	})
}

func drawFault(rt *rapid.T, kinds []simulator.FaultKind) simulator.Fault {
	var fault simulator.Fault
	if rapid.Bool().Draw(rt, "telling") {
		fault = rapid.SampledFrom(telling).Draw(rt, "fault")
	} else {
		kind := rapid.SampledFrom(kinds).Draw(rt, "kind")
		fault.Kind = kind.Kind
		fault.Operation = rapid.SampledFrom(kind.Operations).Draw(rt, "operation")
	}
	fault.Count = rapid.IntRange(1, 4).Draw(rt, "count")
	fault.AfterEffect = rapid.Bool().Draw(rt, "after the effect")
	return fault
}
