package advance

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// request is one call before it is sent.
type request struct {
	op  Operation
	url string

	// build makes the body, anew for each attempt because generate-token
	// signs the time. A nil build sends no body. What build returns as
	// confidential is taken out of whatever the answer quotes.
	build func() (body []byte, confidential []string, err error)
}

// answer is what one attempt came to.
type response struct {
	class    attemptClass
	env        envelope
	status     int
	retryAfter *time.Duration // nil where the API named no pause
	date       time.Time      // the API's clock, zero where it did not tell
	attempts   int            // how many it took to get here
	err      error          // why there is no envelope
}

// exchange makes one call: every operation of the client comes through here.
// It returns the answer that is a SUCCESS, or an *Error.
func (c *Client) do(ctx context.Context, rq request) (response, error) {
	left := newRetryBudget(rq.op, c.maxRetries)
	delays := newBackOff()
	failure := &Error{Operation: rq.op}
	for {
		token, turn, err := c.turn(ctx, rq.op)
		if err != nil {
			return response{}, failure.because(err)
		}
		failure.Attempts++
		started := time.Now()
		resp := c.send(ctx, rq, token)
		c.report(ctx, rq.op, failure.Attempts, time.Since(started), resp)
		if resp.class != throttled {
			c.limiter.onSuccess(turn)
		}
		if resp.class == accepted {
			resp.attempts = failure.Attempts
			return resp, nil
		}
		failure.record(resp)
		pause := resp.pause(delays)
		if resp.class == throttled {
			c.limiter.onThrottled(turn, pause, resp.retryAfter != nil) // everyone waits, whatever becomes of this call
			pause = 0
		}
		if !left.use(resp.class) {
			return response{}, failure.because(resp.err)
		}
		if err := c.prepareRetry(resp, token); err != nil {
			return response{}, failure.because(err)
		}
		if err := sleepUntil(ctx, time.Now().Add(pause)); err != nil {
			return response{}, failure.because(err)
		}
	}
}

// turn waits until the call may be sent, and gives the token to send with.
func (c *Client) turn(ctx context.Context, op Operation) (string, time.Time, error) {
	if op == OpGenerateToken {
		turn, err := c.limiter.acquire(ctx)
		return "", turn, err
	}
	// Asked for before the wait, so that nobody's turn passes while one is
	// minted, and after it, because the wait may have outlasted the token.
	if _, err := c.tokens.get(ctx); err != nil {
		return "", time.Time{}, err
	}
	turn, err := c.limiter.acquire(ctx)
	if err != nil {
		return "", time.Time{}, err
	}
	token, err := c.tokens.get(ctx)
	return token, turn, err
}

// mend puts right what the API refused, where another try needs that first.
func (c *Client) prepareRetry(resp response, token string) error {
	switch resp.class {
	case tokenRejected:
		return c.tokens.discard(token)
	case clockSkewed:
		if resp.date.IsZero() {
			return errors.New("the API refused the time on this machine's clock and did not tell its own")
		}
		c.clockOffset.Store(int64(time.Until(resp.date)))
	default: // nothing to mend
	}
	return nil
}

// pause is how long to wait before the next try: as the API asks, nothing
// where the refusal was about something that is mended by then, and the
// backoff's next step otherwise.
func (a response) pause(delays backoff.BackOff) time.Duration {
	switch {
	case a.class == tokenRejected, a.class == clockSkewed:
		return 0
	case a.retryAfter != nil:
		return *a.retryAfter
	default:
		return delays.NextBackOff()
	}
}

// report tells the observer of one attempt.
func (c *Client) report(ctx context.Context, op Operation, number int, took time.Duration, resp response) {
	attempt := Attempt{
		Operation:     op,
		Number:        number,
		Code:          resp.env.Code,
		TransactionID: resp.env.TransactionID,
		HTTPStatus:    resp.status,
		Duration:      took,
	}
	if resp.err != nil {
		attempt.TransportErr = resp.err.Error()
	}
	c.onAttempt(ctx, attempt)
}

// record keeps the words of the last answer; an attempt without one leaves
// those of the attempt before out of the error, for they explain nothing now.
func (e *Error) record(resp response) {
	e.Code, e.Message, e.TransactionID = resp.env.Code, resp.env.Message, resp.env.TransactionID
	e.HTTPStatus = resp.status
	if e.Operation == OpGenerateURL && (resp.class == ambiguous || errors.Is(resp.err, ErrTooLarge)) {
		e.OutcomeUnknown = true
	}
}

func (e *Error) because(err error) error {
	e.Err = err
	return e
}
