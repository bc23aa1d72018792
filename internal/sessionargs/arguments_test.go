package sessionargs

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

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
		if got := Expiry(test.state.ValueString()); !got.Equal(test.want) {
			t.Errorf("expiry of %s = %s, want %s", test.state, got, test.want)
		}
	}
}

// The user id and every URL of a session are confidential.
func TestConfidential(t *testing.T) {
	t.Parallel()
	a := Arguments{
		ReturnURL: types.StringValue("return"), FailReturnURL: types.StringValue("fail"),
		CallbackURL: types.StringValue("callback"), Region: types.StringValue("PHL"),
	}
	if diff := cmp.Diff([]string{"user", "return", "fail", "callback", "link"}, a.Confidential("user", "link")); diff != "" {
		t.Errorf("confidential (-want +got):\n%s", diff)
	}
}
