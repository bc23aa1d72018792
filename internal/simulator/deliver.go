package simulator

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// How long a receiver may take to respond. That of a callback is not documented.
const (
	callbackTimeout = 10 * time.Second
	webhookTimeout  = 60 * time.Second
)

// maxReceiverBody is how much of a receiver's response is read, so that its
// connection can be used again.
const maxReceiverBody = 64 << 10

// callbackBody is the body of a callback (API §7.1).
type callbackBody struct {
	SignatureID string `json:"signatureId"`
	Type        string `json:"type"`
}

// newCallbackClient returns the client that sends callbacks. It follows no
// redirect: only the receiver's own response counts.
func newCallbackClient(transport http.RoundTripper) *http.Client {
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// deliver makes an attempt to send a callback as soon as it can. Few run at the
// same time, however many sessions end.
func (s *Simulator) deliver(c *callback) {
	s.pool.run(func() {
		if c.ctx.Err() != nil {
			return
		}
		id, now := s.idAndTime(c.session)
		status, problem := s.attempt(c, id, now)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.store.attempted(c, status, problem)
	})
}

// idAndTime returns a session's id, and the time on the API's clock.
func (s *Simulator) idAndTime(x *session) (id string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return x.id, s.store.apiTime(s.store.now())
}

// attempt makes one attempt to send a callback. It returns the HTTP status, 0
// where there was no response, and why the attempt failed, "" where it did not.
func (s *Simulator) attempt(c *callback, id string, now time.Time) (status int, problem string) {
	timeout := callbackTimeout
	if c.webhook != nil {
		timeout = webhookTimeout
	}
	ctx, cancel := context.WithTimeout(c.ctx, timeout)
	defer cancel()
	body := mustJSON(callbackBody{SignatureID: id, Type: "COMPLETED"})
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.target, bytes.NewReader(body))
	if err != nil { // It was checked when the session was made.
		return 0, "the URL cannot be used"
	}
	request.Header.Set("Content-Type", jsonType)
	if c.webhook != nil {
		c.webhook.sign(request.Header, now, body)
	}
	response, err := s.client.Do(request)
	if errors.Is(err, context.DeadlineExceeded) {
		return 0, fmt.Sprintf("no response within %v", timeout)
	}
	if err != nil {
		return 0, withoutURL(err).Error()
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxReceiverBody))
	return response.StatusCode, c.problemOf(response.StatusCode)
}

// problemOf returns what is wrong with the HTTP status of a response, "" where
// nothing is. A callback must get 200, a webhook any 2xx (API §7).
func (c *callback) problemOf(status int) string {
	if status == http.StatusOK || (c.webhook != nil && status/100 == 2) {
		return ""
	}
	return fmt.Sprintf("HTTP %d", status)
}

// withoutURL returns what is wrong without the receiver's URL, whose query bears
// its authorization.
func withoutURL(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}
