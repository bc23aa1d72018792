package simulator_test

import (
	"bufio"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestControlAPI_outcomes(t *testing.T) {
	t.Parallel()
	c := newLogin(t)
	c.expectJSON(c.control("GET", "outcomes", "", 200), "[]\n")
	for _, outcome := range []string{
		`{"user_id_prefix":"qa-","result":"FAIL","error_code":"RISK_STRATEGY_HIT","score":61.5,"count":2}`,
		`{"user_id_prefix":"qa-slow","result":"PASS","after_seconds":60}`,
		`{"user_id_prefix":"sim-pass-not","result":"FAIL"}`,
		`{"result":"INCOMPLETE","error_code":"ERROR"}`,
	} {
		c.control("POST", "outcomes", outcome, http.StatusNoContent)
	}
	var waiting []object
	decodeInto(t, c.control("GET", "outcomes", "", 200).body, &waiting)
	if len(waiting) != 4 || waiting[0]["user_id_prefix"] != "qa-" || waiting[0]["score"] != 61.5 || waiting[0]["count"] != 2.0 || waiting[1]["after_seconds"] != 60.0 {
		t.Errorf("outcomes %v", waiting)
	}
	for _, row := range []struct {
		user, result string
		code         any
	}{
		{"qa-1", "FAIL", "RISK_STRATEGY_HIT"},
		{"sim-pass-not", "FAIL", "RISK_STRATEGY_HIT"}, // It wins over what the id means by itself.
		{"anybody", "INCOMPLETE", "ERROR"},
		{"anybody", "INCOMPLETE", nil}, // That was for one session.
		{"qa-2", "FAIL", "RISK_STRATEGY_HIT"},
		{"qa-3", "INCOMPLETE", nil}, // That was for two.
	} {
		data := c.result(c.generate(object{"userId": row.user}))
		if data["overallResult"] != row.result || data["errorCode"] != row.code {
			t.Errorf("%s: %v, want %s, %v", row.user, data, row.result, row.code)
		}
		if row.user == "qa-1" && objectIn(t, data, "faceDetail")["faceLivenessScore"] != 61.5 {
			t.Errorf("%s: %v", row.user, data)
		}
	}
	slow := c.generate(object{"userId": "qa-slow"})
	var session object
	decodeInto(t, c.control("GET", "sessions/"+slow, "", 200).body, &session)
	if due := timeIn(t, session, "outcome_due_at"); due.Sub(timeIn(t, session, "created_at")) != time.Minute || session["state"] != "issued" {
		t.Errorf("before the delay has passed: %v", session)
	}
	c.advance(time.Minute)
	if data := c.result(slow); data["overallResult"] != "PASS" {
		t.Errorf("after the delay: %v", data)
	}
	c.control("POST", "outcomes", `{"result":"PASS"}`, 204)
	c.control("DELETE", "outcomes", "", 204)
	c.expectJSON(c.control("GET", "outcomes", "", 200), "[]\n")
	if data := c.result(c.generate(nil)); data["errorCode"] != nil {
		t.Errorf("after DELETE: %v", data)
	}
}

func TestControlAPI_clock(t *testing.T) {
	t.Parallel()
	c := newClient(t)
	clock := func(method, body string) (now, apiNow time.Time) {
		t.Helper()
		var told object
		decodeInto(t, c.control(method, "clock", body, 200).body, &told)
		if len(told) != 2 {
			t.Errorf("clock %v", told)
		}
		return timeIn(t, told, "now"), timeIn(t, told, "api_now")
	}
	for _, row := range []struct {
		method, body string
		ahead, skew  time.Duration
	}{
		{"GET", "", 0, 0},
		{"POST", `{}`, 0, 0},
		{"POST", `{"advance_seconds":3600}`, time.Hour, 0},
		{"POST", `{"skew_seconds":-90}`, time.Hour, -90 * time.Second},
		{"POST", `{"advance_seconds":30.5}`, time.Hour + 30500*time.Millisecond, -90 * time.Second},
		{"GET", "", time.Hour + 30500*time.Millisecond, -90 * time.Second},
		{"POST", `{"skew_seconds":0}`, time.Hour + 30500*time.Millisecond, 0},
	} {
		now, apiNow := clock(row.method, row.body)
		if late := row.ahead - time.Until(now); late < -time.Second || late > time.Minute {
			t.Errorf("%s %s: the clock is ahead by %v, want %v", row.method, row.body, time.Until(now), row.ahead)
		}
		if skew := apiNow.Sub(now).Round(time.Second); skew != row.skew {
			t.Errorf("%s %s: skew %v, want %v", row.method, row.body, skew, row.skew)
		}
	}
	for range 3 { // More than a time.Duration holds.
		now, _ := clock("POST", `{"advance_seconds":3153600000}`)
		if ahead := time.Until(now).Round(time.Hour); ahead != 100*365*24*time.Hour {
			t.Errorf("the clock is ahead by %v, want a century at most", ahead)
		}
	}
}

func TestControlAPI_faults(t *testing.T) {
	t.Parallel()
	c := newLogin(t)
	c.expectJSON(c.control("GET", "faults", "", 200), "[]\n")
	var kinds []object
	decodeInto(t, c.control("GET", "faults/kinds", "", 200).body, &kinds)
	for _, kind := range kinds {
		if operations, ok := kind["operations"].([]any); !ok || len(operations) == 0 || stringIn(t, kind, "kind") == "" || stringIn(t, kind, "description") == "" {
			t.Errorf("kind %v", kind)
		}
	}
	count := func() int {
		var sessions []object
		decodeInto(t, c.control("GET", "sessions", "", 200).body, &sessions)
		return len(sessions)
	}
	generate := func() response {
		return c.send("POST", generatePath, string(encode(t, generateRequest(nil))), object{"Content-Type": "application/json", "X-ACCESS-TOKEN": c.token})
	}
	c.control("POST", "faults", `{"operation":"generate","kind":"http-500","count":2,"after_effect":true}`, 204)
	c.control("POST", "faults", `{"operation":"generate","kind":"http-503"}`, 204)
	var waiting []object
	decodeInto(t, c.control("GET", "faults", "", 200).body, &waiting)
	if len(waiting) != 2 || waiting[0]["count"] != 2.0 || waiting[0]["after_effect"] != true || waiting[1]["kind"] != "http-503" {
		t.Errorf("waiting faults %v", waiting)
	}
	for i, want := range []struct{ status, sessions int }{{500, 1}, {500, 2}, {503, 2}, {200, 3}} {
		if got := generate(); got.status != want.status || count() != want.sessions {
			t.Errorf("call %d: %d with %d sessions, want %v", i, got.status, count(), want)
		}
	}
	c.control("POST", "faults", `{"operation":"generate","kind":"http-500","count":-1}`, 204)
	generate()
	if got := generate(); got.status != 500 {
		t.Errorf("a fault without end: %d", got.status)
	}
	c.control("DELETE", "faults", "", 204)
	if got := generate(); got.status != 200 {
		t.Errorf("after DELETE: %d", got.status)
	}
}

func TestControlAPI_callsAndReset(t *testing.T) {
	t.Parallel()
	c := newLogin(t)
	id := c.generate(nil)
	c.control("POST", "faults", `{"operation":"result","kind":"reset"}`, 204)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.base+resultPath, strings.NewReader(`{"signatureId":"`+id+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Close = true
	if got, err := http.DefaultTransport.RoundTrip(r); err == nil {
		got.Body.Close()
		t.Error("a reset connection gave an answer")
	}
	c.clear(id)
	body := c.control("GET", "calls", "", 200).body
	for _, secret := range []string{accessKey, secretKey, c.token, "token=", "user-1", "order-1", "example.com"} {
		if strings.Contains(body, secret) {
			t.Errorf("the calls tell %q: %s", secret, body)
		}
	}
	var calls []object
	decodeInto(t, body, &calls)
	want := []object{
		{"operation": "token", "code": "SUCCESS", "http_status": 200.0, "signature_id": ""},
		{"operation": "generate", "code": "SUCCESS", "http_status": 200.0, "signature_id": id},
		{"operation": "result", "http_status": 0.0, "signature_id": id, "fault": "reset"},
		{"operation": "clear", "code": "PARAMETER_ERROR", "message": "Transaction is not finished", "http_status": 200.0, "signature_id": id},
	}
	if len(calls) < len(want) {
		t.Fatalf("calls %v", calls)
	}
	calls = slices.DeleteFunc(calls, func(call object) bool { return call["operation"] == "result" && call["fault"] != "reset" }) // The transport's own retry.
	for i, fields := range want {
		timeIn(t, calls[i], "time")
		for name, value := range fields {
			if calls[i][name] != value {
				t.Errorf("call %d: %s = %v, want %v", i, name, calls[i][name], value)
			}
		}
	}

	c.behave(`{"after_clear":"success"}`)
	c.control("POST", "faults", `{"operation":"token","kind":"error","count":-1}`, 204)
	c.control("POST", "outcomes", `{"result":"PASS"}`, 204)
	c.control("POST", "clock", `{"advance_seconds":86400,"skew_seconds":60}`, 200)
	if got := c.control("POST", "reset", "", http.StatusNoContent); got.body != "" {
		t.Errorf("reset answers %q", got.body)
	}
	for _, path := range []string{"sessions", "calls", "faults", "outcomes"} {
		c.expectJSON(c.control("GET", path, "", 200), "[]\n")
	}
	if body := c.control("GET", "behaviour", "", 200).body; !strings.Contains(body, `"after_clear":"not-exist"`) {
		t.Errorf("behaviour after a reset: %s", body)
	}
	if ahead := c.ahead(); ahead.Abs() > time.Minute {
		t.Errorf("after a reset the clock is ahead by %v", ahead)
	}
	c.expect(c.call(resultPath, object{"signatureId": id}), "IAM_FAILED", "Token not found or expired")
}

func TestControlAPI_behaviour(t *testing.T) {
	t.Parallel()
	c := newClient(t)
	var before, after object
	decodeInto(t, c.control("GET", "behaviour", "", 200).body, &before)
	decodeInto(t, c.control("POST", "behaviour", `{"face_video":"PENDING","rate_limit":50}`, 200).body, &after)
	before["face_video"], before["rate_limit"] = "PENDING", 50.0
	if !maps.Equal(before, after) {
		t.Errorf("behaviour %v, want %v", after, before)
	}
}

// TestControlAPI_events reads the stream of server-sent events.
func TestControlAPI_events(t *testing.T) {
	t.Parallel()
	c := newClient(t)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.base+"/simulator/v1/events", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	if contentType := stream.Header.Get("Content-Type"); contentType != "text/event-stream" {
		t.Errorf("content type %q", contentType)
	}
	lines := bufio.NewScanner(stream.Body)
	// next returns the data of the next event with this name.
	next := func(name string) string {
		t.Helper()
		for lines.Scan() {
			if lines.Text() == "event: "+name && lines.Scan() {
				data, found := strings.CutPrefix(lines.Text(), "data: ")
				if !found {
					t.Fatalf("event %s without data: %q", name, lines.Text())
				}
				return data
			}
		}
		t.Fatalf("no event %s: %v", name, lines.Err())
		return ""
	}
	var told object
	lines.Scan() // It has begun.
	c.login()
	decodeInto(t, next("call"), &told)
	if told["operation"] != "token" || told["code"] != "SUCCESS" {
		t.Errorf("call %v", told)
	}
	id := c.generate(nil)
	decodeInto(t, next("session"), &told)
	if told["signature_id"] != id || told["state"] != "issued" {
		t.Errorf("session %v", told)
	}
	c.finish(id, `{"result":"PASS"}`)
	for told["state"] == "issued" { // An event tells the newest state, and so can come twice.
		told = nil
		decodeInto(t, next("session"), &told)
	}
	if told["state"] != "finished" || told["overall_result"] != "PASS" {
		t.Errorf("session %v", told)
	}
	for _, step := range []struct{ event, method, path, body, data string }{
		{"faults", "POST", "faults", `{"operation":"clear","kind":"error"}`, `"kind":"error"`},
		{"outcomes", "POST", "outcomes", `{"result":"PASS"}`, `"result":"PASS"`},
		{"clock", "POST", "clock", `{"advance_seconds":1}`, `"api_now"`},
		{"behaviour", "POST", "behaviour", `{"pending":"null-data"}`, `"pending":"null-data"`},
		{"forgotten", "DELETE", "sessions/" + id, "", id},
		{"reset", "POST", "reset", "", "{}"},
	} {
		c.send(step.method, "/simulator/v1/"+step.path, step.body, nil)
		if data := next(step.event); !strings.Contains(data, step.data) {
			t.Errorf("event %s: %s, want %s", step.event, data, step.data)
		}
	}
}
