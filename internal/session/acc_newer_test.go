package session_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/advance-community/terraform-provider-advance/internal/acctest"
	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// A callback URL from an ephemeral variable reaches the API, and no file that
// Terraform or the provider writes.
func TestAccSession_writeOnly(t *testing.T) {
	t.Parallel()
	acctest.Require(t, "1.11", "1.11")
	sim := acctest.NewSimulator(t, simulator.Config{})
	config := func(version int) string {
		argument := fmt.Sprintf("{\n  callback_url_wo = var.callback\n  callback_url_wo_version = %d", version)
		return sim.ProviderConfig(`audit_log = "audit.jsonl"`) +
			"variable \"callback\" {\n  type      = string\n  ephemeral = true\n}\n" +
			strings.Replace(block(t, "test", passing(nil)), "{", argument, 1)
	}
	tf := acctest.NewTerraform(t, config(1))
	const first, second = "https://app.example.com/callback?key=secret1", "https://app.example.com/callback?key=secret2"
	tf.Setenv("TF_LOG", "TRACE")
	tf.Setenv("TF_LOG_PATH", filepath.Join(tf.Dir, "trace.log"))

	called := func() any { return sim.Sessions()[len(sim.Sessions())-1].InputParameters["callbackUrl"] }
	tf.Setenv("TF_VAR_callback", first)
	tf.Run("plan", "-out=first.plan")
	tf.Run("apply", "first.plan")
	if called() != first {
		t.Errorf("the session calls back at %v, want %s", called(), first)
	}
	tf.Setenv("TF_VAR_callback", second)
	tf.Run("plan", "-detailed-exitcode") // 0: a change of the URL alone is not seen
	tf.Configure(config(2))
	tf.Run("apply", "-auto-approve")
	if called() != second {
		t.Errorf("the second session calls back at %v, want %s", called(), second)
	}
	tf.Run("destroy", "-auto-approve")
	if err := wantErased(sim, 2)(nil); err != nil {
		t.Error(err)
	}
	wantInNoFile(t, tf.Dir, "key=secret")
	log, err := os.ReadFile(filepath.Join(tf.Dir, "trace.log"))
	if err != nil {
		t.Fatal(err)
	}
	prototest.WantText(t, string(log), "ADVANCE.AI API call") // The log is one of the files.
}

// wantInNoFile fails if a text is in a file of a folder, or in one of the
// archives there, such as a saved plan.
func wantInNoFile(t *testing.T, dir, text string) {
	t.Helper()
	check := func(files fs.FS, where string) {
		err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			content, err := fs.ReadFile(files, name)
			if bytes.Contains(content, []byte(text)) {
				t.Errorf("%s%s has %q", where, name, text)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	check(os.DirFS(dir), "")
	plans, err := filepath.Glob(filepath.Join(dir, "*.plan"))
	if err != nil || len(plans) == 0 {
		t.Fatalf("no plan was saved: %v", err)
	}
	for _, name := range plans {
		plan, err := zip.OpenReader(name)
		if err != nil {
			t.Fatal(err)
		}
		check(plan, filepath.Base(name)+": ")
		if err := plan.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Both ways to import by identity end in an empty plan: with a configuration
// that says what the session was made with, and with a generated one.
func TestAccSession_importByIdentity(t *testing.T) {
	t.Parallel()
	acctest.Require(t, "1.12", "1.12")
	sim := acctest.NewSimulator(t, simulator.Config{})
	resource := block(t, "test", passing(prototest.Object{"biz_id": "order-1", "language": "en"}))
	tf := acctest.NewTerraform(t, sim.ProviderConfig()+resource)
	tf.Run("apply", "-auto-approve")
	forget := func() { tf.Run("state", "rm", address) }
	byIdentity := fmt.Sprintf("import {\n  to = %s\n  identity = {\n    signature_id = %q\n  }\n}\n", address, sim.Sessions()[0].SignatureID)

	for _, test := range []struct {
		name, config string
		options      []string
	}{
		{"written", resource, nil},
		{"generated", "", []string{"-generate-config-out=generated.tf"}},
	} {
		forget()
		tf.Configure(sim.ProviderConfig() + byIdentity + test.config)
		output := tf.Run(append([]string{"plan", "-out=import.plan"}, test.options...)...)
		if want := "Plan: 1 to import, 0 to add, 0 to change, 0 to destroy."; !strings.Contains(output, want) {
			t.Errorf("%s: want %q, got:\n%s", test.name, want, output)
		}
		tf.Run("apply", "import.plan")
		tf.Run("plan", "-detailed-exitcode") // 0: the plan is empty
	}
	if got := sim.CallCount(simulator.OpGenerate); got != 1 {
		t.Errorf("got %d sessions, want the one that was imported", got)
	}
	tf.Run("destroy", "-auto-approve")
	if err := wantErased(sim, 1)(nil); err != nil {
		t.Error(err)
	}
}

// identityInState is what a state file has of an identity, in any order.
var identityInState = regexp.MustCompile(`,\s*"identity(_schema_version)?": (\d+|\{[^}]*\})`)

// The state of an older version has no identity. A refresh adds it, and the
// plan is empty.
func TestAccSession_upgradeToIdentity(t *testing.T) {
	t.Parallel()
	acctest.Require(t, "1.12", "1.12")
	sim := acctest.NewSimulator(t, simulator.Config{})
	tf := acctest.NewTerraform(t, sim.ProviderConfig()+block(t, "test", passing(nil)))
	tf.Run("apply", "-auto-approve")
	stateFile := filepath.Join(tf.Dir, "terraform.tfstate")
	wantStored := func() (state string) {
		t.Helper()
		content, err := os.ReadFile(stateFile)
		if err != nil {
			t.Fatal(err)
		}
		stored := strings.Join(identityInState.FindAllString(string(content), -1), "")
		prototest.WantText(t, stored, "identity_schema_version", sim.Sessions()[0].SignatureID)
		return string(content)
	}
	tf.Write("terraform.tfstate", identityInState.ReplaceAllString(wantStored(), ""))

	tf.Run("plan", "-detailed-exitcode") // 0: the plan is empty
	tf.Run("apply", "-refresh-only", "-auto-approve")
	wantStored()
	tf.Run("destroy", "-auto-approve")
}
