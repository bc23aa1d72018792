package advance

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// Defaults for [Config], as the API reference suggests them where it says
// anything (API §1.1, §3.1).
const (
	DefaultEndpoint       = "https://api.advance.ai"
	DefaultTokenPeriod    = time.Hour
	DefaultRequestTimeout = 30 * time.Second
	DefaultMaxRetries     = 5
)

// MaxResponseBytes bounds one answer. Images as BASE64 can be megabytes (API
// §5.4); anything beyond this is refused before it fills the memory.
const MaxResponseBytes = 32 << 20

// Config says how to reach the API. The zero value of a field means what its
// comment says, never "the default": the caller applies those.
type Config struct {
	Endpoint      string // absolute URL of the API; a path is kept in front of the API's own
	TokenEndpoint string // the host that mints tokens; empty means Endpoint (API §1.1, vn-api)
	Credentials   Credentials

	TokenPeriod       time.Duration // lifetime to ask for, 60 s to 24 h in whole seconds (API §3.1)
	RequestTimeout    time.Duration // of one HTTP exchange, from dialling to the last byte
	MaxRetries        int           // further tries of one call; 0 is one try
	RequestsPerSecond float64       // ceiling over all calls of the client; 0 is none

	UserAgent string
	Transport http.RoundTripper // nil means a transport of the client's own

	// OnAttempt, where set, is told of each attempt when it has ended, with
	// the context of the call: for OpGenerateToken that of the call which mints
	// for all. It is called from several goroutines at once.
	OnAttempt func(context.Context, Attempt)
}

// Credentials is either a key pair, from which tokens are minted (API §3), or
// a token that was minted elsewhere. The secret key is never sent.
type Credentials struct {
	AccessKey   string
	SecretKey   string
	AccessToken string
}

// Attempt is what may be logged of one HTTP exchange. It holds nothing that
// the request or the answer carried in confidence.
type Attempt struct {
	Operation     Operation
	Number        int    // 1 for a call's first attempt
	Code          string // envelope code, empty where no envelope arrived
	TransactionID string
	HTTPStatus    int // 0 where no response arrived
	Duration      time.Duration
	TransportErr         string // why no envelope arrived, empty where one did
}

// Client calls the API. It is safe for concurrent use; all calls share its
// connections, its token and its pace.
type Client struct {
	endpoint       string
	tokenEndpoint  string
	requestTimeout time.Duration
	maxRetries     int
	userAgent      string
	keys           []string // never quoted
	onAttempt      func(context.Context, Attempt)

	http    *http.Client
	tokens  *tokenSource
	limiter *limiter

	// clockOffset is what to add to the local clock to have the API's, in
	// nanoseconds. It is learnt when the API refuses a timestamp (API §3.1).
	clockOffset atomic.Int64
}

// New returns a client. It makes no call.
func New(cfg Config) (*Client, error) {
	if cfg.TokenEndpoint == "" {
		cfg.TokenEndpoint = cfg.Endpoint
	}
	for _, endpoint := range []string{cfg.Endpoint, cfg.TokenEndpoint} {
		if u, err := url.Parse(endpoint); err != nil || !u.IsAbs() || u.Host == "" {
			return nil, errors.New("the endpoint is not an absolute URL")
		}
	}
	if cfg.RequestTimeout <= 0 {
		return nil, errors.New("the request time-out must be above zero")
	}
	if cfg.OnAttempt == nil {
		cfg.OnAttempt = func(context.Context, Attempt) {}
	}
	if cfg.Transport == nil {
		cfg.Transport = newTransport()
	}
	c := &Client{
		endpoint:       strings.TrimRight(cfg.Endpoint, "/"),
		tokenEndpoint:  strings.TrimRight(cfg.TokenEndpoint, "/"),
		requestTimeout: cfg.RequestTimeout,
		maxRetries:     cfg.MaxRetries,
		userAgent:      cfg.UserAgent,
		keys:           []string{cfg.Credentials.AccessKey, cfg.Credentials.SecretKey},
		onAttempt:      cfg.OnAttempt,
		http: &http.Client{
			Transport: cfg.Transport,
			// A redirect would take the token along to wherever it points.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		limiter: newLimiter(cfg.RequestsPerSecond),
	}
	c.tokens = newTokenSource(cfg.Credentials.AccessToken, c.Now, func(ctx context.Context) (token, error) {
		return c.mint(ctx, cfg.Credentials, cfg.TokenPeriod)
	})
	return c, nil
}

// newTransport keeps a connection for each of Terraform's parallel operations;
// the standard transport would close all but two of them after every call.
func newTransport() http.RoundTripper {
	standard, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport // replaced by the program; theirs to tune
	}
	t := standard.Clone()
	t.MaxIdleConnsPerHost = t.MaxIdleConns
	return t
}

// Endpoint is where the client sends its calls, without a trailing slash.
func (c *Client) Endpoint() string { return c.endpoint }

// Now is the time on the API's clock, as far as the client knows it.
func (c *Client) Now() time.Time {
	return time.Now().Add(time.Duration(c.clockOffset.Load()))
}
