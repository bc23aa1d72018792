// Package endtoend shows an end-to-end test of an application's liveness flow:
// a real browser, a running simulator, no account.
package endtoend

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestPerson_passes follows a person from the link to the application's own
// page, and the callback to the application's own receiver.
func TestPerson_passes(t *testing.T) {
	t.Parallel()
	simulator := os.Getenv("SIMULATOR_URL") // Such as http://127.0.0.1:8787.
	if simulator == "" {
		t.Skip("SIMULATOR_URL is not set")
	}

	// The application under test. Put your own here.
	callbacks := make(chan string, 1)
	application := http.NewServeMux()
	application.HandleFunc("/verified", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, `<h1 id="welcome">Welcome</h1>`)
	})
	application.HandleFunc("/callback", func(_ http.ResponseWriter, r *http.Request) {
		var body struct{ SignatureID string }
		_ = json.NewDecoder(r.Body).Decode(&body)
		callbacks <- body.SignatureID
	})
	server := httptest.NewServer(application)
	t.Cleanup(server.Close)

	// A session. Your application gets one from the API with its key pair; the
	// control API makes one without.
	response, err := http.Post(simulator+"/simulator/v1/sessions", "application/json", strings.NewReader(fmt.Sprintf(
		`{"return_url": "%[1]s/verified", "fail_return_url": "%[1]s/failed", "callback_url": "%[1]s/callback"}`, server.URL)))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var session struct {
		URL         string `json:"url"`
		SignatureID string `json:"signature_id"`
	}
	if err := json.NewDecoder(response.Body).Decode(&session); err != nil {
		t.Fatal(err)
	}

	// The person, with Chromium's test picture for a camera.
	browser, cancel := chromedp.NewContext(t.Context(), chromedp.WithAllocatorOptions(
		chromedp.NoSandbox, // As in most containers.
		chromedp.Flag("use-fake-device-for-media-stream", true),
		chromedp.Flag("use-fake-ui-for-media-stream", true),
	))
	defer cancel()
	err = chromedp.Do(browser,
		chromedp.Navigate(session.URL),
		chromedp.Click(chromedp.ID("start")),
		chromedp.Click(chromedp.ID("take")),
		chromedp.WaitVisible(chromedp.ID("retake")),
		chromedp.Click(chromedp.CSS("button[value=pass]")),
		chromedp.WaitVisible(chromedp.ID("welcome")),
	)
	if err != nil {
		t.Fatal(err)
	}
	if got := <-callbacks; got != session.SignatureID {
		t.Errorf("the callback is about %s, want %s", got, session.SignatureID)
	}
}
