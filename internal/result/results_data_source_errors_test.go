package result_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// checkManyErrors checks that there is one error for each of wants, with all of
// its texts in the detail, and no state.
func checkManyErrors(t *testing.T, state prototest.Object, diags prototest.Diagnostics, wants ...[]string) {
	t.Helper()
	if state != nil {
		t.Errorf("state is %v, want none", state)
	}
	if len(diags) != len(wants) || len(diags.Errors()) != len(wants) {
		t.Fatalf("diagnostics are %s\nwant %d errors", diags, len(wants))
	}
	for i, texts := range wants {
		if diags[i].Summary != "Unable to Read Liveness Results" {
			t.Errorf("summary is %q", diags[i].Summary)
		}
		for _, text := range texts {
			if !strings.Contains(diags[i].Detail, text) {
				t.Errorf("the detail has no %q:\n%s", text, diags[i].Detail)
			}
		}
	}
}

// Another failure than "not known" is an error, and there are no results.
func TestLivenessResultsDataSource_oneFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Config{})
		ids := newSessions(t, sim, 200, "sim-pass-1")
		inject(t, sim, simulator.Fault{Operation: simulator.OpResult, Kind: "crossed", SignatureID: fmt.Sprint(ids["k0042"]), Count: -1})
		state, diags := prototest.Configured(t, sim.Transport(), nil).ReadDataSource(t.Context(), manyTypeName, prototest.Object{"signature_ids": ids})
		checkManyErrors(t, state, diags, []string{
			`The results of 1 of 200 sessions could not be read: "k0042".`,
			"its signatureId is not the one that was asked for", "Operation: get-result", "Transaction id: ",
		})
	})
}

// Failures are grouped by what the API said.
func TestLivenessResultsDataSource_groups(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Config{})
		ids := newSessions(t, sim, 40, "sim-pass-1")
		for i := range 25 {
			kind := "client-error"
			if i%2 == 1 {
				kind = "unknown-code"
			}
			inject(t, sim, simulator.Fault{Operation: simulator.OpResult, Kind: kind, SignatureID: fmt.Sprint(ids[fmt.Sprintf("k%04d", i)]), Count: -1})
		}
		state, diags := prototest.Configured(t, sim.Transport(), nil).ReadDataSource(t.Context(), manyTypeName, prototest.Object{"signature_ids": ids})
		checkManyErrors(t, state, diags,
			[]string{
				`The results of 13 of 40 sessions could not be read: "k0000", "k0002", "k0004", "k0006", "k0008", "k0010", "k0012", "k0014", "k0016", "k0018" and 3 more.`,
				"The API did not take the request as its own.", "Error code: CLIENT_ERROR",
			},
			[]string{`The results of 12 of 40 sessions could not be read: "k0001", "k0003", `, ` and 2 more.`, "The API refused this permanently."},
		)
	})
}

// A permanent refusal of the account costs ten calls, however many sessions
// there are.
func TestLivenessResultsDataSource_accountRefused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault  simulator.Fault
		calls  map[simulator.Operation]int // at most
		advice string
	}{
		"not entitled":         {simulator.Fault{Operation: simulator.OpResult, Kind: "iam-country"}, map[simulator.Operation]int{simulator.OpToken: 1, simulator.OpResult: 10}, "The account is not allowed to do this"},
		"no balance":           {simulator.Fault{Operation: simulator.OpResult, Kind: "insufficient-balance"}, map[simulator.Operation]int{simulator.OpToken: 1, simulator.OpResult: 10}, "The account's balance or query limit is used up"},
		"quota":                {simulator.Fault{Operation: simulator.OpResult, Kind: "service-busy-quota"}, map[simulator.Operation]int{simulator.OpToken: 1, simulator.OpResult: 10}, "The account's quota is used up"},
		"each token refused":   {simulator.Fault{Operation: simulator.OpResult, Kind: "iam-token"}, map[simulator.Operation]int{simulator.OpToken: 20, simulator.OpResult: 20}, "A token that had just been minted was refused too"},
		"no token for anybody": {simulator.Fault{Operation: simulator.OpToken, Kind: "account-disabled"}, map[simulator.Operation]int{simulator.OpToken: 10}, "The account or the product is not enabled"},
		"wrong secret key":     {simulator.Fault{Operation: simulator.OpToken, Kind: "signature-error"}, map[simulator.Operation]int{simulator.OpToken: 10}, "The secret_key (ADVANCE_SECRET_KEY) does not belong"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := simulator.New(simulator.Config{})
				ids := newSessions(t, sim, 1000, "sim-pass-1")
				minted := sim.CallCount(simulator.OpToken)
				tc.fault.Count = -1
				inject(t, sim, tc.fault)
				server := prototest.Configured(t, sim.Transport(), nil)
				started := time.Now()
				state, diags := server.ReadDataSource(t.Context(), manyTypeName, prototest.Object{"signature_ids": ids})
				if took := time.Since(started); took != 0 {
					t.Errorf("took %s, want no wait", took)
				}
				checkManyErrors(t, state, diags,
					[]string{`The results of 10 of 1000 sessions could not be read: "k0000", `, tc.advice},
					[]string{`The results of 990 of 1000 sessions could not be read: `, " and 980 more.", "Not tried, because the API refused others before it for a reason that holds for all."},
				)
				for operation, limit := range map[simulator.Operation]int{
					simulator.OpToken: tc.calls[simulator.OpToken] + minted, simulator.OpResult: tc.calls[simulator.OpResult],
				} {
					if calls := sim.CallCount(operation); calls > limit {
						t.Errorf("%d calls of %s, want at most %d", calls, operation, limit)
					}
				}
			})
		})
	}
}

// The read ends in time, and does not name timeouts, which it does not have.
func TestLivenessResultsDataSource_outOfTime(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault simulator.Fault
		took  time.Duration
		want  string
	}{
		"told to come back later": {simulator.Fault{Kind: "retry-later", RetryAfter: "3600"}, 0, "after this operation's timeout at"},
		"no response":             {simulator.Fault{Kind: "timeout"}, 406 * time.Second, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := simulator.New(simulator.Config{})
				ids := newSessions(t, sim, 200, "sim-pass-1")
				tc.fault.Operation, tc.fault.Count = simulator.OpResult, -1
				inject(t, sim, tc.fault)
				server := prototest.Configured(t, sim.Transport(), nil)
				started := time.Now()
				state, diags := server.ReadDataSource(t.Context(), manyTypeName, prototest.Object{"signature_ids": ids})
				if took := time.Since(started); took > tc.took {
					t.Errorf("took %s, want no more than %s", took, tc.took)
				}
				if state != nil || len(diags) == 0 || len(diags) > 5 || !strings.Contains(diags.String(), tc.want) {
					t.Errorf("state is %v, and the diagnostics are not few errors with %q:\n%s", state, tc.want, diags)
				}
				if strings.Contains(diags.String(), "timeouts") {
					t.Errorf("there are no timeouts that could be raised:\n%s", diags)
				}
			})
		})
	}
}

func TestLivenessResultsDataSource_interrupt(t *testing.T) {
	t.Parallel()
	for name, block := range map[string]prototest.Object{
		"within calls":     {},
		"before the calls": {"requests_per_second": 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := simulator.New(simulator.Config{})
				ids := newSessions(t, sim, 1000, "sim-pass-1")
				sim.SetBehaviour(simulator.Behaviour{LatencyMin: 1})
				server := prototest.Configured(t, sim.Transport(), block)
				time.AfterFunc(4500*time.Millisecond, server.Stop)
				started := time.Now()
				state, diags := server.ReadDataSource(t.Context(), manyTypeName, prototest.Object{"signature_ids": ids})
				if took := time.Since(started); took != 4500*time.Millisecond {
					t.Errorf("took %s, want 4.5s", took)
				}
				checkManyErrors(t, state, diags, []string{" of 1000 sessions could not be read: ", "The operation was interrupted."})
			})
		})
	}
}
