package session

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/advance-community/terraform-provider-advance/internal/erase"
)

// memory is private state.
type memory map[string][]byte

func (m memory) GetKey(_ context.Context, key string) ([]byte, diag.Diagnostics) { return m[key], nil }

func (m memory) SetKey(_ context.Context, key string, value []byte) diag.Diagnostics {
	m[key] = value
	return nil
}

func TestPrivateState_save(t *testing.T) {
	t.Parallel()
	want := privateState{
		Marks: erase.Marks{
			Origin:     erase.Origin{Endpoint: "https://api.advance.ai", Account: "0123456789abcdef"},
			Unfinished: true, Ended: true, Expired: true, Gone: true,
		},
		Import: imported,
	}
	private := memory{}
	var diags diag.Diagnostics
	want.save(t.Context(), private, &diags)
	got := loadPrivateState(t.Context(), private, &diags)
	if diff := cmp.Diff(want, got); diff != "" || len(diags) > 0 {
		t.Errorf("private state (-want +got):\n%s\ndiagnostics: %v", diff, diags)
	}

	// Later releases must be able to read it.
	const kept = `{"origin":{"endpoint":"https://api.advance.ai","account":"0123456789abcdef"},"unfinished":true,"ended":true,"expired":true,"gone":true,"import":"settling"}`
	if string(private[privateStateKey]) != kept {
		t.Errorf("kept as %s, want %s", private[privateStateKey], kept)
	}
	if got := loadPrivateState(t.Context(), memory{}, &diags); got != (privateState{}) || len(diags) > 0 {
		t.Errorf("without private state: %+v and %v, want nothing", got, diags)
	}

	// The first releases kept the access key's fingerprint. It says nothing of
	// the account.
	const first = `{"origin":{"endpoint":"https://api.advance.ai","access_key_fingerprint":"0123456789abcdef"},"import":"settling","unfinished":true}`
	old := privateState{Marks: erase.Marks{Origin: erase.Origin{Endpoint: "https://api.advance.ai"}, Unfinished: true}, Import: imported}
	if got := loadPrivateState(t.Context(), memory{privateStateKey: []byte(first)}, &diags); got != old || len(diags) > 0 {
		t.Errorf("private state of a first release: %+v and %v, want %+v", got, diags, old)
	}
	if loadPrivateState(t.Context(), memory{privateStateKey: []byte(`[]`)}, &diags); diags.ErrorsCount() != 1 {
		t.Errorf("of what can't be read: %v, want an error", diags)
	}
}
