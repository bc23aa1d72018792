package erase

import (
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
)

// Marks are what is remembered of a session between two runs, beside its state.
type Marks struct {
	// Origin is where the session was made, or was last read with success.
	// "Not known" from anywhere else proves nothing. States of the first
	// releases have no account: it is not known until the next success.
	Origin Origin `json:"origin"`

	// Unfinished: the transaction was unfinished when the session was created
	// or last read, so a destroy will have to wait.
	Unfinished bool `json:"unfinished,omitempty"`

	// Ended: a Read has seen PASS or FAIL. It stays, because the API may show
	// less once the data is cleared.
	Ended bool `json:"ended,omitempty"`

	// Expired: a Read has seen the link expired without PASS or FAIL. The plan
	// goes by this mark and never by the clock, so that a saved plan is still
	// the same plan when it is applied.
	Expired bool `json:"expired,omitempty"`

	// Gone: the last Read was told that the API does not know the session. It
	// stays in the state, because Terraform does not show the warnings of the
	// refresh before a destroy.
	Gone bool `json:"gone,omitempty"`
}

// Update records what a Read saw from asked at the time now, on the API's clock.
// expiry is zero if it is not known.
func (m *Marks) Update(res *advance.Result, asked Origin, expiry, now time.Time) {
	m.Origin = m.Origin.SeenFrom(asked)
	m.Gone = false
	m.Ended = m.Ended || res.Finished() && *res.OverallResult != advance.OverallIncomplete
	m.Unfinished = !m.Ended && !res.Finished()
	m.Expired = !m.Ended && !expiry.IsZero() && now.After(expiry)
}
