package advance

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"path"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// The tests of this file are about what net/http makes of the client's
// requests, so they go over real connections, on loopback. Time is real too:
// nothing here waits for more than a first delay of the backoff.

// testServer is an API over real connections.
type testServer struct {
	*httptest.Server
	connections atomic.Int32
	mu          sync.Mutex
	calls       map[Operation]int
	protocols   map[string]int
}

// serve starts an API. special responds to the requests that it reports true
// for, by operation and number of the call, from 1.
func serve(t *testing.T, start func(*httptest.Server), special func(w http.ResponseWriter, r *http.Request, op Operation, n int) bool) *testServer {
	t.Helper()
	s := &testServer{calls: map[Operation]int{}, protocols: map[string]int{}}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return // The request never arrived whole.
		}
		op := Operation(path.Base(r.URL.Path))
		s.mu.Lock()
		s.calls[op]++
		s.protocols[r.Proto]++
		n := s.calls[op]
		s.mu.Unlock()
		if special != nil && special(w, r, op, n) {
			return
		}
		data := map[Operation]string{OpGenerateToken: `{"token":"t"}`, OpGenerateURL: madeSession}[op]
		if data == "" {
			data = "null"
		}
		_, _ = io.WriteString(w, envelopeOf(CodeSuccess, "OK", data))
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.connections.Add(1)
		}
	}
	start(s.Server)
	t.Cleanup(s.Close)
	return s
}

func (s *testServer) count(op Operation) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[op]
}

// The ways to start a server.
var (
	plain = (*httptest.Server).Start
	http1 = (*httptest.Server).StartTLS
	http2 = func(s *httptest.Server) {
		s.EnableHTTP2 = true
		s.StartTLS()
	}
	protocols = map[string]func(*httptest.Server){"plain": plain, "HTTP/1.1": http1, "HTTP/2.0": http2}
)

// client makes a client of the server, with the client's own transport, which
// trusts the server.
func (s *testServer) client(t *testing.T, options ...func(*Config)) *Client {
	t.Helper()
	c := newClient(t, nil, append([]func(*Config){func(cfg *Config) { cfg.Endpoint = s.URL }}, options...)...)
	transport := ownTransport(t, c)
	if s.TLS != nil {
		trusting, _ := s.Client().Transport.(*http.Transport)
		transport.TLSClientConfig = &tls.Config{RootCAs: trusting.TLSClientConfig.RootCAs, MinVersion: tls.VersionTLS12}
	}
	t.Cleanup(func() { ownTransport(t, c).CloseIdleConnections() })
	return c
}

// ownTransport returns the transport that a client has now.
func ownTransport(t *testing.T, c *Client) *http.Transport {
	t.Helper()
	transport, ok := c.connections.transport().(*http.Transport)
	if !ok {
		t.Fatal("the client's own transport is no *http.Transport")
	}
	return transport
}

func TestNetwork_connectionReuse(t *testing.T) {
	t.Parallel()

	for name, start := range protocols {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			// The first responses are sent when all requests are there: otherwise one could
			// finish while the connection that was opened for it is in the making.
			const parallel, calls = 10, 40
			var come sync.WaitGroup
			come.Add(parallel)
			s := serve(t, start, func(_ http.ResponseWriter, _ *http.Request, op Operation, n int) bool {
				if op == OpGenerateURL && n <= parallel {
					come.Done()
					come.Wait()
				}
				return false
			})
			c := s.client(t)
			for range calls / parallel {
				for _, err := range inParallel(parallel, func(int) error { return call(t.Context(), c, OpGenerateURL) }) {
					if err != nil {
						t.Error(err)
					}
				}
			}
			if got := s.connections.Load(); got > parallel {
				t.Errorf("got %d connections, want %d at most", got, parallel)
			}
			if s.count(OpGenerateURL) != calls || s.count(OpGenerateToken) != 1 {
				t.Errorf("got %d calls and %d mints, want %d and 1", s.count(OpGenerateURL), s.count(OpGenerateToken), calls)
			}
			if want := map[bool]string{true: "HTTP/2.0", false: "HTTP/1.1"}[name == "HTTP/2.0"]; s.protocols[want] != calls+1 {
				t.Errorf("got requests by %v, want all by %s", s.protocols, want)
			}
		})
	}
}

func TestNetwork_untrustedCertificate(t *testing.T) {
	t.Parallel()

	s := serve(t, http1, nil)
	var told attempts
	c := newClient(t, nil, watch(&told), func(cfg *Config) { cfg.Endpoint = s.URL })
	err := call(t.Context(), c, OpGenerateURL)
	if !errors.Is(err, ErrCertificate) {
		t.Errorf("got error %v, want one about the certificate", err)
	}
	if len(told.list) != 1 || s.count(OpGenerateToken) != 0 {
		t.Errorf("got %d attempts and %d calls, want 1 and none", len(told.list), s.count(OpGenerateToken))
	}
}

func TestNetwork_refused(t *testing.T) {
	t.Parallel()

	s := serve(t, plain, nil)
	var dials atomic.Int32
	transport := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		if dials.Add(1) <= 2 {
			return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
		}
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	var told attempts
	c := newClient(t, transport, watch(&told), givenToken, func(cfg *Config) { cfg.Endpoint = s.URL })
	if err := call(t.Context(), c, OpGenerateURL); err != nil {
		t.Fatal(err)
	}
	if len(told.list) != 3 || s.count(OpGenerateURL) != 1 {
		t.Errorf("got %d attempts and %d calls, want 3 and 1", len(told.list), s.count(OpGenerateURL))
	}
}

// reset closes a connection so that the other side sees it break.
func reset(t *testing.T, w http.ResponseWriter, first string) {
	t.Helper()
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	_, _ = io.WriteString(conn, first)
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

func TestNetwork_broken(t *testing.T) {
	t.Parallel()

	breaks := map[string]string{
		"before the response":     "",
		"within the header":       "HTTP/1.1 200 OK\r\nContent-",
		"within the body":         "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"code\":\"SUCCESS\"",
		"within a chunk":          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n100\r\n{\"code\":\"SUCCESS\"}",
		"with a malformed header": "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
	}
	for name, first := range breaks {
		for _, op := range []Operation{OpGenerateURL, OpGetResult, OpClearData} {
			t.Run(name+"/"+string(op), func(t *testing.T) {
				t.Parallel()

				always := serve(t, plain, func(w http.ResponseWriter, _ *http.Request, of Operation, _ int) bool {
					if of == op {
						reset(t, w, first)
					}
					return of == op
				})
				err := call(t.Context(), always.client(t, maxRetries(1)), op)
				e := errorOf(t, err)
				if e.Attempts != 2 || always.count(op) != 2 {
					t.Errorf("got %d attempts and %d calls, want 2 of each: %v", e.Attempts, always.count(op), err)
				}
				if want := op == OpGenerateURL; e.OutcomeUnknown != want {
					t.Errorf("got outcome unknown %t, want %t: %v", e.OutcomeUnknown, want, err)
				}
				if e.Err == nil {
					t.Error("got an error without a cause")
				}

				once := serve(t, plain, func(w http.ResponseWriter, _ *http.Request, of Operation, n int) bool {
					if of == op && n == 1 {
						reset(t, w, first)
					}
					return of == op && n == 1
				})
				if err := call(t.Context(), once.client(t, maxRetries(1)), op); err != nil {
					t.Errorf("got error %v after a second try that worked", err)
				}
			})
		}
	}
}

// Once net/http has taken the body of generate-url, an interrupt no longer ends
// the request. The handler holds the response back until the interrupt is known
// everywhere.
func TestNetwork_interrupt(t *testing.T) {
	t.Parallel()

	for name, start := range protocols {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			arrived, interrupted := make(chan struct{}), make(chan struct{})
			s := serve(t, start, func(_ http.ResponseWriter, r *http.Request, op Operation, n int) bool {
				switch {
				case op == OpGenerateURL && n == 1:
					close(arrived)
					<-interrupted
					select {
					case <-r.Context().Done():
						t.Error("got the end of generate-url's connection, want it to wait for the response")
					case <-time.After(50 * time.Millisecond): // As long as an interrupt takes to come through.
					}
				case op == OpGetResult:
					<-r.Context().Done() // Comes with the interrupt.
					return true
				}
				return false
			})
			c := s.client(t)
			ctx, cancel := context.WithCancel(t.Context())
			var session *Session
			var err error
			var made sync.WaitGroup
			made.Go(func() { session, err = c.GenerateURL(ctx, sampleRequest()) })
			<-arrived
			cancel()
			close(interrupted)
			made.Wait()
			if err != nil || session.SignatureID != "ed8b21c0c87ad617" {
				t.Errorf("got %+v, %v, want the session", session, err)
			}

			ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			if err := call(ctx, c, OpGetResult); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got error %v, want context.DeadlineExceeded", err)
			}
		})
	}
}

// The header's documented spelling has a blank before the colon (API §8.1),
// which net/http keeps as part of the name.
func TestNetwork_retryAfter(t *testing.T) {
	t.Parallel()

	for _, line := range []string{"Retry-After :10s", "Retry-After: 10s", "Retry-After: :10s", "retry-after :10s"} {
		t.Run(line, func(t *testing.T) {
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
				defer conn.Close()
				if _, err := http.ReadRequest(bufio.NewReader(conn)); err != nil {
					return
				}
				_, _ = io.WriteString(conn, "HTTP/1.1 429 Too Many Requests\r\n"+line+"\r\nContent-Length: 0\r\n\r\n")
			}()

			c := newClient(t, nil, givenToken, func(cfg *Config) { cfg.Endpoint = "http://" + listener.Addr().String() })
			ctx, cancel := context.WithTimeout(t.Context(), 9*time.Second)
			defer cancel()
			started := time.Now()
			err = call(ctx, c, OpGetResult)
			var late *RetryAfterError
			if !errors.As(err, &late) {
				t.Fatalf("got error %v, want a RetryAfterError", err)
			}
			if got := late.Until.Sub(started); got < 10*time.Second || got > 15*time.Second {
				t.Errorf("got a pause of about %v, want 10s", got)
			}
		})
	}
}

// failingConn is a connection whose writes fail from some time on.
type failingConn struct {
	net.Conn
	failing *atomic.Bool
}

func (c failingConn) Write(p []byte) (int, error) {
	if c.failing.Load() {
		return 0, errReset
	}
	return c.Conn.Write(p)
}

// A request that finds its idle connection closed goes out again on a new one,
// which is no retry.
func TestNetwork_staleConnection(t *testing.T) {
	t.Parallel()

	s := serve(t, plain, nil)
	var failing atomic.Bool
	transport := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if failing.Load() {
			return conn, err
		}
		return failingConn{conn, &failing}, err
	}}
	t.Cleanup(transport.CloseIdleConnections)
	c := newClient(t, transport, givenToken, maxRetries(0), func(cfg *Config) { cfg.Endpoint = s.URL })
	for _, stale := range []bool{false, true} {
		failing.Store(stale)
		if err := call(t.Context(), c, OpGenerateURL); err != nil {
			t.Errorf("with a stale connection %t: got error %v, want none", stale, err)
		}
	}
	if got := s.connections.Load(); got != 2 {
		t.Errorf("got %d connections, want 2", got)
	}
}
