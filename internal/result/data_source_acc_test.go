package result_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/advance-community/terraform-provider-advance/internal/acctest"
	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// Each run of terraform costs about a second. So these tests read several
// results in one configuration, and take several simulators where these must
// behave differently. Each of those has a provider of its own name: all aliases
// of one provider would end up in the same process here, with one endpoint.

func TestAccLivenessResultDataSource_pending(t *testing.T) {
	t.Parallel()
	var config strings.Builder
	var checks []statecheck.StateCheck
	for _, tc := range []struct {
		name, shape                  string
		overall, country, parameters knownvalue.Check
	}{
		{"incomplete", simulator.PendingIncomplete, knownvalue.StringExact("INCOMPLETE"), knownvalue.StringExact("PHL"), knownvalue.NotNull()},
		{"null-result", simulator.PendingNullResult, knownvalue.Null(), knownvalue.StringExact("PHL"), knownvalue.NotNull()},
		{"null-data", simulator.PendingNullData, knownvalue.Null(), knownvalue.Null(), knownvalue.Null()},
	} {
		sim := acctest.NewSimulator(t, simulator.Config{})
		sim.SetBehaviour(simulator.Behaviour{Pending: tc.shape})
		config.WriteString(providerConfig(tc.name, sim))
		config.WriteString(dataSource(tc.name, newSession(t, sim.Simulator, "user-1"), "provider = "+tc.name))
		checks = append(checks, values(tc.name, map[string]knownvalue.Check{
			"finished":          knownvalue.Bool(false),
			"passed":            knownvalue.Bool(false),
			"overall_result":    tc.overall,
			"error_code":        knownvalue.Null(),
			"country_code_iso3": tc.country,
			"face_detail":       knownvalue.Null(),
			"input_parameters":  tc.parameters,
		})...)
	}
	run(t, resource.TestStep{Config: config.String(), ConfigStateChecks: checks})
}

func TestAccLivenessResultDataSource_finished(t *testing.T) {
	t.Parallel()
	sim := acctest.NewSimulator(t, simulator.Config{})
	scored := newSession(t, sim.Simulator, "user-1")
	finish(t, sim.Simulator, scored, simulator.Outcome{Result: simulator.ResultFail, Score: new(49.75), AttackType: new(2)})
	pass := newSession(t, sim.Simulator, "sim-pass-1")
	config := sim.ProviderConfig() +
		dataSource("pass", pass) +
		dataSource("fail", newSession(t, sim.Simulator, "sim-fail-1")) +
		dataSource("attack", scored) +
		dataSource("timeout", newSession(t, sim.Simulator, "sim-timeout-1"))
	face := func(score float64, attack knownvalue.Check) knownvalue.Check {
		return knownvalue.ObjectPartial(map[string]knownvalue.Check{
			"face_liveness_score":  knownvalue.Float64Exact(score),
			"liveness_attack_type": attack,
		})
	}
	var checks []statecheck.StateCheck
	for _, tc := range []struct {
		name          string
		passed        bool
		overall, code string
		face          knownvalue.Check
	}{
		{"pass", true, "PASS", "SUCCESS", face(99, knownvalue.Null())},
		{"fail", false, "FAIL", "RISK_STRATEGY_HIT", face(87.5, knownvalue.Null())},
		{"attack", false, "FAIL", "LIVENESS_ATTACK", face(49.75, knownvalue.Int64Exact(2))},
		{"timeout", false, "INCOMPLETE", "USER_TIMEOUT", knownvalue.Null()},
	} {
		checks = append(checks, values(tc.name, map[string]knownvalue.Check{
			"finished":       knownvalue.Bool(true),
			"passed":         knownvalue.Bool(tc.passed),
			"overall_result": knownvalue.StringExact(tc.overall),
			"error_code":     knownvalue.StringExact(tc.code),
			"face_detail":    tc.face,
		})...)
	}
	checks = append(checks, values("pass", map[string]knownvalue.Check{
		"id":           knownvalue.StringExact(pass),
		"signature_id": knownvalue.StringExact(pass),
	})...)
	run(t, resource.TestStep{Config: config, ConfigStateChecks: checks})
}

// TestAccLivenessResultDataSource_images is also about both generations of
// faceDetail.
func TestAccLivenessResultDataSource_images(t *testing.T) {
	t.Parallel()
	full, small := acctest.NewSimulator(t, simulator.Config{}), acctest.NewSimulator(t, simulator.Config{})
	full.SetBehaviour(simulator.Behaviour{FaceVideo: simulator.FaceVideoLink})
	small.SetBehaviour(simulator.Behaviour{FaceDetail: simulator.FaceDetailSmall, EventTime: simulator.EventTimeTimestmap})
	far, near := newSession(t, full.Simulator, "sim-pass-1"), newSession(t, small.Simulator, "sim-pass-2")
	silent := newSessionOf(t, full.Simulator, advance.SessionRequest{
		ReturnURL: "myapp://ok", FailReturnURL: "myapp://fail", BizID: "order-1", UserID: "sim-pass-3", Region: "PHL",
		LivenessType: new("SILENT"),
	})
	config := full.ProviderConfig() + providerConfig("small", small) +
		dataSource("withheld", far) +
		dataSource("link", far, `return_image_type = "URL"`) +
		dataSource("base64", silent, `return_image_type = "BASE64"`) +
		dataSource("small", near, `return_image_type = "URL"`, "provider = small")

	link, none := knownvalue.StringRegexp(regexp.MustCompile(`^http://`)), knownvalue.Null()
	var checks []statecheck.StateCheck
	for _, tc := range []struct {
		name                                 string
		face, far, near, silent, zip, video  knownvalue.Check
		livenessType, livenessFlow, eventsAt knownvalue.Check
	}{
		{"withheld", none, none, none, none, none, none, text("DISTANT_NEAR"), text("DISTANT_CLOSE"), recently{}},
		{"link", link, link, link, none, link, link, text("DISTANT_NEAR"), text("DISTANT_CLOSE"), recently{}},
		{"base64", picture{}, none, none, picture{}, link, link, text("SILENT"), text("SILENT"), recently{}},
		{"small", none, link, link, none, link, none, none, none, recently{}},
	} {
		checks = append(checks, values(tc.name, map[string]knownvalue.Check{
			"face_detail": knownvalue.ObjectExact(map[string]knownvalue.Check{
				"face_result":            text("PASS"),
				"face_liveness_score":    knownvalue.Float64Exact(99),
				"liveness_attack_type":   none,
				"liveness_type":          tc.livenessType,
				"liveness_flow_category": tc.livenessFlow,
				"event_details": knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectExact(map[string]knownvalue.Check{
					"event": text("FE_DOCUMENT_SCAN"), "result": text("PASS"), "created_at": tc.eventsAt,
				})}),
				"face_image":      tc.face,
				"face_image_far":  tc.far,
				"face_image_near": tc.near,
				"silent_image":    tc.silent,
				"audit_image_url": tc.zip,
				"face_video_url":  tc.video,
			}),
		})...)
	}
	for _, image := range imageNames {
		checks = append(checks, statecheck.ExpectSensitiveValue(address("link"), tfjsonpath.New("face_detail").AtMapKey(image)))
	}
	run(t, resource.TestStep{Config: config, ConfigStateChecks: checks})
}

func TestAccLivenessResultDataSource_inputParameters(t *testing.T) {
	t.Parallel()
	all, none := acctest.NewSimulator(t, simulator.Config{}), acctest.NewSimulator(t, simulator.Config{})
	all.SetBehaviour(simulator.Behaviour{EchoParameters: simulator.EchoAll})
	none.SetBehaviour(simulator.Behaviour{EchoParameters: simulator.EchoNone})
	id := newSessionOf(t, all.Simulator, everyField(t))
	config := all.ProviderConfig() + providerConfig("none", none) +
		dataSource("all", id) +
		dataSource("none", newSession(t, none.Simulator, "user-1"), "provider = none")
	parameters := map[string]knownvalue.Check{"ignore_fail_when_jump": knownvalue.Bool(false)}
	for _, f := range acctest.RequestFields {
		switch v := f.Value.(type) {
		case string:
			parameters[f.Argument] = text(v)
		case bool:
			parameters[f.Argument] = knownvalue.Bool(v)
		}
	}
	checks := values("all", map[string]knownvalue.Check{"input_parameters": knownvalue.ObjectExact(parameters)})
	checks = append(checks,
		statecheck.ExpectSensitiveValue(address("all"), tfjsonpath.New("input_parameters").AtMapKey("callback_url")),
		statecheck.ExpectKnownValue(address("none"), tfjsonpath.New("input_parameters"), knownvalue.Null()),
	)
	run(t, resource.TestStep{Config: config, ConfigStateChecks: checks})
}

func TestAccLivenessResultDataSource_waits(t *testing.T) {
	t.Parallel()
	sim := acctest.NewSimulator(t, simulator.Config{})
	id := newSession(t, sim.Simulator, "user-1")
	run(t, resource.TestStep{
		// The person comes after the first look, which happens in the plan.
		PreConfig: func() { finishAfterFirstLook(t, sim.Simulator, id) },
		Config: sim.ProviderConfig() + dataSource("this", id, "wait_for_completion = true", `poll_interval = "1s"`) + `
			output "passed" {
				value = data.advance_liveness_result.this.passed
			}`,
		ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("passed", knownvalue.Bool(true))},
	})
}

// finishAfterFirstLook finishes the session as soon as somebody has asked for
// its result.
func finishAfterFirstLook(t *testing.T, sim *simulator.Simulator, id string) {
	go func() {
		look := time.NewTicker(10 * time.Millisecond)
		defer look.Stop()
		for {
			select {
			case <-t.Context().Done():
				return
			case <-look.C:
			}
			if sim.CallCount(simulator.OpResult) > 0 {
				finish(t, sim, id, simulator.Outcome{Result: simulator.ResultPass})
				return
			}
		}
	}()
}

func TestAccLivenessResultDataSource_waitTimesOut(t *testing.T) {
	t.Parallel()
	sim := acctest.NewSimulator(t, simulator.Config{})
	id := newSession(t, sim.Simulator, "user-1")
	run(t, resource.TestStep{
		Config: sim.ProviderConfig() + dataSource("this", id, "wait_for_completion = true", `timeouts = { read = "1s" }`),
		ExpectError: wrapped(`Unable to Read Liveness Result`, `was still not finished after a wait of 1`,
			`The API last said: INCOMPLETE, not finished.`, `Its data may have been cleared already`, `A destroy passes with -refresh=false`),
	})
}

func TestAccLivenessResultDataSource_notKnown(t *testing.T) {
	t.Parallel()
	sim := acctest.NewSimulator(t, simulator.Config{})
	run(t, resource.TestStep{
		Config: sim.ProviderConfig() + dataSource("this", "0123456789abcdef"),
		// Terraform quotes the line of the attribute that the error is on.
		ExpectError: wrapped(`Unable to Read Liveness Result`, `with data.advance_liveness_result.this,`, `signature_id = "0123456789abcdef"`,
			`does not know the session "0123456789abcdef"`, `Error code: SIGNATURE_NOT_EXIST`),
	})
}

// TestAccLivenessResultDataSource_verdict is about the ways in which a FAIL
// decides over a run: it is no error by itself.
func TestAccLivenessResultDataSource_verdict(t *testing.T) {
	t.Parallel()
	sim := acctest.NewSimulator(t, simulator.Config{})
	id := newSession(t, sim.Simulator, "sim-fail-1")
	const condition = `
		condition     = self.passed
		error_message = "The person did not pass."`
	run(t,
		resource.TestStep{
			Config: sim.ProviderConfig() + dataSource("this", id) + `
				check "passed" {
					assert {` + strings.ReplaceAll(condition, "self", "data.advance_liveness_result.this") + `
					}
				}`,
			ConfigStateChecks: values("this", map[string]knownvalue.Check{"passed": knownvalue.Bool(false)}),
		},
		resource.TestStep{
			Config:      sim.ProviderConfig() + dataSource("this", id, "lifecycle {\npostcondition {"+condition+"\n}\n}"),
			ExpectError: wrapped(`Resource postcondition failed`, `The person did not pass.`),
		},
	)
}

// TestAccLivenessResultDataSource_badValues has all bad values in one run, for
// validate tells of all of them.
func TestAccLivenessResultDataSource_badValues(t *testing.T) {
	t.Parallel()
	sim := acctest.NewSimulator(t, simulator.Config{})
	config := sim.ProviderConfig() + dataSource("blank", " ") +
		dataSource("images", "0123456789abcdef", `return_image_type = "JPEG"`) +
		dataSource("interval", "0123456789abcdef", `poll_interval = "500ms"`) +
		dataSource("timeouts", "0123456789abcdef", `timeouts = { read = "0s" }`)
	refused := false
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps:                    []resource.TestStep{{Config: config}},
		ErrorCheck: func(err error) error {
			refused = true
			for name, text := range map[string]string{
				"blank":    `Attribute signature_id must not be empty`,
				"images":   `Attribute return_image_type value must be one of: ["URL" "BASE64"], got: "JPEG"`,
				"interval": `Attribute poll_interval must be a Go duration of at least 1s`,
				"timeouts": `Attribute timeouts.read must be a Go duration above zero`,
			} {
				if !wrapped(`with data.advance_liveness_result.`+name+`,`, text).MatchString(err.Error()) {
					t.Errorf("validate does not tell %q of %s:\n%v", text, name, err)
				}
			}
			return nil
		},
	})
	if !refused {
		t.Error("the configuration was not refused")
	}
	if calls := sim.Calls(); len(calls) != 0 {
		t.Errorf("calls are %v, want none", calls)
	}
}

// TestAccLivenessResultDataSource_unknown is about what is not known before an
// apply: an argument of the provider block, and the signature id.
func TestAccLivenessResultDataSource_unknown(t *testing.T) {
	t.Parallel()
	sim := acctest.NewSimulator(t, simulator.Config{})
	id := newSession(t, sim.Simulator, "sim-pass-1")
	gateway := fmt.Sprintf(`
		resource "terraform_data" "gateway" {
			input = { endpoint = %q, session = %q }
		}
		provider "advance" {
			endpoint   = terraform_data.gateway.output.endpoint
			access_key = %q
			secret_key = %q
		}
		`, sim.URL, id, simulator.DefaultAccessKey, simulator.DefaultSecretKey)
	run(t,
		resource.TestStep{
			Config:      gateway + dataSource("this", id),
			ExpectError: wrapped(`Provider Configuration Not Known Yet`, `data source advance_liveness_result`, `"endpoint"`, `depends_on`),
		},
		resource.TestStep{
			PreConfig: func() {
				if calls := sim.CallCount(simulator.OpResult); calls != 0 {
					t.Errorf("%d get-result calls although the endpoint was not known", calls)
				}
			},
			Config: gateway + dataSource("dependent", id, "depends_on = [terraform_data.gateway]") + `
				data "advance_liveness_result" "later" {
					signature_id = terraform_data.gateway.output.session
				}`,
			ConfigStateChecks: append(
				values("dependent", map[string]knownvalue.Check{"passed": knownvalue.Bool(true)}),
				values("later", map[string]knownvalue.Check{"passed": knownvalue.Bool(true)})...),
		},
	)
}
