package advance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
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
type answer struct {
	verdict    verdict
	env        envelope
	status     int
	retryAfter *time.Duration // nil where the API named no pause
	date       time.Time      // the API's clock, zero where it did not tell
	attempts   int            // how many it took to get here
	fault      error          // why there is no envelope
}

// exchange makes one call: every operation of the client comes through here.
// It returns the answer that is a SUCCESS, or an *Error.
func (c *Client) exchange(ctx context.Context, rq request) (answer, error) {
	left := newAllowance(rq.op, c.maxRetries)
	delays := newDelays()
	failure := &Error{Operation: rq.op}
	for {
		token, turn, err := c.turn(ctx, rq.op)
		if err != nil {
			return answer{}, failure.because(err)
		}
		failure.Attempts++
		started := time.Now()
		ans := c.send(ctx, rq, token)
		c.report(ctx, rq.op, failure.Attempts, time.Since(started), ans)
		if ans.verdict != throttled {
			c.limiter.onSuccess(turn)
		}
		if ans.verdict == accepted {
			ans.attempts = failure.Attempts
			return ans, nil
		}
		failure.record(ans)
		pause := ans.pause(delays)
		if ans.verdict == throttled {
			c.limiter.onThrottled(turn, pause, ans.retryAfter != nil) // everyone waits, whatever becomes of this call
			pause = 0
		}
		if !left.take(ans.verdict) {
			return answer{}, failure.because(ans.fault)
		}
		if err := c.mend(ans, token); err != nil {
			return answer{}, failure.because(err)
		}
		if err := sleepUntil(ctx, time.Now().Add(pause)); err != nil {
			return answer{}, failure.because(err)
		}
	}
}

// turn waits until the call may be sent, and gives the token to send with.
func (c *Client) turn(ctx context.Context, op Operation) (string, ticket, error) {
	if op == OpGenerateToken {
		turn, err := c.limiter.acquire(ctx)
		return "", turn, err
	}
	// Asked for before the wait, so that nobody's turn passes while one is
	// minted, and after it, because the wait may have outlasted the token.
	if _, err := c.tokens.get(ctx); err != nil {
		return "", ticket{}, err
	}
	turn, err := c.limiter.acquire(ctx)
	if err != nil {
		return "", ticket{}, err
	}
	token, err := c.tokens.get(ctx)
	return token, turn, err
}

// mend puts right what the API refused, where another try needs that first.
func (c *Client) mend(ans answer, token string) error {
	switch ans.verdict {
	case tokenRefused:
		return c.tokens.discard(token)
	case clockRefused:
		if ans.date.IsZero() {
			return errors.New("the API refused the time on this machine's clock and did not tell its own")
		}
		c.clockOffset.Store(int64(time.Until(ans.date)))
	default: // nothing to mend
	}
	return nil
}

// pause is how long to wait before the next try: as the API asks, nothing
// where the refusal was about something that is mended by then, and the
// backoff's next step otherwise.
func (a answer) pause(delays backoff.BackOff) time.Duration {
	switch {
	case a.verdict == tokenRefused, a.verdict == clockRefused:
		return 0
	case a.retryAfter != nil:
		return *a.retryAfter
	default:
		return delays.NextBackOff()
	}
}

// newDelays is exponential backoff with full jitter: from nothing up to half a
// second at first, up to half a minute at last.
func newDelays() backoff.BackOff {
	return &backoff.ExponentialBackOff{
		InitialInterval:     250 * time.Millisecond,
		RandomizationFactor: 1,
		Multiplier:          2,
		MaxInterval:         15 * time.Second,
	}
}

// sleepUntil waits for t, where that is in time.
func sleepUntil(ctx context.Context, t time.Time) error {
	if err := inTime(ctx, t); err != nil {
		return err
	}
	timer := time.NewTimer(time.Until(t))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// inTime fails where the context ends before t: waiting for it could only end
// in a time-out.
func inTime(ctx context.Context, t time.Time) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(t) {
		return &RetryAfterError{Until: t, Deadline: deadline}
	}
	return nil
}

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

// report tells the observer of one attempt.
func (c *Client) report(ctx context.Context, op Operation, number int, took time.Duration, ans answer) {
	attempt := Attempt{
		Operation:     op,
		Number:        number,
		Code:          ans.env.Code,
		TransactionID: ans.env.TransactionID,
		HTTPStatus:    ans.status,
		Duration:      took,
	}
	if ans.fault != nil {
		attempt.Fault = ans.fault.Error()
	}
	c.onAttempt(ctx, attempt)
}

// record keeps the words of the last answer; an attempt without one leaves
// those of the attempt before out of the error, for they explain nothing now.
func (e *Error) record(ans answer) {
	e.Code, e.Message, e.TransactionID = ans.env.Code, ans.env.Message, ans.env.TransactionID
	e.HTTPStatus = ans.status
	if e.Operation == OpGenerateURL && (ans.verdict == unknown || errors.Is(ans.fault, ErrTooLarge)) {
		e.OutcomeUnknown = true
	}
}

func (e *Error) because(err error) error {
	e.Err = err
	return e
}

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
