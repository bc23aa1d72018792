package audit

import (
	"cmp"
	"time"
)

// A Session is what the events of one or more logs say of a session.
type Session struct {
	SignatureID string
	BizID       string
	Endpoint    string    // where it was made or, where no log says so, that of its first event
	Account     string    // the same of the account; empty if it is not known
	CreatedAt   time.Time // zero where no log has its creation
	Erased      bool      // a log says that its data was cleared or gone
	Last        Kind      // its last event
	Log         string    // path of the log that has its last event

	// OwnerKnown reports whether Account is known to see the session. The
	// account of a failed erasure may be a foreign one.
	OwnerKnown bool

	lastAt time.Time
}

// Fold reads the logs and returns their sessions, in the order of their first
// events, and the number of lines that could not be read. The last event of a
// session is the latest; of events in one log it is the one that was written
// last, whatever the clock of the writer said.
func Fold(paths ...string) (sessions []*Session, unreadable int, err error) {
	byID := map[string]*Session{}
	for _, path := range paths {
		n, err := Read(path, func(e Entry) {
			s := byID[e.SignatureID]
			if s == nil {
				s = &Session{SignatureID: e.SignatureID, Log: path}
				byID[e.SignatureID] = s
				sessions = append(sessions, s)
			}
			s.add(e, path)
		})
		unreadable += n
		if err != nil {
			return nil, unreadable, err
		}
	}
	return sessions, unreadable, nil
}

func (s *Session) add(e Entry, path string) {
	s.BizID = cmp.Or(s.BizID, e.BizID)
	switch e.Kind {
	case SessionCreated:
		s.CreatedAt = e.Time
		s.Endpoint, s.Account, s.OwnerKnown = e.Endpoint, e.Account, true
	case SessionAbandoned: // the API said to this account that it is not finished
		if !s.OwnerKnown {
			s.Endpoint, s.Account, s.OwnerKnown = e.Endpoint, e.Account, true
		}
	case DataCleared, SessionGone:
		s.Erased = true
	case ClearFailed:
		if !s.OwnerKnown {
			s.Endpoint, s.Account = cmp.Or(s.Endpoint, e.Endpoint), cmp.Or(s.Account, e.Account)
		}
	}
	if path == s.Log || !e.Time.Before(s.lastAt) {
		s.Last, s.Log, s.lastAt = e.Kind, path, e.Time
	}
}
