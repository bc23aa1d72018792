package advance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// send makes one attempt.
func (c *Client) send(ctx context.Context, rq request, token string) response {
	var body []byte
	confidential := append([]string{token}, c.keys...)
	v, more := rq.build()
	confidential = append(confidential, more...)
	if v != nil {
		encoded, err := json.Marshal(v)
		if err != nil {
			return response{class: permanent, err: err}
		}
		body = encoded
	}

	sendCtx, cancel := newSendContext(ctx, c.requestTimeout, !rq.op.idempotent)
	defer cancel()
	req, err := c.newRequest(sendCtx, rq.url, token, body)
	if err != nil {
		return response{class: permanent, err: redactError(err, confidential)}
	}
	httpResp, err := c.http.Do(req)
	if err != nil {
		return c.transportErr(ctx, sendCtx, err, confidential)
	}
	defer httpResp.Body.Close()
	data, err := readBody(httpResp.Body)
	if err != nil {
		return c.transportErr(ctx, sendCtx, err, confidential)
	}
	return c.readResponse(rq.op, httpResp, data, confidential)
}

func (c *Client) newRequest(sendCtx *sendContext, url, token string, body []byte) (*http.Request, error) {
	req, err := http.NewRequestWithContext(sendCtx.ctx, http.MethodPost, url, http.NoBody)
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
		req.Body = sendCtx.trackBody(body)
		// With GetBody net/http sends the request again, on a new connection,
		// if the server has closed the one that it took.
		req.GetBody = func() (io.ReadCloser, error) { return sendCtx.trackBody(body), nil }
	}
	return req, nil
}

// readBody reads a response's body up to MaxResponseBytes.
func readBody(body io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(body, MaxResponseBytes+1))
	if err != nil {
		return nil, fmt.Errorf("reading the response: %w", err)
	}
	if len(data) > MaxResponseBytes {
		return nil, ErrTooLarge
	}
	return data, nil
}

// readResponse decodes a response that arrived whole.
func (c *Client) readResponse(op operation, httpResp *http.Response, data []byte, confidential []string) response {
	resp := response{sent: true, status: httpResp.StatusCode}
	now := c.Now()
	if date, err := http.ParseTime(httpResp.Header.Get("Date")); err == nil {
		resp.date = date
		now = date // a date in Retry-After is on the API's clock
	}
	if delay, ok := parseRetryAfter(retryAfterHeader(httpResp.Header), now); ok {
		resp.retryAfter = &delay
	}
	env, ok := decodeEnvelope(data)
	if !ok {
		resp.class = classifyStatus(resp.status)
		resp.err = notAnEnvelope(resp.status)
		return resp
	}
	resp.class = classify(op, resp.status, env)
	resp.env = env.sanitized(confidential)
	return resp
}

// notAnEnvelope names the status in the words of net/http: the server's own
// phrase may hold anything.
func notAnEnvelope(status int) error {
	name := http.StatusText(status)
	if status >= 300 && status < 400 {
		return fmt.Errorf("HTTP %d %s redirects elsewhere, which is not followed because the token would go along", status, name)
	}
	return fmt.Errorf("HTTP %d %s with a body that is not the API's JSON envelope", status, name)
}

// transportErr is the outcome of an attempt without a whole response.
func (c *Client) transportErr(caller context.Context, sendCtx *sendContext, err error, confidential []string) response {
	resp := response{sent: sendCtx.wasSent()}
	resp.class = classifyTransportErr(err, resp.sent)
	switch {
	case caller.Err() != nil && !errors.Is(err, ErrTooLarge):
		resp.err = context.Cause(caller)
	case sendCtx.timedOut():
		resp.err = fmt.Errorf("no response within the request timeout of %s", c.requestTimeout)
	default:
		resp.err = redactError(err, confidential)
	}
	return resp
}
