package erase_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/erase"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// env is a simulator and a client of it.
type env struct {
	*simulator.Simulator
	client *advance.Client
}

// withFakeTime runs f in a synctest bubble, where an hour costs nothing.
func withFakeTime(t *testing.T, f func(t *testing.T, e env)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Config{})
		client, err := advance.New(advance.Config{
			Endpoint:       "http://127.0.0.1",
			Credentials:    advance.Credentials{AccessKey: simulator.DefaultAccessKey, SecretKey: simulator.DefaultSecretKey},
			TokenPeriod:    advance.DefaultTokenPeriod,
			RequestTimeout: advance.DefaultRequestTimeout,
			MaxRetries:     advance.DefaultMaxRetries,
			Transport:      sim.Transport(),
		})
		if err != nil {
			t.Fatal(err)
		}
		f(t, env{sim, client})
	})
}

// job creates a session and returns the job that erases it.
func (e env) job(t *testing.T, policy erase.Policy) *erase.Job {
	t.Helper()
	session, err := e.client.GenerateURL(t.Context(), advance.SessionRequest{
		ReturnURL: "https://app.example.com/ok", FailReturnURL: "https://app.example.com/fail", BizID: "order-1", UserID: "user-1", Region: "PHL",
	})
	if err != nil {
		t.Fatal(err)
	}
	return &erase.Job{Client: e.client, SignatureID: session.SignatureID, Policy: policy, Origin: erase.OriginOf(e.client), ExpiresAt: session.ExpiresAt}
}

func (e env) finish(t *testing.T, job *erase.Job, result string) {
	t.Helper()
	if err := e.Finish(job.SignatureID, simulator.Outcome{Result: result}); err != nil {
		t.Error(err)
	}
}

func (e env) inject(t *testing.T, faults ...simulator.Fault) {
	t.Helper()
	for _, fault := range faults {
		if err := e.Inject(fault); err != nil {
			t.Fatal(err)
		}
	}
}

// times returns when one operation was called.
func (e env) times(op simulator.Operation) []time.Time {
	var at []time.Time
	for _, call := range e.Calls() {
		if call.Operation == op {
			at = append(at, call.Time)
		}
	}
	return at
}

// run runs a job with a deadline, and fails if it claims an erasure or a
// vanished session that the simulator contradicts.
func (e env) run(t *testing.T, job *erase.Job, timeout time.Duration) (ending, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	started := time.Now()
	outcome, err := job.Run(ctx)
	if took := time.Since(started); took > timeout {
		t.Errorf("took %s, want an end after %s", took, timeout)
	}
	seen, known := e.Session(job.SignatureID)
	confirmed := slices.ContainsFunc(e.Calls(), func(call simulator.Call) bool {
		return call.Operation == simulator.OpClear && call.SignatureID == job.SignatureID && call.Code == "SUCCESS"
	})
	switch {
	case outcome == erase.Cleared && !confirmed:
		t.Error("cleared without a confirmation")
	case outcome == erase.Cleared && known && seen.State != simulator.StateCleared:
		t.Errorf("cleared while it is %s", seen.State)
	case outcome == erase.Gone && known && seen.HoldsPersonalData:
		t.Error("gone while the API holds a face")
	}
	return endingOf(t, outcome, err), err
}

// ending is a way in which a job can end.
type ending string

const (
	cleared      ending = "cleared"
	gone         ending = "gone"
	abandoned    ending = "abandoned"
	notFinished  ending = "pending: not finished"
	inProcessing ending = "pending: in processing"
	holdsImage   ending = "unconfirmed: an image or video of the person"
	stillKnown   ending = "unconfirmed: that the API still knows the transaction"
	clearFailed  ending = "clear-data failed"
	resultFailed ending = "get-result failed"
)

func endingOf(t *testing.T, outcome erase.Outcome, err error) ending {
	t.Helper()
	var pending *erase.PendingError
	var unconfirmed *erase.UnconfirmedError
	var call *advance.Error
	switch {
	case (outcome == 0) != (err != nil):
		t.Errorf("outcome %d with error %v, want one of them", outcome, err)
	case outcome != 0:
		return map[erase.Outcome]ending{erase.Cleared: cleared, erase.Gone: gone, erase.Abandoned: abandoned}[outcome]
	case errors.As(err, &pending) && pending.State == advance.ClearInProcessing:
		return inProcessing
	case errors.As(err, &pending):
		return notFinished
	case errors.As(err, &unconfirmed) && unconfirmed.Seen == "an image or video of the person":
		return holdsImage
	case errors.As(err, &unconfirmed):
		return stillKnown
	case errors.As(err, &call) && call.Operation == advance.OpClearData:
		return clearFailed
	case errors.As(err, &call) && call.Operation == advance.OpGetResult:
		return resultFailed
	}
	t.Errorf("unexpected error: %v", err)
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

// prepare brings the job's session into a state.
func (e env) prepare(t *testing.T, job *erase.Job, state sessionState) {
	t.Helper()
	switch state {
	case unfinished:
	case passed:
		e.finish(t, job, simulator.ResultPass)
	case gaveUp:
		e.finish(t, job, simulator.ResultIncomplete)
	case blanked:
		behaviour := e.Behaviour()
		behaviour.AfterClear = simulator.AfterClearBlanked
		e.SetBehaviour(behaviour)
		e.finish(t, job, simulator.ResultPass)
		if _, err := e.client.ClearData(t.Context(), job.SignatureID); err != nil {
			t.Fatal(err)
		}
	case forgotten:
		e.Forget(job.SignatureID)
	}
}
