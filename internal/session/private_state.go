package session

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/advance-community/terraform-provider-advance/internal/erase"
)

// privateState holds what the provider keeps of a session for itself, in
// Terraform's private state.
type privateState struct {
	erase.Marks

	// Import says how far the import of the session has come. It stays for the
	// session's life.
	Import importStage `json:"import,omitempty"`
}

// importStage is the stage that the import of a session has reached.
type importStage string

const (
	notImported   importStage = ""
	importReading importStage = "reading"  // the next Read fills the arguments
	imported      importStage = "settling" // the API may not have told all of them
)

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
