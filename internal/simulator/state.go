package simulator

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"
)

// States of a session. They go from one to the next and never back.
const (
	StateIssued   = "issued"   // The link was given out, and nobody has ended it yet.
	StateFinished = "finished" // It has a final result.
	StateCleared  = "cleared"  // Its personal data was erased.
)

// Results that a session can end with.
const (
	ResultPass       = "PASS"
	ResultFail       = "FAIL"
	ResultIncomplete = "INCOMPLETE"
)

// Errors of [Simulator.Finish].
var (
	ErrUnknownSession  = errors.New("no session has this signature id")
	ErrAlreadyFinished = errors.New("the session has finished already")
)

// personalFields are the parameters that an erasure takes away: the user's id,
// and the URLs, whose queries may say who somebody is.
var personalFields = []string{"userId", "returnUrl", "failReturnUrl", "callbackUrl"}

// Session is what the simulator tells about a session.
type Session struct {
	SignatureID   string    `json:"signature_id"`
	State         string    `json:"state"`
	OverallResult string    `json:"overall_result"`
	ErrorCode     string    `json:"error_code"`
	CreatedAt     time.Time `json:"created_at"`
	ExpiresAt     time.Time `json:"expires_at"`

	// HoldsPersonalData is true from the moment that a capture was submitted
	// (a PASS, a FAIL, or an INCOMPLETE that Outcome.Captured says had one)
	// until it was erased. A session without a capture holds no face, only the
	// parameters that it was made with.
	HoldsPersonalData bool `json:"holds_personal_data"`

	// InputParameters are the parameters of generate-url as they were sent.
	// Once cleared, those that are personal are gone.
	InputParameters map[string]any `json:"input_parameters"`
}

// Outcome is how a session ends.
type Outcome struct {
	Result string `json:"result"` // PASS, FAIL or INCOMPLETE.

	// ErrorCode defaults to SUCCESS for a PASS, to RISK_STRATEGY_HIT for a FAIL
	// (LIVENESS_ATTACK with a score below 50), and to USER_TIMEOUT for an
	// INCOMPLETE.
	ErrorCode string `json:"error_code"`

	// Score is the liveness score, 0 to 100. By default it suits the error
	// code: 99 for a PASS, 12.5 for a LIVENESS_ATTACK, 87.5 for any other FAIL.
	Score *float64 `json:"score"`

	// AttackType is 1 (presentation), 2 (injection) or 3 (unsure). By default
	// it is 1 with a score below 50, and otherwise none.
	AttackType *int `json:"attack_type"`

	// FlowCategory is the flow that was used. By default it is the one that the
	// session's liveness type stands for.
	FlowCategory string `json:"flow_category"`

	// Captured says whether pictures were submitted. By default they were,
	// except with INCOMPLETE.
	Captured *bool `json:"captured"`
}

// session is a session with all that the simulator keeps about it.
type session struct {
	id        string
	linkToken string
	params    fields
	created   time.Time
	expires   time.Time

	state   string
	outcome Outcome   // once finished, with its defaults filled in
	ended   time.Time // when it finished
	capture *capture  // what was submitted; nil when nothing was, or it was erased

	eraseAt     time.Time // when a running erasure is done; zero when none runs
	unconfirmed bool      // the erasure is done, and no answer has said so yet
}

// newSession records a session, and ends it where its user id says so.
func (s *Simulator) newSession(params fields) *session {
	now := s.now()
	created := &session{
		id:      newID(),
		params:  params,
		created: now,
		expires: now.Add(s.config.LinkLifetime),
		state:   StateIssued,
	}
	created.linkToken = s.signToken(created.created, created.expires, map[string]any{
		"customerId": 1,
		"accountId":  1,
	})
	s.sessions[created.id] = created
	s.order = append(s.order, created.id)
	if outcome, ok := magicOutcome(params.text("userId")); ok {
		created.end(outcome, now)
	}
	return created
}

// magicOutcome returns how a session of this user ends by itself. It does so
// the moment that it is issued.
func magicOutcome(userID string) (Outcome, bool) {
	switch {
	case strings.HasPrefix(userID, "sim-pass"):
		return Outcome{Result: ResultPass}, true
	case strings.HasPrefix(userID, "sim-fail"):
		return Outcome{Result: ResultFail}, true
	case strings.HasPrefix(userID, "sim-attack"):
		return Outcome{Result: ResultFail, ErrorCode: "LIVENESS_ATTACK"}, true
	case strings.HasPrefix(userID, "sim-timeout"):
		return Outcome{Result: ResultIncomplete}, true
	}
	return Outcome{}, false
}

// find returns the session with this id, brought up to date.
func (s *Simulator) find(id string) (*session, bool) {
	found, ok := s.sessions[id]
	if ok {
		found.settle(s.now())
	}
	return found, ok
}

// settle lets happen what time has brought about.
func (x *session) settle(now time.Time) {
	if x.state == StateIssued && !now.Before(x.expires) {
		x.end(Outcome{Result: ResultIncomplete}, x.expires)
	}
	if !x.eraseAt.IsZero() && !now.Before(x.eraseAt) {
		x.erase()
		x.unconfirmed = true
	}
}

// end finishes the session.
func (x *session) end(outcome Outcome, at time.Time) {
	x.outcome = outcome.withDefaults(x.params.text("livenessType"))
	x.state = StateFinished
	x.ended = at
	if *x.outcome.Captured {
		x.capture = newCapture(x.id)
	}
}

// erase forgets the personal data.
func (x *session) erase() {
	x.state = StateCleared
	x.capture = nil
	x.eraseAt = time.Time{}
	for _, name := range personalFields {
		delete(x.params, name)
	}
}

// public returns what the simulator tells about the session.
func (x *session) public() Session {
	return Session{
		SignatureID:       x.id,
		State:             x.state,
		OverallResult:     x.outcome.Result,
		ErrorCode:         x.outcome.ErrorCode,
		CreatedAt:         x.created,
		ExpiresAt:         x.expires,
		HoldsPersonalData: x.capture != nil,
		InputParameters:   maps.Clone(x.params),
	}
}

// Sessions returns all sessions that were not forgotten, in order of creation.
func (s *Simulator) Sessions() []Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	sessions := make([]Session, 0, len(s.order))
	for _, id := range s.order {
		if found, ok := s.find(id); ok {
			sessions = append(sessions, found.public())
		}
	}
	return sessions
}

// Session returns the session with this signature id.
func (s *Simulator) Session(id string) (Session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.find(id)
	if !ok {
		return Session{}, false
	}
	return found.public(), true
}

// Finish ends a session, as if the end user had. It fails for an unknown
// session, for one that has finished already, and for an impossible outcome.
func (s *Simulator) Finish(id string, outcome Outcome) error {
	if err := outcome.validate(); err != nil {
		return fmt.Errorf("finishing %s: %w", id, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.find(id)
	if !ok {
		return fmt.Errorf("finishing %s: %w", id, ErrUnknownSession)
	}
	if found.state != StateIssued {
		return fmt.Errorf("finishing %s: %w", id, ErrAlreadyFinished)
	}
	found.end(outcome, s.now())
	return nil
}

// Forget removes all traces of a session, as if the API had never known it, and
// reports whether there was one.
func (s *Simulator) Forget(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.sessions[id]; !ok {
		return false
	}
	delete(s.sessions, id)
	kept := s.order[:0]
	for _, other := range s.order {
		if other != id {
			kept = append(kept, other)
		}
	}
	s.order = kept
	return true
}

// validate refuses outcomes that the API could not report.
func (o Outcome) validate() error {
	switch o.Result {
	case ResultPass:
		if o.ErrorCode != "" && o.ErrorCode != codeSuccess {
			return fmt.Errorf("a PASS cannot have the error code %q", o.ErrorCode)
		}
	case ResultFail, ResultIncomplete:
		if o.ErrorCode == codeSuccess {
			return fmt.Errorf("a %s cannot have the error code SUCCESS", o.Result)
		}
	default:
		return fmt.Errorf("result %q is none of PASS, FAIL and INCOMPLETE", o.Result)
	}
	if o.Score != nil && !(*o.Score >= 0 && *o.Score <= 100) {
		return fmt.Errorf("score %v is not between 0 and 100", *o.Score)
	}
	if o.AttackType != nil && (*o.AttackType < 1 || *o.AttackType > 3) {
		return fmt.Errorf("attack type %d is none of 1, 2 and 3", *o.AttackType)
	}
	return nil
}

// withDefaults fills in what an outcome leaves open.
func (o Outcome) withDefaults(livenessType string) Outcome {
	if o.ErrorCode == "" {
		o.ErrorCode = o.defaultErrorCode()
	}
	if o.Score == nil {
		o.Score = new(o.defaultScore())
	}
	if o.AttackType == nil && *o.Score < attackScore {
		o.AttackType = new(1)
	}
	if o.FlowCategory == "" {
		o.FlowCategory = flowCategory(livenessType)
	}
	if o.Captured == nil {
		o.Captured = new(o.Result != ResultIncomplete)
	}
	return o
}

// attackScore is the liveness score below which the API sees an attack.
const attackScore = 50

func (o Outcome) defaultErrorCode() string {
	switch {
	case o.Result == ResultPass:
		return codeSuccess
	case o.Result == ResultIncomplete:
		return "USER_TIMEOUT"
	case o.Score != nil && *o.Score < attackScore:
		return "LIVENESS_ATTACK"
	}
	return "RISK_STRATEGY_HIT"
}

func (o Outcome) defaultScore() float64 {
	switch {
	case o.Result == ResultPass:
		return 99
	case o.ErrorCode == "LIVENESS_ATTACK":
		return 12.5
	}
	return 87.5
}

// flowCategory returns the flow that a liveness type stands for (API §9.1). A
// customer's own type is taken for the default one.
func flowCategory(livenessType string) string {
	switch livenessType {
	case "DISTANT_NEAR_ACTION":
		return "DISTANT_CLOSE_ACTION"
	case "ACTION", "SILENT":
		return livenessType
	}
	return "DISTANT_CLOSE"
}
