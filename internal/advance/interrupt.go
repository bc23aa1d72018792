package advance

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"time"
)

// errRequestTimeout ends an attempt that had no answer in time.
var errRequestTimeout = errors.New("request time-out")

// wire is the stretch of an attempt on which an interrupt matters. A request
// that is seenThrough and has begun to leave runs on until its answer or the
// request time-out, so that the id in the answer isn't lost; before that, and
// for all other requests, the caller's context ends the attempt.
type wire struct {
	ctx         context.Context //nolint:containedctx // it lives as long as the attempt
	seenThrough bool

	mu    sync.Mutex
	begun bool
}

func newWire(caller context.Context, timeout time.Duration, seenThrough bool) (*wire, context.CancelFunc) {
	ctx, cancelTimeout := context.WithTimeoutCause(context.WithoutCancel(caller), timeout, errRequestTimeout)
	ctx, cancel := context.WithCancelCause(ctx)
	w := &wire{ctx: ctx, seenThrough: seenThrough}
	stop := context.AfterFunc(caller, func() { w.abandon(context.Cause(caller), cancel) })
	return w, func() {
		stop()
		cancel(nil)
		cancelTimeout()
	}
}

func (w *wire) abandon(cause error, cancel context.CancelCauseFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.begun || !w.seenThrough {
		cancel(cause)
	}
}

func (w *wire) timedOut() bool { return errors.Is(context.Cause(w.ctx), errRequestTimeout) }

// begin marks the point of no return. It fails where the attempt ended first.
func (w *wire) begin() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := context.Cause(w.ctx); err != nil {
		return err
	}
	w.begun = true
	return nil
}

// sent reports whether any of the request may have reached the API.
func (w *wire) sent() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.begun
}

// guard wraps a body so that its first read, which comes when a connection
// stands and the headers are out, is the point of no return: without its body
// the API can't act on a request.
func (w *wire) guard(body []byte) io.ReadCloser {
	return &guardedBody{wire: w, reader: bytes.NewReader(body)}
}

type guardedBody struct {
	wire   *wire
	reader *bytes.Reader
	begun  bool
}

func (b *guardedBody) Read(p []byte) (int, error) {
	if !b.begun {
		if err := b.wire.begin(); err != nil {
			return 0, err
		}
		b.begun = true
	}
	return b.reader.Read(p)
}

func (b *guardedBody) Close() error { return nil }
