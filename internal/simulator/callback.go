package simulator

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"
)

// maxDeliveries is how many attempts of callbacks are kept: the newest.
const maxDeliveries = 10_000

// Errors of [Simulator.SendCallback].
var (
	ErrNoReceiver   = errors.New("the session has no callback URL, and no webhook is set")
	ErrCallbacksOff = errors.New("this simulator sends no callbacks")
)

// Delivery is one attempt to send a callback, or one that waits. It shows no
// more of the receiver's URL than scheme, host and path, and nothing once the
// session's data was erased.
type Delivery struct {
	Time          time.Time  `json:"time"`
	SignatureID   string     `json:"signature_id"`
	Attempt       int        `json:"attempt"`         // From 1 on.
	HTTPStatus    int        `json:"http_status"`     // 0 where there was no response.
	Error         string     `json:"error"`           // Why it failed; empty where it did not.
	NextAttemptAt *time.Time `json:"next_attempt_at"` // nil where none is to come.
	URL           string     `json:"url"`
}

// callback is a callback, or a webhook's notification, on its way.
type callback struct {
	session *session
	target  string
	webhook *Webhook // nil for a callback to the session's own URL
	attempt int      // the one that is under way, or that waits

	ctx    context.Context // ends when the callback is no longer wanted
	cancel context.CancelFunc

	retry *time.Timer // of the next attempt, while that waits
	last  *Delivery   // the attempt before it
}

// retryWaits returns how long each attempt after the first one waits. Those of
// a callback are not documented.
func (c *callback) retryWaits() []time.Duration {
	if c.webhook != nil {
		return []time.Duration{5 * time.Second, 10 * time.Second, 20 * time.Second}
	}
	return []time.Duration{1 * time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}
}

// stop gives a callback up.
func (c *callback) stop() {
	c.cancel()
	if c.retry != nil {
		c.retry.Stop()
		c.last.NextAttemptAt = nil
	}
}

// shownURL returns what may be shown of a receiver's URL: its query and its user
// bear the receiver's authorization.
func shownURL(target string) string {
	parsed, err := url.Parse(target)
	if err != nil {
		return ""
	}
	return (&url.URL{Scheme: parsed.Scheme, Host: parsed.Host, Path: parsed.Path}).String()
}

// notify sends the callback of a session that has ended. There is none for an
// INCOMPLETE (API §7.1).
func (s *store) notify(x *session) {
	if x.outcome.Result == ResultIncomplete {
		return
	}
	for range callbackCount[s.behaviour.Callback] {
		_, _ = s.sendCallback(x) // It has nobody to send to, or is not to send.
	}
}

// callbackCount is how often a callback is sent.
var callbackCount = map[string]int{CallbackOnce: 1, CallbackTwice: 2}

// sendCallback sends a session's callback to its URL, or to the webhook where it
// has none (API §7.2). It returns the attempt that waits.
func (s *store) sendCallback(x *session) (Delivery, error) {
	if s.deliver == nil {
		return Delivery{}, ErrCallbacksOff
	}
	sent := &callback{session: x, target: x.params.text("callbackUrl"), attempt: 1}
	if sent.target == "" {
		sent.webhook = s.webhook
		if sent.webhook == nil {
			return Delivery{}, fmt.Errorf("session %s: %w", x.id, ErrNoReceiver)
		}
		sent.target = sent.webhook.URL
	}
	sent.ctx, sent.cancel = context.WithCancel(s.ctx)
	x.callbacks = append(x.callbacks, sent)
	s.deliver(sent)
	return Delivery{Time: s.now(), SignatureID: x.id, Attempt: 1, NextAttemptAt: new(s.now()), URL: shownURL(sent.target)}, nil
}

// attempted records an attempt that has ended, with a problem or none, and
// arranges the next one where there is to be one.
func (s *store) attempted(c *callback, status int, problem string) {
	if c.ctx.Err() != nil {
		return // The session was forgotten, or the simulator was reset or closed.
	}
	x := c.session
	told := &Delivery{
		Time: s.now(), SignatureID: x.id, Attempt: c.attempt, HTTPStatus: status, Error: problem, URL: shownURL(c.target),
	}
	text := fmt.Sprintf("attempt %d: ", c.attempt)
	switch waits := c.retryWaits(); {
	case problem == "":
		text += "received"
		s.dropCallback(c)
	case c.attempt > len(waits) || x.state == StateCleared:
		text += problem + "; given up"
		s.dropCallback(c)
	default:
		wait := waits[c.attempt-1]
		text += fmt.Sprintf("%s; the next attempt is in %v", problem, wait)
		told.NextAttemptAt = new(s.now().Add(wait))
		c.last = told
		c.retry = s.later(wait, func() { s.retryCallback(c) })
	}
	if x.state == StateCleared {
		told.URL = ""
	}
	x.delivery = told
	s.deliveries = append(s.deliveries, told)
	s.deliveries = s.deliveries[max(0, len(s.deliveries)-maxDeliveries):]
	s.hub.publish(Event{Name: EventCallback, SignatureID: x.id, Data: *told})
	s.note(x.id, HistoryCallback, text)
	s.changed(x)
}

// retryCallback begins the next attempt of a callback.
func (s *store) retryCallback(c *callback) {
	if c.ctx.Err() == nil {
		c.retry = nil
		c.attempt++
		s.deliver(c)
	}
}

// dropCallback forgets a callback that is done.
func (s *store) dropCallback(c *callback) {
	c.stop()
	c.session.callbacks = slices.DeleteFunc(c.session.callbacks, func(other *callback) bool { return other == c })
}

// stopCallbacks gives up all callbacks of a session.
func (x *session) stopCallbacks() {
	for _, sent := range x.callbacks {
		sent.stop()
	}
	x.callbacks = nil
}

// stopRetries gives up the callbacks of a session that wait for their next
// attempt. One that is under way goes on.
func (x *session) stopRetries() {
	x.callbacks = slices.DeleteFunc(x.callbacks, func(sent *callback) bool {
		if sent.retry == nil {
			return false
		}
		sent.stop()
		return true
	})
}

// eraseReceiver takes away what is known of the receiver of a session's
// callbacks, and what waits for it.
func (s *store) eraseReceiver(x *session) {
	x.stopRetries()
	for _, told := range s.deliveries {
		if told.SignatureID == x.id {
			told.URL = ""
		}
	}
	if x.delivery != nil { // The others may have dropped it.
		x.delivery.URL = ""
	}
}

// Deliveries returns the attempts to send callbacks so far, in order, but no
// more than the newest 10,000.
func (s *Simulator) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	deliveries := make([]Delivery, len(s.store.deliveries))
	for i, told := range s.store.deliveries {
		deliveries[i] = *told
	}
	return deliveries
}

// SendCallback sends a session's callback now, whatever its state is. A retry
// that waits is given up for it. It returns the attempt that has begun. It fails
// for an unknown session, for one that nobody wants a callback of, and where
// [Config] has no transport.
func (s *Simulator) SendCallback(id string) (Delivery, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.store.find(id)
	if !ok {
		return Delivery{}, fmt.Errorf("session %s: %w", id, ErrUnknownSession)
	}
	found.stopRetries()
	return s.store.sendCallback(found)
}
