package simulator_test

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/advance-community/terraform-provider-advance/internal/simulator/browsertest"
)

var update = flag.Bool("update", false, "write the screenshots of the guide into examples/screenshots")

// guideScreenshots are the screenshots that the guide shows.
var guideScreenshots = []string{
	"page-desktop-light", "page-phone-dark", "dashboard-session-desktop-light", "dashboard-sessions-phone-dark",
}

// maxScreenshot is the most bytes that a screenshot may have: the repository is
// cloned by everybody.
const maxScreenshot = 150_000

// viewport is a window's size.
type viewport struct {
	name          string
	width, height int64
}

var (
	desktop = viewport{"desktop", 1440, 700}
	phone   = viewport{"phone", 390, 844}
)

// TestBrowser_screenshots shows both pages in light and dark, on a phone and on a
// desktop: nothing is wider than the window. With -update it writes the pictures
// of the guide.
func TestBrowser_screenshots(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	browser := browsertest.Start(t, browsertest.NoCamera)
	shown := l.rehearse(browser)
	for _, view := range []viewport{desktop, phone} {
		for _, scheme := range []string{"light", "dark"} {
			made := l.newSession(map[string]any{"user_id": "maria.santos", "prefers_color_scheme": scheme})
			page := browser.Open(t, l.URL)
			page.Do(chromedp.EmulateViewport(view.width, view.height))
			page.Go(made.URL)
			noOverflow(t, page, view.name+" page")
			save(t, page, fmt.Sprintf("page-%s-%s", view.name, scheme))
			l.ask(http.MethodDelete, "sessions/"+made.SignatureID, nil, nil)

			page = browser.Open(t, l.URL)
			page.Do(chromedp.EmulateViewport(view.width, view.height))
			if scheme == "dark" {
				page.Dark()
			}
			for _, at := range []string{"sessions/" + shown.SignatureID, "sessions", "calls", "callbacks", "scenarios"} {
				page.Go(l.URL + "/#/" + at)
				page.WaitForText("#live", "Live")
				page.WaitFor(`document.getElementById("session-list").children.length > 0 && [...document.images].every((each) => each.complete)`)
				noOverflow(t, page, view.name+" "+at)
				if filepath.Dir(at) == "sessions" {
					at = "session"
				}
				save(t, page, fmt.Sprintf("dashboard-%s-%s-%s", at, view.name, scheme))
			}
		}
	}
}

// rehearse fills the simulator with what a team's first hour leaves there, and
// returns a session that has a picture.
func (l *lab) rehearse(browser *browsertest.Browser) session {
	l.t.Helper()
	callback := map[string]any{"callback_url": l.site.URL + "/callback"}
	for _, ended := range []struct {
		userID string
		change map[string]any
	}{
		{"sim-pass-budi", nil},
		{"sim-attack-mask", callback},
		{"sim-timeout-left", nil},
		{"sim-fail-risk", callback},
		{"nguyen.van.an", nil},
	} {
		params := map[string]any{"user_id": ended.userID}
		for name, value := range ended.change {
			params[name] = value
		}
		l.newSession(params)
	}
	params := map[string]any{"user_id": "maria.santos", "callback_url": l.site.URL + "/callback"}
	made := l.newSession(params)
	page := l.open(browser, made.URL)
	page.Click("[value=pass]")
	page.WaitForText("h1", "Welcome")
	l.newSession(map[string]any{"user_id": "somchai.k"})
	l.ask(http.MethodPost, "faults", map[string]any{"operation": "result", "kind": "service-busy", "count": 3}, nil)
	l.ask(http.MethodPost, "faults", map[string]any{"operation": "clear", "kind": "http-500", "count": 1, "after_effect": true}, nil)
	l.ask(http.MethodPost, "outcomes", map[string]any{"user_id_prefix": "load-", "result": "PASS", "count": 100, "after_seconds": 5}, nil)
	l.callAPI()
	return made
}

// callAPI makes some calls of the API, for the list of calls.
func (l *lab) callAPI() {
	l.t.Helper()
	for _, path := range []string{"/openapi/auth/ticket/v1/generate-token", "/intl/openapi/identity-risk/idvs-h5/ekyc/v1/get-result", "/wrong"} {
		r, err := http.NewRequestWithContext(l.t.Context(), http.MethodPost, l.URL+path, http.NoBody)
		if err != nil {
			l.t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			l.t.Fatal(err)
		}
		response.Body.Close()
	}
}

// noOverflow checks that nothing is wider than the window.
func noOverflow(t *testing.T, page *browsertest.Page, what string) {
	t.Helper()
	if wider := browsertest.Value[int](page, "document.documentElement.scrollWidth - innerWidth"); wider > 0 {
		t.Errorf("%s: %d pixels wider than the window", what, wider)
	}
}

// save writes a screenshot of the guide, where that is asked for.
func save(t *testing.T, page *browsertest.Page, name string) {
	t.Helper()
	if !*update || !slices.Contains(guideScreenshots, name) {
		return
	}
	picture := browsertest.Run(page, chromedp.CaptureScreenshot())
	if len(picture) > maxScreenshot {
		t.Errorf("%s: %d bytes", name, len(picture))
	}
	path := filepath.Join("..", "..", "examples", "screenshots", name+".png")
	if err := os.WriteFile(path, picture, 0o600); err != nil {
		t.Fatal(err)
	}
}
