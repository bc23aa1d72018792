package session

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/erase"
)

// privateState holds what the provider keeps of a session for itself, in
// Terraform's private state.
type privateState struct {
	// Origin is where the session was made, or was last read with success.
	// "Not known" from anywhere else proves nothing. States of the first
	// releases have no account: it is not known until the next success.
	Origin erase.Origin `json:"origin"`

	// Import says how far the import of the session has come. It stays for the
	// session's life.
	Import importStage `json:"import,omitempty"`

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

// importStage is the stage that the import of a session has reached.
type importStage string

const (
	notImported   importStage = ""
	importReading importStage = "reading"  // the next Read fills the arguments
	imported      importStage = "settling" // the API may not have told all of them
)

// update records what a Read saw from asked at the time now, on the API's clock.
// expiry is zero if it is not known.
func (p *privateState) update(res *advance.Result, asked erase.Origin, expiry, now time.Time) {
	p.Origin = p.Origin.SeenFrom(asked)
	p.Gone = false
	p.Ended = p.Ended || res.Finished() && *res.OverallResult != advance.OverallIncomplete
	p.Unfinished = !p.Ended && !res.Finished()
	p.Expired = !p.Ended && !expiry.IsZero() && now.After(expiry)
}

const privateStateKey = "session"

// The framework's type of private state is in an internal package.
type (
	privateGetter interface {
		GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	}
	privateSetter interface {
		SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
	}
)

// loadPrivateState returns the zero privateState if nothing was saved.
func loadPrivateState(ctx context.Context, from privateGetter, diags *diag.Diagnostics) privateState {
	var p privateState
	data, found := from.GetKey(ctx, privateStateKey)
	diags.Append(found...)
	if len(data) == 0 {
		return p
	}
	if err := json.Unmarshal(data, &p); err != nil {
		diags.AddError("Unreadable Private State", fmt.Sprintf("The provider cannot read what it has kept about this session: %v. This is always a bug in the provider, please report it.", err))
	}
	return p
}

func (p privateState) save(ctx context.Context, to privateSetter, diags *diag.Diagnostics) {
	data, err := json.Marshal(p)
	if err != nil {
		diags.AddError("Unable to Keep Private State", "Encoding it failed: "+err.Error()+". This is always a bug in the provider, please report it.")
		return
	}
	diags.Append(to.SetKey(ctx, privateStateKey, data)...)
}
