// Package simulator is a stand-in for the ADVANCE.AI H5 liveness API and for
// the H5 page that it sends end users to. It serves demos, tests, and users who
// want to rehearse their own flow without an account.
//
// It is written from the API reference alone and imports nothing of the
// provider, so that it catches the mistakes of the client rather than sharing
// them. It is strict where the API is strict, and keeps everything in memory.
//
// What time brings about (a link that expires, an erasure that completes) is
// worked out when somebody asks. A timer exists only while an outcome that was
// set ahead, or the next attempt of a callback, is due later. Goroutines run only
// while callbacks are sent, which needs [Config].CallbackTransport, and for each
// event stream that is open. With [Simulator.Transport] a simulator therefore
// works in a testing/synctest bubble too.
//
// Simulator has the lock and the store has the data: an exported method of
// Simulator locks, and no method of the store does. The functions that a store
// is given, later and deliver, take the lock when they call back.
package simulator

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/simulator/ui"
)

// The key pair of the API reference's test vector, which the simulator takes
// unless [Config] names another one.
const (
	DefaultAccessKey = "sampleaccesskey"
	DefaultSecretKey = "samplesecretkey"
)

// DefaultLinkLifetime is how long a link lives, as the API documents it.
const DefaultLinkLifetime = time.Hour

// Config says how a simulator starts. The zero value is a good default.
type Config struct {
	AccessKey    string        // Default: [DefaultAccessKey].
	SecretKey    string        // Default: [DefaultSecretKey].
	KeyPairs     []KeyPair     // Further key pairs, of the same account or of others.
	LinkLifetime time.Duration // After it a session ends as INCOMPLETE, USER_TIMEOUT. Default: [DefaultLinkLifetime].
	Latency      time.Duration // Of each API answer: Behaviour.LatencyMin at the start.
	RateLimit    float64       // API calls a second: Behaviour.RateLimit at the start.
	Behaviour    Behaviour     // The other switches at the start. They have to be valid.

	// CallbackTransport sends the callbacks. nil sends none. It should have a
	// limit for idle connections that suits it, as http.Transport has.
	CallbackTransport http.RoundTripper
}

// KeyPair is a key pair and the account that it belongs to. An account may have
// several.
type KeyPair struct {
	AccessKey string
	SecretKey string
	Account   Account // Default: that of Config.AccessKey.
}

// Account is one of the API's accounts, as the claims of its tokens name it
// (API §3.3). It knows only its own sessions.
type Account struct {
	CustomerID int
	AccountID  int
}

// defaultAccount is the account of Config.AccessKey.
var defaultAccount = Account{CustomerID: 1, AccountID: 1}

// Simulator is the API, its H5 page and the control API as one http.Handler.
// It is safe for concurrent use.
type Simulator struct {
	config  Config
	handler http.Handler // all that ServeHTTP serves
	control http.Handler
	api     http.Handler

	ctx    context.Context // of callbacks; ends with Close
	cancel context.CancelFunc
	client *http.Client // sends callbacks
	pool   pool         // its jobs take mu, so mu is never held while waiting for them

	mu    sync.Mutex
	hub   *hub
	store *store
}

// New returns a simulator that has no sessions yet.
func New(config Config) *Simulator {
	fill(&config.AccessKey, DefaultAccessKey)
	fill(&config.SecretKey, DefaultSecretKey)
	if config.LinkLifetime <= 0 {
		config.LinkLifetime = DefaultLinkLifetime
	}
	config.KeyPairs = append([]KeyPair{{AccessKey: config.AccessKey, SecretKey: config.SecretKey}}, config.KeyPairs...)
	for i := range config.KeyPairs {
		fill(&config.KeyPairs[i].Account, defaultAccount)
	}
	s := &Simulator{config: config, hub: newHub(), client: newCallbackClient(config.CallbackTransport)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.store = s.newStore()
	s.handler = sameOrigin(http.HandlerFunc(s.route))
	s.control = unlinked(s.newControl())
	s.api = unlinked(http.HandlerFunc(s.serveAPI))
	return s
}

// newStore returns an empty store.
func (s *Simulator) newStore() *store {
	made := newStore(s.config, s.hub)
	made.later = func(d time.Duration, do func()) *time.Timer {
		return time.AfterFunc(d, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.store == made {
				do()
			}
		})
	}
	made.ctx = s.ctx
	if s.config.CallbackTransport != nil {
		made.deliver = s.deliver
	}
	return made
}

// Reset makes the simulator as new: no sessions, tokens, faults, calls or
// outcomes set ahead, the clock on time, and the behaviour that [Config] asked for.
func (s *Simulator) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store.close()
	s.store = s.newStore()
	s.hub.publish(Event{Name: EventReset})
}

// Close ends all subscriptions and event streams, and gives up all callbacks. It
// returns when no goroutine sends any more.
func (s *Simulator) Close() {
	s.mu.Lock()
	s.cancel()
	s.hub.close()
	s.mu.Unlock()
	s.pool.close()
	s.client.CloseIdleConnections()
}

// ServeHTTP serves the four operations of the API, the H5 page, the images
// that results link to, and the control API. Any other path gets the API's
// answer to a wrong path. A page of another origin can change nothing.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.handler.ServeHTTP(w, r)
}

// route serves a request of whoever may make it.
func (s *Simulator) route(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Date", s.apiNow().Format(http.TimeFormat))
	path := r.URL.Path
	switch {
	case strings.HasPrefix(path, controlPrefix):
		s.control.ServeHTTP(w, r)
	case path == "/" && (r.Method == http.MethodGet || r.Method == http.MethodHead):
		ui.ServeDashboard(w)
	case strings.HasPrefix(path, ui.Prefix):
		ui.ServeFile(w, r)
	case strings.HasPrefix(path, pagePrefix):
		s.servePage(w, r)
	case strings.HasPrefix(path, mediaPrefix):
		s.serveMedia(w, r)
	case path == "/favicon.ico": // Browsers ask for it by themselves.
		http.NotFound(w, r)
	default:
		s.api.ServeHTTP(w, r)
	}
}

// Now returns the time on the simulator's clock: time.Now, plus all that
// [Simulator.Advance] has added.
func (s *Simulator) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store.now()
}

// apiNow returns the time on the API's clock.
func (s *Simulator) apiNow() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store.apiTime(s.store.now())
}

// Advance moves the simulator's clock on by d: links and tokens grow older, and
// a rate limit's allowance and a running erasure move on too. The clock never
// goes back, and never more than a century ahead: what would lead further has
// no effect.
func (s *Simulator) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store.offset += min(max(d, 0), century-s.store.offset)
	s.hub.publish(Event{Name: EventClock})
	s.store.settleAll()
	for _, x := range s.store.order {
		s.store.rearm(x)
	}
}

// SetSkew puts the API's clock off by d from [Simulator.Now], as if its
// servers' clocks were wrong; a negative d puts it behind. The API's clock is
// what a client gets to see: the Date header, every epoch figure in an answer,
// and the clock that the timestamp of a token request is checked against.
// What the simulator keeps to itself stays on Now: tokens and links live as
// long as they should, whatever the skew is or becomes, and [Session] and
// [Call] tell their times on Now.
func (s *Simulator) SetSkew(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store.skew = d
	s.hub.publish(Event{Name: EventClock})
}

// SetBehaviour sets all switches. Like regexp.MustCompile it panics when one is
// not valid, because then the test that calls it is wrong.
func (s *Simulator) SetBehaviour(b Behaviour) {
	b = b.withDefaults()
	if err := b.validate(); err != nil {
		panic("simulator: " + err.Error())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store.setBehaviour(b)
}

// Behaviour returns all switches, with the defaults filled in.
func (s *Simulator) Behaviour() Behaviour {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store.behaviour
}

// Sessions returns the sessions in order of creation. Missing are those that
// were forgotten: by [Simulator.Forget], or because they were the oldest of more
// than 50,000, and had ended.
func (s *Simulator) Sessions() []Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store.settleAll()
	sessions := make([]Session, len(s.store.order))
	for i, x := range s.store.order {
		sessions[i] = x.public()
	}
	return sessions
}

// Session returns the session with this signature id, unless it was forgotten.
func (s *Simulator) Session(id string) (Session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.store.find(id)
	if !ok {
		return Session{}, false
	}
	return found.public(), true
}

// Finish ends a session, as if the end user had. It fails for an unknown
// session, for one that has finished already, and for an impossible outcome.
func (s *Simulator) Finish(id string, outcome Outcome) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store.finish(id, outcome)
}

// Forget removes all traces of a session, as if the API had never known it, and
// reports whether there was one.
func (s *Simulator) Forget(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store.forget(id)
}

// MintToken returns a new token of an account that lives for the given period,
// as if another program had asked for it. The zero Account is that of
// Config.AccessKey.
func (s *Simulator) MintToken(account Account, period time.Duration) string {
	fill(&account, defaultAccount)
	s.mu.Lock()
	defer s.mu.Unlock()
	token, _ := s.store.mintToken(account, period, "")
	return token
}

// RevokeTokens makes the API forget all tokens that it has minted, as if it had
// been restarted: calls that bear one get IAM_FAILED.
func (s *Simulator) RevokeTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.store.tokens)
}

// Calls returns the API calls so far, in the order in which they took effect,
// but no more than the newest 100,000. What the control API and the H5 page
// were asked is not among them.
func (s *Simulator) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Call{}, s.store.calls...)
}

// CallCount returns how many calls of one operation there were, whatever became
// of them.
func (s *Simulator) CallCount(operation Operation) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store.counts[operation]
}

// Connections returns how many client connections API calls came on, told apart
// by their remote addresses.
func (s *Simulator) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.store.peers)
}

// Inject makes something go wrong. Faults of one operation wait in line: each
// call meets the first one that is for it. It fails for an unknown operation or
// kind, and for a fault that its operation cannot have.
func (s *Simulator) Inject(fault Fault) error {
	if err := fault.validate(); err != nil {
		return fmt.Errorf("injecting a fault: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store.inject(fault)
	return nil
}

// Faults returns the faults that still wait for calls, in order.
func (s *Simulator) Faults() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	faults := make([]Fault, len(s.store.faults))
	for i, fault := range s.store.faults {
		faults[i] = *fault
	}
	return faults
}

// ClearFaults takes all faults away.
func (s *Simulator) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store.faults = nil
	s.hub.publish(Event{Name: EventFaults})
}

// baseURL returns the scheme and host that r was sent to: links point there.
func baseURL(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// randomBytes returns n random bytes. crypto/rand.Read never fails.
func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

// newID returns an id as the API makes them: 16 lower-case hex digits.
func newID() string {
	return hex.EncodeToString(randomBytes(8))
}
