package acctest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/advance-community/terraform-provider-advance/internal/simulator"
	"github.com/advance-community/terraform-provider-advance/internal/simulator/browsertest"
)

// TestAccBrowser_wholeFlow follows one session from its creation to its erasure,
// with a real Terraform, a real browser and an application that gets both the
// person and the callback.
func TestAccBrowser_wholeFlow(t *testing.T) {
	t.Parallel()
	Require(t, "1.5", "1.8")
	browser := browsertest.Start(t, browsertest.FakeCamera)

	callbacks := make(chan string, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("/verified", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `<!DOCTYPE html><title>Verified</title><link rel="icon" href="data:,"><h1>Verified</h1>`)
	})
	mux.HandleFunc("/callback", func(_ http.ResponseWriter, r *http.Request) {
		var body struct{ SignatureID string }
		_ = json.NewDecoder(r.Body).Decode(&body)
		callbacks <- r.URL.Query().Get("key") + " " + body.SignatureID
	})
	application := httptest.NewServer(mux)
	t.Cleanup(application.Close)

	sim := NewSimulator(t, simulator.Config{CallbackTransport: http.DefaultTransport})
	tf := NewTerraform(t, sim.ProviderConfig()+fmt.Sprintf(`
resource "advance_liveness_session" "check" {
  return_url      = "%[1]s/verified?order=7"
  fail_return_url = "%[1]s/not-verified"
  callback_url    = "%[1]s/callback?key=4711"
  user_id         = "maria.santos"
  region          = "PHL"
}

data "advance_liveness_result" "check" {
  signature_id      = advance_liveness_session.check.signature_id
  return_image_type = "URL"
}

output "id" {
  value = advance_liveness_session.check.id
}

output "link" {
  value     = advance_liveness_session.check.url
  sensitive = true
}

output "passed" {
  value = data.advance_liveness_result.check.passed
}

output "picture" {
  value     = try(data.advance_liveness_result.check.face_detail.face_image, "")
  sensitive = true
}
`, application.URL))
	tf.Run("apply", "-auto-approve")

	page := browser.Open(t, sim.URL, application.URL)
	page.Go(tf.outputs()["link"])
	page.Click("#start")
	page.Click("#take")
	page.WaitForText("#status", "picture is ready")
	page.Click("[value=pass]")
	page.WaitForText("h1", "Verified")
	if got, want := browsertest.Value[string](page, "location.href"), application.URL+"/verified?order=7"; got != want {
		t.Errorf("the browser is at %s, want %s", got, want)
	}
	if got, want := <-callbacks, "4711 "+tf.outputs()["id"]; got != want {
		t.Errorf("the callback has %q, want %q", got, want)
	}

	if plan := tf.Run("plan"); !strings.Contains(Unwrapped(plan), "passed = false -> true") {
		t.Errorf("the plan does not show the result:\n%s", plan)
	}
	tf.Run("apply", "-auto-approve")
	picture := tf.outputs()["picture"]
	wantStatus(t, picture, http.StatusOK)
	tf.Run("destroy", "-auto-approve")
	wantStatus(t, picture, http.StatusNotFound)
	page.Go(sim.URL + "/")
	page.WaitForText("#session-list", "Erased")
}

// outputs returns the outputs that are texts.
func (tf *Terraform) outputs() map[string]string {
	tf.t.Helper()
	var outputs map[string]struct{ Value any }
	tf.Decode(&outputs, "output", "-json")
	texts := make(map[string]string)
	for name, output := range outputs {
		texts[name], _ = output.Value.(string)
	}
	return texts
}

// wantStatus checks the HTTP status of a link.
func wantStatus(t *testing.T, link string, want int) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != want {
		t.Errorf("the link answers %d, want %d", response.StatusCode, want)
	}
}
