package advance

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http/httptrace"
	"sync"
	"time"
)

// sendContext is the context of one attempt. It ends after the request timeout
// and, as a rule, with the caller's context. A request that must complete is
// the exception: once it is sent, only the timeout ends it, so that the id in
// its response is not lost.
type sendContext struct {
	ctx          context.Context
	mustComplete bool

	mu   sync.Mutex
	sent bool
}

func newSendContext(caller context.Context, timeout time.Duration, mustComplete bool) (*sendContext, context.CancelFunc) {
	ctx, cancelTimeout := context.WithTimeout(context.WithoutCancel(caller), timeout)
	ctx, cancel := context.WithCancelCause(ctx)
	s := &sendContext{mustComplete: mustComplete}
	s.ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaders: func() { _ = s.markSent() }, // the request fails by itself
	})
	stop := context.AfterFunc(caller, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !s.sent || !s.mustComplete {
			cancel(context.Cause(caller))
		}
	})
	return s, func() {
		stop()
		cancel(nil)
		cancelTimeout()
	}
}

// timedOut reports whether the request timeout ended the context. The caller's
// own deadline cancels it.
func (s *sendContext) timedOut() bool { return errors.Is(s.ctx.Err(), context.DeadlineExceeded) }

// markSent records that the request begins to leave. It fails if the context
// has ended before.
func (s *sendContext) markSent() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := context.Cause(s.ctx); err != nil {
		return err
	}
	s.sent = true
	return nil
}

// wasSent reports whether any of the request may have reached the API.
func (s *sendContext) wasSent() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent
}

// trackBody returns a reader of body that marks the request as sent, and fails
// if the context has ended. Without its body the API cannot act on a request.
func (s *sendContext) trackBody(body []byte) io.ReadCloser {
	return &trackedBody{request: s, reader: bytes.NewReader(body)}
}

type trackedBody struct {
	request *sendContext
	reader  *bytes.Reader
}

func (b *trackedBody) Read(p []byte) (int, error) {
	if err := b.request.markSent(); err != nil {
		return 0, err
	}
	return b.reader.Read(p)
}

func (b *trackedBody) Close() error { return nil }
