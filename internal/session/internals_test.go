package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

func TestSchema(t *testing.T) {
	t.Parallel()
	var resp resource.SchemaResponse
	NewResource().Schema(t.Context(), resource.SchemaRequest{}, &resp)
	if diags := resp.Schema.ValidateImplementation(t.Context()); diags.HasError() {
		t.Fatal(diags)
	}
	sensitive := map[string]bool{"callback_url": true, "url": true}
	for name, attribute := range resp.Schema.Attributes {
		if attribute.GetMarkdownDescription() == "" {
			t.Errorf("%s has no description", name)
		}
		if attribute.IsSensitive() != sensitive[name] {
			t.Errorf("%s is sensitive: %t, want %t", name, attribute.IsSensitive(), sensitive[name])
		}
		if nested, ok := attribute.(schema.SingleNestedAttribute); ok {
			for inner, attribute := range nested.Attributes {
				if attribute.GetMarkdownDescription() == "" {
					t.Errorf("%s.%s has no description", name, inner)
				}
			}
		}
	}
}

func TestBlame(t *testing.T) {
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
		at, ok := blame(test.err)
		if ok != (test.want != "") || at.String() != test.want {
			t.Errorf("blame(%v) = %q, %t; want %q", test.err, at, ok, test.want)
		}
	}
}

func TestReplacedBy(t *testing.T) {
	t.Parallel()
	s := func(v string) []argument { return []argument{{"a", types.StringValue(v)}} }
	null := []argument{{"a", types.StringNull()}}
	unknown := []argument{{"a", types.StringUnknown()}}
	for _, test := range []struct {
		state, plan []argument
		own         bool // what is wanted of a session that was made here,
		imported    bool // and of one that was imported
	}{
		{s("x"), s("x"), false, false},
		{s("x"), s("y"), true, true},
		{s("x"), null, true, false},
		{null, s("x"), true, false},
		{null, null, false, false},
		{s("x"), unknown, true, true},
		{null, unknown, true, false},
		{[]argument{{"a", types.BoolValue(false)}}, []argument{{"a", types.BoolNull()}}, true, false},
		{[]argument{{"a", types.BoolValue(false)}}, []argument{{"a", types.BoolValue(true)}}, true, true},
	} {
		for imported, want := range map[bool]bool{false: test.own, true: test.imported} {
			if got := len(replacedBy(test.state, test.plan, imported)) == 1; got != want {
				t.Errorf("replacedBy(%v, %v, imported %t) names it: %t, want %t", test.state, test.plan, imported, got, want)
			}
		}
	}
}

// Every argument with an API field forces a new session, and no other does.
func TestFixed(t *testing.T) {
	t.Parallel()
	var m model
	got := map[string]bool{}
	for _, a := range m.fixed() {
		got[a.name] = true
	}
	want := map[string]bool{
		"return_url": true, "fail_return_url": true, "user_id": true, "region": true, "biz_id": true, "callback_url": true, "language": true,
		"prefers_color_scheme": true, "biz_code": true, "iframe_enabled": true, "product_level": true, "liveness_type": true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("arguments that force a new session (-want +got):\n%s", diff)
	}
}

func TestObserve(t *testing.T) {
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
		before record
		seen   *advance.Result
		expiry time.Time
		want   record
	}{
		"pending":                      {seen: result("INCOMPLETE", ""), expiry: future, want: record{Unfinished: true}},
		"pending, nothing said":        {seen: result("", ""), expiry: future, want: record{Unfinished: true}},
		"pending, a new word":          {seen: result("REVIEW", ""), expiry: future, want: record{Unfinished: true}},
		"pending, expired":             {seen: result("INCOMPLETE", ""), expiry: past, want: record{Unfinished: true, Expired: true}},
		"pending, expiry not known":    {seen: result("INCOMPLETE", ""), expiry: unknown, want: record{Unfinished: true}},
		"at the very expiry":           {seen: result("INCOMPLETE", ""), expiry: now, want: record{Unfinished: true}},
		"timed out":                    {seen: result("INCOMPLETE", "USER_TIMEOUT"), expiry: past, want: record{Expired: true}},
		"given up before":              {seen: result("INCOMPLETE", "ERROR"), expiry: future, want: record{}},
		"passed":                       {seen: result("PASS", "SUCCESS"), expiry: future, want: record{Ended: true}},
		"passed, expired":              {seen: result("PASS", "SUCCESS"), expiry: past, want: record{Ended: true}},
		"failed":                       {seen: result("FAIL", "LIVENESS_ATTACK"), expiry: past, want: record{Ended: true}},
		"passed, then nothing is told": {before: record{Ended: true}, seen: result("", ""), expiry: past, want: record{Ended: true}},
		"no longer unfinished":         {before: record{Unfinished: true}, seen: result("PASS", ""), expiry: future, want: record{Ended: true}},
		"expired, then a late PASS":    {before: record{Expired: true}, seen: result("PASS", ""), expiry: past, want: record{Ended: true}},
		"the origin and the import stay": {
			before: record{Origin: tfutil.Origin{Endpoint: "e"}, Import: importSettling}, seen: result("PASS", ""), expiry: unknown,
			want: record{Origin: tfutil.Origin{Endpoint: "e"}, Import: importSettling, Ended: true},
		},
	} {
		got := test.before
		got.observe(test.seen, test.expiry, now)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: record (-want +got):\n%s", name, diff)
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

func TestRecordIsKept(t *testing.T) {
	t.Parallel()
	want := record{
		Origin: tfutil.Origin{Endpoint: "https://api.advance.ai", AccessKey: "0123456789abcdef"},
		Import: importSettling, Unfinished: true, Ended: true, Expired: true,
	}
	private := memory{}
	var diags diag.Diagnostics
	want.save(t.Context(), private, &diags)
	got := loadRecord(t.Context(), private, &diags)
	if diff := cmp.Diff(want, got); diff != "" || len(diags) > 0 {
		t.Errorf("record (-want +got):\n%s\ndiagnostics: %v", diff, diags)
	}

	// States of later releases must be readable for ever.
	const kept = `{"origin":{"endpoint":"https://api.advance.ai","access_key_fingerprint":"0123456789abcdef"},"import":"settling","unfinished":true,"ended":true,"expired":true}`
	if string(private[recordKey]) != kept {
		t.Errorf("kept as %s, want %s", private[recordKey], kept)
	}
	if got := loadRecord(t.Context(), memory{}, &diags); got != (record{}) || len(diags) > 0 {
		t.Errorf("without private state: %+v and %v, want nothing", got, diags)
	}
	if loadRecord(t.Context(), memory{recordKey: []byte(`[]`)}, &diags); diags.ErrorsCount() != 1 {
		t.Errorf("of what can't be read: %v, want an error", diags)
	}
}

func TestWarningTexts(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 2, 3, 23, 30, 0, 0, time.FixedZone("east", 2*60*60))
	ahead, past := "2026-02-03T22:15:00Z", "2026-02-03T20:59:59Z"
	const replacement = "\n\nThis is a replacement: without lifecycle { create_before_destroy = true } the new session, with its link, comes only after the old one is destroyed."
	for _, test := range []struct {
		policy, expiresAt string
		replacement       bool
		want              string // after the first sentence
	}{
		{"wait", ahead, false, "Its destroy will wait until it is finished: at the latest until about 22:15 UTC, when its link expires."},
		{"wait", ahead, true, "Its destroy will wait until it is finished: at the latest until about 22:15 UTC, when its link expires." + replacement},
		{"wait", past, false, "Its destroy will wait until it is finished, which should be soon: its link expired at 20:59 UTC."},
		{"wait", "", false, "Its destroy will wait until it is finished: at the latest about an hour after it was created, a time that is not known here because the session was imported."},
		{"fail", ahead, false, `With deletion_policy "fail" its destroy will fail unless it is finished by then. The session will be finished at the latest at about 22:15 UTC (2026-02-03T22:15:00Z), when its link expires.`},
		{"fail", past, false, `With deletion_policy "fail" its destroy will fail unless it is finished by then. The session should be finished soon: its link expired at 20:59 UTC (2026-02-03T20:59:59Z).`},
		{"fail", "", true, `With deletion_policy "fail" its destroy will fail unless it is finished by then. The session will be finished at the latest about an hour after it was created, a time that is not known here because the session was imported.` + replacement},
		{"abandon", ahead, false, `With deletion_policy "abandon" its destroy will drop it from the state without erasing its data, unless it is finished by then. The session will be finished at the latest at about 22:15 UTC (2026-02-03T22:15:00Z), when its link expires.`},
	} {
		state := &model{
			SignatureID: types.StringValue("ed8b21c0c87ad617"), DeletionPolicy: types.StringValue(test.policy), ExpiresAt: textOrNull(test.expiresAt),
		}
		want := "Session ed8b21c0c87ad617 was not finished when it was last read, and the API erases no unfinished session. " + test.want
		if diff := cmp.Diff(want, warningAhead(state, now, test.replacement)); diff != "" {
			t.Errorf("%s, %q (-want +got):\n%s", test.policy, test.expiresAt, diff)
		}
	}
}

func TestToRequest(t *testing.T) {
	t.Parallel()
	s := types.StringValue
	required := model{ReturnURL: s("r"), FailReturnURL: s("f"), UserID: s("u"), Region: s("PHL"), BizID: s("b")}
	whole := required
	whole.CallbackURL, whole.Language, whole.PrefersColorScheme, whole.BizCode = s("c"), s("en"), s("dark"), s("x")
	whole.IframeEnabled, whole.ProductLevel, whole.LivenessType = types.BoolValue(false), s("PRO"), s("login")
	for name, test := range map[string]struct {
		model model
		want  string
	}{
		"required": {required, `{"returnUrl":"r","failReturnUrl":"f","bizId":"b","userId":"u","region":"PHL"}`},
		"whole": {whole, `{"returnUrl":"r","failReturnUrl":"f","callbackUrl":"c","bizId":"b","userId":"u","region":"PHL","language":"en",` +
			`"prefersColorScheme":"dark","bizCode":"x","iframeEnabled":false,"productLevel":"PRO","livenessType":"login"}`},
	} {
		got, err := json.Marshal(test.model.toRequest())
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != test.want {
			t.Errorf("%s: request is %s, want %s", name, got, test.want)
		}
	}

	for _, left := range []types.String{types.StringNull(), types.StringUnknown()} {
		m := required
		m.BizID = left
		if r := m.toRequest(); r.BizID == "" || r.BizID != m.BizID.ValueString() {
			t.Errorf("a business id that is %s was sent as %q and kept as %s", left, r.BizID, m.BizID)
		}
	}
}

func TestFromSession(t *testing.T) {
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

func TestFromEcho(t *testing.T) {
	t.Parallel()
	var m model
	m.fromEcho(&advance.InputParameters{
		ReturnURL: new("r"), FailReturnURL: new("f"), CallbackURL: new("c"), BizID: new("b"), UserID: new("u"), Region: new("PHL"),
		Language: new("en"), PrefersColorScheme: new("dark"), BizCode: new("x"), IframeEnabled: new(true), ProductLevel: new("PRO"),
		LivenessType: new("login"), IgnoreFailWhenJump: new(true),
	})
	for _, a := range m.fixed() {
		if a.value.IsNull() {
			t.Errorf("%s was not taken over", a.name)
		}
	}
	m.fromEcho(&advance.InputParameters{Region: new("PHL")})
	for _, a := range m.fixed() {
		if want := a.name != "region"; a.value.IsNull() != want {
			t.Errorf("%s is %s, want null: %t", a.name, a.value, want)
		}
	}
	if m.DeletionPolicy.ValueString() != "wait" || m.RenewWhenExpired.ValueBool() || m.RenewWhenExpired.IsNull() {
		t.Errorf("the provider's own arguments are %s and %s, want their defaults", m.DeletionPolicy, m.RenewWhenExpired)
	}
}

func TestTellsNothing(t *testing.T) {
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
		if got := tellsNothing(test.echo); got != test.want {
			t.Errorf("tellsNothing(%+v) = %t, want %t", test.echo, got, test.want)
		}
	}
}

func TestExpiry(t *testing.T) {
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
