package accesstoken_test

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/advance-community/terraform-provider-advance/internal/acctest"
	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

func TestMain(m *testing.M) { acctest.Main(m) }

const typeName = "advance_access_token"

func TestAccessToken_period(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		block  prototest.Object
		period any
		life   time.Duration
	}{
		"by default an hour":           {nil, nil, time.Hour},
		"as the provider block says":   {prototest.Object{"token_period_seconds": 600}, nil, 10 * time.Minute},
		"as the resource says":         {prototest.Object{"token_period_seconds": 600}, 90, 90 * time.Second},
		"the shortest that is allowed": {nil, 60, time.Minute},
		"the longest that is allowed":  {nil, 86400, 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := simulator.New(simulator.Config{})
				server := prototest.Configured(t, sim.Transport(), tc.block)
				got, diags := server.OpenEphemeral(t.Context(), typeName, prototest.Object{"period_seconds": tc.period})
				if len(diags) > 0 {
					t.Fatal(diags)
				}
				if token, ok := got["token"].(string); !ok || strings.Count(token, ".") != 2 {
					t.Errorf("token is %v, want a JWT", got["token"])
				}
				if want := time.Now().Add(tc.life).UTC().Format(time.RFC3339); got["expires_at"] != want {
					t.Errorf("expires_at is %v, want %s", got["expires_at"], want)
				}
			})
		})
	}
}

// Ten tokens of two periods beside twenty sessions take three mints: one is for
// the provider's own calls.
func TestAccessToken_mints(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Config{})
		server := prototest.Configured(t, sim.Transport(), nil)
		var calls sync.WaitGroup
		for range 20 {
			calls.Go(func() {
				session := server.NewResource("advance_liveness_session")
				if diags := session.Configure(t.Context(), acctest.RequiredArguments(nil)); diags.HasError() {
					t.Error(diags)
				}
			})
		}
		tokens := make([]any, 10)
		for i := range tokens {
			calls.Go(func() {
				got, diags := server.OpenEphemeral(t.Context(), typeName, prototest.Object{"period_seconds": 300 + i%2*300})
				if diags.HasError() {
					t.Error(diags)
				}
				tokens[i] = got["token"]
			})
		}
		calls.Wait()
		if got := sim.CallCount(simulator.OpToken); got != 3 {
			t.Errorf("%d tokens were minted, want 3", got)
		}
		for i, token := range tokens {
			if token != tokens[i%2] {
				t.Errorf("token %d is not that of its period", i)
			}
		}
		if tokens[0] == tokens[1] {
			t.Error("two periods have one token")
		}
	})
}

// The wait for a token obeys an interrupt.
func TestAccessToken_interrupt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Config{})
		server := prototest.Configured(t, sim.Transport(), nil)
		sim.SetBehaviour(simulator.Behaviour{LatencyMin: 20})
		time.AfterFunc(5*time.Second, server.Stop)
		started := time.Now()
		_, diags := server.OpenEphemeral(t.Context(), typeName, prototest.Object{})
		if took := time.Since(started); took != 5*time.Second {
			t.Errorf("took %s, want 5s", took)
		}
		checkError(t, diags, "The operation was interrupted.")
	})
}

func TestAccessToken_errors(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		block prototest.Object
		fault string
		want  []string
		calls int
	}{
		"a given token": {
			block: prototest.Object{"access_key": nil, "secret_key": nil, "access_token": "secret-given-token"},
			want:  []string{"minting takes the key pair", "access_key", "secret_key", "ADVANCE_ACCESS_TOKEN"},
		},
		"a refusal": {
			fault: "account-disabled",
			want:  []string{"Operation: generate-token", "Error code: ACCOUNT_DISABLED", "Message: ", "Transaction id: "},
			calls: 1,
		},
		"a wrong key": {
			block: prototest.Object{"secret_key": "secret-wrong-key"},
			want:  []string{"The secret_key (ADVANCE_SECRET_KEY) does not belong", "Error code: PARAMETER_ERROR", "Transaction id: "},
			calls: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := simulator.New(simulator.Config{})
			if tc.fault != "" {
				if err := sim.Inject(simulator.Fault{Operation: simulator.OpToken, Kind: tc.fault, Count: -1}); err != nil {
					t.Fatal(err)
				}
			}
			got, diags := prototest.Configured(t, sim.Transport(), tc.block).OpenEphemeral(t.Context(), typeName, prototest.Object{})
			checkError(t, diags, tc.want...)
			if got != nil || strings.Contains(diags.String(), "secret-") {
				t.Errorf("result is %v, and:\n%s", got, diags)
			}
			if calls := len(sim.Calls()); calls != tc.calls {
				t.Errorf("%d calls, want %d", calls, tc.calls)
			}
		})
	}
}

func TestAccessToken_unknownProviderArgument(t *testing.T) {
	t.Parallel()
	sim := simulator.New(simulator.Config{})
	server := prototest.Configured(t, sim.Transport(), prototest.Object{"secret_key": prototest.Unknown})
	_, diags := server.OpenEphemeral(t.Context(), typeName, prototest.Object{})
	if len(diags) != 1 || !strings.Contains(diags[0].Detail, `"secret_key"`) || !strings.Contains(diags[0].Detail, "-target") {
		t.Errorf("diagnostics are %s\nwant one that names secret_key and suggests -target", diags)
	}
	if calls := sim.Calls(); len(calls) != 0 {
		t.Errorf("calls are %v, want none", calls)
	}
}

func TestAccessToken_validate(t *testing.T) {
	t.Parallel()
	for _, period := range []int{-1, 0, 59, 86401} {
		_, diags := prototest.Configured(t, nil, nil).OpenEphemeral(t.Context(), typeName, prototest.Object{"period_seconds": period})
		if len(diags) != 1 || !diags[0].Attribute.Equal(tftypes.NewAttributePath().WithAttributeName("period_seconds")) {
			t.Errorf("diagnostics for %d are %s\nwant one at period_seconds", period, diags)
		}
	}
}

// checkError checks that there is exactly one diagnostic, an error of a mint,
// with all texts in its detail.
func checkError(t *testing.T, diags prototest.Diagnostics, texts ...string) {
	t.Helper()
	if len(diags) != 1 || !diags.HasError() || diags[0].Summary != "Unable to Mint Access Token" {
		t.Fatalf("diagnostics are %s\nwant one error of a mint", diags)
	}
	for _, text := range texts {
		if !strings.Contains(diags[0].Detail, text) {
			t.Errorf("the detail has no %q:\n%s", text, diags[0].Detail)
		}
	}
}
