package advance

import (
	"context"
	"errors"
	"time"
)

// request is one call before it is sent.
type request struct {
	op  operation
	url string

	// build returns the body, to be encoded as JSON, and the values that must
	// not be quoted. It is called for each attempt, because generate-token
	// signs the time. A nil body means none.
	build func() (body any, confidential []string)
}

// response is the outcome of one attempt.
type response struct {
	class        attemptClass
	sent         bool           // whether any of the request may have reached the API
	status       int            // HTTP status, 0 without a response
	env          envelope       // zero without an envelope
	err          error          // why there is no envelope
	confidential []string       // what must not be quoted
	date         time.Time      // the API's clock, zero if it did not tell
	retryAfter   *time.Duration // the delay that the API asked for, nil if none
	blockedUntil time.Time      // until when the limiter blocks, if the attempt was throttled
	attempts     int            // attempts so far, this one included
}

// do makes one call. Every operation of the client goes through it. It returns
// the response with code SUCCESS, or an *Error.
func (c *Client) do(ctx context.Context, rq request) (response, error) {
	budget := newRetryBudget(rq.op, c.maxRetries)
	delays := newBackOff()
	failure := &Error{Operation: rq.op.name}
	for {
		token, sentAt, err := c.acquire(ctx, rq.op)
		if err != nil {
			return response{}, failure.because(err)
		}
		failure.Attempts++
		started := time.Now()
		resp := c.send(ctx, rq, token)
		took := time.Since(started)
		resp.attempts = failure.Attempts

		delay := resp.delay(delays)
		switch {
		case resp.class == throttled:
			resp.blockedUntil = c.limiter.onThrottled(sentAt, delay, resp.retryAfter != nil)
			delay = 0 // acquire waits, in this call and in all others
		case resp.sent:
			c.limiter.onSuccess(sentAt)
		}
		c.report(ctx, rq.op, took, resp)
		if resp.class == accepted {
			return resp, nil
		}

		failure.record(rq.op, resp)
		if !budget.use(resp.class) {
			return response{}, failure.because(resp.err)
		}
		if err := c.prepareRetry(resp, token); err != nil {
			return response{}, failure.because(err)
		}
		if err := sleepUntil(ctx, time.Now().Add(delay)); err != nil {
			return response{}, failure.because(err)
		}
	}
}

// acquire waits until the limiter lets the call go. It returns the token to
// send with it, empty if op needs none, and the time at which it was let go.
func (c *Client) acquire(ctx context.Context, op operation) (value string, sentAt time.Time, err error) {
	if op.needsToken {
		// Mint before the wait: a mint goes through the limiter too.
		if _, err := c.tokens.get(ctx); err != nil {
			return "", time.Time{}, err
		}
	}
	sentAt, err = c.limiter.acquire(ctx)
	if err != nil || !op.needsToken {
		return "", sentAt, err
	}
	t, err := c.tokens.get(ctx) // the wait may have outlasted the first one
	return t.value, sentAt, err
}

// prepareRetry drops a rejected token, or takes over the API's clock.
func (c *Client) prepareRetry(resp response, token string) error {
	switch resp.class {
	case tokenRejected:
		return c.tokens.discard(token)
	case clockSkewed:
		if resp.date.IsZero() {
			return errors.New("the API refused the time on this machine's clock and did not tell its own")
		}
		c.clockOffset.Store(int64(time.Until(resp.date)))
	default: // the same request again
	}
	return nil
}

// report passes one attempt to Config.OnAttempt.
func (c *Client) report(ctx context.Context, op operation, took time.Duration, resp response) {
	attempt := Attempt{
		Operation:     op.name,
		Number:        resp.attempts,
		Class:         string(resp.class),
		Code:          resp.env.Code,
		TransactionID: resp.env.TransactionID,
		HTTPStatus:    resp.status,
		Duration:      took,
		RetryAfter:    resp.retryAfter,
		BlockedUntil:  resp.blockedUntil,
	}
	if resp.err != nil {
		attempt.TransportErr = resp.err.Error()
	}
	c.onAttempt(ctx, attempt)
}
