package session_test

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/advance-community/terraform-provider-advance/internal/acctest"
	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

const address = typeName + ".test"

// passing is minimal for a session that somebody passes immediately, so that its
// destroy need not wait.
func passing(more prototest.Object) prototest.Object {
	config := minimal(prototest.Object{"user_id": "sim-pass"})
	for name, v := range more {
		config[name] = v
	}
	return config
}

// wantErased is a CheckDestroy: the API holds nothing of any session.
func wantErased(sim *acctest.Simulator, sessions int) resource.TestCheckFunc {
	return func(*terraform.State) error {
		var errs []error
		for _, s := range sim.Sessions() {
			if s.State != simulator.StateCleared || s.HoldsPersonalData {
				errs = append(errs, fmt.Errorf("session %s is %s after destroy", s.SignatureID, s.State))
			}
		}
		if got := len(sim.Sessions()); got != sessions {
			errs = append(errs, fmt.Errorf("got %d sessions in all, want %d", got, sessions))
		}
		return errors.Join(errs...)
	}
}

func action(a plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{
		PreApply:             []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, a)},
		PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
	}
}

// value checks one value of the state.
func value(name string, check knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, tfjsonpath.New(name), check)
}

// The life of a session under a real Terraform.
func TestAccSession_lifecycle(t *testing.T) {
	t.Parallel()
	sim := acctest.NewSimulator(t, simulator.Config{})
	config := func(more prototest.Object) string {
		return sim.ProviderConfig() + block(t, "test", passing(more))
	}
	everything := full(prototest.Object{"user_id": "sim-pass", "biz_id": nil})
	updated := maps.Clone(everything)
	maps.Copy(updated, prototest.Object{"deletion_policy": "fail", "renew_when_expired": true, "timeouts": prototest.Object{"delete": "5m"}})
	sameID := statecheck.CompareValue(same{})
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.ProviderFactories,
		CheckDestroy:             wantErased(sim, 2), // and one was forgotten
		Steps: []resource.TestStep{
			{
				Config:           config(everything),
				ConfigPlanChecks: action(plancheck.ResourceActionCreate),
				ConfigStateChecks: []statecheck.StateCheck{
					value("id", knownvalue.StringRegexp(regexp.MustCompile(`^[0-9a-f]{16}$`))),
					value("signature_id", knownvalue.StringRegexp(regexp.MustCompile(`^[0-9a-f]{16}$`))),
					value("url", knownvalue.StringRegexp(regexp.MustCompile(`^http://.*token=`))),
					value("expires_at", knownvalue.StringRegexp(regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`))),
					value("transaction_id", knownvalue.StringRegexp(regexp.MustCompile(`^[0-9a-f]{16}$`))),
					value("biz_id", knownvalue.StringRegexp(uuidPattern)),
					value("deletion_policy", knownvalue.StringExact("wait")),
					value("renew_when_expired", knownvalue.Bool(false)),
					statecheck.ExpectSensitiveValue(address, tfjsonpath.New("url")),
					statecheck.ExpectSensitiveValue(address, tfjsonpath.New("callback_url")),
					sameID.AddStateValue(address, tfjsonpath.New("biz_id")),
				},
			},
			{
				Config:           config(updated),
				ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{
					sameID.AddStateValue(address, tfjsonpath.New("biz_id")),
					value("timeouts", knownvalue.MapPartial(map[string]knownvalue.Check{"delete": knownvalue.StringExact("5m")})),
				},
			},
			{
				Config:           config(prototest.Object{"return_url": "myapp://callback/success"}),
				ConfigPlanChecks: action(plancheck.ResourceActionReplace),
			},
			{
				ResourceName:            address,
				ImportState:             true,
				ImportStateVerify:       true,
				ImportStateVerifyIgnore: []string{"url", "expires_at", "transaction_id"},
			},
			{
				ResourceName:  address,
				ImportState:   true,
				ImportStateId: "0000000000000000",
				ExpectError:   regexp.MustCompile(`does not know a session\s+0000000000000000`),
			},
			{
				PreConfig:        func() { sim.Forget(sim.Sessions()[1].SignatureID) },
				Config:           config(prototest.Object{"return_url": "myapp://callback/success"}),
				ConfigPlanChecks: action(plancheck.ResourceActionReplace),
				Check: func(*terraform.State) error {
					if got := sim.CallCount(simulator.OpGenerate); got != 3 {
						return fmt.Errorf("got %d generate-url calls, want 3", got)
					}
					return sim.Inject(simulator.Fault{Operation: simulator.OpClear, Kind: "in-processing"}) // for the destroy
				},
			},
		},
	})
}

// same compares values for equality.
type same struct{}

func (same) CompareValues(values ...any) error {
	for _, v := range values[1:] {
		if v != values[0] {
			return fmt.Errorf("got %v, want them all the same", values)
		}
	}
	return nil
}

// An import block, of a session of which the API does not tell all: what is
// left is settled in place.
func TestAccSession_importBlock(t *testing.T) {
	t.Parallel()
	sim := acctest.NewSimulator(t, simulator.Config{})
	tf := acctest.NewTerraform(t, sim.ProviderConfig()+block(t, "made", passing(prototest.Object{"liveness_type": "login", "biz_id": "order-1"})))
	tf.Run("apply", "-auto-approve")
	id := sim.Sessions()[0].SignatureID
	tf.Run("state", "rm", typeName+".made")

	tf.Configure(sim.ProviderConfig() + block(t, "test", passing(prototest.Object{"liveness_type": "login"})) +
		fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", address, id))
	calls := len(sim.Calls())
	prototest.WantText(t, acctest.Unwrapped(tf.Run("apply", "-auto-approve")), "1 imported, 0 added, 1 changed, 0 destroyed")
	tf.Run("plan", "-detailed-exitcode")
	tf.Run("destroy", "-auto-approve")
	if err := wantErased(sim, 1)(nil); err != nil {
		t.Error(err)
	}
	for _, call := range sim.Calls()[calls:] {
		if call.Operation == simulator.OpGenerate {
			t.Error("the import made a session")
		}
	}
}

// What the API refuses is shown on its argument; a session without a link is
// tainted, and replaced by the next apply.
func TestAccSession_createErrors(t *testing.T) {
	t.Parallel()
	sim := acctest.NewSimulator(t, simulator.Config{})
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.ProviderFactories,
		CheckDestroy:             wantErased(sim, 2),
		Steps: []resource.TestStep{
			{
				Config:      sim.ProviderConfig() + block(t, "test", passing(prototest.Object{"region": "XXX"})),
				ExpectError: regexp.MustCompile(`(?s)Unable to Create Liveness Session.*region\s*= "XXX".*REGION_WRONG`),
			},
			{
				PreConfig: func() {
					if err := sim.Inject(simulator.Fault{Operation: simulator.OpGenerate, Kind: "no-url"}); err != nil {
						t.Error(err)
					}
				},
				Config:      sim.ProviderConfig() + block(t, "test", passing(nil)),
				ExpectError: regexp.MustCompile(`Liveness Session Without Link`),
			},
			{
				Config:           sim.ProviderConfig() + block(t, "test", passing(nil)),
				ConfigPlanChecks: action(plancheck.ResourceActionReplace),
			},
		},
	})
}

// validation is what "terraform validate -json" prints.
type validation struct {
	Valid       bool `json:"valid"`
	Diagnostics []struct {
		Severity string `json:"severity"`
		Detail   string `json:"detail"`
		Snippet  struct {
			Context string `json:"context"`
		} `json:"snippet"`
	} `json:"diagnostics"`
}

func TestAccSession_validate(t *testing.T) {
	t.Parallel()
	sim := acctest.NewSimulator(t, simulator.Config{})
	bad, good := sim.ProviderConfig(), sim.ProviderConfig()
	for i, value := range badValues {
		bad += block(t, fmt.Sprintf("bad_%d", i), fullWith(value.name, value.v))
	}
	for i, value := range goodValues {
		good += block(t, fmt.Sprintf("good_%d", i), fullWith(value.name, value.v))
	}
	tf := acctest.NewTerraform(t, bad)

	refused := map[string]string{}
	var v validation
	tf.Decode(&v, "validate", "-json")
	for _, d := range v.Diagnostics {
		if d.Severity == "error" {
			refused[d.Snippet.Context] += d.Detail
		}
	}
	for i, value := range badValues {
		got := refused[fmt.Sprintf("resource %q %q", typeName, fmt.Sprintf("bad_%d", i))]
		if !strings.Contains(got, value.name) || !strings.Contains(got, value.want) {
			t.Errorf("%s = %.60q: got %q, want an error that names it and says %q", value.name, value.v, got, value.want)
		}
	}
	if v.Valid || len(refused) != len(badValues) {
		t.Errorf("valid: %t, errors on %d resources; want them on all %d", v.Valid, len(refused), len(badValues))
	}

	tf.Configure(good)
	v = validation{}
	if tf.Decode(&v, "validate", "-json"); !v.Valid {
		t.Errorf("good values are refused: %+v", v.Diagnostics)
	}
	if got := len(sim.Calls()); got != 0 {
		t.Errorf("validation made %d calls, want none", got)
	}
}

// counter counts calls from one point to the next.
type counter struct {
	sim  *acctest.Simulator
	last map[simulator.Operation]int
}

// next is the calls since the last time: of token, generate, result and clear.
func (c *counter) next() [4]int {
	var since [4]int
	for i, op := range []simulator.Operation{simulator.OpToken, simulator.OpGenerate, simulator.OpResult, simulator.OpClear} {
		since[i] = c.sim.CallCount(op) - c.last[op]
		c.last[op] += since[i]
	}
	return since
}

// The calls of one session's life, and a destroy that fails until the session
// is finished.
func TestAccSession_callsOfOne(t *testing.T) {
	t.Parallel()
	sim := acctest.NewSimulator(t, simulator.Config{})
	calls := &counter{sim, map[simulator.Operation]int{}}
	config := sim.ProviderConfig() + block(t, "test", minimal(prototest.Object{"deletion_policy": "fail"}))
	tf := acctest.NewTerraform(t, config)

	tf.Run("apply", "-auto-approve")
	if got, want := calls.next(), [4]int{1, 1, 0, 0}; got != want {
		t.Errorf("first apply: calls %v, want %v: a token and a session", got, want)
	}
	tf.Run("plan", "-detailed-exitcode") // 0: the plan is empty
	if got, want := calls.next(), [4]int{1, 0, 1, 0}; got != want {
		t.Errorf("second plan: calls %v, want %v: a token and a result", got, want)
	}

	// A plan that will have to destroy says what that will come to.
	tf.Configure(sim.ProviderConfig() + block(t, "test", minimal(prototest.Object{"deletion_policy": "abandon", "region": "THA"})))
	prototest.WantText(t, acctest.Unwrapped(tf.Run("plan")), "Session Not Finished Yet", `With deletion_policy "fail" its destroy`, "create_before_destroy = true")
	tf.Configure(config)
	calls.next()

	output, exit := tf.Try("destroy", "-auto-approve")
	if exit != 1 {
		t.Errorf("destroy of an unfinished session: exit code %d, want 1", exit)
	}
	prototest.WantText(t, acctest.Unwrapped(output), "Unable to Erase Liveness Session", "stays in the state", "undo other changes")
	if got, want := calls.next(), [4]int{2, 0, 1, 1}; got != want {
		t.Errorf("failing destroy: calls %v, want %v", got, want)
	}
	prototest.WantText(t, tf.Run("state", "list"), address)

	if err := sim.Finish(sim.Sessions()[0].SignatureID, simulator.Outcome{Result: simulator.ResultPass}); err != nil {
		t.Fatal(err)
	}
	tf.Run("destroy", "-auto-approve")
	if got, want := calls.next(), [4]int{2, 0, 1, 1}; got != want {
		t.Errorf("destroy: calls %v, want %v: two tokens, a result and an erasure", got, want)
	}
	if err := wantErased(sim, 1)(nil); err != nil {
		t.Error(err)
	}
}

// Ctrl-C ends a waiting destroy, and the session stays in the state.
func TestAccSession_interruptedDestroy(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("a process can't be interrupted there")
	}
	sim := acctest.NewSimulator(t, simulator.Config{})
	tf := acctest.NewTerraform(t, sim.ProviderConfig()+block(t, "test", minimal(nil)))
	tf.Run("apply", "-auto-approve")

	running := tf.Start("destroy", "-auto-approve")
	for sim.CallCount(simulator.OpClear) == 0 {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-t.Context().Done():
			t.Fatal("the destroy did not get to clear-data")
		}
	}
	running.Interrupt()
	output, exit := running.Wait()
	if exit != 1 {
		t.Errorf("exit code %d, want 1", exit)
	}
	prototest.WantText(t, acctest.Unwrapped(output), "Unable to Erase Liveness Session", "interrupted after", "stays in the state")
	prototest.WantText(t, tf.Run("state", "list"), address)
}
