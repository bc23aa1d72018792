package provider_test

import (
	"archive/zip"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/advance-community/terraform-provider-advance/internal/acctest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// ephemeralConfig has twenty sessions, the result of one with images of both
// forms, and ten tokens of two periods. All that is ephemeral is used.
const ephemeralConfig = `
variable "callback" {
  type      = string
  sensitive = true
  ephemeral = true
}

resource "advance_liveness_session" "test" {
  count           = 20
  return_url      = "https://app.example.com/ok"
  fail_return_url = "https://app.example.com/fail"
  user_id         = "sim-pass-${count.index}"
  region          = "PHL"

  callback_url_wo         = var.callback
  callback_url_wo_version = 1
}

ephemeral "advance_liveness_result" "test" {
  for_each          = toset(["URL", "BASE64"])
  signature_id      = advance_liveness_session.test[0].signature_id
  return_image_type = each.value
}

ephemeral "advance_access_token" "test" {
  count          = 10
  period_seconds = 300 + count.index %% 2 * 300
}

resource "terraform_data" "test" {
  triggers_replace = %q

  provisioner "local-exec" {
    command = "printf '%%s\n' \"$TOKENS\" > tokens.txt; printf '%%s\n' \"$FACE\" \"$LINK\" > images.txt"

    environment = {
      TOKENS = join("\n", ephemeral.advance_access_token.test[*].token)
      FACE   = substr(ephemeral.advance_liveness_result.test["BASE64"].face_detail.face_image, 0, 2000)
      LINK   = ephemeral.advance_liveness_result.test["URL"].face_detail.face_image
    }
  }
}
`

// What is ephemeral reaches another tool, and neither plan, state, log nor
// terminal. A token is minted once in a phase for each period, and once for the
// provider's own calls; a result is read once in a phase.
func TestAccProvider_ephemeral(t *testing.T) {
	t.Parallel()
	acctest.Require(t, "1.11", "1.11")
	tf, e := newSecretTerraform(t)
	log := filepath.Join(tf.Dir, "log.txt")
	tf.Setenv("TF_LOG_PROVIDER", "TRACE")
	tf.Setenv("TF_LOG_PATH", log)
	tf.Setenv("TF_VAR_callback", secretCallback)

	var printed string
	calls := func(phase string, wantMints, wantReads int, args ...string) {
		t.Helper()
		mints, reads := e.CallCount(simulator.OpToken), e.CallCount(simulator.OpResult)
		printed += tf.Run(args...)
		if got := e.CallCount(simulator.OpToken) - mints; got != wantMints {
			t.Errorf("%s: %d tokens were minted, want %d", phase, got, wantMints)
		}
		if got := e.CallCount(simulator.OpResult) - reads; got != wantReads {
			t.Errorf("%s: %d calls of get-result, want %d", phase, got, wantReads)
		}
	}
	tf.Configure(fmt.Sprintf(ephemeralConfig, "once"))
	// In the first plan no call is made but for tokens: no session exists.
	calls("first plan", 2, 0, "plan", "-out=first.plan")
	calls("first apply", 3, 2, "apply", "first.plan")
	tf.Configure(fmt.Sprintf(ephemeralConfig, "twice"))
	// The refresh reads twenty sessions.
	calls("second plan", 3, 20+2, "plan", "-out=second.plan")
	calls("second apply", 3, 2, "apply", "second.plan")

	tokens, images := lines(t, tf, "tokens.txt"), lines(t, tf, "images.txt")
	if len(tokens) != 10 || len(images) != 2 {
		t.Fatalf("the tool got %d tokens and %d images, want 10 and 2", len(tokens), len(images))
	}
	secrets := map[string]string{"callback URL": secretCallback}
	for i, token := range tokens {
		if token != tokens[i%2] {
			t.Errorf("token %d is not that of its period", i)
		}
		secrets[fmt.Sprintf("token %d handed out", i)] = token
	}
	secrets["image"], secrets["image link"] = images[0][:200], images[1]
	for what, secret := range e.secrets {
		if strings.Contains(what, "oken") || strings.Contains(strings.ToLower(what), "image") {
			secrets[what] = secret
		}
	}
	texts := map[string]string{"the terminal": printed}
	for _, name := range []string{"log.txt", "terraform.tfstate"} {
		texts[name] = strings.Join(lines(t, tf, name), "\n")
	}
	for _, name := range []string{"first.plan", "second.plan"} {
		texts[name] = unzipped(t, filepath.Join(tf.Dir, name))
	}
	if !strings.Contains(texts["log.txt"], "get-result") || !strings.Contains(texts["second.plan"], "advance_liveness_session") {
		t.Fatal("the log and the plan are not what they should be")
	}
	for what, secret := range secrets {
		// The link of a session is in the state as ever, with its token.
		if strings.HasPrefix(what, "link") {
			continue
		}
		for name, text := range texts {
			if strings.Contains(text, secret) {
				t.Errorf("%s has the %s: %q", name, what, around(text, secret))
			}
		}
	}
}

// lines returns the lines of a file that a configuration wrote.
func lines(t *testing.T, tf *acctest.Terraform, name string) []string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(tf.Dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(content)), "\n")
}

// unzipped returns the content of all files in an archive, such as a plan.
func unzipped(t *testing.T, path string) string {
	t.Helper()
	archive, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	var all strings.Builder
	for _, member := range archive.File {
		content, err := fs.ReadFile(archive, member.Name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(content)
	}
	return all.String()
}
