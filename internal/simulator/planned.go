package simulator

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// PlannedOutcome is an outcome that is set ahead: coming sessions end with it.
type PlannedOutcome struct {
	// UserIDPrefix is what the user id of such a session begins with. Empty, it
	// is for the next session, whoever its user is.
	UserIDPrefix string `json:"user_id_prefix"`

	Outcome

	// After is how long after its creation a session ends, on the simulator's
	// clock. A session whose link expires before that ends with its link.
	After Seconds `json:"after_seconds"`

	Count int `json:"count"` // How many sessions end so. 0 is taken for 1.
}

// validate refuses outcomes that no session can end with.
func (p PlannedOutcome) validate() error {
	if err := p.Outcome.validate(); err != nil {
		return err
	}
	if !p.After.within(0) {
		return fmt.Errorf("after_seconds is %v, want 0 to a century", p.After)
	}
	if p.Count < 1 {
		return errors.New("count is below 1")
	}
	return nil
}

// plan sets a valid outcome ahead.
func (s *store) plan(outcome PlannedOutcome) {
	s.planned = append(s.planned, &outcome)
	s.hub.publish(Event{Name: EventOutcomes})
}

// takePlanned returns the outcome that was set ahead for a new session of this
// user, and counts it. The longest prefix wins, and of equal ones the oldest.
func (s *store) takePlanned(userID string) (PlannedOutcome, bool) {
	best := -1
	for i, planned := range s.planned {
		if strings.HasPrefix(userID, planned.UserIDPrefix) &&
			(best < 0 || len(planned.UserIDPrefix) > len(s.planned[best].UserIDPrefix)) {
			best = i
		}
	}
	if best < 0 {
		return PlannedOutcome{}, false
	}
	taken := s.planned[best]
	taken.Count--
	if taken.Count == 0 {
		s.planned = slices.Delete(s.planned, best, best+1)
	}
	s.hub.publish(Event{Name: EventOutcomes})
	return *taken, true
}

// pendingEnd is an end that a session has before it, unless somebody ends it
// earlier.
type pendingEnd struct {
	outcome Outcome
	at      time.Time // on the simulator's clock
	timer   *time.Timer
}

// endLater ends a new session the way that was set ahead. A timer sees to it:
// callbacks and events go out although nobody asks for the session.
func (s *store) endLater(x *session, planned PlannedOutcome) {
	wait := planned.After.Duration()
	x.pending = &pendingEnd{outcome: planned.Outcome, at: x.created.Add(wait)}
	if wait > 0 {
		x.pending.timer = s.later(wait, func() {
			s.find(x.id) // Ends it, if it was not forgotten in the meantime.
			s.rearm(x)   // The wall clock may have been set back.
		})
	}
	s.settle(x, s.now())
}

// rearm sets the timer of the end that was set ahead, if there is one, after the
// clock was moved.
func (s *store) rearm(x *session) {
	if x.pending != nil {
		x.pending.timer.Reset(x.pending.at.Sub(s.now()))
	}
}

// dropPending takes away the end that was set ahead, if there is one.
func (x *session) dropPending() {
	if x.pending != nil && x.pending.timer != nil {
		x.pending.timer.Stop()
	}
	x.pending = nil
}

// PlanOutcome sets an outcome ahead. Of several that are for a session, the one
// with the longest prefix wins, then the oldest. It fails for an impossible
// outcome.
func (s *Simulator) PlanOutcome(outcome PlannedOutcome) error {
	fill(&outcome.Count, 1)
	if err := outcome.validate(); err != nil {
		return fmt.Errorf("setting an outcome ahead: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store.plan(outcome)
	return nil
}

// PlannedOutcomes returns the outcomes that still wait for sessions, the oldest
// first.
func (s *Simulator) PlannedOutcomes() []PlannedOutcome {
	s.mu.Lock()
	defer s.mu.Unlock()
	outcomes := make([]PlannedOutcome, len(s.store.planned))
	for i, planned := range s.store.planned {
		outcomes[i] = *planned
	}
	return outcomes
}

// ClearPlannedOutcomes takes away all outcomes that still wait for sessions. A
// session that one of them was taken for ends as planned.
func (s *Simulator) ClearPlannedOutcomes() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store.planned = nil
	s.hub.publish(Event{Name: EventOutcomes})
}
