package advance

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Defaults for [Config] (API §1.1, §3.1).
const (
	DefaultEndpoint       = "https://api.advance.ai"
	DefaultTokenPeriod    = time.Hour
	DefaultRequestTimeout = 30 * time.Second
	DefaultMaxRetries     = 5
)

// MaxResponseBytes is the size up to which a response is read. Images as
// BASE64 can be megabytes (API §5.4).
const MaxResponseBytes = 32 << 20

// Config configures a [Client]. No field has a default other than its comment
// says; the Default constants are for the caller to apply.
type Config struct {
	Endpoint      string // absolute URL of the API; its path goes before the paths of the API
	TokenEndpoint string // absolute URL for generate-token; empty means Endpoint (API §1.1, vn-api)
	Credentials   Credentials

	TokenPeriod       time.Duration // lifetime to ask for, 60 s to 24 h in whole seconds (API §3.1)
	RequestTimeout    time.Duration // of one attempt, from dialing to the last byte
	MaxRetries        int           // of one call; 0 is one attempt
	RequestsPerSecond float64       // limit for all calls of the client; 0 is none

	UserAgent string
	Transport http.RoundTripper // nil means a transport of the client's own

	// OnAttempt, if not nil, is called after each attempt, with the context of
	// the call. For OpGenerateToken that is the call that mints for all.
	// Several goroutines may call it at the same time.
	OnAttempt func(context.Context, Attempt)
}

// Credentials is either a key pair, with which tokens are minted (API §3), or
// an access token that was minted elsewhere. The secret key is never sent.
type Credentials struct {
	AccessKey   string
	SecretKey   string
	AccessToken string
}

// Attempt describes one attempt of a call. It is fit for a log: it holds
// nothing that the request or the response carried in confidence.
type Attempt struct {
	Operation     Operation
	Number        int    // from 1
	Class         string // accepted, throttled, not_sent, ambiguous, token_rejected, clock_skewed or permanent
	Code          string // of the envelope, empty without one
	TransactionID string
	HTTPStatus    int // 0 without a response
	Duration      time.Duration
	RetryAfter    *time.Duration // the delay that the API asked for, nil if none
	BlockedUntil  time.Time      // for a throttled attempt: no call is sent before
	TransportErr  string         // why there is no envelope
}

// Client calls the API. It is safe for concurrent use. All its calls share
// connections, token and rate limit.
type Client struct {
	endpoint       string
	tokenEndpoint  string
	requestTimeout time.Duration
	maxRetries     int
	userAgent      string
	credentials    Credentials
	tokenPeriod    time.Duration
	keys           []string // to be redacted
	onAttempt      func(context.Context, Attempt)

	connections *connections
	tokens      *tokenSource // of the client's own calls
	limiter     *limiter

	issuedMu sync.Mutex
	issued   map[time.Duration]*tokenSource // of MintToken, by period

	// clockOffset is the API's clock minus the local one, in nanoseconds, as
	// the Date of the API's last response told it.
	clockOffset atomic.Int64
}

// New returns a client. It makes no call.
func New(cfg Config) (*Client, error) {
	if cfg.TokenEndpoint == "" {
		cfg.TokenEndpoint = cfg.Endpoint
	}
	endpoint, err := normalized(cfg.Endpoint)
	if err != nil {
		return nil, err
	}
	tokenEndpoint, err := normalized(cfg.TokenEndpoint)
	if err != nil {
		return nil, err
	}
	if cfg.RequestTimeout <= 0 {
		return nil, errors.New("the request timeout must be above zero")
	}
	if cfg.OnAttempt == nil {
		cfg.OnAttempt = func(context.Context, Attempt) {}
	}
	c := &Client{
		endpoint:       endpoint,
		tokenEndpoint:  tokenEndpoint,
		requestTimeout: cfg.RequestTimeout,
		maxRetries:     cfg.MaxRetries,
		userAgent:      cfg.UserAgent,
		credentials:    cfg.Credentials,
		tokenPeriod:    cfg.TokenPeriod,
		keys:           []string{cfg.Credentials.AccessKey, cfg.Credentials.SecretKey},
		onAttempt:      cfg.OnAttempt,
		connections:    newConnections(cfg.Transport),
		limiter:        newLimiter(cfg.RequestsPerSecond),
		issued:         map[time.Duration]*tokenSource{},
	}
	c.tokens = c.newTokenSource(cfg.TokenPeriod)
	return c, nil
}

// normalized returns an endpoint in the one form that is compared: scheme and
// host in lower case, no default port, no trailing slash.
func normalized(endpoint string) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil || !u.IsAbs() || u.Hostname() == "" {
		return "", errors.New("the endpoint is not an absolute URL")
	}
	u.Host = strings.ToLower(u.Host)
	for _, port := range []string{":", defaultPorts[u.Scheme]} {
		u.Host = strings.TrimSuffix(u.Host, port)
	}
	return strings.TrimRight(u.String(), "/"), nil
}

var defaultPorts = map[string]string{"http": ":80", "https": ":443"}

// Endpoint returns the URL that calls are sent to: scheme and host in lower case,
// without a default port and a trailing slash.
func (c *Client) Endpoint() string { return c.endpoint }

// maxClockDrift is how far the API's clock may be off before the client goes by
// it. The Date of a response is in whole seconds, and was on its way.
const maxClockDrift = 5 * time.Second

// Now returns the time by the API's clock: what the Date of its last response
// says, if that is off by more than 5 s, and otherwise the local time.
func (c *Client) Now() time.Time {
	return time.Now().Add(time.Duration(c.clockOffset.Load()))
}

// adjustClock takes over the time of a response that arrived just now.
func (c *Client) adjustClock(offset time.Duration) {
	if offset.Abs() <= maxClockDrift {
		offset = 0
	}
	c.clockOffset.Store(int64(offset))
}
