package simulator

import (
	"errors"
	"fmt"
	"maps"
	"time"
)

// States of a session. They go from one to the next and never back.
const (
	StateIssued   = "issued"   // The link was given out, and nobody has ended it yet.
	StateFinished = "finished" // It has a final result.
	StateCleared  = "cleared"  // Its personal data was erased.
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

// session is a session with all that the simulator keeps about it.
type session struct {
	id        string
	account   Account // that made it
	linkToken string
	params    fields
	created   time.Time
	expires   time.Time

	state    string
	outcome  Outcome   // once finished, with its defaults filled in
	ended    time.Time // when it finished
	captured bool      // pictures were submitted, and not erased yet
	capture  []byte    // the JPEG that the page took; nil where it took none

	eraseAt     time.Time // when a running erasure is done; zero when none runs
	unconfirmed bool      // the erasure is done, and no answer has said so yet
}

// newSession makes a session, and ends it where its user id says so.
func (s *store) newSession(account Account, params fields) *session {
	now := s.now()
	created := &session{
		id:      newID(),
		account: account,
		params:  params,
		created: now,
		expires: now.Add(s.config.LinkLifetime),
		state:   StateIssued,
	}
	created.linkToken = s.signToken(created.created, created.expires, account, nil)
	if outcome, ok := magicOutcome(params.text("userId")); ok {
		created.end(outcome, now)
	}
	s.add(created)
	return created
}

// finish is Simulator.Finish.
func (s *store) finish(id string, outcome Outcome) error {
	if err := outcome.validate(); err != nil {
		return fmt.Errorf("finishing %s: %w", id, err)
	}
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

// settle makes happen what is due by now: the end of a session whose link has
// expired, and that of a running erasure.
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
	x.captured = *x.outcome.Captured
}

// erase forgets the personal data.
func (x *session) erase() {
	x.state = StateCleared
	x.captured = false
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
		HoldsPersonalData: x.captured,
		InputParameters:   maps.Clone(x.params),
	}
}
