package simulator

import (
	"fmt"
	"time"
)

// Kinds of entries in a session's history.
const (
	HistoryCall     = "call"     // An API call was about it.
	HistoryPage     = "page"     // Somebody did something on its H5 page.
	HistoryCallback = "callback" // An attempt was made to send its callback.
	HistoryState    = "state"    // It was made, finished or erased.
)

// maxHistory is how many entries a session's history keeps: the newest.
const maxHistory = 100

// HistoryEntry is something that happened to a session. It holds no secrets and
// no personal data, so an erasure leaves it.
type HistoryEntry struct {
	SignatureID string    `json:"signature_id,omitempty"` // Only in events.
	Time        time.Time `json:"time"`
	Kind        string    `json:"kind"`
	Text        string    `json:"text"`
}

// note adds an entry to the history of a session, if there is one with this id.
// The text must hold no secrets and no personal data.
func (s *store) note(id, kind, text string) {
	if x, ok := s.sessions[id]; ok {
		s.noteAt(x, s.now(), kind, text)
	}
}

// noteAt is note for what happened at another time than now.
func (s *store) noteAt(x *session, at time.Time, kind, text string) {
	entry := HistoryEntry{Time: at, Kind: kind, Text: text}
	x.history = append(x.history, entry)
	x.history = x.history[max(0, len(x.history)-maxHistory):]
	entry.SignatureID = x.id
	s.hub.publish(Event{Name: EventHistory, SignatureID: x.id, Data: entry})
}

// noteCall adds an API call to the history of the session that it was about.
func (s *store) noteCall(call Call) {
	x, ok := s.sessions[call.SignatureID]
	if !ok {
		return
	}
	text := fmt.Sprintf("%s: ", call.Operation)
	switch {
	case call.HTTPStatus == 0:
		text += "the connection broke"
	case call.Code == "":
		text += fmt.Sprintf("HTTP %d, no envelope", call.HTTPStatus)
	default:
		text += call.Code + ", " + call.Message
	}
	if call.Fault != "" {
		text += " (fault " + call.Fault + ")"
	}
	s.noteAt(x, call.Time, HistoryCall, text)
}

// History returns what happened to a session, in order, but no more than the
// newest 100 entries. It fails for an unknown session.
func (s *Simulator) History(id string) ([]HistoryEntry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.store.find(id)
	if !ok {
		return nil, fmt.Errorf("session %s: %w", id, ErrUnknownSession)
	}
	return append([]HistoryEntry{}, found.history...), nil
}
