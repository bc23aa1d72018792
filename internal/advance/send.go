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
func (c *Client) send(ctx context.Context, rq request, token string) answer {
	var body []byte
	confidential := append([]string{token}, c.keys...)
	if rq.build != nil {
		built, secrets, err := rq.build()
		if err != nil {
			return answer{verdict: refused, fault: err}
		}
		body, confidential = built, append(confidential, secrets...)
	}

	wire, cancel := newWire(ctx, c.requestTimeout, rq.op == OpGenerateURL)
	defer cancel()
	req, err := c.newRequest(wire, rq.url, token, body)
	if err != nil {
		return answer{verdict: refused, fault: withoutURL(err)}
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return c.fault(ctx, wire, err, confidential)
	}
	defer resp.Body.Close()
	data, err := readAnswer(resp.Body)
	if err != nil {
		return c.fault(ctx, wire, err, confidential)
	}
	return c.read(rq.op, resp, data, confidential)
}

func (c *Client) newRequest(wire *wire, url, token string, body []byte) (*http.Request, error) {
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
		req.GetBody = func() (io.ReadCloser, error) { return wire.guard(body), nil }
		req.Body = wire.guard(body)
	}
	return req, nil
}

// read decodes an answer that arrived whole.
func (c *Client) read(op Operation, resp *http.Response, data []byte, confidential []string) answer {
	ans := answer{status: resp.StatusCode}
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		ans.date = date
	}
	now := c.Now()
	if !ans.date.IsZero() {
		now = ans.date // an HTTP date in Retry-After is on the server's clock
	}
	if pause, ok := parseRetryAfter(retryAfterHeader(resp.Header), now); ok {
		ans.retryAfter = &pause
	}
	env, ok := decodeEnvelope(data)
	if !ok {
		ans.verdict = classify(op, resp.StatusCode, nil)
		ans.fault = notAnEnvelope(resp.StatusCode)
		return ans
	}
	ans.verdict = classify(op, resp.StatusCode, &env)
	ans.env = env.shown(confidential)
	return ans
}

func notAnEnvelope(status int) error {
	name := http.StatusText(status) // never the server's own phrase, which may hold anything
	if status >= 300 && status < 400 {
		return fmt.Errorf("HTTP %d %s redirects elsewhere, which is not followed because the token would go along", status, name)
	}
	return fmt.Errorf("HTTP %d %s with a body that is not the API's JSON envelope", status, name)
}

// fault says why an attempt had no answer.
func (c *Client) fault(ctx context.Context, wire *wire, err error, confidential []string) answer {
	ans := answer{verdict: classifyFault(err, wire.sent())}
	switch {
	case context.Cause(ctx) != nil && !errors.Is(err, ErrTooLarge):
		ans.fault = context.Cause(ctx)
	case wire.timedOut():
		ans.fault = fmt.Errorf("no answer within the request time-out of %s", c.requestTimeout)
	default:
		ans.fault = opaque(withoutURL(err), confidential)
	}
	return ans
}

// opaque keeps an error's kind, unless its text quotes what is confidential or
// its kind would pass for the end of the caller's patience: a dialler's own
// time-out matches context.DeadlineExceeded too.
func opaque(err error, confidential []string) error {
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

func readAnswer(body io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(body, MaxAnswerBytes+1))
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	if len(data) > MaxAnswerBytes {
		return nil, ErrTooLarge
	}
	return data, nil
}
