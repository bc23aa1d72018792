package simulator

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const formType = "application/x-www-form-urlencoded"

// press presses a button of the page.
func (h *harness) press(link, outcome string) (response head, body string) {
	h.t.Helper()
	return h.fetch(http.MethodPost, link, formType, "outcome="+url.QueryEscape(outcome))
}

func TestPage_session(t *testing.T) {
	t.Parallel()
	h := newServer(t, Config{}).login()
	made := h.generate(map[string]any{"userId": "jane-doe"})
	response, body := h.get(made.URL)
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("%d, %v", response.StatusCode, response.Header)
	}
	for _, want := range []string{
		"<!DOCTYPE html>", `<html lang="en" data-scheme="light">`, "<title>Liveness check", "jane-doe", made.SignatureID,
		`value="pass"`, `value="fail"`, `value="attack"`, `value="give-up"`, `value="camera"`, `<form method="post"`,
		"Simulation", "PHL", "https://app.example.com/fail", "DISTANT_NEAR", "data:image/jpeg;base64,",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q:\n%s", want, body)
		}
	}
	policy := response.Header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none'; ") || !strings.Contains(policy, "frame-ancestors 'none'") ||
		!strings.Contains(policy, "form-action 'self' https: http:;") {
		t.Errorf("policy %q", policy)
	}
	if response.Header.Get("Referrer-Policy") != "same-origin" || response.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("header %v", response.Header)
	}
}

func TestPage_dark(t *testing.T) {
	t.Parallel()
	h := newMemory(t, Config{}).login()
	_, body := h.get(h.generate(map[string]any{"prefersColorScheme": "dark"}).URL)
	if !strings.Contains(body, `data-scheme="dark"`) || !strings.Contains(body, `name="color-scheme" content="dark"`) {
		t.Errorf("the page is not dark:\n%s", body)
	}
}

func TestPage_buttons(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		returnURL, failURL string
		outcome            string
		location           string
		result, errorCode  string
	}{
		"pass":          {"https://a.example/ok?x=1#top", "https://a.example/no", "pass", "https://a.example/ok?x=1#top", "PASS", "SUCCESS"},
		"fail":          {"https://a.example/ok", "https://a.example/no", "fail", "https://a.example/no?errorCode=LIVENESS_TRY_COUNT_EXCEED", "FAIL", "RISK_STRATEGY_HIT"},
		"attack":        {"https://a.example/ok", "https://a.example/no?a=b#c", "attack", "https://a.example/no?a=b&errorCode=LIVENESS_ATTACK#c", "FAIL", "LIVENESS_ATTACK"},
		"camera":        {"https://a.example/ok", "https://a.example/no?errorCode=OLD&a=b", "camera", "https://a.example/no?a=b&errorCode=CAMERA_ISSUE", "INCOMPLETE", "USER_TIMEOUT"},
		"give up":       {"https://a.example/ok", "https://a.example/no", "give-up", "https://a.example/no?errorCode=NO_PERMISSION", "INCOMPLETE", "USER_TIMEOUT"},
		"app pass":      {"myapp://callback/success", "https://a.example/no", "pass", "myapp://callback/success", "PASS", "SUCCESS"},
		"app fail":      {"https://a.example/ok", "alipays://platformapi/startapp?id=1", "attack", "alipays://platformapi/startapp?id=1&errorCode=LIVENESS_ATTACK", "FAIL", "LIVENESS_ATTACK"},
		"app with dots": {"com.example.app+x://done", "com.example.app+x://no", "fail", "com.example.app+x://no?errorCode=LIVENESS_TRY_COUNT_EXCEED", "FAIL", "RISK_STRATEGY_HIT"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newServer(t, Config{}).login()
			made := h.generate(map[string]any{"returnUrl": test.returnURL, "failReturnUrl": test.failURL})
			response, _ := h.press(made.URL, test.outcome)
			if response.StatusCode != http.StatusSeeOther || response.Header.Get("Location") != test.location {
				t.Errorf("%d to %q, want 303 to %q", response.StatusCode, response.Header.Get("Location"), test.location)
			}
			session, _ := h.sim.Session(made.SignatureID)
			if session.OverallResult != test.result || session.ErrorCode != test.errorCode {
				t.Errorf("session %+v", session)
			}
			if response, body := h.press(made.URL, "pass"); response.StatusCode != http.StatusGone || !strings.Contains(body, "finished already") {
				t.Errorf("again: %d, %s", response.StatusCode, body)
			}
			if response, body := h.get(made.URL); response.StatusCode != http.StatusGone || strings.Contains(body, "<form") {
				t.Errorf("afterwards: %d, %s", response.StatusCode, body)
			}
		})
	}
}

func TestPage_formTargets(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		visit visit
		want  []string
	}{
		"web":       {visit{returnURL: "https://a.example:8443/x", failURL: "http://[::1]/x"}, []string{"https:", "http:"}},
		"app":       {visit{returnURL: "myapp://callback", failURL: "https://a.example/"}, []string{"https:", "http:", "myapp:"}},
		"same app":  {visit{returnURL: "myapp://ok", failURL: "myapp://no"}, []string{"https:", "http:", "myapp:"}},
		"injection": {visit{returnURL: "https://a.example;script-src", failURL: "https://a,b.example/"}, []string{"https:", "http:"}},
		"forbidden": {visit{returnURL: "javascript://a.example/%0aalert(1)"}, []string{"https:", "http:"}},
	} {
		if diff := cmp.Diff(test.want, test.visit.formTargets()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestPage_refuses(t *testing.T) {
	t.Parallel()
	h := newServer(t, Config{}).login()
	made, other := h.generate(nil), h.generate(nil)
	late := h.generate(nil)
	cleared := h.generate(map[string]any{"userId": "sim-pass"})
	h.want(OpClear, cleared.SignatureID, "SUCCESS", "OK")
	swapped := strings.Replace(made.URL, made.SignatureID, other.SignatureID, 1)
	for link, want := range map[string]struct {
		status int
		text   string
	}{
		h.base + pagePrefix:                           {404, "Unknown link"},
		h.base + pagePrefix + "?signatureId=1&token=": {404, "Unknown link"},
		swapped:        {404, "Unknown link"},
		made.URL + "x": {404, "Unknown link"},
		cleared.URL:    {410, "Data erased"},
		strings.Replace(made.URL, pagePrefix, pagePrefix+"index.html", 1): {404, "Unknown link"},
	} {
		response, body := h.get(link)
		if response.StatusCode != want.status || !strings.Contains(body, want.text) {
			t.Errorf("%s: %d, %s", link, response.StatusCode, body)
		}
	}
	if response, _ := h.press(made.URL, "win"); response.StatusCode != http.StatusBadRequest {
		t.Errorf("an unknown button: %d", response.StatusCode)
	}
	if session, _ := h.sim.Session(made.SignatureID); session.State != StateIssued {
		t.Errorf("session %+v", session)
	}
	h.sim.Advance(time.Hour)
	if response, body := h.get(late.URL); response.StatusCode != http.StatusGone || !strings.Contains(body, "Link expired") {
		t.Errorf("expired: %d, %s", response.StatusCode, body)
	}
}

func TestPage_iframe(t *testing.T) {
	t.Parallel()
	for outcome, want := range map[string]string{
		"pass":    `data-code="SUCCESS" data-submission-status="SUBMITTED"`,
		"attack":  `data-code="LIVENESS_ATTACK" data-submission-status="SUBMITTED"`,
		"give-up": `data-code="NO_PERMISSION" data-submission-status="UNSUBMITTED"`,
	} {
		h := newServer(t, Config{}).login()
		made := h.generate(map[string]any{"iframeEnabled": true})
		response, _ := h.get(made.URL)
		if policy := response.Header.Get("Content-Security-Policy"); !strings.HasSuffix(policy, "frame-ancestors *") {
			t.Errorf("policy %q", policy)
		}
		response, body := h.press(made.URL, outcome)
		if response.StatusCode != http.StatusOK || !strings.Contains(body, want) || !strings.Contains(body, `src="/ui/leave.js"`) {
			t.Errorf("%s: %d, %s", outcome, response.StatusCode, body)
		}
		if session, _ := h.sim.Session(made.SignatureID); session.State != StateFinished {
			t.Errorf("session %+v", session)
		}
	}
}

func TestPage_escapesParameters(t *testing.T) {
	t.Parallel()
	h := newServer(t, Config{}).login()
	hostile := `"><script>alert(1)</script><img src=x onerror='alert(1)'>{{.}}`
	made := h.generate(map[string]any{
		"userId": hostile, "bizId": hostile, "livenessType": hostile, "prefersColorScheme": hostile, "language": hostile,
		"returnUrl": "https://a.example/'onload='alert(1)",
	})
	_, body := h.get(made.URL)
	if strings.Contains(body, "<script>") || strings.Contains(body, "<img src=x") || strings.Contains(body, `'onload='`) {
		t.Errorf("something hostile got through:\n%s", body)
	}
	if !strings.Contains(html.UnescapeString(body), hostile) {
		t.Errorf("the page does not show what was sent:\n%s", body)
	}
	response, _ := h.get(h.base + pagePrefix + "?signatureId=" + url.QueryEscape(hostile) + "&token=" + url.QueryEscape(hostile))
	if response.StatusCode != http.StatusNotFound {
		t.Errorf("status %d", response.StatusCode)
	}
}

func TestPage_forbiddenScheme(t *testing.T) {
	t.Parallel()
	h := newServer(t, Config{}).login()
	made := h.generate(nil)
	h.sim.store.sessions[made.SignatureID].params["returnUrl"] = "javascript://a.example/%0aalert(1)"
	response, body := h.press(made.URL, "pass")
	if response.Header.Get("Location") != "" || response.StatusCode != http.StatusInternalServerError || strings.Contains(body, "javascript:") {
		t.Errorf("%d, %v, %s", response.StatusCode, response.Header, body)
	}
	if policy := response.Header.Get("Content-Security-Policy"); strings.Contains(policy, "javascript") {
		t.Errorf("policy %q", policy)
	}
}

func TestPage_methods(t *testing.T) {
	t.Parallel()
	h := newServer(t, Config{}).login()
	made := h.generate(nil)
	if response, body := h.fetch(http.MethodHead, made.URL, "", ""); response.StatusCode != http.StatusOK || body != "" {
		t.Errorf("HEAD: %d, %q", response.StatusCode, body)
	}
	if response, _ := h.fetch(http.MethodPut, made.URL, "", ""); response.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("PUT: %d", response.StatusCode)
	}
}

func TestPage_notices(t *testing.T) {
	t.Parallel()
	h := newServer(t, Config{}).login()
	finished, cleared, expired := h.generate(nil), h.generate(nil), h.generate(nil)
	h.press(finished.URL, "pass")
	h.press(cleared.URL, "fail")
	h.want(OpClear, cleared.SignatureID, "SUCCESS", "OK")
	h.sim.Advance(time.Hour)
	for link, want := range map[string]struct {
		status int
		title  string
	}{
		finished.URL:        {410, "Already finished"}, // Not "expired", although that has become true too.
		cleared.URL:         {410, "Data erased"},
		expired.URL:         {410, "Link expired"},
		expired.URL + "%00": {404, "Unknown link"},
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut} {
			response, body := h.fetch(method, link, formType, "outcome=pass")
			if response.StatusCode != want.status || !strings.Contains(body, "<h1>"+want.title+"</h1>") {
				t.Errorf("%s %s: %d, %s", method, want.title, response.StatusCode, body)
			}
		}
	}
}

func TestPage_language(t *testing.T) {
	t.Parallel()
	h := newServer(t, Config{}).login()
	for name, test := range map[string]struct {
		language any
		browser  string
		want     string
	}{
		"of the session":  {"id", "th", `<html lang="id"`},
		"of the browser":  {nil, "th-TH,th;q=0.9,en;q=0.8", `<html lang="th"`},
		"not supported":   {"fr", "vi", `<html lang="vi"`},
		"of neither":      {"fr", "de", `<html lang="en"`},
		"of nobody":       {nil, "", `<html lang="en"`},
		"hostile session": {`"><script>`, "", `<html lang="en"`},
	} {
		made := h.generate(map[string]any{"language": test.language})
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, made.URL, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Language", test.browser)
		_, body, err := h.do(r)
		if err != nil || !strings.Contains(string(body), test.want) {
			t.Errorf("%s: no %s in %v, %s", name, test.want, err, body)
		}
	}
}

func TestPage_history(t *testing.T) {
	t.Parallel()
	h := newServer(t, Config{}).login()
	made := h.generate(nil)
	h.get(made.URL)
	for _, event := range []string{"live", "taken", "standin", "<script>"} {
		if response, body := h.fetch(http.MethodPost, made.URL+"&event="+url.QueryEscape(event), "", ""); response.StatusCode != http.StatusNoContent {
			t.Errorf("%s: %d, %s", event, response.StatusCode, body)
		}
	}
	h.sendPicture(made.URL, "attack", jpegOf(t, 8, 8))
	h.get(made.URL)
	entries, err := h.sim.History(made.SignatureID)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		if entry.Kind != HistoryCall {
			got = append(got, entry.Kind+": "+entry.Text)
		}
	}
	want := []string{
		"state: created",
		"page: opened",
		"page: camera started",
		"page: picture taken",
		"page: submitted: attack, with the picture that was taken",
		"state: finished as FAIL, LIVENESS_ATTACK",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
}
