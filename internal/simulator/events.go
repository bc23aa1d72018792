package simulator

import (
	"fmt"
	"net/http"
	"time"
)

// Names of events.
const (
	EventCall      = "call"      // There was an API call.
	EventSession   = "session"   // A session is new or has changed.
	EventForgotten = "forgotten" // A session was forgotten.
	EventHistory   = "history"   // A session's history has a new entry.
	EventCallback  = "callback"  // An attempt was made to send a callback.
	EventClock     = "clock"     // A clock was moved.
	EventFaults    = "faults"    // The waiting faults have changed.
	EventOutcomes  = "outcomes"  // The outcomes set ahead have changed.
	EventBehaviour = "behaviour" // A switch was set.
	EventReset     = "reset"     // Everything may have changed.
)

// Event is something that has happened in a simulator.
type Event struct {
	Name        string
	SignatureID string // Of the session that it is about; empty where it is about none.

	// Data is the Call of an EventCall, the HistoryEntry of an EventHistory, and
	// the Delivery of an EventCallback.
	// The other events have none: what they are about may have changed again, so
	// a subscriber asks the simulator for it.
	Data any
}

// eventBuffer is how many events wait for a subscriber before it is too slow.
const eventBuffer = 1024

// keepAlive is the time between the comment lines of an event stream.
const keepAlive = 15 * time.Second

// hub passes events on to subscribers. It is not safe for concurrent use:
// Simulator holds its lock around each use of it.
type hub struct {
	subscribers map[chan Event]bool
	closed      bool
}

func newHub() *hub {
	return &hub{subscribers: make(map[chan Event]bool)}
}

// publish passes an event on. It never waits: a subscriber that is too slow
// loses the events that wait for it, and gets an EventReset instead.
func (h *hub) publish(event Event) {
	for events := range h.subscribers {
		select {
		case events <- event:
		default:
			drain(events)
			events <- Event{Name: EventReset}
		}
	}
}

// drain takes all events out of a channel.
func drain(events <-chan Event) {
	for {
		select {
		case <-events:
		default:
			return
		}
	}
}

// close ends all subscriptions, and those to come.
func (h *hub) close() {
	for events := range h.subscribers {
		close(events)
	}
	h.subscribers, h.closed = nil, true
}

// Subscribe returns a channel of all events from now on, and a function that
// ends the subscription. A subscriber that is too slow loses events and gets an
// EventReset instead. The channel is closed by [Simulator.Close] only.
func (s *Simulator) Subscribe() (events <-chan Event, cancel func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	subscriber := make(chan Event, eventBuffer)
	if s.hub.closed {
		close(subscriber)
		return subscriber, func() {}
	}
	s.hub.subscribers[subscriber] = true
	return subscriber, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.hub.subscribers, subscriber)
	}
}

// serveEvents streams events as server-sent events. It ends with the request, or
// with [Simulator.Close].
func (s *Simulator) serveEvents(w http.ResponseWriter, r *http.Request) {
	events, cancel := s.Subscribe()
	defer cancel()
	w.Header().Set("Content-Type", "text/event-stream")
	if r.Method == http.MethodHead {
		return
	}
	controller := http.NewResponseController(w)
	ticker := time.NewTicker(keepAlive)
	defer ticker.Stop()
	_, err := fmt.Fprint(w, ": events of the simulator\n\n")
	for err == nil && controller.Flush() == nil {
		select {
		case <-r.Context().Done():
			return
		case event, open := <-events:
			if !open {
				return
			}
			err = s.writeEvent(w, r, event)
		case <-ticker.C:
			s.settleAll()
			_, err = fmt.Fprint(w, ":\n\n")
		}
	}
}

// writeEvent writes one server-sent event.
func (s *Simulator) writeEvent(w http.ResponseWriter, r *http.Request, event Event) error {
	data, ok := s.eventData(r, event)
	if !ok {
		return nil
	}
	_, err := fmt.Fprintf(w, "event: %s\ndata: %s\n\n", event.Name, mustJSON(data))
	return err
}

// eventData returns what the event stream says of an event. There is nothing to
// say of a change of a session that has been forgotten since.
func (s *Simulator) eventData(r *http.Request, event Event) (data any, ok bool) {
	switch event.Name {
	case EventSession:
		return s.sessionFor(r, event.SignatureID)
	case EventForgotten:
		return map[string]string{"signature_id": event.SignatureID}, true
	case EventClock:
		return s.clock(), true
	case EventFaults:
		return s.Faults(), true
	case EventOutcomes:
		return s.PlannedOutcomes(), true
	case EventBehaviour:
		return s.Behaviour(), true
	case EventReset:
		return struct{}{}, true
	}
	return event.Data, true
}

// settleAll makes happen what is due by now, so that the events of it go out
// although nobody asks.
func (s *Simulator) settleAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store.settleAll()
}
