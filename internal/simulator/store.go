package simulator

import (
	"context"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"golang.org/x/time/rate"
)

// What is kept, so that a simulator can run for weeks.
const (
	maxCalls    = 100_000 // some 40 MB
	maxID       = 64      // bytes of a signature id in the record of calls; none that was given out is longer
	maxSessions = 50_000  // some 100 MB; more only while more than these are issued
)

// century bounds durations, safely within a time.Duration.
const century = 100 * 365 * 24 * time.Hour

// store is all that a simulator knows. It is not safe for concurrent use:
// Simulator holds a lock around each use of it.
type store struct {
	config Config
	hub    *hub

	// later calls a function after d, as time.AfterFunc does, but with the lock
	// held, and only while the simulator has this store.
	later func(d time.Duration, do func()) *time.Timer

	ctx     context.Context // of callbacks
	deliver func(*callback) // makes an attempt to send one; nil where none are sent
	webhook *Webhook        // nil where none is set

	signKey []byte // signs tokens and media links

	offset time.Duration // of the clock from time.Now
	skew   time.Duration // of the API's clock from the simulator's

	behaviour Behaviour
	limiter   *rate.Limiter // of Behaviour.RateLimit; not asked where that is 0
	random    *rand.Rand    // of the latencies

	tokens   map[string]apiToken
	sessions map[string]*session
	order    []*session // in order of creation
	faults   []*Fault
	planned  []*PlannedOutcome

	deliveries []*Delivery

	calls  []Call
	counts map[Operation]int
	peers  map[string]bool // remote addresses of API calls; no more than a client has ports
}

func newStore(config Config, hub *hub) *store {
	s := &store{
		config:   config,
		hub:      hub,
		signKey:  randomBytes(32),
		tokens:   make(map[string]apiToken),
		sessions: make(map[string]*session),
		counts:   make(map[Operation]int),
		peers:    make(map[string]bool),
	}
	behaviour := config.Behaviour
	fill(&behaviour.LatencyMin, Seconds(config.Latency.Seconds()))
	fill(&behaviour.RateLimit, config.RateLimit)
	s.setBehaviour(behaviour.withDefaults())
	return s
}

// now returns the time on the simulator's clock. The monotonic reading is
// dropped, for the times are compared and shown as wall-clock times only.
func (s *store) now() time.Time {
	return time.Now().Add(s.offset).Round(0).UTC()
}

// apiTime returns t, a time on the simulator's clock, as the API's clock has it.
func (s *store) apiTime(t time.Time) time.Time {
	return t.Add(s.skew)
}

// apiMillis returns t, a time on the simulator's clock, as the epoch
// milliseconds that the API shows for it.
func (s *store) apiMillis(t time.Time) int64 {
	return s.apiTime(t).UnixMilli()
}

// setBehaviour sets the switches, which have to be valid. The latencies begin
// their sequence anew; a rate limit keeps what it has left over from the last.
func (s *store) setBehaviour(b Behaviour) {
	limit, burst := rate.Limit(b.RateLimit), int(max(1, b.RateLimit))
	if s.behaviour.RateLimit == 0 {
		s.limiter = rate.NewLimiter(limit, burst)
	} else {
		s.limiter.SetLimitAt(s.now(), limit)
		s.limiter.SetBurstAt(s.now(), burst)
	}
	s.behaviour = b
	s.hub.publish(Event{Name: EventBehaviour})
	s.random = rand.New(rand.NewPCG(1, 2))
}

// allows reports whether the rate limit lets one more call through.
func (s *store) allows() bool {
	return s.behaviour.RateLimit == 0 || s.limiter.AllowN(s.now(), 1)
}

// latency returns the latency of the next answer.
func (s *store) latency() time.Duration {
	shortest, longest := s.behaviour.LatencyMin.Duration(), s.behaviour.LatencyMax.Duration()
	if longest <= shortest {
		return shortest
	}
	return shortest + time.Duration(s.random.Int64N(int64(longest-shortest)))
}

// close stops what a store that is no longer used still has to do.
func (s *store) close() {
	for _, x := range s.order {
		x.dropPending()
		x.stopCallbacks()
	}
}

// add records a session, and forgets the oldest that have ended when there are
// too many.
func (s *store) add(x *session) {
	s.sessions[x.id] = x
	s.order = append(s.order, x)
	for len(s.order) > maxSessions {
		oldest := slices.IndexFunc(s.order, func(x *session) bool {
			s.settle(x, s.now())
			return x.state != StateIssued
		})
		if oldest < 0 {
			return
		}
		s.forget(s.order[oldest].id)
	}
}

// find returns the session with this id, brought up to date.
func (s *store) find(id string) (*session, bool) {
	found, ok := s.sessions[id]
	if ok {
		s.settle(found, s.now())
	}
	return found, ok
}

// findOf is find for an account: it knows only its own sessions.
func (s *store) findOf(account Account, id string) (*session, bool) {
	found, ok := s.find(id)
	return found, ok && found.account == account
}

// rename gives a session another id.
func (s *store) rename(x *session, id string) {
	delete(s.sessions, x.id)
	s.hub.publish(Event{Name: EventForgotten, SignatureID: x.id})
	x.id = id
	s.sessions[id] = x
	s.changed(x)
}

// forget removes a session and reports whether there was one.
func (s *store) forget(id string) bool {
	found, ok := s.sessions[id]
	if !ok {
		return false
	}
	found.dropPending()
	found.stopCallbacks()
	s.eraseReceiver(found)
	delete(s.sessions, id)
	i := slices.Index(s.order, found)
	s.order = slices.Delete(s.order, i, i+1)
	s.hub.publish(Event{Name: EventForgotten, SignatureID: id})
	return true
}

// Call is one API call that the simulator was asked. It holds no secrets.
type Call struct {
	Time          time.Time `json:"time"`
	Operation     Operation `json:"operation"`   // Empty for a path that the API does not have.
	Code          string    `json:"code"`        // Empty where a fault answered with no envelope.
	Message       string    `json:"message"`     // Of the envelope.
	HTTPStatus    int       `json:"http_status"` // 0 where the connection broke instead.
	SignatureID   string    `json:"signature_id"`
	TransactionID string    `json:"transaction_id"`
	Fault         string    `json:"fault"` // Kind of the fault that was injected; usually empty.
}

// record adds a call to the record. It drops the oldest when there are too many.
func (s *store) record(req request, answer reply, fault string) {
	call := Call{
		Time:          s.now(),
		Operation:     req.name(),
		Code:          answer.code,
		Message:       answer.message,
		HTTPStatus:    answer.status,
		SignatureID:   answer.signatureID,
		TransactionID: answer.transactionID,
		Fault:         fault,
	}
	fill(&call.HTTPStatus, http.StatusOK)
	if faultKinds[fault].silent {
		call.HTTPStatus = 0
	}
	if id := req.signatureID(); len(id) <= maxID {
		fill(&call.SignatureID, id)
	}
	s.calls = append(s.calls, call)
	s.calls = s.calls[max(0, len(s.calls)-maxCalls):]
	s.counts[call.Operation]++
	s.hub.publish(Event{Name: EventCall, SignatureID: call.SignatureID, Data: call})
	s.noteCall(call)
	s.peers[req.RemoteAddr] = true
}
