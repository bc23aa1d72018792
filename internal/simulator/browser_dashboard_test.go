package simulator_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/advance-community/terraform-provider-advance/internal/simulator"
	"github.com/advance-community/terraform-provider-advance/internal/simulator/browsertest"
)

// dashboard opens the dashboard at a view and waits until it is connected.
func (l *lab) dashboard(browser *browsertest.Browser, at string) *browsertest.Page {
	l.t.Helper()
	page := browser.Open(l.t, l.URL)
	page.Go(l.URL + "/#/" + at)
	page.WaitForText("#live", "Live")
	page.WaitFor(`document.getElementById("clock").textContent.trim() !== ""`)
	return page
}

// finish ends a session by the control API.
func (l *lab) finish(id, result string) {
	l.t.Helper()
	l.ask(http.MethodPost, "sessions/"+id+"/finish", map[string]any{"result": result}, nil)
}

// clear erases a session's data with the API itself.
func (l *lab) clear(id string) {
	l.t.Helper()
	token := l.sim.MintToken(simulator.Account{}, 3600e9)
	r, err := http.NewRequestWithContext(l.t.Context(), http.MethodPost, l.URL+"/intl/openapi/identity-risk/idvs-h5/ekyc/v1/clear-data?signatureId="+id, http.NoBody)
	if err != nil {
		l.t.Fatal(err)
	}
	r.Header.Set("X-ACCESS-TOKEN", token)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		l.t.Fatal(err)
	}
	response.Body.Close()
}

func TestBrowser_dashboardIsLive(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	browser := browsertest.Start(t, browsertest.NoCamera)
	page := l.dashboard(browser, "sessions")
	page.WaitForText("#shown", "No sessions yet")
	made := l.newSession(map[string]any{"callback_url": l.site.URL + "/callback?key=secret"})
	page.WaitForText("#session-list", "jane-doe")
	page.WaitForText("#session-list", "Waiting")
	page.WaitForText("#session-list .left", "left")
	page.Click("#session-list a")
	page.WaitForText("#history", "created")
	page.WaitForText("#picture", "No picture")

	l.finish(made.SignatureID, "PASS")
	page.WaitForText("#session-list", "PASS")
	page.WaitForText("#history", "finished as PASS")
	page.WaitFor(`document.querySelector("#picture img")?.complete && document.querySelector("#picture img").naturalWidth === 240`)
	if id := <-l.site.callbacks; id != made.SignatureID {
		t.Errorf("callback of %s", id)
	}
	page.WaitForText("#history", "received")
	page.WaitForText("#count-callbacks", "1")

	l.clear(made.SignatureID)
	page.WaitForText("#picture", "Erased")
	page.WaitFor(`document.querySelector("#picture img") === null`)
	page.WaitForText("#history", "clear: SUCCESS")
	if text := page.Text("body"); strings.Contains(text, "jane-doe") {
		t.Errorf("the user id is still shown:\n%s", text)
	}
	page.Click(`nav [data-view="calls"]`)
	page.WaitForText("#call-list", made.SignatureID)
	page.Click(`nav [data-view="callbacks"]`)
	page.WaitForText("#callback-list", "HTTP 200")
	if text := page.Text("#view-callbacks"); strings.Contains(text, "secret") {
		t.Errorf("the callback's query is shown:\n%s", text)
	}
}

func TestBrowser_dashboardFinishes(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	browser := browsertest.Start(t, browsertest.NoCamera)
	for button, want := range map[string]string{
		"[data-result=PASS]":                "PASS SUCCESS",
		"[data-result=FAIL]":                "FAIL RISK_STRATEGY_HIT",
		"[data-error-code=LIVENESS_ATTACK]": "FAIL LIVENESS_ATTACK",
		"[data-result=INCOMPLETE]":          "INCOMPLETE USER_TIMEOUT",
	} {
		made := l.newSession(nil)
		page := l.dashboard(browser, "sessions/"+made.SignatureID)
		page.Click("#finish " + button)
		page.WaitForText("#toast", "Finished as")
		page.WaitFor(`document.getElementById("finish").hidden && document.activeElement.id === "detail-user"`)
		if found := l.session(made.SignatureID); found.OverallResult+" "+found.ErrorCode != want {
			t.Errorf("%s: session %+v", button, found)
		}
		page.Click("#forget")
		page.WaitFor(`location.hash === "#/sessions"`)
	}
}

func TestBrowser_dashboardSendsCallback(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	made := l.newSession(map[string]any{"callback_url": l.site.URL + "/callback"})
	page := l.dashboard(browsertest.Start(t, browsertest.NoCamera), "sessions/"+made.SignatureID)
	for range 2 {
		page.Click("#send-callback")
		if id := <-l.site.callbacks; id != made.SignatureID {
			t.Errorf("callback of %s", id)
		}
	}
}

func TestBrowser_dashboardNewSession(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	page := l.dashboard(browsertest.Start(t, browsertest.NoCamera), "calls")
	page.Click("#new-session")
	page.Click("#new-form [name=region]")
	page.Type("XXX")
	page.Click("#new-form [value=create]")
	page.WaitForText("#new-error", "REGION_WRONG")
	page.Expect("status of 400")
	page.Do(chromedp.SetValue(chromedp.CSS("#new-form [name=region]"), "IDN"))
	page.Click("#new-form [name=user_id]")
	page.Type("sample")
	page.Click("#new-form [value=create]")
	page.WaitForText("#detail-user", "sample")
	page.WaitForText("#history", "opened") // In a tab of its own.
	if sessions := l.sim.Sessions(); len(sessions) != 1 || sessions[0].InputParameters["region"] != "IDN" {
		t.Errorf("sessions %+v", sessions)
	}
}

func TestBrowser_dashboardByKeyboard(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.newSession(nil)
	page := l.dashboard(browsertest.Start(t, browsertest.NoCamera), "sessions")
	page.WaitForText("#session-list", "jane-doe")
	for _, want := range []string{"clock-hour", "new-session", "sessions", "calls", "callbacks", "scenarios", "search", "filter", ""} {
		page.Type(kb.Tab)
		if got := browsertest.Value[string](page, `document.activeElement.id || document.activeElement.dataset.view || ""`); got != want {
			t.Errorf("the focus is on %q, want %q", got, want)
		}
		if style := browsertest.Value[string](page, `getComputedStyle(document.activeElement).outlineStyle`); style == "none" {
			t.Errorf("the focus on %q cannot be seen", want)
		}
	}
	page.Type(kb.Enter) // The session's link.
	page.WaitForText("#detail-user", "jane-doe")
	page.Do(chromedp.Focus(chromedp.CSS("#finish button")))
	page.Type(kb.Enter)
	page.WaitForText("#detail-badges", "PASS")
	page.Do(chromedp.Focus(chromedp.CSS("#new-session")))
	page.Type(kb.Enter)
	page.WaitFor(`document.getElementById("new-dialog").contains(document.activeElement)`)
	page.Type(kb.Escape)
	page.WaitFor(`document.activeElement.id === "new-session"`)
}

func TestBrowser_dashboardScenarios(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	page := l.dashboard(browsertest.Start(t, browsertest.NoCamera), "scenarios")
	page.WaitFor(`document.querySelector("#fault-form [name=kind]").options.length > 10`)
	page.Do(chromedp.SetValue(chromedp.CSS("#fault-form [name=kind]"), "http-500"))
	page.Click("#fault-form [name=after_effect]")
	page.Click("#fault-form .primary")
	page.WaitForText("#fault-list", "http-500 in result, 1 ×, after the effect")
	if faults := l.sim.Faults(); len(faults) != 1 || faults[0].Kind != "http-500" || !faults[0].AfterEffect {
		t.Errorf("faults %+v", faults)
	}
	page.Click("#clear-faults")
	page.WaitFor(`document.getElementById("fault-list").childElementCount === 0`)

	page.Click("#outcome-form [name=user_id_prefix]")
	page.Type("soon-")
	page.Do(chromedp.SetValue(chromedp.CSS("#outcome-form [name=result]"), "FAIL"))
	page.Click("#outcome-form .primary")
	page.WaitForText("#outcome-list", "FAIL")
	if made := l.newSession(map[string]any{"user_id": "soon-1"}); made.OverallResult != "FAIL" {
		t.Errorf("session %+v", made)
	}
	page.WaitFor(`document.getElementById("outcome-list").childElementCount === 0`)

	page.Do(chromedp.SetValue(chromedp.CSS("#behaviour-form [name=rate_limit]"), "5"), chromedp.SetValue(chromedp.CSS("#behaviour-form [name=latency_min_seconds]"), "0.25"))
	page.Click("#behaviour-form .primary")
	page.WaitForText("#toast", "Applied")
	if b := l.sim.Behaviour(); b.RateLimit != 5 || b.LatencyMin != 0.25 {
		t.Errorf("behaviour %+v", b)
	}

	page.Click("#reset")
	page.WaitForText("#count-sessions", "0")
	page.WaitFor(`document.querySelector("#behaviour-form [name=rate_limit]").value === "0"`)
}

func TestBrowser_dashboardClock(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	made := l.newSession(nil)
	page := l.dashboard(browsertest.Start(t, browsertest.NoCamera), "sessions/"+made.SignatureID)
	before := page.Text("#clock")
	page.Click("#clock-hour")
	page.WaitForText("#session-list", "INCOMPLETE")
	page.WaitForText("#facts", "USER_TIMEOUT")
	page.WaitForText("#session-list", "1 h ago")
	if after := page.Text("#clock"); after[:len(after)-5] == before[:len(before)-5] {
		t.Errorf("the clock shows %s, before %s", after, before)
	}
}

func TestBrowser_dashboardUnknownAddress(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	browser := browsertest.Start(t, browsertest.NoCamera)
	for _, address := range []string{"sessions/0123456789abcdef", "sessions/%", "sessions/%zz", "sessions/<b>"} {
		page := l.dashboard(browser, address)
		page.WaitFor(`location.hash === "#/sessions"`)
		page.Expect("404")
	}
}

// The address of a session may come before the event that tells of it.
func TestBrowser_dashboardAddressFirst(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	page := l.dashboard(browsertest.Start(t, browsertest.NoCamera), "sessions")
	page.WaitForText("#shown", "No sessions yet")
	address := browsertest.Value[string](page, `(() => {
		const request = new XMLHttpRequest();
		request.open("POST", "/simulator/v1/sessions", false); // No event gets in between.
		request.send();
		location.hash = "#/sessions/" + JSON.parse(request.responseText).signature_id;
		window.dispatchEvent(new HashChangeEvent("hashchange"));
		return location.hash;
	})()`)
	page.WaitForText("#detail-user", "sample-user")
	page.WaitForText("#history", "created")
	if got := browsertest.Value[string](page, "location.hash"); got != address {
		t.Errorf("the address is %s, want %s", got, address)
	}
}

func TestBrowser_dashboardHostileText(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	hostile := `<img src=x onerror=document.title='pwned'><b>"'&amp;`
	made := l.newSession(map[string]any{"user_id": hostile, "biz_id": hostile, "liveness_type": hostile})
	page := l.dashboard(browsertest.Start(t, browsertest.NoCamera), "sessions/"+made.SignatureID)
	for _, selector := range []string{"#session-list .who", "#detail-user", "#parameters"} {
		page.WaitForText(selector, hostile)
	}
	if title := browsertest.Value[string](page, "document.title"); title != "Simulator dashboard" {
		t.Errorf("title %q", title)
	}
	if found := browsertest.Value[int](page, `document.querySelectorAll("[onerror], main b").length`); found != 0 {
		t.Errorf("%d elements came out of a text", found)
	}
}

// Thousands of sessions: the list shows some, counts all, and follows a burst.
func TestBrowser_dashboardManySessions(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	page := l.dashboard(browsertest.Start(t, browsertest.NoCamera), "sessions")
	for i := range 1000 {
		l.newSession(map[string]any{"user_id": fmt.Sprintf("user-%04d", i)})
	}
	page.WaitForText("#count-sessions", "1,000")
	page.WaitForText("#shown", "The newest 200 of 1,000")
	page.WaitForText("#session-list", "user-0999")
	if rows := browsertest.Value[int](page, `document.getElementById("session-list").childElementCount`); rows != 200 {
		t.Errorf("%d rows", rows)
	}
	page.Click("#search")
	page.Type("user-0007")
	page.WaitFor(`document.getElementById("session-list").childElementCount === 1`)
}

func TestBrowser_dashboardAccessibility(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	browser := browsertest.Start(t, browsertest.NoCamera)
	made := l.newSession(map[string]any{"callback_url": l.site.URL + "/callback"})
	l.finish(made.SignatureID, "PASS")
	<-l.site.callbacks
	open := l.newSession(nil)
	for _, at := range []string{"sessions", "sessions/" + made.SignatureID, "sessions/" + open.SignatureID, "calls", "callbacks", "scenarios"} {
		page := l.dashboard(browser, at)
		wantControls(t, page, map[string]int{"navigation": 1})
		page.Click("#new-session")
		page.WaitFor(`document.getElementById("new-dialog").open`)
		wantControls(t, page, map[string]int{"dialog": 1})
	}
}
