// Package simulator is a stand-in for the ADVANCE.AI H5 liveness API and for
// the H5 page that it sends end users to. It serves demos, tests, and users who
// want to rehearse their own flow without an account.
//
// It is written from the API reference alone and imports nothing of the
// provider, so that it catches the mistakes of the client rather than sharing
// them. It is strict where the API is strict, keeps everything in memory, and
// runs no goroutine of its own: whatever time brings about (a link that
// expires, an erasure that completes) is worked out when somebody asks. With
// [Simulator.Transport] it therefore works in a testing/synctest bubble too.
package simulator

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strings"
	"sync"
	"time"
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
	LinkLifetime time.Duration // After it a session ends as INCOMPLETE, USER_TIMEOUT. Default: [DefaultLinkLifetime].
	Latency      time.Duration // Of each API answer. See Behaviour.LatencyMin for more.
	RateLimit    float64       // API calls a second; 0 is unlimited.
}

// Simulator is the API, its H5 page and the control API as one http.Handler.
// It is safe for concurrent use.
type Simulator struct {
	config  Config
	signKey []byte // signs tokens and media links
	control http.Handler

	mu        sync.Mutex
	offset    time.Duration // of the clock from time.Now
	skew      time.Duration // of the API's clock from the simulator's
	behaviour Behaviour
	latency   latencySource
	bucket    bucket
	tokens    map[string]time.Time // API tokens and when they expire
	sessions  map[string]*session
	order     []string // signature ids in order of creation
	faults    []*Fault
	calls     []Call
	counts    map[Operation]int
	peers     map[string]bool // remote addresses of API calls
}

// New returns a simulator that has no sessions yet.
func New(config Config) *Simulator {
	if config.AccessKey == "" {
		config.AccessKey = DefaultAccessKey
	}
	if config.SecretKey == "" {
		config.SecretKey = DefaultSecretKey
	}
	if config.LinkLifetime <= 0 {
		config.LinkLifetime = DefaultLinkLifetime
	}
	s := &Simulator{config: config, signKey: randomBytes(32)}
	s.control = s.newControl()
	s.Reset()
	return s
}

// Reset makes the simulator as new: no sessions, tokens, faults or calls, the
// clock on time, and the behaviour that [Config] asked for.
func (s *Simulator) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offset, s.skew = 0, 0
	s.tokens = make(map[string]time.Time)
	s.sessions = make(map[string]*session)
	s.order = nil
	s.faults = nil
	s.calls = nil
	s.counts = make(map[Operation]int)
	s.peers = make(map[string]bool)
	s.bucket = bucket{}
	s.setBehaviour(Behaviour{
		LatencyMin: s.config.Latency,
		RateLimit:  s.config.RateLimit,
	}.withDefaults())
}

// ServeHTTP serves the four operations of the API, the H5 page, the images
// that results link to, and the control API. Any other path gets the API's
// answer to a wrong path.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Date", s.apiNow().Format(http.TimeFormat))
	path := r.URL.Path
	switch {
	case strings.HasPrefix(path, controlPrefix):
		s.control.ServeHTTP(w, r)
	case strings.HasPrefix(path, pagePrefix):
		s.servePage(w, r)
	case strings.HasPrefix(path, mediaPrefix):
		s.serveMedia(w, r)
	case path == "/favicon.ico": // Browsers ask for it by themselves.
		http.NotFound(w, r)
	default:
		s.serveAPI(w, r, operationOf(path))
	}
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
