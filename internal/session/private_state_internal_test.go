package session

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/erase"
)

func TestPrivateState_update(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	past, future, unknown := now.Add(-time.Second), now.Add(time.Second), time.Time{}
	result := func(overall, code string) *advance.Result {
		res := &advance.Result{}
		if overall != "" {
			res.OverallResult = new(overall)
		}
		if code != "" {
			res.ErrorCode = new(code)
		}
		return res
	}
	for name, test := range map[string]struct {
		before privateState
		seen   *advance.Result
		expiry time.Time
		want   privateState
	}{
		"pending":                      {seen: result("INCOMPLETE", ""), expiry: future, want: privateState{Unfinished: true}},
		"pending, nothing said":        {seen: result("", ""), expiry: future, want: privateState{Unfinished: true}},
		"pending, a new word":          {seen: result("REVIEW", ""), expiry: future, want: privateState{Unfinished: true}},
		"pending, expired":             {seen: result("INCOMPLETE", ""), expiry: past, want: privateState{Unfinished: true, Expired: true}},
		"pending, expiry not known":    {seen: result("INCOMPLETE", ""), expiry: unknown, want: privateState{Unfinished: true}},
		"at the very expiry":           {seen: result("INCOMPLETE", ""), expiry: now, want: privateState{Unfinished: true}},
		"timed out":                    {seen: result("INCOMPLETE", "USER_TIMEOUT"), expiry: past, want: privateState{Expired: true}},
		"given up before":              {seen: result("INCOMPLETE", "ERROR"), expiry: future, want: privateState{}},
		"passed":                       {seen: result("PASS", "SUCCESS"), expiry: future, want: privateState{Ended: true}},
		"passed, expired":              {seen: result("PASS", "SUCCESS"), expiry: past, want: privateState{Ended: true}},
		"failed":                       {seen: result("FAIL", "LIVENESS_ATTACK"), expiry: past, want: privateState{Ended: true}},
		"passed, then nothing is told": {before: privateState{Ended: true}, seen: result("", ""), expiry: past, want: privateState{Ended: true}},
		"no longer unfinished":         {before: privateState{Unfinished: true}, seen: result("PASS", ""), expiry: future, want: privateState{Ended: true}},
		"expired, then a late PASS":    {before: privateState{Expired: true}, seen: result("PASS", ""), expiry: past, want: privateState{Ended: true}},
		"gone, and known again":        {before: privateState{Gone: true}, seen: result("PASS", ""), expiry: future, want: privateState{Ended: true}},
		"the origin and the import stay": {
			before: privateState{Origin: erase.Origin{Endpoint: "e", Account: "1"}, Import: imported}, seen: result("PASS", ""), expiry: unknown,
			want: privateState{Origin: erase.Origin{Endpoint: "e", Account: "1"}, Import: imported, Ended: true},
		},
	} {
		got := test.before
		got.update(test.seen, test.before.Origin, test.expiry, now)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: private state (-want +got):\n%s", name, diff)
		}
	}
}

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
		Origin: erase.Origin{Endpoint: "https://api.advance.ai", Account: "0123456789abcdef"},
		Import: imported, Unfinished: true, Ended: true, Expired: true, Gone: true,
	}
	private := memory{}
	var diags diag.Diagnostics
	want.save(t.Context(), private, &diags)
	got := loadPrivateState(t.Context(), private, &diags)
	if diff := cmp.Diff(want, got); diff != "" || len(diags) > 0 {
		t.Errorf("private state (-want +got):\n%s\ndiagnostics: %v", diff, diags)
	}

	// Later releases must be able to read it.
	const kept = `{"origin":{"endpoint":"https://api.advance.ai","account":"0123456789abcdef"},"import":"settling","unfinished":true,"ended":true,"expired":true,"gone":true}`
	if string(private[privateStateKey]) != kept {
		t.Errorf("kept as %s, want %s", private[privateStateKey], kept)
	}
	if got := loadPrivateState(t.Context(), memory{}, &diags); got != (privateState{}) || len(diags) > 0 {
		t.Errorf("without private state: %+v and %v, want nothing", got, diags)
	}

	// The first releases kept the access key's fingerprint. It says nothing of
	// the account.
	const first = `{"origin":{"endpoint":"https://api.advance.ai","access_key_fingerprint":"0123456789abcdef"},"import":"settling","unfinished":true}`
	old := privateState{Origin: erase.Origin{Endpoint: "https://api.advance.ai"}, Import: imported, Unfinished: true}
	if got := loadPrivateState(t.Context(), memory{privateStateKey: []byte(first)}, &diags); got != old || len(diags) > 0 {
		t.Errorf("private state of a first release: %+v and %v, want %+v", got, diags, old)
	}
	if loadPrivateState(t.Context(), memory{privateStateKey: []byte(`[]`)}, &diags); diags.ErrorsCount() != 1 {
		t.Errorf("of what can't be read: %v, want an error", diags)
	}
}
