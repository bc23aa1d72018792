package session

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
)

func TestErrorAttribute(t *testing.T) {
	t.Parallel()
	const generate = advance.OpGenerateURL
	for _, test := range []struct {
		err  error
		want string // "" is nobody
	}{
		{&advance.Error{Operation: generate, Code: "REGION_WRONG", Message: "Region is wrong"}, "region"},
		{&advance.Error{Operation: generate, Code: "REGION_WRONG"}, "region"},
		{&advance.Error{Operation: generate, Code: "PARAMETER_ERROR", Message: "Invalid returnUrl, please check your returnUrl"}, "return_url"},
		{&advance.Error{Operation: generate, Code: "PARAMETER_ERROR", Message: "invalid returnurl,please check your RETURNURL."}, "return_url"},
		{&advance.Error{Operation: generate, Code: "PARAMETER_ERROR", Message: "Invalid failedReturnUrl, please check your failedReturnUrl"}, "fail_return_url"},
		{&advance.Error{Operation: generate, Code: "PARAMETER_ERROR", Message: "Invalid failReturnUrl"}, "fail_return_url"},
		{&advance.Error{Operation: generate, Code: "PARAMETER_ERROR", Message: "Product level is wrong"}, "product_level"},
		{&advance.Error{Operation: generate, Code: "PARAMETER_ERROR", Message: "Parameter should not be empty"}, ""},
		{&advance.Error{Operation: generate, Code: "PARAMETER_ERROR"}, ""},
		{&advance.Error{Operation: generate, Code: "ERROR", Message: "Invalid returnUrl"}, ""},
		{&advance.Error{Operation: advance.OpGetResult, Code: "PARAMETER_ERROR", Message: "Invalid returnUrl"}, ""},
		{&advance.Error{Operation: generate, Err: fmt.Errorf("minting: %w", &advance.Error{Operation: advance.OpGenerateToken, Code: "PARAMETER_ERROR", Message: "returnUrl"})}, ""},
		{errors.New("Invalid returnUrl"), ""},
		{fmt.Errorf("creating: %w", &advance.Error{Operation: generate, Code: "REGION_WRONG"}), "region"},
	} {
		at, ok := errorAttribute(test.err)
		if ok != (test.want != "") || at.String() != test.want {
			t.Errorf("errorAttribute(%v) = %q, %t; want %q", test.err, at, ok, test.want)
		}
	}
}

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

func TestModel_expiry(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	for _, test := range []struct {
		state types.String
		want  time.Time
	}{
		{types.StringValue("2026-02-03T04:05:06Z"), at},
		{types.StringValue("2026-02-03T05:05:06+01:00"), at},
		{types.StringNull(), time.Time{}},
		{types.StringUnknown(), time.Time{}},
		{types.StringValue("soon"), time.Time{}},
	} {
		m := model{ExpiresAt: test.state}
		if got := m.expiry(); !got.Equal(test.want) {
			t.Errorf("expiry of %s = %s, want %s", test.state, got, test.want)
		}
	}
}

// The user id and every URL of a session are confidential.
func TestConfidential(t *testing.T) {
	t.Parallel()
	m := model{
		UserID: types.StringValue("user"), ReturnURL: types.StringValue("return"), FailReturnURL: types.StringValue("fail"),
		CallbackURL: types.StringValue("callback"), URL: types.StringValue("link"), Region: types.StringValue("PHL"),
	}
	if diff := cmp.Diff([]string{"user", "return", "fail", "callback", "link"}, m.confidential()); diff != "" {
		t.Errorf("confidential (-want +got):\n%s", diff)
	}
}
