package session

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

// record is what the provider keeps of a session in private state, for itself.
type record struct {
	// Origin is where the session was made. "Not known" from anywhere else
	// proves nothing.
	Origin tfutil.Origin `json:"origin"`

	// Import says how far the import of the session has come.
	Import importStage `json:"import,omitempty"`

	// Unfinished: the last Read saw the transaction unfinished, so a destroy
	// will have to wait.
	Unfinished bool `json:"unfinished,omitempty"`

	// Ended: a Read has seen PASS or FAIL. It stays, because the API may show
	// less once the data is cleared.
	Ended bool `json:"ended,omitempty"`

	// Expired: a Read has seen the link expired without PASS or FAIL. The plan
	// goes by this mark and never by the clock, so that a saved plan is still
	// the same plan when it is applied.
	Expired bool `json:"expired,omitempty"`
}

// importStage is the mark of an imported session.
type importStage string

const (
	notImported    importStage = ""
	importReading  importStage = "reading"  // the next Read fills the arguments
	importSettling importStage = "settling" // the API may not have told all of them
)

// observe takes over what a Read saw at a time on the API's clock.
func (r *record) observe(res *advance.Result, expiry, now time.Time) {
	r.Ended = r.Ended || res.Finished() && *res.OverallResult != advance.OverallIncomplete
	r.Unfinished = !r.Ended && !res.Finished()
	r.Expired = !r.Ended && !expiry.IsZero() && now.After(expiry)
}

const recordKey = "session"

// The framework's private state is a type of an internal package.
type (
	privateGetter interface {
		GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	}
	privateSetter interface {
		SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
	}
)

func loadRecord(ctx context.Context, private privateGetter, diags *diag.Diagnostics) record {
	var rec record
	data, found := private.GetKey(ctx, recordKey)
	diags.Append(found...)
	if len(data) == 0 {
		return rec
	}
	if err := json.Unmarshal(data, &rec); err != nil {
		diags.AddError("Unreadable Private State", fmt.Sprintf("The provider can't read what it has kept about this session: %v. This is always a bug in the provider, please report it.", err))
	}
	return rec
}

func (r record) save(ctx context.Context, private privateSetter, diags *diag.Diagnostics) {
	data, err := json.Marshal(r)
	if err != nil {
		diags.AddError("Unable to Keep Private State", "Encoding it failed: "+err.Error()+". This is always a bug in the provider, please report it.")
		return
	}
	diags.Append(private.SetKey(ctx, recordKey, data)...)
}
