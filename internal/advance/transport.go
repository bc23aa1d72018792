package advance

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http/httpproxy"
)

// connections holds the transport that a client sends its requests with.
type connections struct {
	mu      sync.Mutex
	current http.RoundTripper
	own     bool // made by the client, so it may be replaced
}

func newConnections(given http.RoundTripper) *connections {
	if given != nil {
		return &connections{current: given}
	}
	standard, ok := http.DefaultTransport.(*http.Transport)
	if !ok { // replaced by the program
		return &connections{current: http.DefaultTransport}
	}
	return &connections{current: newTransport(standard), own: true}
}

func (c *connections) transport() http.RoundTripper {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.current
}

// retire replaces the transport of an attempt that timed out, because its
// connection may be silent from now on: the next attempt gets a new one. Other
// attempts finish on the old transport. The first of them that times out
// replaces it for all.
func (c *connections) retire(used http.RoundTripper) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t, ok := used.(*http.Transport); ok && c.own && used == c.current {
		c.current = t.Clone()
		t.CloseIdleConnections()
	}
}

// newTransport returns a copy of the standard transport with three changes. It
// keeps as many idle connections for one host as in total: the standard one
// keeps two, and would open new ones for most of Terraform's parallel operations.
// It finds out by pings that an HTTP/2 connection went silent. It is strict
// about proxies.
func newTransport(standard *http.Transport) *http.Transport {
	t := standard.Clone()
	t.MaxIdleConnsPerHost = t.MaxIdleConns
	t.HTTP2 = &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 10 * time.Second}
	t.Proxy = proxyFunc(*httpproxy.FromEnvironment())
	t.OnProxyConnectResponse = func(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
		return proxyStatusErr(resp.StatusCode)
	}
	return t
}

// proxyStatusErr returns the error of a proxy's response to CONNECT. net/http
// would quote its status line.
func proxyStatusErr(status int) error {
	switch status {
	case http.StatusOK:
		return nil
	case http.StatusProxyAuthRequired, http.StatusForbidden:
		return ErrProxyRefused
	default:
		return ErrProxy
	}
}

// proxyFunc returns the proxy for a request as [http.ProxyFromEnvironment] does,
// but refuses a proxy that is no URL. The standard function would send the
// request without it, or to a host that is a part of the password.
func proxyFunc(env httpproxy.Config) func(*http.Request) (*url.URL, error) {
	const unusable = "http://unusable.invalid"
	for _, proxy := range []*string{&env.HTTPProxy, &env.HTTPSProxy} {
		if *proxy != "" && !isProxyURL(*proxy) {
			*proxy = unusable
		}
	}
	find := env.ProxyFunc()
	return func(r *http.Request) (*url.URL, error) {
		u, err := find(r.URL)
		if err != nil || u != nil && u.String() == unusable {
			return nil, ErrProxyURL
		}
		return u, nil
	}
}

// isProxyURL reports whether s is a URL, or a host and port. An @ after the host
// means that a character of the password is not percent-encoded.
func isProxyURL(s string) bool {
	if !strings.Contains(s, "://") {
		s = "http://" + s
	}
	u, err := url.Parse(s)
	return err == nil && u.Hostname() != "" && !strings.Contains(u.Path+u.RawQuery+u.Fragment, "@")
}
