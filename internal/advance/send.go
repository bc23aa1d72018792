package advance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// send makes one attempt.
func (c *Client) send(ctx context.Context, rq request, token string) response {
	var body []byte
	confidential := append([]string{token}, c.keys...)
	if rq.build != nil {
		built, secrets, err := rq.build()
		if err != nil {
			return response{class: permanent, err: err}
		}
		body, confidential = built, append(confidential, secrets...)
	}

	wire, cancel := newSendContext(ctx, c.requestTimeout, rq.op == OpGenerateURL)
	defer cancel()
	req, err := c.newRequest(wire, rq.url, token, body)
	if err != nil {
		return response{class: permanent, err: withoutURL(err)}
	}
	httpResp, err := c.http.Do(req)
	if err != nil {
		return c.transportErr(ctx, wire, err, confidential)
	}
	defer httpResp.Body.Close()
	data, err := readBody(httpResp.Body)
	if err != nil {
		return c.transportErr(ctx, wire, err, confidential)
	}
	return c.read(rq.op, httpResp, data, confidential)
}

func (c *Client) newRequest(wire *sendContext, url, token string, body []byte) (*http.Request, error) {
	req, err := http.NewRequestWithContext(wire.ctx, http.MethodPost, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.userAgent)
	if token != "" {
		req.Header.Set("X-ACCESS-TOKEN", token)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
		req.ContentLength = int64(len(body))
		req.GetBody = func() (io.ReadCloser, error) { return wire.trackBody(body), nil }
		req.Body = wire.trackBody(body)
	}
	return req, nil
}

// read decodes an answer that arrived whole.
func (c *Client) read(op Operation, httpResp *http.Response, data []byte, confidential []string) response {
	resp := response{status: httpResp.StatusCode}
	if date, err := http.ParseTime(httpResp.Header.Get("Date")); err == nil {
		resp.date = date
	}
	now := c.Now()
	if !resp.date.IsZero() {
		now = resp.date // an HTTP date in Retry-After is on the server's clock
	}
	if pause, ok := parseRetryAfter(retryAfterHeader(httpResp.Header), now); ok {
		resp.retryAfter = &pause
	}
	env, ok := decodeEnvelope(data)
	if !ok {
		resp.class = classify(op, httpResp.StatusCode, nil)
		resp.err = notAnEnvelope(httpResp.StatusCode)
		return resp
	}
	resp.class = classify(op, httpResp.StatusCode, &env)
	resp.env = env.sanitized(confidential)
	return resp
}

func notAnEnvelope(status int) error {
	name := http.StatusText(status) // never the server's own phrase, which may hold anything
	if status >= 300 && status < 400 {
		return fmt.Errorf("HTTP %d %s redirects elsewhere, which is not followed because the token would go along", status, name)
	}
	return fmt.Errorf("HTTP %d %s with a body that is not the API's JSON envelope", status, name)
}

// fault says why an attempt had no answer.
func (c *Client) transportErr(ctx context.Context, wire *sendContext, err error, confidential []string) response {
	resp := response{class: classifyTransportErr(err, wire.sent())}
	switch {
	case context.Cause(ctx) != nil && !errors.Is(err, ErrTooLarge):
		resp.err = context.Cause(ctx)
	case wire.timedOut():
		resp.err = fmt.Errorf("no answer within the request time-out of %s", c.requestTimeout)
	default:
		resp.err = redactError(withoutURL(err), confidential)
	}
	return resp
}

// opaque keeps an error's kind, unless its text quotes what is confidential or
// its kind would pass for the end of the caller's patience: a dialler's own
// time-out matches context.DeadlineExceeded too.
func redactError(err error, confidential []string) error {
	shown := redact(err.Error(), confidential)
	if shown != err.Error() || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return errors.New(shown)
	}
	return err
}

// withoutURL drops the URL that net/http puts before its errors.
func withoutURL(err error) error {
	var e *url.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

func readBody(body io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(body, MaxResponseBytes+1))
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	if len(data) > MaxResponseBytes {
		return nil, ErrTooLarge
	}
	return data, nil
}
