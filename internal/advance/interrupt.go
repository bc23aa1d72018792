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
// that is mustComplete and has begun to leave runs on until its answer or the
// request time-out, so that the id in the answer isn't lost; before that, and
// for all other requests, the caller's context ends the attempt.
type sendContext struct {
	ctx         context.Context //nolint:containedctx // it lives as long as the attempt
	mustComplete bool

	mu    sync.Mutex
	begun bool
}

func newSendContext(caller context.Context, timeout time.Duration, mustComplete bool) (*sendContext, context.CancelFunc) {
	ctx, cancelTimeout := context.WithTimeoutCause(context.WithoutCancel(caller), timeout, errRequestTimeout)
	ctx, cancel := context.WithCancelCause(ctx)
	w := &sendContext{ctx: ctx, mustComplete: mustComplete}
	stop := context.AfterFunc(caller, func() { w.abandon(context.Cause(caller), cancel) })
	return w, func() {
		stop()
		cancel(nil)
		cancelTimeout()
	}
}

func (w *sendContext) abandon(cause error, cancel context.CancelCauseFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.begun || !w.mustComplete {
		cancel(cause)
	}
}

func (w *sendContext) timedOut() bool { return errors.Is(context.Cause(w.ctx), errRequestTimeout) }

// begin marks the point of no return. It fails where the attempt ended first.
func (w *sendContext) begin() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := context.Cause(w.ctx); err != nil {
		return err
	}
	w.begun = true
	return nil
}

// sent reports whether any of the request may have reached the API.
func (w *sendContext) sent() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.begun
}

// guard wraps a body so that its first read, which comes when a connection
// stands and the headers are out, is the point of no return: without its body
// the API can't act on a request.
func (w *sendContext) trackBody(body []byte) io.ReadCloser {
	return &trackedBody{wire: w, reader: bytes.NewReader(body)}
}

type trackedBody struct {
	wire   *sendContext
	reader *bytes.Reader
	begun  bool
}

func (b *trackedBody) Read(p []byte) (int, error) {
	if !b.begun {
		if err := b.wire.begin(); err != nil {
			return 0, err
		}
		b.begun = true
	}
	return b.reader.Read(p)
}

func (b *trackedBody) Close() error { return nil }
