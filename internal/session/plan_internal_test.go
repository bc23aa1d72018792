package session

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

func TestChanges(t *testing.T) {
	t.Parallel()
	ofSession := schema.Schema{Attributes: map[string]schema.Attribute{
		"required":        schema.StringAttribute{Required: true},
		"optional":        schema.StringAttribute{Optional: true},
		"default":         schema.StringAttribute{Optional: true, Computed: true},
		"computed":        schema.StringAttribute{Computed: true},
		"deletion_policy": schema.StringAttribute{Optional: true},
	}}
	ty := ofSession.Type().TerraformType(t.Context())
	raw := func(changed string, v any) tftypes.Value {
		values := map[string]tftypes.Value{}
		for name := range ofSession.Attributes {
			values[name] = tftypes.NewValue(tftypes.String, "x")
		}
		values[changed] = tftypes.NewValue(tftypes.String, v)
		return tftypes.NewValue(ty, values)
	}
	for _, test := range []struct {
		before, after any  // nil is null
		own           bool // whether the argument is named for a session that was made here,
		imported      bool // and for one that was imported
	}{
		{"x", "x", false, false},
		{"x", "y", true, true},
		{"x", nil, true, false},
		{nil, "x", true, false},
		{nil, nil, false, false},
		{"x", tftypes.UnknownValue, true, true},
		{nil, tftypes.UnknownValue, true, false},
	} {
		for name := range ofSession.Attributes {
			for imported, forced := range map[bool]bool{false: test.own, true: test.imported} {
				var replacing, settled []string
				switch {
				case name == "computed" || name == "deletion_policy":
				case forced:
					replacing = []string{name}
				case imported && test.before != test.after:
					settled = []string{name}
				}
				state := tfsdk.State{Schema: ofSession, Raw: raw(name, test.before)}
				plan := tfsdk.Plan{Schema: ofSession, Raw: raw(name, test.after)}
				var diags diag.Diagnostics
				gotReplacing, gotSettled := changes(t.Context(), state, plan, imported, &diags)
				if !slices.Equal(gotReplacing, replacing) || !slices.Equal(gotSettled, settled) || len(diags) > 0 {
					t.Errorf("%s from %v to %v, imported %t: replacing %q, settled %q, want %q and %q; %v",
						name, test.before, test.after, imported, gotReplacing, gotSettled, replacing, settled, diags)
				}
			}
		}
	}
}

func TestWarningAhead_texts(t *testing.T) {
	t.Parallel()
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
		want := "Session ed8b21c0c87ad617 was not finished when the provider last saw it, and the API erases no unfinished session. " + test.want
		if diff := cmp.Diff(want, warningAhead(state, test.expiresAt == past, test.replacement)); diff != "" {
			t.Errorf("%s, %q (-want +got):\n%s", test.policy, test.expiresAt, diff)
		}
	}
}
