package session_test

import (
	"bytes"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// private is minimal with a write-only callback URL, and more.
func private(more prototest.Object) prototest.Object {
	config := minimal(writeOnly)
	maps.Copy(config, more)
	return config
}

func TestWriteOnly_reachesTheRequest(t *testing.T) {
	t.Parallel()
	want := requestOf(t, full(nil))
	got := requestOf(t, full(writeOnly))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("request (-callback_url +callback_url_wo):\n%s", diff)
	}
	if _, sent := requestOf(t, private(prototest.Object{"callback_url_wo": nil}))["callbackUrl"]; sent {
		t.Error("callbackUrl was sent for null, want it left out")
	}
}

// The callback URL is in no plan, state, private state or diagnostic, and the
// plan stays empty afterwards.
func TestWriteOnly_isNotKept(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.server.NewResource(typeName)
		plan := r.Plan(t.Context(), private(nil))
		prototest.WantNothing(t, plan.Diagnostics)
		kept := []string{plan.Planned.String(), string(plan.Private)}
		prototest.WantNothing(t, r.Apply(t.Context(), plan))
		kept = append(kept, r.State.String(), string(r.Private))
		refresh(t, r)
		prototest.WantEmptyPlan(t, r, private(nil))
		kept = append(kept, r.State.String(), string(r.Private))
		e.finish(t, r, simulator.ResultPass)
		prototest.WantNothing(t, r.Configure(t.Context(), private(prototest.Object{"deletion_policy": "fail"})))
		kept = append(kept, r.State.String(), string(r.Private))
		for _, s := range kept {
			if strings.Contains(s, "callback?") || strings.Contains(s, "key=secret") {
				t.Errorf("the callback URL is in %s", s)
			}
		}
		if r.Values()["callback_url_wo_version"] != 1.0 {
			t.Errorf("callback_url_wo_version is %v, want 1", r.Values()["callback_url_wo_version"])
		}
		destroy(t, e, r)
	})
}

// The log has no callback URL, at any level, and no more has the error of a
// refusal that quotes it.
func TestWriteOnly_isNotLogged(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		var log bytes.Buffer
		ctx := tflogtest.RootLogger(t.Context(), &log)
		r := e.server.NewResource(typeName)
		e.inject(t, simulator.Fault{Operation: simulator.OpGenerate, Kind: "parameter-error", Message: fmt.Sprint("Refused: ", writeOnly["callback_url_wo"])})
		diags := r.Configure(ctx, private(nil))
		prototest.WantError(t, diags, "Message: Refused: [redacted]")
		wantNothingConfidential(t, diags.String())

		prototest.WantNothing(t, r.Configure(ctx, private(nil)))
		prototest.WantNothing(t, r.Refresh(ctx))
		e.finish(t, r, simulator.ResultPass)
		prototest.WantNothing(t, r.Apply(ctx, r.Plan(ctx, nil)))
		prototest.WantText(t, log.String(), "session created", "PARAMETER_ERROR")
		wantNothingConfidential(t, log.String())
	})
}

// A change of the URL alone is not seen. A change of the version makes another
// session, with the URL of that time.
func TestWriteOnly_versionForcesANewSession(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, private(nil))
		e.finish(t, r, simulator.ResultPass)
		refresh(t, r)
		const other = "https://app.example.com/other?key=secret"
		prototest.WantEmptyPlan(t, r, private(prototest.Object{"callback_url_wo": other}))

		for name, config := range map[string]prototest.Object{
			"another version": private(prototest.Object{"callback_url_wo": other, "callback_url_wo_version": 2}),
			"no version":      minimal(nil),
		} {
			plan := r.Plan(t.Context(), config)
			prototest.WantNothing(t, plan.Diagnostics)
			if diff := cmp.Diff([]string{"callback_url_wo_version"}, plan.RequiresReplace); diff != "" {
				t.Errorf("%s: replaced by (-want +got):\n%s", name, diff)
			}
		}
		prototest.WantNothing(t, r.Configure(t.Context(), private(prototest.Object{"callback_url_wo": other, "callback_url_wo_version": 2})))
		made, _ := e.Session(idOf(r))
		if len(e.Sessions()) != 2 || made.InputParameters["callbackUrl"] != other {
			t.Errorf("got session %d, called back at %v; want the second, at %s", len(e.Sessions()), made.InputParameters["callbackUrl"], other)
		}
	})
}

// The API echoes the callback URL of an imported session, so it is in the state
// until the first apply of a configuration with the write-only argument.
func TestWriteOnly_import(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		e.create(t, private(nil))
		r := e.imported(t)
		id, calls := idOf(r), e.total()
		if text(r, "callback_url") != writeOnly["callback_url_wo"] {
			t.Errorf("callback_url is %q, want the echo", text(r, "callback_url"))
		}
		plan := r.Plan(t.Context(), private(nil))
		prototest.WantWarning(t, plan.Diagnostics, "Imported Session Keeps Its Parameters", "change of callback_url, callback_url_wo_version is only written to the state")
		if len(plan.RequiresReplace) > 0 {
			t.Fatalf("replaces for %q, want a change in place", plan.RequiresReplace)
		}
		prototest.WantNothing(t, r.Apply(t.Context(), plan))
		if idOf(r) != id || e.total() != calls || strings.Contains(r.State.String(), "key=secret") {
			t.Errorf("got session %s after %d calls and state %s; want %s, no call and no callback URL", idOf(r), e.total()-calls, r.State, id)
		}
		refresh(t, r)
		prototest.WantEmptyPlan(t, r, private(nil))
		later := private(prototest.Object{"callback_url_wo_version": 2})
		if diff := cmp.Diff([]string{"callback_url_wo_version"}, r.Plan(t.Context(), later).RequiresReplace); diff != "" {
			t.Errorf("a later version: replaced by (-want +got):\n%s", diff)
		}
	})
}

func TestWriteOnly_validate(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		config prototest.Object
		oldCLI bool
		want   []string // one error on callback_url_wo, nil for none
	}{
		"together with its version": {config: private(nil)},
		"with version 0":            {config: private(prototest.Object{"callback_url_wo_version": 0})},
		"without its version":       {config: private(prototest.Object{"callback_url_wo_version": nil}), want: []string{"callback_url_wo_version"}},
		"beside callback_url":       {config: private(prototest.Object{"callback_url": "https://app.example.com/key=secret"}), want: []string{`"callback_url" cannot be specified`}},
		"version alone":             {config: private(prototest.Object{"callback_url_wo": nil})},
		"unknown":                   {config: private(prototest.Object{"callback_url_wo": prototest.Unknown, "callback_url_wo_version": prototest.Unknown})},
		"all unknown":               {config: private(prototest.Object{"callback_url_wo": prototest.Unknown, "callback_url_wo_version": prototest.Unknown, "callback_url": prototest.Unknown})},
		"old CLI, not set":          {config: full(nil), oldCLI: true},
		"old CLI, set":              {config: private(nil), oldCLI: true, want: []string{"Terraform 1.11"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := prototest.NewServer(t, nil)
			server.OldCLI = test.oldCLI
			diags := server.NewResource(typeName).Validate(test.config)
			if test.want == nil {
				prototest.WantNothing(t, diags)
				return
			}
			prototest.WantError(t, diags, test.want...)
			if got := attributeOf(diags[0]); got != "callback_url_wo" {
				t.Errorf("the error is on %q, want it on callback_url_wo", got)
			}
			wantNothingConfidential(t, diags.String())
		})
	}
}

func TestWriteOnly_httpWarns(t *testing.T) {
	t.Parallel()
	diags := prototest.NewServer(t, nil).NewResource(typeName).Validate(private(prototest.Object{"callback_url_wo": "http://app.example.com/?key=secret"}))
	prototest.WantWarning(t, diags, "callback_url_wo", "https")
	wantNothingConfidential(t, diags.String())
}
