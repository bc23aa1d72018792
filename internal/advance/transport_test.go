package advance

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http/httpproxy"
)

// front passes connections on to a server, until it is told to go silent: then
// nothing comes through the connections that there are, and none is closed.
type front struct {
	net.Listener
	target string

	mu    sync.Mutex
	conns []*atomic.Bool // whether each is silent
}

func newFront(t *testing.T, target string) *front {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &front{Listener: listener, target: target}
	t.Cleanup(func() { _ = listener.Close() })
	go f.serve()
	return f
}

func (f *front) serve() {
	for {
		near, err := f.Accept()
		if err != nil {
			return // The test has ended.
		}
		far, err := net.Dial("tcp", f.target)
		if err != nil {
			_ = near.Close()
			continue
		}
		silent := new(atomic.Bool)
		f.mu.Lock()
		f.conns = append(f.conns, silent)
		f.mu.Unlock()
		go pass(far, near, silent)
		go pass(near, far, silent)
	}
}

// pass copies until the connection ends.
func pass(to, from net.Conn, silent *atomic.Bool) {
	defer to.Close()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		if !silent.Load() {
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
	}
}

func (f *front) goSilent() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, silent := range f.conns {
		silent.Store(true)
	}
}

// A connection that went silent costs each call one try at most: the next one
// has a new connection.
func TestNetwork_silentConnection(t *testing.T) {
	t.Parallel()

	for name, start := range protocols {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			s := serve(t, start, nil)
			f := newFront(t, s.Listener.Addr().String())
			var told attempts
			c := s.client(t, watch(&told), givenToken, func(cfg *Config) {
				cfg.Endpoint = strings.Replace(s.URL, s.Listener.Addr().String(), f.Addr().String(), 1)
				cfg.RequestTimeout = 500 * time.Millisecond
			})
			for range 2 {
				if err := call(t.Context(), c, OpGetResult); err != nil {
					t.Fatal(err)
				}
			}
			f.goSilent()
			const calls = 3
			for _, err := range inParallel(calls, func(int) error { return call(t.Context(), c, OpGetResult) }) {
				if err != nil {
					t.Error(err)
				}
			}
			for _, a := range told.list {
				if a.Number > 2 {
					t.Errorf("got attempt %+v, want the second one to succeed", a)
				}
			}
			if len(told.list) == 2+calls {
				t.Error("got no attempt that timed out, want the silent connection to be tried")
			}
		})
	}
}

// The transport that a caller gave may have a reason to be what it is.
func TestConnections_retire(t *testing.T) {
	t.Parallel()

	given := &http.Transport{}
	c := newConnections(given)
	if c.retire(given); c.transport() != given {
		t.Error("got another transport than the given one")
	}
	c = newConnections(nil)
	first := c.transport()
	c.retire(first)
	second := c.transport()
	if second == first {
		t.Error("got the same transport after its connection went silent")
	}
	if c.retire(first); c.transport() != second {
		t.Error("got a third transport after another attempt on the first one timed out")
	}
	h2 := second.(*http.Transport).HTTP2 //nolint:forcetypeassert // A test may panic.
	if h2 == nil || h2.SendPingTimeout <= 0 || h2.PingTimeout <= 0 {
		t.Errorf("got HTTP/2 settings %+v, want pings", h2)
	}
}

func TestProxyFunc(t *testing.T) {
	t.Parallel()

	tests := []struct {
		proxy   string
		noProxy string
		want    string
		err     error
	}{
		{"", "", "", nil},
		{"http://proxy.example:3128", "", "http://proxy.example:3128", nil},
		{"http://user:p%40ss@proxy.example:3128/", "", "http://user:p%40ss@proxy.example:3128/", nil},
		{"proxy.example:3128", "", "http://proxy.example:3128", nil},
		{"127.0.0.1:3128", "", "http://127.0.0.1:3128", nil},
		{"socks5://proxy.example", "", "socks5://proxy.example", nil},

		{"http://user:pa/ss@proxy.example:3128", "", "", ErrProxyURL},
		{"http://user:pa#ss@proxy.example:3128", "", "", ErrProxyURL},
		{"http://user:pa?ss@proxy.example:3128", "", "", ErrProxyURL},
		{"http://user:pa%ss@proxy.example:3128", "", "", ErrProxyURL},
		{"http://user:12/ss@proxy.example:3128", "", "", ErrProxyURL},
		{"http://user:12#ss@proxy.example:3128", "", "", ErrProxyURL},
		{"user:12?ss@proxy.example:3128", "", "", ErrProxyURL},
		{"http://user:pa ss@proxy.example:3128", "", "", ErrProxyURL},
		{"http://proxy.example:port", "", "", ErrProxyURL},
		{"http://", "", "", ErrProxyURL},
		{"\x00", "", "", ErrProxyURL},

		{"http://user:pa/ss@proxy.example:3128", "api.example", "", nil}, // Not needed.
	}
	for _, test := range tests {
		t.Run(test.proxy+" "+test.noProxy, func(t *testing.T) {
			t.Parallel()

			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "https://api.example/", http.NoBody)
			got, err := proxyFunc(httpproxy.Config{HTTPSProxy: test.proxy, NoProxy: test.noProxy})(r)
			if !errors.Is(err, test.err) {
				t.Errorf("got error %v, want %v", err, test.err)
			}
			if got == nil && test.want != "" || got != nil && got.String() != test.want {
				t.Errorf("got %v, want %q", got, test.want)
			}
		})
	}
}

func TestNetwork_proxy(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name     string
		status   string // of the response to CONNECT; empty: no such proxy
		userinfo string
		want     error
		attempts int
	}{
		{"login refused", "407 phrase-secret", "user-secret:pass-secret@", ErrProxyRefused, 1},
		{"forbidden", "403 phrase-secret", "", ErrProxyRefused, 1},
		{"failed", "502 phrase-secret", "", ErrProxy, 3},
		{"without a phrase", "502", "", ErrProxy, 3},
		{"no HTTP", "phrase-secret", "", ErrProtocol, 3},
		{"not reached", "", "user-secret:pass-secret@", ErrProxy, 3},
		{"URL that is none", "", "user-secret:pass/secret@", ErrProxyURL, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				reset(t, w, "HTTP/1.1 "+test.status+"\r\nContent-Length: 0\r\n\r\n")
			}))
			address := proxy.Listener.Addr().String()
			t.Cleanup(proxy.Close)
			if test.status == "" {
				proxy.Close()
			}
			var told attempts
			c := newClient(t, nil, watch(&told), givenToken, maxRetries(2))
			ownTransport(t, c).Proxy = proxyFunc(httpproxy.Config{HTTPSProxy: "http://" + test.userinfo + address})
			err := call(t.Context(), c, OpGenerateURL)
			if !errors.Is(err, test.want) || errorOf(t, err).OutcomeUnknown {
				t.Errorf("got error %v, want %v of an outcome that is known", err, test.want)
			}
			if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), address) {
				t.Errorf("got %q, which quotes the proxy", err)
			}
			if len(told.list) != test.attempts || IsTemporary(err) != (test.attempts > 1) {
				t.Errorf("got %d attempts, temporary %t, want %d", len(told.list), IsTemporary(err), test.attempts)
			}
		})
	}
}

// The errors of real connections, each by its kind.
func TestNetwork_transportErr(t *testing.T) {
	t.Parallel()

	quoting := func(first string) func(net.Conn) {
		return func(conn net.Conn) {
			_, _ = conn.Read(make([]byte, 32<<10)) // The request, which has no body.
			_, _ = io.WriteString(conn, first)
		}
	}
	tests := []struct {
		name   string
		scheme string
		serve  func(net.Conn)
		want   error
	}{
		{"no HTTP head", "http", quoting(`{"url":"wire-secret"}` + "\r\n\r\n"), ErrProtocol},
		{"no status", "http", quoting("HTTP/1.1 wire-secret\r\n\r\n"), ErrProtocol},
		{"malformed header", "http", quoting("HTTP/1.1 200 OK\r\nwire-secret\r\n\r\n"), ErrProtocol},
		{"malformed length", "http", quoting("HTTP/1.1 200 OK\r\nContent-Length: wire-secret\r\n\r\n"), ErrProtocol},
		{"unknown encoding", "http", quoting("HTTP/1.1 200 OK\r\nTransfer-Encoding: wire-secret\r\n\r\n"), ErrProtocol},
		{"malformed chunk", "http", quoting("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nwire-secret\r\n"), ErrProtocol},
		{"closed", "http", quoting(""), ErrConnectionClosed},
		{"closed in the body", "http", quoting("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"), ErrConnectionClosed},
		{"no TLS", "https", quoting("wire-secret wire-secret"), ErrTLS},
		{"HTTP instead of TLS", "https", quoting("HTTP/1.1 400 wire-secret\r\n\r\n"), ErrTLS},
		{"TLS alert", "https", func(conn net.Conn) { _ = tls.Server(conn, &tls.Config{MinVersion: tls.VersionTLS12}).Handshake() }, ErrTLS},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			go func() {
				conn, err := listener.Accept()
				if err != nil {
					return // The test has ended.
				}
				test.serve(conn)
				_ = conn.Close()
			}()
			c := newClient(t, nil, givenToken, maxRetries(0), func(cfg *Config) { cfg.Endpoint = test.scheme + "://" + listener.Addr().String() })
			err = call(t.Context(), c, OpClearData)
			if !errors.Is(err, test.want) || strings.Contains(err.Error(), "secret") {
				t.Errorf("got error %v, want %v", err, test.want)
			}
		})
	}
}
