package session

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/audit"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

// The audit log has a session before the state has it: a process that dies in
// between loses no id. A state without a schema panics when it is set.
func TestCreate_auditedBeforeTheState(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Config{})
		client, err := advance.New(advance.Config{
			Endpoint:       "http://127.0.0.1",
			Credentials:    advance.Credentials{AccessKey: simulator.DefaultAccessKey, SecretKey: simulator.DefaultSecretKey},
			TokenPeriod:    advance.DefaultTokenPeriod,
			RequestTimeout: advance.DefaultRequestTimeout,
			Transport:      sim.Transport(),
		})
		if err != nil {
			t.Fatal(err)
		}
		log, err := audit.Open(path, "http://127.0.0.1", "test")
		if err != nil {
			t.Fatal(err)
		}
		r := &sessionResource{data: &tfutil.ProviderData{Client: client, Audit: log}}
		var resp resource.CreateResponse
		plan := requiredPlan(t, r)
		func() {
			defer func() {
				if recover() == nil {
					t.Error("setting the state did not panic, so this test shows nothing")
				}
			}()
			r.Create(t.Context(), resource.CreateRequest{Config: tfsdk.Config(plan), Plan: plan}, &resp)
		}()
		if len(sim.Sessions()) != 1 {
			t.Fatalf("no session was made: %v", resp.Diagnostics)
		}
		id := sim.Sessions()[0].SignatureID
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(content), `"event":"session_created","signature_id":"`+id+`"`) {
			t.Errorf("the audit log has no line for session %s: %q", id, content)
		}
	})
}

// requiredPlan is a plan of the required arguments. All else is null.
func requiredPlan(t *testing.T, r resource.Resource) tfsdk.Plan {
	t.Helper()
	var resp resource.SchemaResponse
	r.Schema(t.Context(), resource.SchemaRequest{}, &resp)
	values := map[string]tftypes.Value{}
	for name, a := range resp.Schema.Attributes {
		values[name] = tftypes.NewValue(a.GetType().TerraformType(t.Context()), nil)
	}
	for name, v := range map[string]string{"return_url": "https://app.example.com/ok", "fail_return_url": "https://app.example.com/fail", "user_id": "user-1", "region": "PHL"} {
		values[name] = tftypes.NewValue(tftypes.String, v)
	}
	return tfsdk.Plan{Schema: resp.Schema, Raw: tftypes.NewValue(resp.Schema.Type().TerraformType(t.Context()), values)}
}
