package provider_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/advance-community/terraform-provider-advance/internal/acctest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// What must not be in any text. None of it occurs by chance.
const (
	secretAccessKey   = "secret-access-key-7f3a"
	secretSecretKey   = "secret-secret-key-91c2"
	secretCallback    = "https://app.example.com/callback?key=secret-callback-5d1e"
	secretReturn      = "https://app.example.com/ok?secret-return-2b60"
	secretFailReturn  = "myapp://callback/secret-fail-return-83fd"
	secretUser        = "sim-pass-secret-user-44c9"
	secretRefusedUser = "secret-refused-user-c0de"
)

// eavesdropper is a simulator that collects the secrets of its traffic, such as
// tokens, links and images.
type eavesdropper struct {
	*simulator.Simulator

	mu      sync.Mutex
	secrets map[string]string // by description
	ids     []string          // transaction ids
}

func (e *eavesdropper) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	response := httptest.NewRecorder()
	e.Simulator.ServeHTTP(response, r)
	e.note(r, body, response.Body.Bytes())
	send(w, response)
}

func (e *eavesdropper) note(r *http.Request, request, response []byte) {
	var sent struct{ Signature string }
	_ = json.Unmarshal(request, &sent) // clear-data has no body
	var got struct {
		TransactionID string
		Data          struct {
			Token, URL string
			FaceDetail map[string]any
		}
	}
	if err := json.Unmarshal(response, &got); err != nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ids = append(e.ids, got.TransactionID)
	add := func(what, secret string) {
		if secret != "" {
			e.secrets[fmt.Sprintf("%s %d", what, len(e.secrets))] = secret
		}
	}
	add("signature", sent.Signature)
	add("token", r.Header.Get("X-ACCESS-TOKEN"))
	add("minted token", got.Data.Token)
	add("link", got.Data.URL)
	if link, err := url.Parse(got.Data.URL); err == nil {
		add("link's token", link.Query().Get("token"))
	}
	for name, v := range got.Data.FaceDetail {
		if image, ok := v.(string); ok && regexp.MustCompile("(?i)image|video").MatchString(name) {
			add(name, image[:min(len(image), 200)])
		}
	}
}

// newSecretTerraform returns a configuration with everything confidential, and
// images of both forms in the state.
func newSecretTerraform(t *testing.T) (*acctest.Terraform, *eavesdropper) {
	t.Helper()
	e := &eavesdropper{
		Simulator: simulator.New(simulator.Config{AccessKey: secretAccessKey, SecretKey: secretSecretKey}),
		secrets:   map[string]string{"access key": secretAccessKey, "secret key": secretSecretKey, "callback URL": secretCallback},
	}
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	tf := acctest.NewTerraform(t, secretConfig(secretUser))
	tf.Setenv("ADVANCE_ENDPOINT", server.URL)
	tf.Setenv("ADVANCE_ACCESS_KEY", secretAccessKey)
	tf.Setenv("ADVANCE_SECRET_KEY", secretSecretKey)
	return tf, e
}

func secretConfig(user string) string {
	return fmt.Sprintf(`
provider "advance" {
  max_retries = 1
}

resource "advance_liveness_session" "test" {
  return_url      = %q
  fail_return_url = %q
  callback_url    = %q
  user_id         = %q
  region          = "PHL"
}

data "advance_liveness_result" "test" {
  for_each          = toset(["URL", "BASE64"])
  signature_id      = advance_liveness_session.test.signature_id
  return_image_type = each.value
}

data "advance_liveness_results" "test" {
  signature_ids = { person = advance_liveness_session.test.signature_id }
}
`, secretReturn, secretFailReturn, secretCallback, user)
}

// live runs a session through its life, with faults: responses that are no
// envelope, a refusal that quotes the request, a value that is refused before it
// is sent. It returns what terraform printed.
func live(t *testing.T, tf *acctest.Terraform, e *eavesdropper) (printed string) {
	t.Helper()
	for _, fault := range []simulator.Fault{
		{Operation: simulator.OpToken, Kind: "html-200"},
		{Operation: simulator.OpGenerate, Kind: "service-busy", RetryAfter: "0"},
		{Operation: simulator.OpResult, Kind: "cut-off"},
		{Operation: simulator.OpClear, Kind: "error"},
	} {
		if err := e.Inject(fault); err != nil {
			t.Fatal(err)
		}
	}
	printed += tf.Run("apply", "-auto-approve")
	printed += tf.Run("plan", "-detailed-exitcode")
	printed += tf.Run("destroy", "-auto-approve")

	err := e.Inject(simulator.Fault{
		Operation: simulator.OpGenerate, Kind: "return-url",
		Message: strings.Join([]string{"Invalid returnUrl", secretReturn, secretFailReturn, secretCallback, secretRefusedUser, secretAccessKey}, " "),
	})
	if err != nil {
		t.Fatal(err)
	}
	tf.Configure(secretConfig(secretRefusedUser))
	output, exit := tf.Try("apply", "-auto-approve")
	if exit != 1 || !strings.Contains(output, "[redacted]") {
		t.Errorf("exit code %d, want 1 and a message that was redacted; output:\n%s", exit, output)
	}
	printed += output

	tf.Configure(strings.Replace(secretConfig(secretUser), secretCallback, "ftp://app.example.com/?key=secret-callback-5d1e", 1))
	output, exit = tf.Try("plan")
	if exit != 1 || !strings.Contains(acctest.Unwrapped(output), "callback_url must be an http or https URL") {
		t.Errorf("exit code %d, want 1 and an error on callback_url; output:\n%s", exit, output)
	}
	return printed // without the last: it shows the line of the configuration that is wrong
}

// Neither the provider's log at TRACE nor the terminal has a secret. The terminal
// may show user id and return URLs: Terraform shows every argument that is not
// sensitive.
func TestAccProvider_secrecy(t *testing.T) {
	t.Parallel()
	for variable, providersOwn := range map[string]func(string) string{
		// Only the provider writes to the file.
		"TF_LOG_PROVIDER": func(log string) string { return log },
		"TF_LOG":          providerLines,
	} {
		t.Run(variable, func(t *testing.T) {
			t.Parallel()
			tf, e := newSecretTerraform(t)
			file := filepath.Join(tf.Dir, "log.txt")
			tf.Setenv(variable, "TRACE")
			tf.Setenv("TF_LOG_PATH", file)
			printed := live(t, tf, e)
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			log := providersOwn(string(content))

			// The log is what it should be,
			for _, want := range append(e.ids, "generate-token", "generate-liveness-detection-url", "get-result", "clear-data",
				"ADVANCE.AI API call", "attempt=2", "duration_ms=", "http_status=200", "code=SUCCESS", "session created", "@module=sdk.framework") {
				if !strings.Contains(log, want) {
					t.Errorf("the log has no %q", want)
				}
			}
			// there was something to find,
			kinds := map[string]bool{}
			for what := range e.secrets {
				kinds[strings.TrimRight(what, " 0123456789")] = true
			}
			for _, kind := range []string{"signature", "token", "minted token", "link", "link's token", "faceImage", "faceImageFar", "auditImageUrl"} {
				if !kinds[kind] {
					t.Errorf("the traffic had no %s", kind)
				}
			}
			// and nothing is found.
			for what, secret := range e.secrets {
				for _, form := range forms(secret) {
					if strings.Contains(log, form) {
						t.Errorf("the log has the %s: %q", what, around(log, form))
					}
					if strings.Contains(printed, form) {
						t.Errorf("the terminal has the %s: %q", what, around(printed, form))
					}
				}
			}
			for _, private := range []string{secretReturn, secretFailReturn, secretUser, secretRefusedUser, "secret-"} {
				if strings.Contains(log, private) {
					t.Errorf("the log has %s: %q", private, around(log, private))
				}
			}
		})
	}
}

// forms returns the ways in which a secret may be written.
func forms(secret string) []string {
	quoted, _ := json.Marshal(secret) // A string can be marshalled.
	return []string{secret, strings.Trim(string(quoted), `"`), url.QueryEscape(secret)}
}

func around(s, part string) string {
	at := strings.Index(s, part)
	return s[max(0, at-200):min(len(s), at+len(part)+50)]
}

var timestamped = regexp.MustCompile(`^\d{4}-\d\d-\d\dT`)

// providerLines returns the lines that the provider wrote, with their
// continuations. Terraform puts the name of the provider's executable before
// each; its own lines have "provider:", "provider.stdio:" or neither.
func providerLines(log string) string {
	var own strings.Builder
	mine := false
	for line := range strings.Lines(log) {
		if timestamped.MatchString(line) {
			mine = strings.Contains(line, "] provider.terraform-provider-advance") || strings.Contains(line, "]  provider.terraform-provider-advance")
		}
		if mine {
			own.WriteString(line)
		}
	}
	return own.String()
}

// Without a TF_LOG variable the provider writes nothing: terraform would read and
// drop it.
func TestAccProvider_noLog(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the wrapper is a shell script")
	}
	tf, _ := newSecretTerraform(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "stderr.txt")
	script := fmt.Sprintf("#!/bin/sh\nexec '%s' \"$@\" 2>>'%s'\n", tf.Binary, file)
	if err := os.WriteFile(filepath.Join(dir, filepath.Base(tf.Binary)), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	tf.Override(dir)
	tf.Run("apply", "-auto-approve")
	if content, err := os.ReadFile(file); err != nil || len(content) > 0 {
		t.Errorf("want an empty standard error, got %v and:\n%.2000s", err, content)
	}
	tf.Setenv("TF_LOG_PROVIDER", "INFO")
	tf.Setenv("TF_LOG_PATH", filepath.Join(dir, "log.txt"))
	tf.Run("destroy", "-auto-approve")
	if content, err := os.ReadFile(file); err != nil || len(content) == 0 {
		t.Errorf("with a variable: want a log on standard error, got %v and %d bytes", err, len(content))
	}
}
