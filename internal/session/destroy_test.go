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

// destroy destroys an instance and checks what holds however that goes; see
// checkErasure.
func destroy(t *testing.T, w world, r *prototest.Resource) prototest.Diagnostics {
	t.Helper()
	before := r.Values()
	diags := r.Destroy(t.Context())
	if fault := checkErasure(w.Simulator, before, r, diags); fault != "" {
		t.Errorf("%s; got:\n%s", fault, diags)
	}
	return diags
}

// checkErasure is the promise of a destroy. It never reports an erasure that
// the API did not confirm: without a word it ends only after a SUCCESS of
// clear-data; with a warning only where the API holds no face, or where the
// policy gave it up; and in all other cases the session stays in the state. It
// tells what is wrong, "" for nothing.
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

// standing is where a session stands when it is to be erased.
type standing struct {
	name    string
	prepare func(t *testing.T, w world, r *prototest.Resource)
}

var standings = []standing{
	{"unfinished", func(*testing.T, world, *prototest.Resource) {}},
	{"passed", func(t *testing.T, w world, r *prototest.Resource) { w.finish(t, r, simulator.ResultPass) }},
	{"given up", func(t *testing.T, w world, r *prototest.Resource) { w.finish(t, r, simulator.ResultIncomplete) }},
	{"blanked", func(t *testing.T, w world, r *prototest.Resource) {
		w.SetBehaviour(simulator.Behaviour{AfterClear: simulator.AfterClearBlanked, MessageDrift: w.Behaviour().MessageDrift})
		w.finish(t, r, simulator.ResultPass)
		w.erase(t, r)
	}},
	{"forgotten", func(_ *testing.T, w world, r *prototest.Resource) { w.Forget(idOf(r)) }},
}

// Every answer of clear-data, against everything that get-result may say. The
// policy is "fail", so nothing waits for a session to finish.
func TestDestroyByEveryAnswer(t *testing.T) {
	t.Parallel()
	const (
		erased = "" // without a word
		gone   = "Liveness Session Was Gone"

		// The rest are errors, by what they say.
		noAnswer    = "Clear-data failed"
		notJSON     = "not the API's JSON"
		notFinished = "The session is not finished"
		processing  = "erasure is in processing"
		holdsImage  = "an image or video of the person"
		stillKnown  = "still knows the transaction"
		refused     = "Error code: "
	)
	const op = simulator.OpClear
	for _, test := range []struct {
		name  string
		fault simulator.Fault
		drift bool
		want  [5]string // by standing
	}{
		{
			name: "the API's own",
			want: [5]string{notFinished, erased, erased, gone, gone},
		},
		{
			name:  "the API's own, with drift",
			drift: true,
			want:  [5]string{notFinished, erased, erased, gone, gone},
		},
		{
			name:  "not exist",
			fault: simulator.Fault{Operation: op, Kind: "clear-not-exist"},
			want:  [5]string{stillKnown, holdsImage, gone, gone, gone},
		},
		{
			name:  "not exist, in other words",
			fault: simulator.Fault{Operation: op, Kind: "envelope", Code: "PARAMETER_ERROR", Message: "SIGNATUREID DOES NOT EXIST."},
			want:  [5]string{stillKnown, holdsImage, gone, gone, gone},
		},
		{
			name:  "not finished",
			fault: simulator.Fault{Operation: op, Kind: "clear-not-finished"},
			want:  [5]string{notFinished, notFinished, notFinished, notFinished, notFinished},
		},
		{
			name:  "empty",
			fault: simulator.Fault{Operation: op, Kind: "clear-empty"},
			want:  [5]string{refused, refused, refused, refused, refused},
		},
		{
			name:  "a message of no known words",
			fault: simulator.Fault{Operation: op, Kind: "parameter-error"},
			want:  [5]string{notFinished, holdsImage, stillKnown, stillKnown, gone},
		},
		{
			name:  "no message",
			fault: simulator.Fault{Operation: op, Kind: "envelope", Code: "PARAMETER_ERROR", Message: " "},
			want:  [5]string{notFinished, holdsImage, stillKnown, stillKnown, gone},
		},
		{
			name:  "contradictory words",
			fault: simulator.Fault{Operation: op, Kind: "envelope", Code: "PARAMETER_ERROR", Message: "The transaction is not finished or does not exist"},
			want:  [5]string{notFinished, holdsImage, stillKnown, stillKnown, gone},
		},
		{
			name:  "in processing for ever",
			fault: simulator.Fault{Operation: op, Kind: "in-processing"},
			want:  [5]string{processing, processing, processing, processing, processing},
		},
		{
			name:  "server error",
			fault: simulator.Fault{Operation: op, Kind: "error"},
			want:  [5]string{refused, refused, refused, refused, refused},
		},
		{
			name:  "an unknown code",
			fault: simulator.Fault{Operation: op, Kind: "unknown-code"},
			want:  [5]string{refused, refused, refused, refused, refused},
		},
		{
			name:  "not exist under an unknown code",
			fault: simulator.Fault{Operation: op, Kind: "unknown-code", Message: "SignatureId is not exist"},
			want:  [5]string{refused, refused, refused, refused, refused},
		},
		{
			name:  "get-result's code for not known",
			fault: simulator.Fault{Operation: op, Kind: "signature-not-exist"},
			want:  [5]string{refused, refused, refused, refused, refused},
		},
		{
			name:  "not exist under ERROR",
			fault: simulator.Fault{Operation: op, Kind: "error", Message: "SignatureId is not exist"},
			want:  [5]string{refused, refused, refused, refused, refused},
		},
		{
			name:  "not exist under EMPTY_PARAMETER_ERROR",
			fault: simulator.Fault{Operation: op, Kind: "empty-parameter-error", Message: "SignatureId is not exist"},
			want:  [5]string{refused, refused, refused, refused, refused},
		},
		{
			name:  "not authorized",
			fault: simulator.Fault{Operation: op, Kind: "iam-country"},
			want:  [5]string{refused, refused, refused, refused, refused},
		},
		{
			name:  "no answer",
			fault: simulator.Fault{Operation: op, Kind: "reset"},
			want:  [5]string{noAnswer, noAnswer, noAnswer, noAnswer, noAnswer},
		},
		{
			name:  "a page",
			fault: simulator.Fault{Operation: op, Kind: "html-200"},
			want:  [5]string{notJSON, notJSON, notJSON, notJSON, notJSON},
		},
	} {
		for i, standing := range standings {
			t.Run(test.name+"/"+standing.name, func(t *testing.T) {
				t.Parallel()
				inBubble(t, func(t *testing.T, w world) {
					w.SetBehaviour(simulator.Behaviour{MessageDrift: test.drift})
					r := w.create(t, minimal(prototest.Object{"deletion_policy": "fail", "timeouts": prototest.Object{"delete": "5m"}}))
					standing.prepare(t, w, r)
					if fault := test.fault; fault.Kind != "" {
						fault.Count = -1
						w.inject(t, fault)
					}
					id, started := idOf(r), time.Now()
					diags := destroy(t, w, r)
					took := time.Since(started)
					switch want := test.want[i]; want {
					case erased:
						wantNothing(t, diags)
					case gone:
						wantWarning(t, diags, gone, id)
					default:
						wantError(t, diags, "Unable to Erase Liveness Session", want, id, "is not confirmed, so the session stays in the state")
						if want == notFinished && took != 0 {
							t.Errorf("took %s, want an error at once", took)
						}
					}
				})
			})
		}
	}
}

// A lost answer of clear-data is asked for again, whichever way the API has of
// answering for a session that it has cleared.
func TestDestroyLostAnswer(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"reset", "timeout", "cut-off", "slow-body", "html-200", "not-json", "json-array", "http-500", "http-502-html", "error", "empty-body"} {
		for mode, want := range map[string]string{
			simulator.AfterClearNotExist: "Liveness Session Was Gone",
			simulator.AfterClearBlanked:  "Liveness Session Was Gone",
			simulator.AfterClearSuccess:  "",
		} {
			for _, after := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%s/after effect %t", kind, mode, after), func(t *testing.T) {
					t.Parallel()
					inBubble(t, func(t *testing.T, w world) {
						w.SetBehaviour(simulator.Behaviour{AfterClear: mode})
						r := w.create(t, minimal(nil))
						w.finish(t, r, simulator.ResultPass)
						w.inject(t, simulator.Fault{Operation: simulator.OpClear, Kind: kind, AfterEffect: after})
						diags := destroy(t, w, r)
						if !after || want == "" {
							wantNothing(t, diags)
						} else {
							wantWarning(t, diags, want)
						}
						if r.Exists() || w.Sessions()[0].State != simulator.StateCleared {
							t.Errorf("in the state: %t, at the API: %s; want it erased", r.Exists(), w.Sessions()[0].State)
						}
					})
				})
			}
		}
	}
}

// Whatever clear-data and get-result answer, once or for ever, the promise of a
// destroy holds and it comes to an end.
func TestDestroySurvivesEveryAnswer(t *testing.T) {
	t.Parallel()
	for _, kind := range simulator.FaultKinds() {
		// Without an effect the kinds that say SUCCESS would have the API lie.
		lies := slices.Contains([]string{"no-data", "data-empty", "data-wrong-type", "data-array"}, kind.Kind)
		if kind.Kind == "envelope" || lies || !slices.Contains(kind.Operations, simulator.OpClear) {
			continue
		}
		t.Run(kind.Kind, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, w world) {
				for _, test := range []struct {
					standing standing
					policy   string
					fault    simulator.Fault
				}{
					{standings[0], "wait", simulator.Fault{}},
					{standings[0], "wait", simulator.Fault{Count: -1}},
					{standings[0], "fail", simulator.Fault{Count: -1}},
					{standings[0], "abandon", simulator.Fault{Count: -1}},
					{standings[1], "wait", simulator.Fault{}},
					{standings[1], "wait", simulator.Fault{AfterEffect: true}},
					{standings[1], "wait", simulator.Fault{Count: -1}},
					{standings[1], "wait", simulator.Fault{Count: -1, AfterEffect: true}},
					{standings[4], "wait", simulator.Fault{}},
				} {
					if kind.Kind == "huge" && (test.fault.Count != 0 || test.fault.AfterEffect || test.standing.name != "passed") {
						continue // 32 MiB of answer each
					}
					r := w.create(t, minimal(prototest.Object{"deletion_policy": test.policy, "timeouts": prototest.Object{"delete": "2m"}}))
					test.standing.prepare(t, w, r)
					test.fault.Operation, test.fault.Kind = simulator.OpClear, kind.Kind
					w.inject(t, test.fault)
					started := time.Now()
					destroy(t, w, r)
					w.ClearFaults()
					if took := time.Since(started); took > 2*time.Minute {
						t.Errorf("took %s, want an end by timeouts.delete", took)
					}
					if t.Failed() {
						t.Fatalf("that was with a session that is %s, policy %q and %+v", test.standing.name, test.policy, test.fault)
					}
				}
			})
		})
	}
}

// Several things at once go wrong, in any order: the promise holds.
func TestDestroyPromiseHolds(t *testing.T) {
	t.Parallel()
	var faults []simulator.Fault
	for _, kind := range []string{
		"clear-not-exist", "clear-not-finished", "clear-empty", "parameter-error", "in-processing", "error", "unknown-code",
		"signature-not-exist", "service-busy", "retry-later", "iam-token", "reset", "cut-off", "timeout", "html-200", "http-503",
	} {
		faults = append(faults, simulator.Fault{Operation: simulator.OpClear, Kind: kind}, simulator.Fault{Operation: simulator.OpClear, Kind: kind, AfterEffect: true})
	}
	// get-result may fail or say too little, but not lie about "not known".
	for _, kind := range []string{"error", "no-data", "data-empty", "data-array", "unknown-code", "reset", "timeout", "not-json", "service-busy"} {
		faults = append(faults, simulator.Fault{Operation: simulator.OpResult, Kind: kind})
	}
	rapid.Check(t, func(rt *rapid.T) {
		standing := rapid.SampledFrom(standings).Draw(rt, "standing")
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
		inBubble(t, func(t *testing.T, w world) {
			r := w.refreshed(t, minimal(prototest.Object{"deletion_policy": policy, "timeouts": prototest.Object{"delete": "10m"}}))
			standing.prepare(t, w, r)
			w.SetBehaviour(behaviour)
			w.inject(t, injected...)
			if finishAfter > 0 {
				time.AfterFunc(finishAfter, func() {
					_ = w.Finish(idOf(r), simulator.Outcome{Result: simulator.ResultPass}) // It may have finished before.
				})
			}
			before := r.Values()
			diags := r.Destroy(t.Context())
			if broken = checkErasure(w.Simulator, before, r, diags); broken != "" {
				broken += "; got:\n" + diags.String()
			}
		})
		if broken != "" {
			rt.Fatal(broken)
		}
	})
}

// While get-result can't be asked, a doubt stays a doubt.
func TestDestroyDoubtStays(t *testing.T) {
	t.Parallel()
	for _, refusal := range []string{"clear-not-exist", "parameter-error"} {
		for _, result := range []string{"error", "reset", "unknown-code", "data-array", "iam-country"} {
			t.Run(refusal+"/"+result, func(t *testing.T) {
				t.Parallel()
				inBubble(t, func(t *testing.T, w world) {
					r := w.create(t, minimal(nil))
					w.finish(t, r, simulator.ResultIncomplete)
					w.inject(t,
						simulator.Fault{Operation: simulator.OpClear, Kind: refusal, Count: -1},
						simulator.Fault{Operation: simulator.OpResult, Kind: result, Count: -1})
					diags := destroy(t, w, r)
					wantError(t, diags, "Operation: get-result")
					if !r.Exists() {
						t.Error("the session left the state")
					}
				})
			})
		}
	}
}

func TestDestroyWaits(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		finishAfter time.Duration // 0 leaves it to the link's expiry
		behaviour   simulator.Behaviour
		atLeast     time.Duration
		atMost      time.Duration
	}{
		"for a person":                  {finishAfter: 10 * time.Minute, atLeast: 10 * time.Minute, atMost: 10*time.Minute + 30*time.Second},
		"for a person who is fast":      {finishAfter: 3 * time.Second, atLeast: 3 * time.Second, atMost: 5 * time.Second},
		"for the link's expiry":         {atLeast: time.Hour, atMost: time.Hour + 30*time.Second},
		"with null data while pending":  {atLeast: time.Hour, atMost: time.Hour + 30*time.Second, behaviour: simulator.Behaviour{Pending: simulator.PendingNullData}},
		"with other words":              {atLeast: time.Hour, atMost: time.Hour + 30*time.Second, behaviour: simulator.Behaviour{MessageDrift: true}},
		"for an erasure that takes":     {finishAfter: time.Minute, atLeast: 2 * time.Minute, atMost: 3 * time.Minute, behaviour: simulator.Behaviour{ProcessingWindow: 60}},
		"and for a slow API, and drift": {finishAfter: time.Minute, atLeast: time.Minute, atMost: 2 * time.Minute, behaviour: simulator.Behaviour{LatencyMin: 3, MessageDrift: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, w world) {
				r := w.create(t, minimal(nil))
				w.SetBehaviour(test.behaviour)
				if test.finishAfter > 0 {
					id := idOf(r)
					time.AfterFunc(test.finishAfter, func() {
						if err := w.Finish(id, simulator.Outcome{Result: simulator.ResultPass}); err != nil {
							t.Error(err)
						}
					})
				}
				started := time.Now()
				wantNothing(t, destroy(t, w, r))
				if took := time.Since(started); took < test.atLeast || took > test.atMost {
					t.Errorf("took %s, want %s to %s", took, test.atLeast, test.atMost)
				}
				if w.Sessions()[0].State != simulator.StateCleared || r.Exists() {
					t.Errorf("at the API: %s, in the state: %t; want it erased and gone", w.Sessions()[0].State, r.Exists())
				}
			})
		})
	}
}

// The wait asks get-result quickly at first and ever more slowly, and clear-data
// only when there is a point in it.
func TestDestroyPollsEverMoreSlowly(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w world) {
		r := w.create(t, minimal(nil))
		started := time.Now()
		destroy(t, w, r)
		polls := w.times(simulator.OpResult)
		if first := polls[0].Sub(started); first != time.Second {
			t.Errorf("the first poll came after %s, want 1s", first)
		}
		var previous time.Duration
		for i := range polls[1:] {
			pause := polls[i+1].Sub(polls[i])
			if pause < previous || pause > 30*time.Second {
				t.Errorf("pause %d is %s after one of %s, want them to grow to 30s", i, pause, previous)
			}
			previous = pause
		}
		if previous != 30*time.Second {
			t.Errorf("the last pause is %s, want 30s", previous)
		}
		if got := w.CallCount(simulator.OpClear); got != 2 {
			t.Errorf("got %d clear-data calls, want 2: the refused one and the one that erases", got)
		}
	})
}

// A minute after the link's expiry clear-data is asked itself, whatever
// get-result says.
func TestDestroyStopsBelievingGetResult(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w world) {
		r := w.create(t, minimal(nil))
		w.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: "no-data", Count: -1}) // pending for ever
		started := time.Now()
		wantNothing(t, destroy(t, w, r))
		if took := time.Since(started); took < time.Hour+time.Minute || took > time.Hour+time.Minute+30*time.Second {
			t.Errorf("took %s, want a minute more than the hour and at most one poll", took)
		}
		if got := w.CallCount(simulator.OpClear); got != 2 {
			t.Errorf("got %d clear-data calls, want 2", got)
		}
	})
}

// From then on each poll asks clear-data.
func TestDestroyKeepsAskingClearData(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w world) {
		r := w.create(t, minimal(nil))
		w.inject(t, simulator.Fault{Operation: simulator.OpClear, Kind: "clear-not-finished", Count: -1},
			simulator.Fault{Operation: simulator.OpResult, Kind: "no-data", Count: -1})
		started := time.Now()
		diags := destroy(t, w, r)
		wantError(t, diags, "reached its time-out (timeouts.delete) after 1h15m0s", "its link expired at 01:00 UTC")
		if took := time.Since(started); took != 75*time.Minute {
			t.Errorf("took %s, want the default of 75m", took)
		}
		late := slices.DeleteFunc(w.times(simulator.OpClear), func(at time.Time) bool { return at.Before(started.Add(time.Hour)) })
		if len(late) < 27 || len(late) > 29 || late[0].Before(started.Add(61*time.Minute)) {
			t.Errorf("got late clear-data calls at %s, want one each 30s from 01:01 on", late)
		}
	})
}

// A session that vanishes during the wait is gone, which takes both calls to
// prove.
func TestDestroyVanishesDuringWait(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w world) {
		r := w.create(t, minimal(nil))
		id, started := idOf(r), time.Now()
		time.AfterFunc(5*time.Minute, func() { w.Forget(id) })
		wantWarning(t, destroy(t, w, r), "Liveness Session Was Gone", id)
		if took := time.Since(started); took > 5*time.Minute+30*time.Second {
			t.Errorf("took %s, want an end at the next poll after 5m", took)
		}
	})
}

// Of an imported session the expiry is not known: clear-data is asked from the
// start.
func TestDestroyImported(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w world) {
		made := w.create(t, minimal(nil))
		r := w.server.NewResource(typeName)
		wantNothing(t, r.Import(t.Context(), idOf(made)))
		results := w.CallCount(simulator.OpResult)
		started := time.Now()
		wantWarning(t, destroy(t, w, r), "Session Not Finished Yet", "a time that is not known here because the session was imported")
		if took := time.Since(started); took < time.Hour || took > time.Hour+30*time.Second {
			t.Errorf("took %s, want the hour and at most one poll", took)
		}
		if got := w.CallCount(simulator.OpResult) - results; got != 0 {
			t.Errorf("got %d get-result calls, want none", got)
		}
		if got := w.CallCount(simulator.OpClear); got < 100 {
			t.Errorf("got %d clear-data calls, want one each poll", got)
		}
	})
}

func TestDestroyObeysItsTimeout(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w world) {
		r := w.create(t, minimal(prototest.Object{"timeouts": prototest.Object{"delete": "10m"}}))
		started := time.Now()
		diags := destroy(t, w, r)
		wantError(t, diags,
			"The wait for it reached its time-out (timeouts.delete) after 10m0s",
			"at the latest at about 01:00 UTC (2000-01-01T01:00:00Z)",
			"deletion_policy and timeouts in the state", "undo other changes to this resource", "apply, then destroy again",
			"Error code: PARAMETER_ERROR", "Message: Transaction is not finished", "Transaction id: ")
		if took := time.Since(started); took != 10*time.Minute {
			t.Errorf("took %s, want 10m", took)
		}

		// The way out that the error names is one.
		wantNothing(t, r.Configure(t.Context(), minimal(prototest.Object{"deletion_policy": "abandon"})))
		wantWarning(t, destroy(t, w, r), "Liveness Session Abandoned")
	})
}

func TestDestroyFails(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w world) {
		r := w.create(t, minimal(prototest.Object{"deletion_policy": "fail"}))
		started, calls := time.Now(), w.total()
		diags := destroy(t, w, r)
		wantError(t, diags, `deletion_policy is "fail"`, "at the latest at about 01:00 UTC (2000-01-01T01:00:00Z)",
			"undo other changes to this resource", "apply, then destroy again")
		if took := time.Since(started); took != 0 || w.total()-calls != 1 {
			t.Errorf("took %s and %d calls, want one call at once", took, w.total()-calls)
		}
		if !r.Exists() {
			t.Fatal("the session left the state")
		}
		pass(time.Hour)
		wantNothing(t, destroy(t, w, r))
	})
}

func TestDestroyAbandons(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w world) {
		r := w.create(t, minimal(prototest.Object{"deletion_policy": "abandon"}))
		id := idOf(r)
		wantWarning(t, destroy(t, w, r), "Liveness Session Abandoned", id, "its data was not erased", "at about 01:00 UTC", "import")
		if r.Exists() || w.Sessions()[0].State != simulator.StateIssued {
			t.Errorf("in the state: %t, at the API: %s; want it dropped and untouched", r.Exists(), w.Sessions()[0].State)
		}

		// A finished session is erased under that policy too.
		finished := w.create(t, minimal(prototest.Object{"deletion_policy": "abandon"}))
		w.finish(t, finished, simulator.ResultPass)
		wantNothing(t, destroy(t, w, finished))
	})
}

// An erasure in processing is asked about until it is confirmed, under each
// policy.
func TestDestroyInProcessing(t *testing.T) {
	t.Parallel()
	for _, policy := range []string{"wait", "fail", "abandon"} {
		for _, mode := range []string{simulator.AfterClearNotExist, simulator.AfterClearBlanked, simulator.AfterClearSuccess} {
			t.Run(policy+"/"+mode, func(t *testing.T) {
				t.Parallel()
				inBubble(t, func(t *testing.T, w world) {
					w.SetBehaviour(simulator.Behaviour{ProcessingWindow: 45, AfterClear: mode})
					r := w.create(t, minimal(prototest.Object{"deletion_policy": policy}))
					w.finish(t, r, simulator.ResultPass)
					started := time.Now()
					wantNothing(t, destroy(t, w, r))
					if took := time.Since(started); took < 45*time.Second || took > 75*time.Second {
						t.Errorf("took %s, want 45s and at most one poll", took)
					}
				})
			})
		}
	}
}

func TestDestroyInProcessingForTooLong(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w world) {
		w.SetBehaviour(simulator.Behaviour{ProcessingWindow: 3600})
		r := w.create(t, minimal(prototest.Object{"timeouts": prototest.Object{"delete": "2m"}}))
		w.finish(t, r, simulator.ResultPass)
		diags := destroy(t, w, r)
		wantError(t, diags, "did not confirm it within 2m0s", "timeouts.delete", "Error code: REQUEST_IN_PROCESSING")
		if strings.Contains(diags.String(), "will be finished") {
			t.Errorf("speaks of finishing a session that is finished:\n%s", diags)
		}
		pass(time.Hour)
		wantNothing(t, destroy(t, w, r))
	})
}

// An interrupt ends a wait at once, with the session in the state and an error
// that says where it stands.
func TestDestroyInterrupted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		behaviour simulator.Behaviour
		finished  bool
		at        time.Duration
		want      []string
	}{
		"while the session is unfinished": {
			at:   7 * time.Minute,
			want: []string{"interrupted after 7m0s", "not finished", "at the latest at about 01:00 UTC", "Message: Transaction is not finished"},
		},
		"within a call": {
			behaviour: simulator.Behaviour{LatencyMin: 4},
			at:        10 * time.Second,
			want:      []string{"interrupted after 10s", "not finished", "at the latest at about 01:00 UTC"},
		},
		"while in processing": {
			behaviour: simulator.Behaviour{ProcessingWindow: 600},
			finished:  true,
			at:        3 * time.Minute,
			want:      []string{"in processing", "interrupted", "3m0s", "Error code: REQUEST_IN_PROCESSING"},
		},
		"within the first call": {
			behaviour: simulator.Behaviour{LatencyMin: 4},
			at:        time.Second,
			want:      []string{"The operation was interrupted.", "Operation: clear-data"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, w world) {
				r := w.create(t, minimal(nil))
				if test.finished {
					w.finish(t, r, simulator.ResultPass)
				}
				w.SetBehaviour(test.behaviour)
				time.AfterFunc(test.at, w.server.Stop)
				started := time.Now()
				diags := destroy(t, w, r)
				if took := time.Since(started); took != test.at {
					t.Errorf("took %s, want an end at the interrupt after %s", took, test.at)
				}
				wantError(t, diags, append(test.want, "stays in the state")...)
			})
		})
	}
}

// A wait that meets trouble says what the trouble is.
func TestDestroyWaitMeetsTrouble(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w world) {
		r := w.create(t, minimal(nil))
		w.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: "iam-country", Count: -1})
		wantError(t, destroy(t, w, r), "Operation: get-result", "Account not authorized for this country")
	})
}

// The plan warns of a destroy that will have to wait, by what the last read saw.
func TestWarningAhead(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		policy string
		want   []string
	}{
		{"wait", []string{"will wait until it is finished: at the latest until about 01:00 UTC"}},
		{"fail", []string{`With deletion_policy "fail" its destroy will fail`, "at about 01:00 UTC"}},
		{"abandon", []string{`With deletion_policy "abandon"`, "without erasing its data", "at about 01:00 UTC"}},
	} {
		t.Run(test.policy, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, w world) {
				config := minimal(prototest.Object{"deletion_policy": test.policy})
				r := w.create(t, config)
				other := minimal(prototest.Object{"deletion_policy": test.policy, "region": "THA"})
				wantNothing(t, r.Plan(t.Context(), nil).Diagnostics) // no read has seen it
				wantNothing(t, r.Plan(t.Context(), other).Diagnostics)

				refresh(t, r)
				calls := w.total()
				want := append([]string{"Session Not Finished Yet", idOf(r)}, test.want...)
				ahead := r.Plan(t.Context(), nil).Diagnostics
				wantWarning(t, ahead, want...)
				if strings.Contains(ahead.String(), "create_before_destroy") {
					t.Errorf("speaks of a replacement:\n%s", ahead)
				}
				wantWarning(t, r.Plan(t.Context(), other).Diagnostics, append(want, "create_before_destroy = true")...)
				wantEmptyPlan(t, r, config)
				wantNothing(t, r.Plan(t.Context(), minimal(prototest.Object{"deletion_policy": test.policy, "renew_when_expired": true})).Diagnostics)
				if got := w.total() - calls; got != 0 {
					t.Errorf("the plans made %d calls, want none", got)
				}

				// The policy is the state's: a change that comes with the
				// replacement does not count.
				changed := minimal(prototest.Object{"deletion_policy": map[string]string{"wait": "abandon", "fail": "wait", "abandon": "fail"}[test.policy], "region": "THA"})
				wantWarning(t, r.Plan(t.Context(), changed).Diagnostics, want...)

				w.finish(t, r, simulator.ResultPass)
				refresh(t, r)
				wantNothing(t, r.Plan(t.Context(), nil).Diagnostics)
				wantNothing(t, r.Plan(t.Context(), other).Diagnostics)
			})
		})
	}
}

// A warning for a session whose link has expired does not send anybody away for
// an hour.
func TestWarningAheadAfterExpiry(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w world) {
		r := w.create(t, minimal(nil))
		pass(2 * time.Hour)
		w.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: "no-data"})
		refresh(t, r)
		wantWarning(t, r.Plan(t.Context(), nil).Diagnostics, "which should be soon: its link expired at 01:00 UTC")
	})
}
