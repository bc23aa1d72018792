package simulator

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
)

// Transport returns a transport that hands requests to the simulator in
// process, whatever host they are for. To a client it looks like a network:
// broken connections are errors, bodies can be cut off, and the hooks of a
// httptrace.ClientTrace are called, but with no net.Conn.
//
// It has no goroutine once the response's body was read to its end or closed,
// or the request's context has ended, so that it can be used within a
// testing/synctest bubble. Each transport has its own connections, as far as
// [Simulator.Connections] is concerned.
func (s *Simulator) Transport() http.RoundTripper {
	return &transport{handler: s, id: transports.Add(1)}
}

// transports numbers the transports.
var transports atomic.Int64

// transport is an http.RoundTripper around a handler.
type transport struct {
	handler http.Handler
	id      int64

	mu   sync.Mutex
	idle []string // addresses of connections that wait for the next request
	made int
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := readBody(r)
	if err != nil {
		return nil, err
	}
	if err := context.Cause(r.Context()); err != nil {
		return nil, err
	}
	address := t.connect(r)
	call := newExchange(r, body, address)
	go call.serve(t.handler)
	response, err := call.response(r)
	if err == nil && call.whole {
		t.release(address)
	}
	return response, err
}

// readBody reads and closes the request's body, as a RoundTripper has to.
func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(r.Body)
	return body, errors.Join(err, r.Body.Close())
}

// connect picks a connection and tells the request's trace about it.
func (t *transport) connect(r *http.Request) string {
	trace := httptrace.ContextClientTrace(r.Context())
	if trace != nil && trace.GetConn != nil {
		trace.GetConn(r.URL.Host)
	}
	address, reused := t.acquire()
	if trace == nil {
		return address
	}
	if trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{Reused: reused, WasIdle: reused})
	}
	if trace.WroteHeaders != nil {
		trace.WroteHeaders()
	}
	if trace.WroteRequest != nil {
		trace.WroteRequest(httptrace.WroteRequestInfo{})
	}
	return address
}

func (t *transport) acquire() (address string, reused bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if last := len(t.idle) - 1; last >= 0 {
		address, t.idle = t.idle[last], t.idle[:last]
		return address, true
	}
	t.made++
	return net.JoinHostPort(fmt.Sprintf("client-%d", t.id), strconv.Itoa(t.made)), false
}

func (t *transport) release(address string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.idle = append(t.idle, address)
}

// bufferLimit is how much of a body is kept in memory before it is streamed.
const bufferLimit = 64 << 10

// errReset is what a client sees of a connection that broke before any answer.
var errReset = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}

// exchange is one request on its way through the handler. It implements
// http.ResponseWriter and http.Flusher. A short body is buffered; a long one,
// or one that is flushed, goes through a pipe as it is written.
type exchange struct {
	request *http.Request
	cancel  context.CancelFunc

	header  http.Header // the handler's
	sent    http.Header // as they were when the status was written
	status  int
	written int64
	buffer  bytes.Buffer

	live    chan struct{} // closed when the response is to be streamed
	streams bool          // live is closed; for the handler's goroutine only
	done    chan struct{} // closed when the handler has ended
	reader  *io.PipeReader
	pipe    *io.PipeWriter
	aborted bool // the handler broke the connection; valid once done is closed

	whole bool // the response came whole; for RoundTrip only
}

// newExchange returns an exchange for a request as a server would get it. Its
// context is ended by giveUp, not by the client's: by then reading the response
// has to give the reason.
func newExchange(r *http.Request, body []byte, address string) *exchange {
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context()))
	request := r.Clone(ctx)
	request.Body = io.NopCloser(bytes.NewReader(body))
	request.ContentLength = int64(len(body))
	request.RequestURI = r.URL.RequestURI()
	request.RemoteAddr = address
	if request.Host == "" {
		request.Host = r.URL.Host
	}
	if r.URL.Scheme == "https" {
		request.TLS = &tls.ConnectionState{}
	}
	x := &exchange{
		request: request,
		cancel:  cancel,
		header:  make(http.Header),
		live:    make(chan struct{}),
		done:    make(chan struct{}),
	}
	x.reader, x.pipe = io.Pipe()
	return x
}

// serve runs the handler to its end.
func (x *exchange) serve(handler http.Handler) {
	defer close(x.done)
	defer func() {
		x.aborted = recoverAbort(recover())
		x.closePipe()
	}()
	handler.ServeHTTP(x, x.request)
	x.WriteHeader(http.StatusOK) // Does nothing when there was one.
}

// recoverAbort reports whether a handler panicked to break its connection. Any
// other panic goes on.
func recoverAbort(reason any) bool {
	if reason == nil {
		return false
	}
	if err, ok := reason.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		return true
	}
	panic(reason)
}

// closePipe ends the streamed body: well, or cut off.
func (x *exchange) closePipe() {
	if x.aborted || x.short() {
		_ = x.pipe.CloseWithError(io.ErrUnexpectedEOF)
		return
	}
	_ = x.pipe.Close()
}

// short reports whether the body is shorter than its header says.
func (x *exchange) short() bool {
	length, ok := x.length()
	return ok && x.written < length && x.request.Method != http.MethodHead
}

// length returns the Content-Length that the handler announced.
func (x *exchange) length() (int64, bool) {
	length, err := strconv.ParseInt(x.sent.Get("Content-Length"), 10, 64)
	return length, err == nil
}

// Header implements http.ResponseWriter.
func (x *exchange) Header() http.Header {
	return x.header
}

// WriteHeader implements http.ResponseWriter.
func (x *exchange) WriteHeader(status int) {
	if x.status != 0 {
		return
	}
	x.status = status
	x.sent = maps.Clone(x.header)
}

// Write implements http.ResponseWriter.
func (x *exchange) Write(b []byte) (int, error) {
	x.WriteHeader(http.StatusOK)
	x.written += int64(len(b))
	if x.request.Method == http.MethodHead {
		return len(b), nil
	}
	if !x.streams && x.buffer.Len()+len(b) <= bufferLimit {
		return x.buffer.Write(b)
	}
	x.Flush()
	return x.pipe.Write(b)
}

// Flush implements http.Flusher: it hands over what there is, and from then on
// the body is streamed.
func (x *exchange) Flush() {
	x.WriteHeader(http.StatusOK)
	if x.streams {
		return
	}
	x.streams = true
	close(x.live)
	if x.buffer.Len() > 0 {
		_, _ = x.pipe.Write(x.buffer.Bytes()) // The next Write tells of an error.
		x.buffer.Reset()
	}
}

// response waits for the handler's answer.
func (x *exchange) response(r *http.Request) (*http.Response, error) {
	stop := x.watch(r.Context())
	select {
	case <-x.live:
		return x.streamed(r, stop), nil
	case <-x.done:
	}
	stop()
	x.cancel()
	if err := context.Cause(r.Context()); err != nil {
		return nil, err
	}
	if x.streams { // It went live and ended at once.
		return x.streamed(r, stop), nil
	}
	if x.aborted || x.short() {
		return nil, errReset
	}
	x.whole = true
	return x.newResponse(r, io.NopCloser(&x.buffer)), nil
}

// watch ends the exchange when the client's context ends, until it is stopped.
func (x *exchange) watch(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, func() { x.giveUp(context.Cause(ctx)) })
}

// giveUp ends the exchange from the client's side: the handler cannot write any
// more, and reading gives err.
func (x *exchange) giveUp(err error) {
	x.cancel()
	_ = x.pipe.CloseWithError(err)
}

// streamed returns a response whose body comes as the handler writes it.
func (x *exchange) streamed(r *http.Request, stop func() bool) *http.Response {
	return x.newResponse(r, &streamedBody{exchange: x, stop: stop})
}

func (x *exchange) newResponse(r *http.Request, body io.ReadCloser) *http.Response {
	trace := httptrace.ContextClientTrace(r.Context())
	if trace != nil && trace.GotFirstResponseByte != nil {
		trace.GotFirstResponseByte()
	}
	response := &http.Response{
		Status:        strconv.Itoa(x.status) + " " + http.StatusText(x.status),
		StatusCode:    x.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        x.sent,
		Body:          body,
		ContentLength: -1,
		Request:       r,
	}
	if length, ok := x.length(); ok {
		response.ContentLength = length
	}
	return response
}

// streamedBody is a response's body that the handler may still be writing.
type streamedBody struct {
	*exchange
	stop func() bool
}

// Read implements io.Reader.
func (b *streamedBody) Read(p []byte) (int, error) {
	n, err := b.reader.Read(p)
	if err != nil {
		b.end()
	}
	return n, err
}

// Close implements io.Closer. It waits for the handler, which notices soon.
func (b *streamedBody) Close() error {
	b.giveUp(errClosedBody)
	b.end()
	return nil
}

// errClosedBody is what reading gives after closing.
var errClosedBody = errors.New("simulator: read on a closed response body")

// end frees what the exchange holds.
func (b *streamedBody) end() {
	b.stop()
	b.cancel()
	<-b.done
}
