package simulator

import (
	"net/http"
	"strings"
	"testing"
	"time"
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
		{"GET", "clock", "", 405},
		{"GET", "faults", "", 405},
		{"GET", "reset", "", 405},
		{"POST", "sessions/" + id + "/finish", "", 400},
		{"POST", "sessions/" + id + "/finish", "{}", 400},
		{"POST", "sessions/" + id + "/finish", `{"result":"pass"}`, 400},
		{"POST", "sessions/" + id + "/finish", `{"result":"PASS","verdict":1}`, 400},
		{"POST", "sessions/" + id + "/finish", `{"result":"PASS"}{}`, 400},
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
	h.ask("DELETE", "faults", "", 204, nil)
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
	h := newServer(t, Config{})
	r := h.request(OpToken, "")
	r.URL.Path = controlPrefix + "reset"
	r.Header.Set("Origin", "https://elsewhere.example")
	response, err := h.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusForbidden {
		t.Errorf("status %d", response.StatusCode)
	}
}
