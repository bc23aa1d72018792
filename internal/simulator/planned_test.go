package simulator

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// plan sets an outcome ahead.
func (h *harness) plan(outcome PlannedOutcome) {
	h.t.Helper()
	if err := h.sim.PlanOutcome(outcome); err != nil {
		h.t.Fatal(err)
	}
}

// endOf makes a session of a user and returns how it has ended.
func (h *harness) endOf(userID string) string {
	h.t.Helper()
	session, _ := h.sim.Session(h.generate(map[string]any{"userId": userID}).SignatureID)
	return strings.TrimSpace(session.OverallResult + " " + session.ErrorCode)
}

func TestPlanned_prefixes(t *testing.T) {
	t.Parallel()
	h := newMemory(t, Config{}).login()
	ends := func(code string) Outcome { return Outcome{Result: ResultFail, ErrorCode: code} }
	for _, planned := range []PlannedOutcome{
		{Outcome: ends("NEXT")},
		{UserIDPrefix: "qa-", Outcome: ends("SHORT"), Count: 2},
		{UserIDPrefix: "qa-anna", Outcome: ends("OLDER")},
		{UserIDPrefix: "qa-anna", Outcome: ends("NEWER")},
		{UserIDPrefix: "sim-pass-not", Outcome: ends("PLANNED")},
	} {
		h.plan(planned)
	}
	for _, step := range []struct{ userID, want string }{
		{"qa-anna-1", "FAIL OLDER"},
		{"qa-anna-2", "FAIL NEWER"},
		{"qa-anna-3", "FAIL SHORT"},
		{"sim-pass-not-1", "FAIL PLANNED"},
		{"sim-pass-not-2", "FAIL NEXT"},
		{"sim-pass-not-3", "PASS SUCCESS"},
		{"qa-bob", "FAIL SHORT"},
		{"qa-bob", ""},
	} {
		if got := h.endOf(step.userID); got != step.want {
			t.Errorf("%s ended as %q, want %q", step.userID, got, step.want)
		}
	}
}

func TestPlanned_later(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newMemory(t, Config{}).login()
		h.plan(PlannedOutcome{Outcome: Outcome{Result: ResultPass}, After: 90, Count: 5})
		events, cancel := h.sim.Subscribe()
		defer cancel()
		finished := func() (n int) {
			t.Helper()
			synctest.Wait()
			for len(events) > 0 {
				if entry, ok := (<-events).Data.(HistoryEntry); ok && strings.HasPrefix(entry.Text, "finished") {
					n++
				}
			}
			return n
		}
		start := time.Now()
		first := h.generate(nil).SignatureID
		session, _ := h.sim.Session(first)
		if session.State != StateIssued || session.OutcomeDueAt == nil || !session.OutcomeDueAt.Equal(start.Add(90*time.Second)) {
			t.Errorf("session %+v", session)
		}
		h.want(OpClear, first, "PARAMETER_ERROR", messageNotFinished)

		time.Sleep(90*time.Second - time.Nanosecond)
		if n := finished(); n != 0 {
			t.Errorf("%d finished early", n)
		}
		time.Sleep(time.Nanosecond)
		if n := finished(); n != 1 {
			t.Errorf("%d finished by a timer, want 1", n)
		}
		session, _ = h.sim.Session(first)
		if session.OverallResult != "PASS" || session.OutcomeDueAt != nil || !session.FinishedAt.Equal(start.Add(90*time.Second)) {
			t.Errorf("session %+v", session)
		}

		// The clock fires it, and what is left is waited for.
		second := h.generate(nil).SignatureID
		h.sim.Advance(60 * time.Second)
		third := h.generate(nil).SignatureID
		if n := finished(); n != 0 {
			t.Errorf("%d finished after 60 s", n)
		}
		h.sim.Advance(30 * time.Second)
		if n := finished(); n != 1 {
			t.Errorf("%d finished by the clock, want 1", n)
		}
		time.Sleep(60 * time.Second)
		if n := finished(); n != 1 {
			t.Errorf("%d finished by the timer that the clock has shortened, want 1", n)
		}
		for _, id := range []string{second, third} {
			if session, _ := h.sim.Session(id); session.OverallResult != "PASS" || session.FinishedAt.Sub(session.CreatedAt) != 90*time.Second {
				t.Errorf("session %+v", session)
			}
		}

		// Nothing is left to come of a session that was ended or forgotten.
		h.finish(h.generate(nil).SignatureID, Outcome{Result: ResultFail})
		h.sim.Forget(h.generate(nil).SignatureID)
		finished()
		time.Sleep(time.Hour)
		if n := finished(); n != 0 {
			t.Errorf("%d finished although nothing was left", n)
		}
	})
}

func TestPlanned_linkExpiresFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newMemory(t, Config{LinkLifetime: time.Minute}).login()
		for _, after := range []Seconds{60, 61} {
			h.plan(PlannedOutcome{Outcome: Outcome{Result: ResultPass}, After: after})
			id := h.generate(nil).SignatureID
			h.sim.Advance(2 * time.Minute)
			if session, _ := h.sim.Session(id); session.ErrorCode != "USER_TIMEOUT" {
				t.Errorf("after %v s: %+v", after, session)
			}
		}
	})
}

func TestPlanned_reset(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newMemory(t, Config{}).login()
		h.plan(PlannedOutcome{Outcome: Outcome{Result: ResultPass}, After: 10, Count: 2})
		h.generate(nil)
		h.sim.Reset()
		events, cancel := h.sim.Subscribe()
		defer cancel()
		time.Sleep(time.Minute)
		if len(events) != 0 {
			t.Errorf("event %+v of a session from before the reset", <-events)
		}
		if left := h.sim.PlannedOutcomes(); len(left) != 0 {
			t.Errorf("%+v are left", left)
		}
	})
}

// TestPlanned_resetWhileDue has a timer fire at the very moment of a reset.
func TestPlanned_resetWhileDue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newMemory(t, Config{}).login()
		h.plan(PlannedOutcome{Outcome: Outcome{Result: ResultPass}, After: 10})
		h.generate(nil)
		events, cancel := h.sim.Subscribe()
		defer cancel()
		h.sim.mu.Lock()
		time.Sleep(10 * time.Second)
		h.sim.store = h.sim.newStore()
		h.sim.mu.Unlock()
		synctest.Wait()
		for len(events) > 0 {
			if event := <-events; event.SignatureID != "" {
				t.Errorf("event %+v of a session from before the reset", event)
			}
		}
	})
}

func TestPlanned_wallClockSetBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newMemory(t, Config{}).login()
		h.plan(PlannedOutcome{Outcome: Outcome{Result: ResultPass}, After: 10})
		h.generate(nil)
		h.sim.store.offset = -5 * time.Second
		events, cancel := h.sim.Subscribe()
		defer cancel()
		time.Sleep(14 * time.Second)
		if len(events) != 0 {
			t.Errorf("event %+v too early", <-events)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if len(events) == 0 {
			t.Error("the session has not ended by itself")
		}
	})
}

func TestPlanned_control(t *testing.T) {
	t.Parallel()
	h := newServer(t, Config{}).login()
	h.ask("POST", "outcomes", `{"user_id_prefix":"qa-","result":"FAIL","error_code":"LIVENESS_ATTACK","score":3.5,"count":3}`, 204, nil)
	h.ask("POST", "outcomes", `{"result":"INCOMPLETE","after_seconds":5}`, 204, nil)
	if got := h.endOf("qa-1"); got != "FAIL LIVENESS_ATTACK" {
		t.Errorf("ended as %q", got)
	}
	var waiting []map[string]any
	h.ask("GET", "outcomes", "", 200, &waiting)
	if len(waiting) != 2 || waiting[0]["user_id_prefix"] != "qa-" || waiting[0]["score"] != 3.5 || waiting[0]["count"] != 2.0 ||
		waiting[1]["result"] != "INCOMPLETE" || waiting[1]["after_seconds"] != 5.0 || waiting[1]["count"] != 1.0 {
		t.Errorf("waiting: %v", waiting)
	}
	h.ask("DELETE", "outcomes", "", 204, nil)
	h.ask("GET", "outcomes", "", 200, &waiting)
	if waiting == nil || len(waiting) != 0 {
		t.Errorf("waiting: %v", waiting)
	}
	if got := h.endOf("qa-1"); got != "" {
		t.Errorf("ended as %q", got)
	}
}

// TestPlanned_refused also checks that the error names the field.
func TestPlanned_refused(t *testing.T) {
	t.Parallel()
	sim := New(Config{})
	pass := Outcome{Result: ResultPass}
	for field, outcome := range map[string]PlannedOutcome{
		"result":        {},
		"error_code":    {Outcome: Outcome{Result: ResultPass, ErrorCode: "ERROR"}},
		"score":         {Outcome: Outcome{Result: ResultFail, Score: new(-1.0)}},
		"attack_type":   {Outcome: Outcome{Result: ResultFail, AttackType: new(9)}},
		"after_seconds": {Outcome: pass, After: -1},
		"count":         {Outcome: pass, Count: -1},
	} {
		err := sim.PlanOutcome(outcome)
		if err == nil || !strings.Contains(errors.Unwrap(err).Error(), field) {
			t.Errorf("PlanOutcome(%+v) = %v, want an error that names %s", outcome, err, field)
		}
	}
}
