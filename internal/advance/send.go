package advance

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
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
		return response{class: permanent, err: err}
	}
	// A transport follows no redirects: the token would go along.
	transport := c.connections.transport()
	httpResp, err := transport.RoundTrip(req)
	arrived := time.Now()
	var data []byte
	if err == nil {
		defer httpResp.Body.Close()
		data, err = readBody(httpResp.Body)
	}
	if err != nil {
		if sendCtx.timedOut() {
			c.connections.retire(transport)
		}
		return c.transportErr(ctx, sendCtx, err)
	}
	return c.readResponse(rq.op, httpResp, arrived, data, confidential)
}

func (c *Client) newRequest(sendCtx *sendContext, url, token string, body []byte) (*http.Request, error) {
	req, err := http.NewRequestWithContext(sendCtx.ctx, http.MethodPost, url, http.NoBody)
	if err != nil {
		return nil, ErrInvalidRequest
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.userAgent)
	if token != "" {
		req.Header.Set("X-ACCESS-TOKEN", token)
	}
	if err := checkHeader(req.Header); err != nil {
		return nil, err
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
	if len(data) > MaxResponseBytes {
		return nil, ErrTooLarge
	}
	return data, err
}

// readResponse decodes a response that arrived whole. arrived is when its header
// did.
func (c *Client) readResponse(op operation, httpResp *http.Response, arrived time.Time, data []byte, confidential []string) response {
	resp := response{sent: true, status: httpResp.StatusCode, confidential: confidential}
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
	if !resp.date.IsZero() {
		c.adjustClock(resp.date.Sub(arrived))
	}
	resp.class = classify(op, resp.status, env)
	resp.env = env.sanitized(confidential)
	return resp
}

// notAnEnvelope names the status in the words of net/http: the server's own
// phrase may hold anything.
func notAnEnvelope(status int) error {
	name := http.StatusText(status)
	if status == http.StatusProxyAuthRequired {
		return ErrProxyRefused
	}
	if status >= 300 && status < 400 {
		return fmt.Errorf("HTTP %d %s redirects elsewhere, which is not followed because the token would go along", status, name)
	}
	return fmt.Errorf("HTTP %d %s with a body that is not the API's JSON envelope", status, name)
}

// transportErr is the outcome of an attempt without a whole response.
func (c *Client) transportErr(caller context.Context, sendCtx *sendContext, err error) response {
	resp := response{sent: sendCtx.wasSent(), err: describeTransportErr(err)}
	resp.class = classifyTransportErr(resp.err, resp.sent)
	switch {
	case resp.class == permanent: // whatever else has ended
	case caller.Err() != nil:
		resp.err = context.Cause(caller)
	case sendCtx.timedOut():
		resp.err = fmt.Errorf("no response within the request timeout of %s", c.requestTimeout)
	}
	return resp
}
