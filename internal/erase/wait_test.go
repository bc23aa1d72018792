package erase_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/erase"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

func TestRun_waits(t *testing.T) {
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
			withFakeTime(t, func(t *testing.T, e env) {
				job := e.job(t, erase.PolicyWait)
				e.SetBehaviour(test.behaviour)
				if test.finishAfter > 0 {
					time.AfterFunc(test.finishAfter, func() { e.finish(t, job, simulator.ResultPass) })
				}
				started := time.Now()
				if got, err := e.run(t, job, 75*time.Minute); got != cleared {
					t.Errorf("got %q (%v), want %q", got, err, cleared)
				}
				if took := time.Since(started); took < test.atLeast || took > test.atMost {
					t.Errorf("took %s, want %s to %s", took, test.atLeast, test.atMost)
				}
			})
		})
	}
}

// The wait asks get-result quickly at first and ever more slowly, and
// clear-data only when it is due.
func TestRun_polls(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		job := e.job(t, erase.PolicyWait)
		var waits []advance.ClearState
		job.OnWait = func(_ context.Context, state advance.ClearState) { waits = append(waits, state) }
		started := time.Now()
		if got, err := e.run(t, job, 75*time.Minute); got != cleared {
			t.Fatalf("got %q (%v), want %q", got, err, cleared)
		}
		polls := e.times(simulator.OpResult)
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
		if got := e.CallCount(simulator.OpClear); got != 2 {
			t.Errorf("got %d clear-data calls, want 2: the refused one and the one that erases", got)
		}
		want := slices.Repeat([]advance.ClearState{advance.ClearNotFinished}, len(polls))
		if !slices.Equal(waits, want) {
			t.Errorf("OnWait got %v, want ClearNotFinished before each of %d polls", waits, len(polls))
		}
	})
}

// After the link's expiry and a minute, clear-data is called at each poll,
// whatever get-result says.
func TestRun_expired(t *testing.T) {
	t.Parallel()
	pendingForever := simulator.Fault{Operation: simulator.OpResult, Kind: "no-data", Count: -1}
	t.Run("it erases", func(t *testing.T) {
		t.Parallel()
		withFakeTime(t, func(t *testing.T, e env) {
			job := e.job(t, erase.PolicyWait)
			e.inject(t, pendingForever)
			started := time.Now()
			if got, err := e.run(t, job, 75*time.Minute); got != cleared {
				t.Errorf("got %q (%v), want %q", got, err, cleared)
			}
			if took := time.Since(started); took < 61*time.Minute || took > 61*time.Minute+30*time.Second {
				t.Errorf("took %s, want 61m and at most one poll", took)
			}
			if got := e.CallCount(simulator.OpClear); got != 2 {
				t.Errorf("got %d clear-data calls, want 2", got)
			}
		})
	})
	t.Run("it refuses still", func(t *testing.T) {
		t.Parallel()
		withFakeTime(t, func(t *testing.T, e env) {
			job := e.job(t, erase.PolicyWait)
			e.inject(t, pendingForever, simulator.Fault{Operation: simulator.OpClear, Kind: "clear-not-finished", Count: -1})
			started := time.Now()
			if got, err := e.run(t, job, 75*time.Minute); got != notFinished || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %q (%v), want %q by the deadline", got, err, notFinished)
			}
			late := slices.DeleteFunc(e.times(simulator.OpClear), func(at time.Time) bool { return at.Before(started.Add(time.Hour)) })
			if len(late) < 27 || len(late) > 29 || late[0].Before(started.Add(61*time.Minute)) {
				t.Errorf("got late clear-data calls at %s, want one each 30s from 01:01 on", late)
			}
		})
	})
	t.Run("it erases, by the API's clock", func(t *testing.T) {
		t.Parallel()
		withFakeTime(t, func(t *testing.T, e env) {
			e.SetSkew(3 * time.Hour) // so the expiry is four hours ahead on this machine's clock
			job := e.job(t, erase.PolicyWait)
			e.inject(t, pendingForever)
			if got, err := e.run(t, job, 62*time.Minute); got != cleared {
				t.Errorf("got %q (%v), want %q", got, err, cleared)
			}
		})
	})
	t.Run("at a time that is not known", func(t *testing.T) {
		t.Parallel()
		withFakeTime(t, func(t *testing.T, e env) {
			job := e.job(t, erase.PolicyWait)
			job.ExpiresAt = time.Time{}
			if got, err := e.run(t, job, 75*time.Minute); got != cleared {
				t.Errorf("got %q (%v), want %q", got, err, cleared)
			}
			if got := e.CallCount(simulator.OpResult); got != 0 {
				t.Errorf("got %d get-result calls, want none", got)
			}
			if got := e.CallCount(simulator.OpClear); got < 100 {
				t.Errorf("got %d clear-data calls, want one each poll", got)
			}
		})
	})
}

// A session that vanishes during the wait is gone.
func TestRun_vanishes(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		job := e.job(t, erase.PolicyWait)
		started := time.Now()
		time.AfterFunc(5*time.Minute, func() { e.Forget(job.SignatureID) })
		if got, err := e.run(t, job, time.Hour); got != gone {
			t.Errorf("got %q (%v), want %q", got, err, gone)
		}
		if took := time.Since(started); took > 5*time.Minute+30*time.Second {
			t.Errorf("took %s, want an end at the next poll after 5m", took)
		}
	})
}

// A policy that does not wait decides by the first answer.
func TestRun_policies(t *testing.T) {
	t.Parallel()
	for policy, want := range map[erase.Policy]ending{erase.PolicyFail: notFinished, erase.PolicyAbandon: abandoned} {
		t.Run(string(policy), func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				job := e.job(t, policy)
				started, calls := time.Now(), len(e.Calls())
				if got, err := e.run(t, job, time.Hour); got != want {
					t.Errorf("got %q (%v), want %q", got, err, want)
				}
				if took, made := time.Since(started), len(e.Calls())-calls; took != 0 || made != 1 {
					t.Errorf("took %s and %d calls, want one call and an immediate end", took, made)
				}

				finished := e.job(t, policy)
				e.prepare(t, finished, passed)
				if got, err := e.run(t, finished, time.Hour); got != cleared {
					t.Errorf("a finished session: got %q (%v), want %q", got, err, cleared)
				}
			})
		})
	}
}

// An erasure in processing is asked about until it is confirmed, under each
// policy.
func TestRun_inProcessing(t *testing.T) {
	t.Parallel()
	for _, policy := range []erase.Policy{erase.PolicyWait, erase.PolicyFail, erase.PolicyAbandon} {
		for _, mode := range []string{simulator.AfterClearNotExist, simulator.AfterClearBlanked, simulator.AfterClearSuccess} {
			t.Run(string(policy)+"/"+mode, func(t *testing.T) {
				t.Parallel()
				withFakeTime(t, func(t *testing.T, e env) {
					e.SetBehaviour(simulator.Behaviour{ProcessingWindow: 45, AfterClear: mode})
					job := e.job(t, policy)
					e.prepare(t, job, passed)
					started := time.Now()
					if got, err := e.run(t, job, time.Hour); got != cleared {
						t.Errorf("got %q (%v), want %q", got, err, cleared)
					}
					if took := time.Since(started); took < 45*time.Second || took > 75*time.Second {
						t.Errorf("took %s, want 45s and at most one poll", took)
					}
				})
			})
		}
	}
}

// The end of the context ends a wait immediately, and the error says how far
// the erasure came.
func TestRun_canceled(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		behaviour simulator.Behaviour
		state     sessionState
		after     time.Duration
		want      ending
	}{
		"while the session is unfinished": {state: unfinished, after: 7 * time.Minute, want: notFinished},
		"within a call":                   {behaviour: simulator.Behaviour{LatencyMin: 4}, state: unfinished, after: 10 * time.Second, want: notFinished},
		"while in processing":             {behaviour: simulator.Behaviour{ProcessingWindow: 600}, state: passed, after: 3 * time.Minute, want: inProcessing},
		"within the first call":           {behaviour: simulator.Behaviour{LatencyMin: 4}, state: unfinished, after: time.Second, want: clearFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				job := e.job(t, erase.PolicyWait)
				e.prepare(t, job, test.state)
				e.SetBehaviour(test.behaviour)
				got, err := e.run(t, job, test.after)
				if got != test.want || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %q (%v), want %q by the deadline", got, err, test.want)
				}
				var pending *erase.PendingError
				if errors.As(err, &pending) && pending.Waited != test.after {
					t.Errorf("waited %s, want %s", pending.Waited, test.after)
				}
			})
		})
	}
}
