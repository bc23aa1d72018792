package simulator_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/advance-community/terraform-provider-advance/internal/simulator"
	"github.com/advance-community/terraform-provider-advance/internal/simulator/browsertest"
)

func TestBrowser_page(t *testing.T) {
	t.Parallel()
	browser := browsertest.Start(t, browsertest.FakeCamera)
	for name, test := range map[string]struct {
		button            string
		location          string // after the application's URL
		result, errorCode string
		held              bool
	}{
		"pass":    {"pass", "/ok?order=7#done", "PASS", "SUCCESS", true},
		"fail":    {"fail", "/fail?order=7&errorCode=LIVENESS_TRY_COUNT_EXCEED#done", "FAIL", "RISK_STRATEGY_HIT", true},
		"attack":  {"attack", "/fail?order=7&errorCode=LIVENESS_ATTACK#done", "FAIL", "LIVENESS_ATTACK", true},
		"give up": {"give-up", "/fail?order=7&errorCode=NO_PERMISSION#done", "INCOMPLETE", "USER_TIMEOUT", false},
		"camera":  {"camera", "/fail?order=7&errorCode=CAMERA_ISSUE#done", "INCOMPLETE", "USER_TIMEOUT", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			made := l.newSession(nil)
			page := l.open(browser, made.URL)
			page.WaitForText("#status", "drawn face")
			page.Click("#start")
			page.Click("#take")
			page.WaitForText("#status", "picture is ready")
			page.Click("[value=" + test.button + "]")
			page.WaitFor(`document.title === "Application"`)
			got := browsertest.Value[string](page, "location.href")
			if got != l.site.URL+test.location {
				t.Errorf("the browser went to %s, want %s", got, test.location)
			}
			found := l.session(made.SignatureID)
			if found.OverallResult != test.result || found.ErrorCode != test.errorCode || (found.PictureURL != nil) != test.held {
				t.Errorf("session %+v", found)
			}
			if test.held {
				if width, height := l.picture(*found.PictureURL); width != 640 || height != 480 {
					t.Errorf("the picture is of %d × %d pixels, not what the camera took", width, height)
				}
			}
		})
	}
}

func TestBrowser_noCamera(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		camera browsertest.Camera
		status string
	}{
		"missing": {browsertest.NoCamera, "No camera was found"},
		"refused": {browsertest.RefusedCamera, "The camera is not allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			made := l.newSession(nil)
			page := l.open(browsertest.Start(t, test.camera), made.URL)
			page.Click("#start")
			page.WaitForText("#status", test.status)
			page.Click("[value=pass]")
			page.WaitForText("h1", "Welcome")
			if width, height := l.picture(*l.session(made.SignatureID).PictureURL); width != 240 || height != 320 {
				t.Errorf("the picture is of %d × %d pixels, not the drawn face", width, height)
			}
		})
	}
}

func TestBrowser_pageChoices(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	browser := browsertest.Start(t, browsertest.FakeCamera)
	page := l.open(browser, l.newSession(nil).URL)
	page.Click("#start")
	page.Click("#cancel")
	page.WaitForText("#status", "drawn face")
	page.Click("#start")
	page.Click("#take")
	page.Click("#retake")
	page.Click("#take")
	page.WaitFor(`document.getElementById("file").files.length === 1`)
	page.Click("#standin")
	page.WaitFor(`document.getElementById("file").files.length === 0`)
	page.WaitFor(`document.getElementById("video").srcObject === null`)
}

// The picture is in the form as soon as it is taken.
func TestBrowser_pageTakesImmediately(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	made := l.newSession(nil)
	page := l.open(browsertest.Start(t, browsertest.FakeCamera), made.URL)
	page.Click("#start")
	page.WaitFor(`document.getElementById("take").checkVisibility()`)
	page.WaitFor(`document.getElementById("take").click() || document.querySelector("[value=pass]").click() || true`)
	page.WaitForText("h1", "Welcome")
	if width, height := l.picture(*l.session(made.SignatureID).PictureURL); width != 640 || height != 480 {
		t.Errorf("the picture is of %d × %d pixels, not what the camera took", width, height)
	}
}

// A browser stays on the page when that leads to an app. A second click does
// nothing, and a later one shows what has become of the check.
func TestBrowser_pageLeadsToApp(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	page := browsertest.Start(t, browsertest.NoCamera).Open(t, l.URL, "myapp://checked")
	made := l.newSession(map[string]any{"return_url": "myapp://checked"})
	page.Go(made.URL)
	page.Click("[value=pass]")
	for l.session(made.SignatureID).State != simulator.StateFinished {
		page.WaitFor("true")
	}
	page.Click("[value=pass]")
	if title := page.Text("h1"); title != "Liveness check" {
		t.Errorf("a second click leads to %q", title)
	}
	page.WaitFor(`Date.now = () => performance.timeOrigin + performance.now() + 10_000`)
	page.Click("[value=pass]")
	page.WaitForText("h1", "Already finished")
	page.Expect("410")
}

func TestBrowser_pageWithoutScripts(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	browser := browsertest.Start(t, browsertest.NoCamera)
	made := l.newSession(nil)
	page := browser.Open(t, l.URL, l.site.URL)
	page.DisableScripts()
	page.Go(made.URL)
	if shown := browsertest.Value[bool](page, `[...document.querySelectorAll(".needs-script")].some((each) => each.checkVisibility())`); shown {
		t.Error("a button that needs the script is shown")
	}
	page.Click("[value=pass]")
	page.WaitForText("h1", "Welcome")
	if found := l.session(made.SignatureID); found.OverallResult != "PASS" || found.PictureURL == nil {
		t.Errorf("session %+v", found)
	}
}

// Over plain http from another machine a browser offers no camera, and does not
// tell which site a form comes from.
func TestBrowser_pageFromAfar(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	near, err := url.Parse(l.URL)
	if err != nil {
		t.Fatal(err)
	}
	far := "http://" + browsertest.FarHost + ":" + near.Port()
	made := l.newSession(nil)
	page := browsertest.Start(t, browsertest.FakeCamera).Open(t, far, l.site.URL)
	page.Go(strings.Replace(made.URL, l.URL, far, 1))
	page.Click("#start")
	page.WaitForText("#status", "needs https or localhost")
	page.Click("[value=pass]")
	page.WaitForText("h1", "Welcome")
	if found := l.session(made.SignatureID); found.OverallResult != "PASS" || found.PictureURL == nil {
		t.Errorf("session %+v", found)
	}
}

// The application may send the person on to another host.
func TestBrowser_pageRedirectedOn(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	far := strings.Replace(l.site.URL, "127.0.0.1", browsertest.FarHost, 1)
	page := browsertest.Start(t, browsertest.NoCamera).Open(t, l.URL, l.site.URL, far)
	page.Go(l.newSession(map[string]any{"return_url": l.site.URL + "/elsewhere"}).URL)
	page.Click("[value=pass]")
	page.WaitForText("h1", "Welcome")
}

func TestBrowser_pageByKeyboard(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	made := l.newSession(nil)
	page := l.open(browsertest.Start(t, browsertest.FakeCamera), made.URL)
	focus := func() string {
		return browsertest.Value[string](page, `document.activeElement.id || document.activeElement.value`)
	}
	press := func(keys, want string) {
		t.Helper()
		page.Type(keys)
		if got := focus(); got != want {
			t.Errorf("the focus is on %q, want %q", got, want)
		}
		if width := browsertest.Value[string](page, `getComputedStyle(document.activeElement).outlineStyle`); width == "none" {
			t.Errorf("the focus on %s cannot be seen", want)
		}
	}
	press(kb.Tab, "start")
	page.Type(kb.Enter)
	page.WaitFor(`document.activeElement.id === "take"`)
	page.Type(kb.Enter)
	page.WaitFor(`document.activeElement.id === "retake"`)
	press(kb.Tab, "standin")
	press(kb.Tab, "file")
	press(kb.Tab, "pass")
	press(kb.Tab, "fail")
	press(kb.Tab, "attack")
	page.Type(kb.Enter)
	page.WaitForText("h1", "Sorry")
	if found := l.session(made.SignatureID); found.ErrorCode != "LIVENESS_ATTACK" || found.PictureURL == nil {
		t.Errorf("session %+v", found)
	}
}

func TestBrowser_pageInFrame(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	browser := browsertest.Start(t, browsertest.FakeCamera)
	for button, want := range map[string]map[string]string{
		"pass":    {"type": "complete", "code": "SUCCESS", "submissionStatus": "SUBMITTED"},
		"attack":  {"type": "complete", "code": "LIVENESS_ATTACK", "submissionStatus": "SUBMITTED"},
		"give-up": {"type": "complete", "code": "NO_PERMISSION", "submissionStatus": "UNSUBMITTED"},
	} {
		made := l.newSession(map[string]any{"iframe_enabled": true})
		page := l.open(browser, l.site.URL+"/embed?url="+url.QueryEscape(made.URL))
		page.WaitFor("window.loads > 0")
		frame := browsertest.Run(page, chromedp.Nodes(chromedp.CSS("#check")))[0]
		inFrame := func(selector string) { page.Do(chromedp.Click(chromedp.CSS(selector), chromedp.FromNode(frame))) }
		inFrame("#start")
		inFrame("#take")
		inFrame("#retake")
		inFrame("#take")
		page.Do(chromedp.WaitVisible(chromedp.CSS("#retake"), chromedp.FromNode(frame)))
		inFrame("[value=" + button + "]")
		page.WaitFor("window.messages?.length === 1")
		got := browsertest.Value[struct {
			Origin string            `json:"origin"`
			Data   map[string]string `json:"data"`
		}](page, "window.messages[0]")
		if got.Origin != l.URL || len(got.Data) != len(want) || got.Data["code"] != want["code"] || got.Data["submissionStatus"] != want["submissionStatus"] || got.Data["type"] != want["type"] {
			t.Errorf("%s: message %+v, want %v", button, got, want)
		}
	}

	// A session that is not for a frame is not shown in one.
	page := l.open(browser, l.site.URL+"/embed?url="+url.QueryEscape(l.newSession(nil).URL))
	page.WaitFor("window.loads > 0")
	page.Expect("frame-ancestors")
}

func TestBrowser_pageAccessibility(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	browser := browsertest.Start(t, browsertest.FakeCamera)
	made := l.newSession(nil)
	page := l.open(browser, made.URL)
	page.WaitForText("#status", "drawn face")
	wantControls(t, page, map[string]int{"heading": 4, "button": 7, "image": 1}) // "Start the camera", the file, and five outcomes.
	page.Click("#start")
	page.WaitForText("#status", "camera is on")
	wantControls(t, page, map[string]int{"button": 8})
	page.Click("#take")
	page.WaitForText("#status", "ready")
	wantControls(t, page, map[string]int{"button": 8, "image": 1})
}

// wantControls checks that each control of a page has a name, and that there are
// as many of some roles.
func wantControls(t *testing.T, page *browsertest.Page, want map[string]int) {
	t.Helper()
	controls := page.Controls()
	counts := make(map[string]int)
	for _, control := range controls {
		counts[control.Role]++
		if control.Name == "" && control.Role != "MenuListPopup" && control.Role != "group" && control.Role != "table" {
			t.Errorf("a control without a name: %+v", control)
		}
	}
	for role, n := range want {
		if counts[role] != n {
			t.Errorf("%d of %s, want %d: %+v", counts[role], role, n, controls)
		}
	}
}

func TestBrowser_pageLanguages(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	browser := browsertest.Start(t, browsertest.NoCamera)
	for _, test := range []struct{ session, browser, lang, button string }{
		{"th", "en", "th", "ผ่าน"},
		{"", "vi-VN,vi", "vi", "Đạt"},
		{"fr", "id", "id", "Lulus"},
		{"en-US", "id", "en", "Passed"},
	} {
		changes := map[string]any{}
		if test.session != "" {
			changes["language"] = test.session
		}
		page := browser.Open(t, l.URL)
		page.Language(test.browser)
		page.Go(l.newSession(changes).URL)
		if lang := browsertest.Value[string](page, "document.documentElement.lang"); lang != test.lang {
			t.Errorf("%+v: lang %s", test, lang)
		}
		if text := page.Text("[value=pass]"); !strings.Contains(text, test.button) {
			t.Errorf("%+v: the button says %q", test, text)
		}
	}
}

func TestBrowser_pageEnded(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	browser := browsertest.Start(t, browsertest.NoCamera)
	made, open := l.newSession(nil), l.newSession(nil)
	if err := l.sim.Finish(made.SignatureID, simulator.Outcome{Result: simulator.ResultPass}); err != nil {
		t.Fatal(err)
	}
	page := browser.Open(t, l.URL)
	ended := func(link, title string, status int) {
		t.Helper()
		page.Go(link)
		if got := page.Text("h1"); got != title {
			t.Errorf("the page says %q, want %q", got, title)
		}
		page.Expect("status of " + strconv.Itoa(status))
	}
	ended(made.URL, "Already finished", http.StatusGone)
	ended(made.URL+"x", "Unknown link", http.StatusNotFound)
	l.ask(http.MethodPost, "clock", map[string]any{"advance_seconds": 3600}, nil)
	ended(open.URL, "Link expired", http.StatusGone)
}

// A page that was left open until its link expired says so when it is sent.
func TestBrowser_pageExpiresOpen(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	page := l.open(browsertest.Start(t, browsertest.NoCamera), l.newSession(nil).URL)
	l.ask(http.MethodPost, "clock", map[string]any{"advance_seconds": 3600}, nil)
	page.Click("[value=pass]")
	page.WaitForText("h1", "Link expired")
	page.Expect("status of 410")
}
