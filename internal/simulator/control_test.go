package simulator

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// ask makes a call of the control API.
func (h *harness) ask(method, path, body string, status int, into any) http.Header {
	h.t.Helper()
	response, text := h.fetch(method, h.base+controlPrefix+path, "", body)
	if response.StatusCode != status {
		h.t.Fatalf("%s %s %s: status %d, want %d: %s", method, path, body, response.StatusCode, status, text)
	}
	if into != nil {
		unmarshal(h.t, []byte(text), into)
	}
	return response.Header
}

func TestControl_sessions(t *testing.T) {
	t.Parallel()
	h := newServer(t, Config{}).login()
	var all []map[string]any
	h.ask("GET", "sessions", "", 200, &all)
	if all == nil || len(all) != 0 {
		t.Errorf("sessions %v", all)
	}
	id := h.generate(nil).SignatureID
	h.ask("GET", "sessions", "", 200, &all)
	if len(all) != 1 || all[0]["signature_id"] != id || all[0]["state"] != "issued" {
		t.Errorf("sessions %v", all)
	}
	var one map[string]any
	h.ask("POST", "sessions/"+id+"/finish", `{"result":"FAIL","error_code":null,"score":7.5}`, 200, &one)
	if one["overall_result"] != "FAIL" || one["error_code"] != "LIVENESS_ATTACK" || one["holds_personal_data"] != true {
		t.Errorf("session %v", one)
	}
	h.ask("POST", "sessions/"+id+"/finish", `{"result":"PASS"}`, 409, nil)
	h.ask("GET", "sessions/"+id, "", 200, &one)
	for _, key := range []string{"created_at", "expires_at"} {
		if _, err := time.Parse(time.RFC3339, text(one[key])); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	if params := encode(one["input_parameters"]); !strings.Contains(params, `"userId":"user-1"`) {
		t.Errorf("parameters %s", params)
	}
	h.ask("DELETE", "sessions/"+id, "", 204, nil)
	h.ask("DELETE", "sessions/"+id, "", 404, nil)
	h.ask("GET", "sessions/"+id, "", 404, nil)
	h.ask("POST", "sessions/"+id+"/finish", `{"result":"PASS"}`, 404, nil)
}

func TestControl_refuses(t *testing.T) {
	t.Parallel()
	h := newServer(t, Config{}).login()
	id := h.generate(nil).SignatureID
	for _, test := range []struct {
		method, path, body string
		status             int
	}{
		{"GET", "nothing", "", 404},
		{"GET", "", "", 404},
		{"PUT", "sessions", "", 405},
		{"POST", "sessions/" + id, "", 405},
		{"DELETE", "clock", "", 405},
		{"PUT", "faults", "", 405},
		{"POST", "events", "", 405},
		{"GET", "reset", "", 405},
		{"POST", "sessions/" + id + "/finish", "", 400},
		{"POST", "sessions/" + id + "/finish", "{}", 400},
		{"POST", "sessions/" + id + "/finish", `{"result":"pass"}`, 400},
		{"POST", "sessions/" + id + "/finish", `{"result":"PASS","verdict":1}`, 400},
		{"POST", "sessions/" + id + "/finish", `{"result":"PASS"}{}`, 400},
		{"GET", "sessions/none/history", "", 404},
		{"POST", "sessions", `{"userId":"a"}`, 400},
		{"POST", "sessions", `{"user_id":1}`, 400},
		{"POST", "sessions", `{"region":"XXX"}`, 400},
		{"POST", "sessions", `{"return_url":"javascript:alert(1)"}`, 400},
		{"POST", "sessions", `{"callback_url":"ftp://app.example.com/"}`, 400},
		{"POST", "sessions", `{`, 400},
		{"POST", "outcomes", `{}`, 400},
		{"POST", "outcomes", `{"result":"MAYBE"}`, 400},
		{"POST", "outcomes", `{"result":"PASS","error_code":"ERROR"}`, 400},
		{"POST", "outcomes", `{"result":"FAIL","score":100.5}`, 400},
		{"POST", "outcomes", `{"result":"FAIL","score":"9"}`, 400},
		{"POST", "outcomes", `{"result":"PASS","after_seconds":-1}`, 400},
		{"POST", "outcomes", `{"result":"PASS","after_seconds":1e30}`, 400},
		{"POST", "outcomes", `{"result":"PASS","count":0}`, 400},
		{"POST", "outcomes", `{"result":"PASS","count":-1}`, 400},
		{"POST", "outcomes", `{"result":"PASS","user_id":"a"}`, 400},
		{"PUT", "outcomes", "", 405},
		{"POST", "clock", `{"advance_seconds":-1}`, 400},
		{"POST", "clock", `{"advance_seconds":1e30}`, 400},
		{"POST", "clock", `{"skew_seconds":1e30}`, 400},
		{"POST", "clock", `[]`, 400},
		{"POST", "faults", `{"operation":"token","kind":"fire"}`, 400},
		{"POST", "faults", `{"operation":"list","kind":"error"}`, 400},
		{"POST", "faults", `{"operation":"token","kind":"error","often":true}`, 400},
		{"POST", "behaviour", `{"after_clear":"gone"}`, 400},
		{"POST", "behaviour", `{"nothing":1}`, 400},
		{"POST", "behaviour", `{"latency_min_seconds":-1}`, 400},
		{"POST", "behaviour", `{"latency_min_seconds":1e30}`, 400},
		{"POST", "behaviour", strings.Repeat(" ", maxBody+1), 400},
	} {
		var refused struct{ Error string }
		header := h.ask(test.method, test.path, test.body, test.status, &refused)
		if refused.Error == "" || header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s: %+v, %v", test.method, test.path, refused, header)
		}
		if (header.Get("Allow") != "") != (test.status == 405) {
			t.Errorf("%s %s: Allow %q", test.method, test.path, header.Get("Allow"))
		}
	}
}

func TestControl_clock(t *testing.T) {
	t.Parallel()
	h := newServer(t, Config{}).login()
	id := h.generate(nil).SignatureID
	var clock struct {
		Now    time.Time `json:"now"`
		APINow time.Time `json:"api_now"`
	}
	h.ask("POST", "clock", `{"advance_seconds":3600,"skew_seconds":-90}`, 200, &clock)
	if ahead := time.Until(clock.Now); ahead < 59*time.Minute || ahead > time.Hour {
		t.Errorf("the clock is ahead by %v", ahead)
	}
	if skew := clock.APINow.Sub(clock.Now).Round(time.Second); skew != -90*time.Second {
		t.Errorf("skew %v", skew)
	}
	if session, _ := h.sim.Session(id); session.ErrorCode != "USER_TIMEOUT" {
		t.Errorf("session %+v", session)
	}
	h.ask("POST", "clock", `{"advance_seconds":0.5}`, 200, &clock) // Leaves the skew.
	if skew := clock.APINow.Sub(clock.Now).Round(time.Second); skew != -90*time.Second {
		t.Errorf("skew %v", skew)
	}
	shown := clock
	h.ask("GET", "clock", "", 200, &clock)
	if passed := clock.Now.Sub(shown.Now); passed < 0 || passed > time.Minute {
		t.Errorf("the clock shows %v, want about %v", clock.Now, shown.Now)
	}
	for range 3 { // More than a time.Duration holds.
		h.ask("POST", "clock", `{"advance_seconds":3153600000}`, 200, &clock)
	}
	if ahead := time.Until(clock.Now).Round(time.Hour); ahead != century {
		t.Errorf("the clock is ahead by %v, want the most that it can be, %v", ahead, century)
	}
}

func TestControl_faults(t *testing.T) {
	t.Parallel()
	h := newServer(t, Config{}).login()
	h.ask("POST", "faults", `{"operation":"generate","kind":"http-500","count":2,"after_effect":true}`, 204, nil)
	if got := h.call(OpGenerate, encode(sessionParams(nil))); got.status != 500 || len(h.sim.Sessions()) != 1 {
		t.Errorf("status %d, %d sessions", got.status, len(h.sim.Sessions()))
	}
	var waiting []Fault
	h.ask("GET", "faults", "", 200, &waiting)
	if len(waiting) != 1 || waiting[0].Kind != "http-500" || waiting[0].Count != 1 {
		t.Errorf("waiting: %+v", waiting)
	}
	h.ask("DELETE", "faults", "", 204, nil)
	h.ask("GET", "faults", "", 200, &waiting)
	if waiting == nil || len(waiting) != 0 {
		t.Errorf("waiting: %+v", waiting)
	}
	h.generate(nil)
	var kinds []FaultKind
	h.ask("GET", "faults/kinds", "", 200, &kinds)
	if len(kinds) != len(faultKinds) || kinds[0].Kind == "" || kinds[0].Description == "" || len(kinds[0].Operations) == 0 {
		t.Errorf("kinds %+v", kinds)
	}
	var calls []Call
	h.ask("GET", "calls", "", 200, &calls)
	if len(calls) != 3 || calls[1].Fault != "http-500" || calls[1].HTTPStatus != 500 || calls[1].Code != "" {
		t.Errorf("calls %+v", calls)
	}
	h.ask("POST", "reset", "", 204, nil)
	h.ask("GET", "calls", "", 200, &calls)
	if calls == nil || len(calls) != 0 {
		t.Errorf("calls %+v", calls)
	}
}

func TestControl_behaviour(t *testing.T) {
	t.Parallel()
	h := newServer(t, Config{RateLimit: 500}).login()
	var got map[string]any
	h.ask("POST", "behaviour", `{"after_clear":"blanked","processing_window_seconds":1.5}`, 200, &got)
	h.ask("GET", "behaviour", "", 200, &got)
	if got["after_clear"] != "blanked" || got["processing_window_seconds"] != 1.5 || got["rate_limit"] != 500.0 || got["pending"] != "incomplete" {
		t.Errorf("behaviour %v", got)
	}
	if b := h.sim.Behaviour(); b.ProcessingWindow != 1.5 {
		t.Errorf("behaviour %+v", b)
	}
}

func TestControl_refusesOtherOrigins(t *testing.T) {
	t.Parallel()
	h := newServer(t, Config{}).login()
	made := h.generate(nil)
	calls := len(h.sim.Calls())
	for _, target := range []string{h.base + controlPrefix + "reset", made.URL, h.base + pathOf(OpClear)} {
		for name, value := range map[string]string{"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, target, strings.NewReader("outcome=pass"))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set(name, value)
			got, _, err := h.do(r)
			if err != nil || got.status != http.StatusForbidden {
				t.Errorf("%s with %s: status %d, %v", target, name, got.status, err)
			}
		}
	}
	if session, _ := h.sim.Session(made.SignatureID); session.State != StateIssued || len(h.sim.Calls()) != calls {
		t.Errorf("session %+v, calls %+v", session, h.sim.Calls())
	}
}

func TestControl_newSession(t *testing.T) {
	t.Parallel()
	h := newServer(t, Config{}).login()
	var made map[string]any
	h.ask("POST", "sessions", "", 201, &made)
	if response, _ := h.get(text(made["url"])); response.StatusCode != http.StatusOK {
		t.Errorf("its link: status %d", response.StatusCode)
	}
	params, _ := made["input_parameters"].(map[string]any)
	for name, want := range map[string]string{
		"userId": "sample-user", "region": "PHL", "returnUrl": h.base + "/", "failReturnUrl": h.base + "/",
	} {
		if params[name] != want {
			t.Errorf("%s = %v, want %s", name, params[name], want)
		}
	}
	if len(params) != 5 { // The fifth is bizId.
		t.Errorf("parameters %v", params)
	}
	h.want(OpClear, text(made["signature_id"]), "PARAMETER_ERROR", messageNotFinished) // The API knows it.

	h.ask("POST", "sessions", `{"user_id":"sim-pass","biz_id":"b","region":"IDN","return_url":"app://ok","fail_return_url":"app://no",
		"callback_url":"https://app.example.com/","language":"id","prefers_color_scheme":"dark","iframe_enabled":false,
		"liveness_type":"SILENT","product_level":"PRO","biz_code":"A1"}`, 201, &made)
	want := map[string]any{
		"userId": "sim-pass", "bizId": "b", "region": "IDN", "returnUrl": "app://ok", "failReturnUrl": "app://no",
		"callbackUrl": "https://app.example.com/", "language": "id", "prefersColorScheme": "dark", "iframeEnabled": false,
		"livenessType": "SILENT", "productLevel": "PRO", "bizCode": "A1",
	}
	if diff := cmp.Diff(want, made["input_parameters"]); diff != "" {
		t.Errorf("parameters (-want +got):\n%s", diff)
	}
	if made["state"] != "finished" || made["overall_result"] != "PASS" {
		t.Errorf("session %v", made)
	}
}

func TestControl_sessionDetails(t *testing.T) {
	t.Parallel()
	h := newServer(t, Config{}).login()
	made := h.generate(nil)
	id := made.SignatureID
	session := func() (found struct {
		URL        string
		FinishedAt *time.Time `json:"finished_at"`
		ClearedAt  *time.Time `json:"cleared_at"`
		Score      *float64
		PictureURL *string `json:"picture_url"`
	}) {
		h.ask("GET", "sessions/"+id, "", 200, &found)
		return found
	}
	got := session()
	if got.URL != made.URL || got.FinishedAt != nil || got.ClearedAt != nil || got.Score != nil || got.PictureURL != nil {
		t.Errorf("issued: %+v", got)
	}
	h.finish(id, Outcome{Result: ResultPass, Score: new(77.5)})
	got = session()
	if got.FinishedAt == nil || got.ClearedAt != nil || got.Score == nil || *got.Score != 77.5 || got.PictureURL == nil {
		t.Fatalf("finished: %+v", got)
	}
	picture := *got.PictureURL
	if response, _ := h.get(picture); response.StatusCode != 200 || response.Header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("picture: %+v", response)
	}
	h.want(OpClear, id, "SUCCESS", "OK")
	got = session()
	if got.FinishedAt == nil || got.ClearedAt == nil || got.PictureURL != nil {
		t.Errorf("cleared: %+v", got)
	}
	if response, _ := h.get(picture); response.StatusCode != 404 {
		t.Errorf("picture after the erasure: %+v", response)
	}
}

func TestControl_history(t *testing.T) {
	t.Parallel()
	h := newServer(t, Config{}).login()
	id := h.generate(nil).SignatureID
	h.inject(Fault{Operation: OpResult, Kind: "http-500"})
	h.inject(Fault{Operation: OpResult, Kind: "reset"})
	for range 2 {
		_, _, _ = h.do(h.request(OpResult, resultBody(id)))
	}
	h.finish(id, Outcome{Result: ResultFail})
	h.want(OpClear, id, "SUCCESS", "OK")
	var history []struct{ Time, Kind, Text string }
	h.ask("GET", "sessions/"+id+"/history", "", 200, &history)
	var lines []string
	for _, entry := range history {
		lines = append(lines, entry.Kind+" "+entry.Text)
	}
	want := []string{
		"state created",
		"call generate: SUCCESS, OK",
		"call result: HTTP 500, no envelope (fault http-500)",
		"call result: the connection broke (fault reset)",
		"state finished as FAIL, RISK_STRATEGY_HIT",
		"state personal data erased",
		"call clear: SUCCESS, OK",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}

	for range maxHistory {
		h.sim.store.note(id, HistoryPage, "opened")
	}
	if history, err := h.sim.History(id); err != nil || len(history) != maxHistory || history[0].Kind != HistoryPage {
		t.Errorf("%d entries, %v", len(history), err)
	}
}
