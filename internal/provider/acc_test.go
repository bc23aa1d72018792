package provider_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/advance-community/terraform-provider-advance/internal/acctest"
	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// aliases writes provider blocks, each with an alias and a session, because
// Terraform ignores a provider that is not used. It returns the line at which
// each block begins.
func aliases(t *testing.T, blocks []prototest.Object) (text string, lines []int) {
	t.Helper()
	for i, block := range blocks {
		lines = append(lines, strings.Count(text, "\n")+1)
		text += fmt.Sprintf("provider \"advance\" {\n  alias = \"p%d\"\n", i)
		for name, v := range block {
			value, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			text += fmt.Sprintf("  %s = %s\n", name, value)
		}
		text += "}\n" + sessionHCL(fmt.Sprintf("s%d", i), fmt.Sprintf("  provider = advance.p%d\n", i))
	}
	return text, lines
}

// Terraform refuses each bad block when it validates, on the block itself.
func TestAccProvider_validate(t *testing.T) {
	t.Parallel()
	var blocks []prototest.Object
	for _, bad := range badBlocks {
		blocks = append(blocks, bad.block)
	}
	text, lines := aliases(t, blocks)
	var validation struct {
		Diagnostics []struct {
			Detail  string `json:"detail"`
			Snippet struct {
				Code string `json:"code"`
			} `json:"snippet"`
			Range struct {
				Start struct {
					Line int `json:"line"`
				} `json:"start"`
			} `json:"range"`
		} `json:"diagnostics"`
	}
	acctest.NewTerraform(t, text).Decode(&validation, "validate", "-json")
	refused, shown := map[int]string{}, map[int]string{}
	for _, d := range validation.Diagnostics {
		// The block is the last one that begins before the diagnostic.
		i, exact := slices.BinarySearch(lines, d.Range.Start.Line)
		if !exact {
			i--
		}
		refused[i] += d.Detail
		shown[i] += d.Snippet.Code
	}
	for i, bad := range badBlocks {
		if !strings.Contains(refused[i], bad.want) || !strings.Contains(refused[i], bad.name) {
			t.Errorf("%v: got %q, want an error that names %q and says %q", bad.block, refused[i], bad.name, bad.want)
		}
		if bad.name == "" && strings.Contains(shown[i], "secret-") {
			t.Errorf("%v: Terraform prints the value: %q", bad.block, shown[i])
		}
	}
}

// Missing credentials are an error of the plan, which reads the environment.
func TestAccProvider_missingCredentials(t *testing.T) {
	t.Parallel()
	var blocks []prototest.Object
	for _, test := range missing {
		blocks = append(blocks, test.block)
	}
	text, _ := aliases(t, blocks)
	output, exit := acctest.NewTerraform(t, text).Try("plan")
	if exit != 1 || strings.Count(output, "Error: Missing Credentials") != len(missing) {
		t.Errorf("exit code %d, want 1 and %d errors; output:\n%s", exit, len(missing), output)
	}
	for _, test := range missing {
		for _, want := range test.want {
			if !strings.Contains(acctest.Unwrapped(output), want) {
				t.Errorf("%v: want %q in:\n%s", test.block, want, output)
			}
		}
	}
}

// The block wins over the environment, and what it leaves out comes from there.
func TestAccProvider_environment(t *testing.T) {
	t.Parallel()
	sim := acctest.NewSimulator(t, simulator.Config{})
	const nowhere = "http://127.0.0.1:1"
	for _, test := range []struct {
		name  string
		block string
		env   map[string]string
		want  string // in the plan's error, "" for none
	}{
		{
			name: "all from the environment",
			env:  map[string]string{"ADVANCE_ENDPOINT": sim.URL, "ADVANCE_ACCESS_KEY": simulator.DefaultAccessKey, "ADVANCE_SECRET_KEY": simulator.DefaultSecretKey},
		},
		{
			name:  "the block before the environment",
			block: sim.ProviderConfig(fmt.Sprintf("token_endpoint = %q", sim.URL)),
			env: map[string]string{
				"ADVANCE_ENDPOINT": nowhere, "ADVANCE_TOKEN_ENDPOINT": nowhere, "ADVANCE_ACCESS_KEY": "wrong", "ADVANCE_SECRET_KEY": "wrong", "ADVANCE_ACCESS_TOKEN": "wrong",
			},
		},
		{
			name: "the key pair before the token",
			env: map[string]string{
				"ADVANCE_ENDPOINT": sim.URL, "ADVANCE_ACCESS_KEY": simulator.DefaultAccessKey, "ADVANCE_SECRET_KEY": simulator.DefaultSecretKey, "ADVANCE_ACCESS_TOKEN": "wrong",
			},
		},
		{
			name: "a token endpoint",
			env: map[string]string{
				"ADVANCE_ENDPOINT": nowhere, "ADVANCE_TOKEN_ENDPOINT": sim.URL, "ADVANCE_ACCESS_KEY": simulator.DefaultAccessKey, "ADVANCE_SECRET_KEY": simulator.DefaultSecretKey,
			},
			want: "Operation: generate-liveness-detection-url", // the token came, the session did not
		},
		{
			name: "a bad endpoint",
			env:  map[string]string{"ADVANCE_ENDPOINT": "http://api.advance.ai", "ADVANCE_ACCESS_KEY": "a", "ADVANCE_SECRET_KEY": "s"},
			want: "The environment variable ADVANCE_ENDPOINT must be an https URL",
		},
		{
			name: "half a key pair beside a token",
			env:  map[string]string{"ADVANCE_ENDPOINT": sim.URL, "ADVANCE_ACCESS_KEY": "a", "ADVANCE_ACCESS_TOKEN": "t"},
			want: "no secret_key",
		},
		{
			name: "wrong keys",
			env:  map[string]string{"ADVANCE_ENDPOINT": sim.URL, "ADVANCE_ACCESS_KEY": simulator.DefaultAccessKey, "ADVANCE_SECRET_KEY": "wrong"},
			want: "does not belong to the access_key (ADVANCE_ACCESS_KEY)",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			block := test.block
			if block == "" {
				block = "provider \"advance\" {\n  max_retries = 0\n}\n"
			}
			tf := acctest.NewTerraform(t, block+sessionHCL("test", ""))
			for name, v := range test.env {
				tf.Setenv(name, v)
			}
			output, exit := tf.Try("apply", "-auto-approve")
			if wantExit := min(len(test.want), 1); exit != wantExit || !strings.Contains(acctest.Unwrapped(output), test.want) {
				t.Errorf("exit code %d, want %d and %q in:\n%s", exit, wantExit, test.want, output)
			}
		})
	}
}

// Arguments that come from another resource are unknown in the first plan, and
// again in a plan that replaces that resource. Sessions can be planned, and the
// values are used at apply.
func TestAccProvider_argumentsFromResource(t *testing.T) {
	t.Parallel()
	sim := acctest.NewSimulator(t, simulator.Config{})
	text := func(revision int) string {
		return fmt.Sprintf(`
resource "terraform_data" "account" {
  input            = { endpoint = %q, access_key = %q, secret_key = %q }
  triggers_replace = %d
}

provider "advance" {
  endpoint   = terraform_data.account.output.endpoint
  access_key = terraform_data.account.output.access_key
  secret_key = terraform_data.account.output.secret_key
}
`, sim.URL, simulator.DefaultAccessKey, simulator.DefaultSecretKey, revision) + sessionHCL("test", "")
	}
	const session = "advance_liveness_session.test"
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.ProviderFactories,
		CheckDestroy: func(*terraform.State) error {
			if s := sim.Sessions(); len(s) != 1 || s[0].State != simulator.StateCleared {
				return fmt.Errorf("got %+v, want one session, cleared", s)
			}
			return nil
		},
		Steps: []resource.TestStep{
			{ // Create, with unknown arguments.
				Config: text(1),
				ConfigPlanChecks: resource.ConfigPlanChecks{
					PreApply:             []plancheck.PlanCheck{plancheck.ExpectResourceAction(session, plancheck.ResourceActionCreate)},
					PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
				},
			},
			{ // No change, with unknown arguments again.
				Config: text(2),
				ConfigPlanChecks: resource.ConfigPlanChecks{
					PreApply: []plancheck.PlanCheck{
						plancheck.ExpectResourceAction("terraform_data.account", plancheck.ResourceActionReplace),
						plancheck.ExpectResourceAction(session, plancheck.ResourceActionNoop),
					},
					PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
				},
			},
		},
	})
}

// An import has to call the API, so the error names the unknown argument.
func TestAccProvider_importWithUnknownArguments(t *testing.T) {
	t.Parallel()
	tf := acctest.NewTerraform(t, `
resource "terraform_data" "key" {
  input = "key"
}

provider "advance" {
  access_key = terraform_data.key.output
  secret_key = "secret"
}

import {
  to = advance_liveness_session.test
  id = "ed8b21c0c87ad617"
}
`+sessionHCL("test", ""))
	output, exit := tf.Try("plan")
	if exit != 1 {
		t.Errorf("exit code %d, want 1", exit)
	}
	for _, want := range []string{`"access_key" will only be known after another resource has been applied`, "-target"} {
		if !strings.Contains(acctest.Unwrapped(output), want) {
			t.Errorf("want %q in:\n%s", want, output)
		}
	}
}

// The provider's arguments accept ephemeral values, in CLIs that have them.
func TestAccProvider_ephemeralArguments(t *testing.T) {
	t.Parallel()
	sim := acctest.NewSimulator(t, simulator.Config{})
	variables := config.Variables{"secret_key": config.StringVariable(simulator.DefaultSecretKey)}
	text := fmt.Sprintf(`
variable "secret_key" {
  type      = string
  sensitive = true
  ephemeral = true
}

provider "advance" {
  endpoint   = %q
  access_key = %q
  secret_key = var.secret_key
}
`, sim.URL, simulator.DefaultAccessKey) + sessionHCL("test", "")
	resource.Test(t, resource.TestCase{
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_10_0)},
		ProtoV6ProviderFactories: acctest.ProviderFactories,
		Steps: []resource.TestStep{
			{ // Create.
				Config:          text,
				ConfigVariables: variables,
			},
			{ // No change.
				Config:           text,
				ConfigVariables:  variables,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
			},
			{ // A wrong value is used, too.
				Config:          text,
				ConfigVariables: config.Variables{"secret_key": config.StringVariable("wrong")},
				ExpectError:     regexp.MustCompile("does not belong to the access_key"),
			},
			{ // The destroy needs the right one.
				Config:          text,
				ConfigVariables: variables,
			},
		},
	})
}
