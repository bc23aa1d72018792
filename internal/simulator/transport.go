package simulator

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

// Transport returns a transport that reaches the simulator over connections in
// memory, whatever host a request is for. There is no TLS: https is spoken in
// the clear.
//
// A connection serves one request and is then closed. So a testing/synctest
// bubble can end as soon as each response's body was read to its end or closed:
// an idle connection would keep goroutines in it.
func (s *Simulator) Transport() http.RoundTripper {
	server := &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	dial := func(context.Context, string, string) (net.Conn, error) {
		return connect(server), nil
	}
	return &http.Transport{
		DialContext:       dial,
		DialTLSContext:    dial,
		DisableKeepAlives: true,
	}
}

// connections numbers the connections in memory.
var connections atomic.Int64

// connect returns the client's end of a new connection in memory, whose other
// end the server serves.
func connect(server *http.Server) net.Conn {
	near, far := net.Pipe()
	address := memoryAddr(net.JoinHostPort("memory", strconv.FormatInt(connections.Add(1), 10)))
	wasReset := new(atomic.Bool)
	_ = server.Serve(&oneConn{Conn: &memoryConn{far, address, wasReset}}) // Returns once the connection is accepted.
	return &memoryConn{near, address, wasReset}
}

// memoryAddr is the address of a connection's client.
type memoryAddr string

// Network implements net.Addr.
func (memoryAddr) Network() string { return "memory" }

// String implements net.Addr.
func (a memoryAddr) String() string { return string(a) }

// memoryConn is either end of a connection in memory.
type memoryConn struct {
	net.Conn
	address  memoryAddr
	wasReset *atomic.Bool // shared by the two ends
}

// RemoteAddr returns the client's address, by which the server tells its
// connections apart.
func (c *memoryConn) RemoteAddr() net.Addr { return c.address }

// SetLinger announces, as that of net.TCPConn does with 0 seconds, that closing
// the connection resets it.
func (c *memoryConn) SetLinger(seconds int) error {
	c.wasReset.Store(seconds == 0)
	return nil
}

// Read implements net.Conn. It tells a reset from an end.
func (c *memoryConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if errors.Is(err, io.EOF) && c.wasReset.Load() {
		err = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	}
	return n, err
}

// oneConn is a listener that accepts one connection.
type oneConn struct{ net.Conn }

// Accept implements net.Listener.
func (l *oneConn) Accept() (net.Conn, error) {
	if l.Conn == nil {
		return nil, net.ErrClosed
	}
	conn := l.Conn
	l.Conn = nil
	return conn, nil
}

// Addr implements net.Listener.
func (l *oneConn) Addr() net.Addr { return memoryAddr("memory") }

// Close implements net.Listener. The connection stays open.
func (l *oneConn) Close() error { return nil }
