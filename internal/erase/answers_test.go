package erase_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/erase"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// byState is how a job ends, by the state of the session.
type byState map[sessionState]ending

func inEveryState(end ending) byState {
	return byState{unfinished: end, passed: end, gaveUp: end, blanked: end, forgotten: end}
}

// Every answer of clear-data, against everything that get-result may say. The
// policy is "fail", so nothing waits for a session to finish.
func TestRun_everyAnswer(t *testing.T) {
	t.Parallel()
	var (
		truthful = byState{unfinished: notFinished, passed: cleared, gaveUp: cleared, blanked: gone, forgotten: gone}
		notExist = byState{unfinished: stillKnown, passed: holdsImage, gaveUp: gone, blanked: gone, forgotten: gone}
		unclear  = byState{unfinished: notFinished, passed: holdsImage, gaveUp: stillKnown, blanked: stillKnown, forgotten: gone}
	)
	fault := func(kind, message string) simulator.Fault {
		return simulator.Fault{Operation: simulator.OpClear, Kind: kind, Message: message, Count: -1}
	}
	envelope := func(message string) simulator.Fault {
		return simulator.Fault{Operation: simulator.OpClear, Kind: "envelope", Code: "PARAMETER_ERROR", Message: message, Count: -1}
	}
	for name, test := range map[string]struct {
		fault simulator.Fault
		drift bool
		want  byState
	}{
		"the API's own":                         {want: truthful},
		"the API's own, with drift":             {drift: true, want: truthful},
		"not exist":                             {fault: envelope("SignatureId is not exist"), want: notExist},
		"not exist, in other words":             {fault: envelope("SIGNATUREID DOES NOT EXIST."), want: notExist},
		"not finished":                          {fault: envelope("Transaction is not finished"), want: inEveryState(notFinished)},
		"empty":                                 {fault: envelope("SignatureId is empty"), want: inEveryState(clearFailed)},
		"a message of no known words":           {fault: envelope("Parameter error"), want: unclear},
		"no message":                            {fault: envelope(" "), want: unclear},
		"contradictory words":                   {fault: envelope("The transaction is not finished or does not exist"), want: unclear},
		"in processing forever":                 {fault: fault("in-processing", ""), want: inEveryState(inProcessing)},
		"server error":                          {fault: fault("error", ""), want: inEveryState(clearFailed)},
		"an unknown code":                       {fault: fault("unknown-code", ""), want: inEveryState(clearFailed)},
		"not exist under an unknown code":       {fault: fault("unknown-code", "SignatureId is not exist"), want: inEveryState(clearFailed)},
		"get-result's code for not known":       {fault: fault("signature-not-exist", ""), want: inEveryState(clearFailed)},
		"not exist under ERROR":                 {fault: fault("error", "SignatureId is not exist"), want: inEveryState(clearFailed)},
		"not exist under EMPTY_PARAMETER_ERROR": {fault: fault("empty-parameter-error", "SignatureId is not exist"), want: inEveryState(clearFailed)},
		"not authorized":                        {fault: fault("iam-country", ""), want: inEveryState(clearFailed)},
		"no answer":                             {fault: fault("reset", ""), want: inEveryState(clearFailed)},
		"a page":                                {fault: fault("html-200", ""), want: inEveryState(clearFailed)},
	} {
		for state, want := range test.want {
			t.Run(name+"/"+string(state), func(t *testing.T) {
				t.Parallel()
				withFakeTime(t, func(t *testing.T, e env) {
					e.SetBehaviour(simulator.Behaviour{MessageDrift: test.drift})
					job := e.job(t, erase.PolicyFail)
					e.prepare(t, job, state)
					if test.fault.Kind != "" {
						e.inject(t, test.fault)
					}
					started := time.Now()
					got, err := e.run(t, job, 5*time.Minute)
					if got != want {
						t.Errorf("got %q (%v), want %q", got, err, want)
					}
					if took := time.Since(started); want == notFinished && took != 0 {
						t.Errorf("took %s, want an error immediately", took)
					}
				})
			})
		}
	}
}

// A lost answer of clear-data is asked for again, whichever way the API has of
// answering for a session that it has cleared.
func TestRun_lostAnswer(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"reset", "timeout", "cut-off", "slow-body", "html-200", "not-json", "json-array", "http-500", "http-502-html", "error", "empty-body"} {
		for mode, wantAfter := range map[string]ending{
			simulator.AfterClearNotExist: gone,
			simulator.AfterClearBlanked:  gone,
			simulator.AfterClearSuccess:  cleared,
		} {
			for afterEffect, want := range map[bool]ending{false: cleared, true: wantAfter} {
				t.Run(fmt.Sprintf("%s/%s/after effect %t", kind, mode, afterEffect), func(t *testing.T) {
					t.Parallel()
					withFakeTime(t, func(t *testing.T, e env) {
						e.SetBehaviour(simulator.Behaviour{AfterClear: mode})
						job := e.job(t, erase.PolicyWait)
						e.prepare(t, job, passed)
						e.inject(t, simulator.Fault{Operation: simulator.OpClear, Kind: kind, AfterEffect: afterEffect})
						if got, err := e.run(t, job, time.Hour); got != want {
							t.Errorf("got %q (%v), want %q", got, err, want)
						}
						if got := e.Sessions()[0].State; got != simulator.StateCleared {
							t.Errorf("the session is %s at the API, want it cleared", got)
						}
					})
				})
			}
		}
	}
}

// While get-result can't be asked, a doubt stays a doubt.
func TestRun_getResultFails(t *testing.T) {
	t.Parallel()
	for _, refusal := range []string{"clear-not-exist", "parameter-error"} {
		for _, result := range []string{"error", "reset", "unknown-code", "data-array", "iam-country"} {
			t.Run(refusal+"/"+result, func(t *testing.T) {
				t.Parallel()
				withFakeTime(t, func(t *testing.T, e env) {
					job := e.job(t, erase.PolicyWait)
					e.prepare(t, job, gaveUp)
					e.inject(t,
						simulator.Fault{Operation: simulator.OpClear, Kind: refusal, Count: -1},
						simulator.Fault{Operation: simulator.OpResult, Kind: result, Count: -1})
					if got, err := e.run(t, job, time.Hour); got != resultFailed {
						t.Errorf("got %q (%v), want %q", got, err, resultFailed)
					}
				})
			})
		}
	}
}

// A permanent refusal ends a wait.
func TestRun_waitRefused(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		job := e.job(t, erase.PolicyWait)
		e.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: "iam-country", Count: -1})
		if got, err := e.run(t, job, time.Hour); got != resultFailed {
			t.Errorf("got %q (%v), want %q", got, err, resultFailed)
		}
	})
}

// get-result shows neither a verdict nor an image of a session whose erasure was
// confirmed in an answer that got lost. It is gone if it must be finished.
func TestRun_notExistWithoutAVerdict(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		ended bool
		after time.Duration // since the session was created
		want  ending
	}{
		"nothing is known":                    {want: stillKnown},
		"the link has just expired":           {after: time.Hour + 5*time.Minute, want: stillKnown},
		"the link expired five minutes ago":   {after: time.Hour + 5*time.Minute + time.Second, want: gone},
		"an earlier read saw its PASS":        {ended: true, want: gone},
		"an earlier read saw it, and expired": {ended: true, after: 2 * time.Hour, want: gone},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				job := e.job(t, erase.PolicyWait)
				job.Ended = test.ended
				e.prepare(t, job, blanked)
				e.inject(t,
					simulator.Fault{Operation: simulator.OpClear, Kind: "clear-not-exist", Count: -1},
					simulator.Fault{Operation: simulator.OpResult, Kind: "data-empty", Count: -1})
				time.Sleep(test.after)
				if got, err := e.run(t, job, time.Hour); got != test.want {
					t.Errorf("got %q (%v), want %q", got, err, test.want)
				}
			})
		})
	}
	t.Run("by the API's clock", func(t *testing.T) {
		t.Parallel()
		withFakeTime(t, func(t *testing.T, e env) {
			e.SetSkew(-2 * time.Hour) // this machine's clock is ahead
			job := e.job(t, erase.PolicyWait)
			e.prepare(t, job, blanked)
			e.inject(t,
				simulator.Fault{Operation: simulator.OpClear, Kind: "clear-not-exist", Count: -1},
				simulator.Fault{Operation: simulator.OpResult, Kind: "data-empty", Count: -1})
			time.Sleep(30 * time.Minute)
			if got, err := e.run(t, job, time.Hour); got != stillKnown {
				t.Errorf("got %q (%v), want %q", got, err, stillKnown)
			}
		})
	})
	t.Run("an expiry that is not known", func(t *testing.T) {
		t.Parallel()
		withFakeTime(t, func(t *testing.T, e env) {
			job := e.job(t, erase.PolicyWait)
			job.ExpiresAt = time.Time{}
			e.prepare(t, job, blanked)
			e.inject(t,
				simulator.Fault{Operation: simulator.OpClear, Kind: "clear-not-exist", Count: -1},
				simulator.Fault{Operation: simulator.OpResult, Kind: "data-empty", Count: -1})
			time.Sleep(24 * time.Hour)
			if got, err := e.run(t, job, time.Hour); got != stillKnown {
				t.Errorf("got %q (%v), want %q", got, err, stillKnown)
			}
		})
	})
}
