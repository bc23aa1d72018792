package simulator

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
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

	FinishedAt   *time.Time `json:"finished_at"`    // nil until it has finished.
	ClearedAt    *time.Time `json:"cleared_at"`     // nil until its data was erased.
	OutcomeDueAt *time.Time `json:"outcome_due_at"` // When it ends by an outcome that was set ahead; nil where none is.
	Score        *float64   `json:"score"`          // The liveness score; nil where nothing was captured.

	// HoldsPersonalData is true from the moment that a capture was submitted
	// (a PASS, a FAIL, or an INCOMPLETE that Outcome.Captured says had one)
	// until it was erased. A session without a capture holds no face, only the
	// parameters that it was made with.
	HoldsPersonalData bool `json:"holds_personal_data"`

	// InputParameters are the parameters of generate-url as they were sent.
	// Once cleared, those that are personal are gone.
	InputParameters map[string]any `json:"input_parameters"`

	Callback *Delivery `json:"callback"` // The last attempt to send its callback; nil where there was none.

	// URL is the end user's link, and PictureURL a new link to the main picture,
	// nil where there is none. Only the control API fills them in: they begin
	// with the scheme and host that it was asked by.
	URL        string  `json:"url"`
	PictureURL *string `json:"picture_url"`
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
	pending  *pendingEnd // an outcome that was set ahead; nil where none is
	outcome  Outcome     // once finished, with its defaults filled in
	ended    time.Time   // when it finished
	erased   time.Time   // when its personal data was erased
	captured bool        // pictures were submitted, and not erased yet
	capture  []byte      // the JPEG that the page took; nil where it took none
	history  []HistoryEntry

	callbacks []*callback // on their way
	delivery  *Delivery   // the last attempt of any

	eraseAt     time.Time // when a running erasure is done; zero when none runs
	unconfirmed bool      // the erasure is done, and no answer has said so yet
}

// newSession makes a session, and ends it where an outcome was set ahead or its
// user id says so.
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
	s.add(created)
	s.noteAt(created, now, HistoryState, "created")
	userID := params.text("userId")
	if planned, ok := s.takePlanned(userID); ok {
		s.endLater(created, planned)
	} else if outcome, ok := magicOutcome(userID); ok {
		s.end(created, outcome, now)
	}
	s.changed(created)
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
	s.end(found, outcome, s.now())
	return nil
}

// settle makes happen what is due by now: the end that was set ahead for a
// session, that of one whose link has expired, and that of a running erasure.
func (s *store) settle(x *session, now time.Time) {
	if p := x.pending; p != nil && !now.Before(p.at) && p.at.Before(x.expires) {
		s.end(x, p.outcome, p.at)
	}
	if x.state == StateIssued && !now.Before(x.expires) {
		s.end(x, Outcome{Result: ResultIncomplete}, x.expires)
	}
	if !x.eraseAt.IsZero() && !now.Before(x.eraseAt) {
		s.erase(x, x.eraseAt)
		x.unconfirmed = true
	}
}

// settleAll settles all sessions.
func (s *store) settleAll() {
	now := s.now()
	for _, x := range s.order {
		s.settle(x, now)
	}
}

// end finishes a session.
func (s *store) end(x *session, outcome Outcome, at time.Time) {
	x.end(outcome, at)
	s.noteAt(x, at, HistoryState, "finished as "+x.outcome.Result+", "+x.outcome.ErrorCode)
	s.notify(x)
	s.changed(x)
}

// erase erases a session's personal data.
func (s *store) erase(x *session, at time.Time) {
	x.erase()
	x.erased = at
	s.eraseReceiver(x)
	s.noteAt(x, at, HistoryState, "personal data erased")
	s.changed(x)
}

// changed tells subscribers that a session is new or has changed.
func (s *store) changed(x *session) {
	s.hub.publish(Event{Name: EventSession, SignatureID: x.id})
}

// end finishes the session.
func (x *session) end(outcome Outcome, at time.Time) {
	x.outcome = outcome.withDefaults(x.params.text("livenessType"))
	x.dropPending()
	x.state = StateFinished
	x.ended = at
	x.captured = *x.outcome.Captured
	if !x.captured {
		x.capture = nil
	}
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

// public returns what the simulator tells about the session, without links.
func (x *session) public() Session {
	told := Session{
		SignatureID:       x.id,
		State:             x.state,
		OverallResult:     x.outcome.Result,
		ErrorCode:         x.outcome.ErrorCode,
		CreatedAt:         x.created,
		ExpiresAt:         x.expires,
		FinishedAt:        timeOrNil(x.ended),
		ClearedAt:         timeOrNil(x.erased),
		HoldsPersonalData: x.captured,
		InputParameters:   maps.Clone(x.params),
	}
	if x.delivery != nil {
		told.Callback = new(*x.delivery)
	}
	if x.pending != nil {
		told.OutcomeDueAt = timeOrNil(x.pending.at)
	}
	if x.outcome.Captured != nil && *x.outcome.Captured {
		told.Score = new(*x.outcome.Score)
	}
	return told
}

// timeOrNil returns a time, nil for the zero time.
func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// view returns what the control API tells about a session: links are to where
// the request r was sent.
func (s *store) view(r *http.Request, x *session) Session {
	told := x.public()
	told.URL = baseURL(r) + x.pagePath()
	if x.captured {
		told.PictureURL = new(s.mediaLink(r, x.id, shots(x.outcome.FlowCategory)[0].picture))
	}
	return told
}
