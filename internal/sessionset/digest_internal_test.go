package sessionset

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/advance-community/terraform-provider-advance/internal/sessionargs"
)

// Another digest would replace the sessions of every state: this one must stay,
// also when an argument is added.
func TestDigest_stays(t *testing.T) {
	t.Parallel()
	all := sessionargs.Arguments{
		ReturnURL: types.StringValue("https://app.example.com/ok"), FailReturnURL: types.StringValue("https://app.example.com/fail"),
		Region: types.StringValue("PHL"), CallbackURL: types.StringValue("https://app.example.com/callback?key=secret"),
		CallbackURLWOVersion: types.Int64Value(7), Language: types.StringValue("en-US"), PrefersColorScheme: types.StringValue("dark"),
		BizCode: types.StringValue("WhiteCard"), IframeEnabled: types.BoolValue(false), ProductLevel: types.StringValue("PRO"), LivenessType: types.StringValue("login"),
	}
	required := sessionargs.Arguments{ReturnURL: all.ReturnURL, FailReturnURL: all.FailReturnURL, Region: all.Region}
	for want, a := range map[string]sessionargs.Arguments{
		"1:d7f97d8d45c94c5f71467ac8c50431d19c1bc937401d73eda283cf9b4972896e": all,
		"1:2cffb2cb686c2812f860bbdff2a6830b9502ccf35899f2a3d6a439c52905d7cc": required,
	} {
		if got := digest(&a, "user-1"); got != want {
			t.Errorf("digest %s, want %s", got, want)
		}
	}
}

// The digest depends on what is sent, and on nothing else.
func TestDigest_differs(t *testing.T) {
	t.Parallel()
	a := sessionargs.Arguments{Region: types.StringValue("PHL")}
	b := a
	b.CallbackURLWO = types.StringValue("https://app.example.com/callback") // is not known in a plan
	if digest(&a, "user-1") != digest(&b, "user-1") {
		t.Error("the digest differs for the same request")
	}
	b.CallbackURLWOVersion = types.Int64Value(1)
	c := a
	c.CallbackURL = types.StringValue("https://app.example.com/callback")
	seen := map[string]bool{digest(&a, "user-1"): true}
	for name, other := range map[string]string{"the user id": digest(&a, "user-2"), "the version": digest(&b, "user-1"), "the callback": digest(&c, "user-1")} {
		if seen[other] {
			t.Errorf("the digest does not depend on %s", name)
		}
		seen[other] = true
	}
}
