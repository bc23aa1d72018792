package session

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
)

func TestModel_fromSession(t *testing.T) {
	t.Parallel()
	var m model
	m.fromSession(&advance.Session{
		SignatureID: "id", URL: "https://h5.example.com/?token=t", TransactionID: "tx",
		ExpiresAt: time.Date(2026, 2, 3, 4, 5, 6, 789, time.FixedZone("east", 60*60)),
	})
	want := model{
		ID: types.StringValue("id"), SignatureID: types.StringValue("id"), URL: types.StringValue("https://h5.example.com/?token=t"),
		ExpiresAt: types.StringValue("2026-02-03T03:05:06Z"), TransactionID: types.StringValue("tx"),
	}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Errorf("model (-want +got):\n%s", diff)
	}
	m.fromSession(&advance.Session{SignatureID: "id"})
	if !m.URL.IsNull() || !m.TransactionID.IsNull() {
		t.Errorf("without a link and a transaction: %s and %s, want nulls", m.URL, m.TransactionID)
	}
}

func TestIsEmptyEcho(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		echo *advance.InputParameters
		want bool
	}{
		{nil, true},
		{&advance.InputParameters{}, true},
		{&advance.InputParameters{IgnoreFailWhenJump: new(false)}, true},
		{&advance.InputParameters{Region: new("PHL")}, false},
		{&advance.InputParameters{IframeEnabled: new(false)}, false},
	} {
		if got := isEmptyEcho(test.echo); got != test.want {
			t.Errorf("isEmptyEcho(%+v) = %t, want %t", test.echo, got, test.want)
		}
	}
}
