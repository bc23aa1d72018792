package simulator_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// controlPaths are the paths of the control API and the methods that they have.
var controlPaths = map[string][]string{
	"sessions":               {"GET", "POST"},
	"sessions/{id}":          {"DELETE", "GET"},
	"sessions/{id}/finish":   {"POST"},
	"sessions/{id}/history":  {"GET"},
	"sessions/{id}/callback": {"POST"},
	"callbacks":              {"GET"},
	"webhook":                {"GET", "POST"},
	"outcomes":               {"DELETE", "GET", "POST"},
	"clock":                  {"GET", "POST"},
	"faults":                 {"DELETE", "GET", "POST"},
	"faults/kinds":           {"GET"},
	"calls":                  {"GET"},
	"events":                 {"GET"},
	"behaviour":              {"GET", "POST"},
	"reset":                  {"POST"},
}

func TestControlAPI_methods(t *testing.T) {
	t.Parallel()
	c := newLogin(t)
	id := c.generate(nil)
	for path, allowed := range controlPaths {
		path = strings.ReplaceAll(path, "{id}", id)
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
			if slices.Contains(allowed, method) {
				continue
			}
			got := c.control(method, path, "{}", http.StatusMethodNotAllowed)
			c.expectError(got)
			want := strings.Replace(strings.Join(allowed, ", "), "GET", "GET, HEAD", 1)
			if allow := got.header.Get("Allow"); allow != want {
				t.Errorf("%s %s: Allow %q, want %q", method, path, allow, want)
			}
		}
	}
	for _, path := range []string{"", "nothing", "sessions/", "sessions/" + id + "/nothing", "faults/kinds/all"} {
		c.expectError(c.control("GET", path, "", http.StatusNotFound))
	}
}

func TestControlAPI_head(t *testing.T) {
	t.Parallel()
	c := newLogin(t)
	id := c.generate(nil)
	for path, allowed := range controlPaths {
		path = strings.ReplaceAll(path, "{id}", id)
		if !slices.Contains(allowed, "GET") {
			c.control("HEAD", path, "", http.StatusMethodNotAllowed)
			continue
		}
		got := c.control("HEAD", path, "", http.StatusOK)
		if path == "events" { // GET does not end, and so HEAD must.
			c.control("GET", "clock", "", http.StatusOK)
			continue
		}
		want := c.control("GET", path, "", http.StatusOK)
		if got.body != "" || got.header.Get("Content-Type") != want.header.Get("Content-Type") {
			t.Errorf("HEAD %s: %q as %s", path, got.body, got.header.Get("Content-Type"))
		}
	}
}

// expectError checks that an answer is an object with an error text alone.
func (c *client) expectError(got response) {
	c.t.Helper()
	var refused object
	decodeInto(c.t, got.body, &refused)
	if stringIn(c.t, refused, "error"); len(refused) != 1 || got.header.Get("Content-Type") != "application/json" {
		c.t.Errorf("%s as %s, want an error alone", got.body, got.header.Get("Content-Type"))
	}
}

func TestControlAPI_refusedBodies(t *testing.T) {
	t.Parallel()
	c := newLogin(t)
	finish := "sessions/" + c.generate(nil) + "/finish"
	for _, row := range []struct{ path, body, names string }{ // names: what the error tells of
		{finish, ``, "the body: there is none"},
		{finish, `{}`, "result"},
		{finish, `[]`, "it is a JSON array, want an object"},
		{finish, `null`, "result"},
		{finish, `{"result":"pass"}`, "pass"},
		{finish, `{"result":1}`, "result"},
		{finish, `{"result":"PASS","verdict":1}`, "verdict"},
		{finish, `{"result":"PASS"}{}`, ""},
		{finish, `{"result":"PASS"`, ""},
		{finish, `{"result":"PASS","error_code":"ERROR"}`, "PASS"},
		{finish, `{"result":"FAIL","error_code":"SUCCESS"}`, "SUCCESS"},
		{finish, `{"result":"INCOMPLETE","error_code":"SUCCESS"}`, "SUCCESS"},
		{finish, `{"result":"FAIL","score":-1}`, "score"},
		{finish, `{"result":"FAIL","score":100.5}`, "score"},
		{finish, `{"result":"FAIL","score":"12"}`, "score"},
		{finish, `{"result":"FAIL","attack_type":4}`, "attack_type"},
		{"outcomes", `{}`, "result"},
		{"outcomes", `{"result":"DONE"}`, "result"},
		{"outcomes", `{"result":"PASS","score":101}`, "score"},
		{"outcomes", `{"result":"PASS","after_seconds":-1}`, "after_seconds"},
		{"outcomes", `{"result":"PASS","after_seconds":1e30}`, "after_seconds"},
		{"outcomes", `{"result":"PASS","error_code":"ERROR"}`, "ERROR"},
		{"outcomes", `{"result":"PASS","count":0}`, "count"},
		{"outcomes", `{"result":"PASS","count":-1}`, "count"},
		{"outcomes", `{"result":"PASS","count":1.5}`, "count"},
		{"outcomes", `{"result":"PASS","prefix":"a"}`, "prefix"},
		{"clock", `{"advance_seconds":-1}`, "advance_seconds"},
		{"clock", `{"advance_seconds":1e30}`, "advance_seconds"},
		{"clock", `{"advance_seconds":"1h"}`, "advance_seconds"},
		{"clock", `{"skew_seconds":1e30}`, "skew_seconds"},
		{"clock", `{"advance":1}`, "advance"},
		{"clock", `[]`, ""},
		{"faults", `{}`, "operation"},
		{"faults", `{"operation":"token","kind":"fire"}`, "fire"},
		{"faults", `{"operation":"list","kind":"error"}`, "list"},
		{"faults", `{"operation":"token","kind":"error","often":true}`, "often"},
		{"faults", `{"operation":"token","kind":"error","count":"2"}`, "count"},
		{"faults", `{"operation":"token","kind":"error","skip":-1}`, "skip"},
		{"faults", `{"operation":"token","kind":"error","http_status":99}`, "99"},
		{"faults", `{"operation":"token","kind":"error","signature_id":"0"}`, "signature id"},
		{"faults", `{"operation":"token","kind":"envelope"}`, "code"},
		{"faults", `{"operation":"clear","kind":"no-url"}`, "no-url"},
		{"behaviour", `{"after_clear":"gone"}`, "after_clear"},
		{"behaviour", `{"nothing":1}`, "nothing"},
		{"behaviour", `{"rate_limit":-1}`, "rate_limit"},
		{"behaviour", `{"rate_limit_status":503}`, "rate_limit_status"},
		{"behaviour", `{"latency_min_seconds":-1}`, "latency_min_seconds"},
		{"behaviour", `{"latency_min_seconds":1e30}`, "latency_min_seconds"},
		{"behaviour", strings.Repeat(" ", 1<<20) + `{}`, ""},
		{"webhook", `{"url":"ftp://a.example/","secret":"a2V5"}`, "url"},
		{"webhook", `{"url":"https://a.example/","secret":"no base64"}`, "secret"},
		{"webhook", `{"url":"https://a.example/"}`, "secret"},
		{"webhook", `{"url":"https://a.example/","secret":"a2V5","algorithm":"MD5"}`, "algorithm"},
		{"sessions", `{`, ""},
		{"sessions", `{"region":"phl"}`, "REGION_WRONG"},
		{"sessions", `{"return_url":"javascript:alert(1)"}`, "returnUrl"},
		{"sessions", `{"callback_url":"myapp://a"}`, "PARAMETER_ERROR"},
		{"sessions", `{"userId":"a"}`, "userId"},
		{"sessions", `{"user_id":1}`, "user_id"},
		{"sessions", `{"iframe_enabled":"yes"}`, "iframe_enabled"},
	} {
		got := c.control("POST", row.path, row.body, http.StatusBadRequest)
		c.expectError(got)
		if !strings.Contains(got.body, row.names) {
			t.Errorf("POST %s %.60s: %s does not tell of %q", row.path, row.body, got.body, row.names)
		}
		if strings.Contains(got.body, "Go ") {
			t.Errorf("POST %s %.60s: %s speaks of Go", row.path, row.body, got.body)
		}
	}
}

func TestControlAPI_unknownSession(t *testing.T) {
	t.Parallel()
	c := newLogin(t)
	id := c.generate(nil)
	c.finish(id, `{"result":"PASS"}`)
	c.expectError(c.control("POST", "sessions/"+id+"/finish", `{"result":"FAIL"}`, http.StatusConflict))
	c.control("DELETE", "sessions/"+id, "", http.StatusNoContent)
	for path, methods := range controlPaths {
		if !strings.Contains(path, "{id}") {
			continue
		}
		for _, method := range methods {
			c.expectError(c.control(method, strings.ReplaceAll(path, "{id}", id), `{"result":"PASS"}`, http.StatusNotFound))
		}
	}
	c.expect(c.call(resultPath, object{"signatureId": id}), "SIGNATURE_NOT_EXIST", "This signatureId is not exist")
	c.expect(c.clear(id), clearNotExist[0], clearNotExist[1])
}

// TestControlAPI_otherOrigins checks that a page of another origin can change
// nothing, and is granted nothing.
func TestControlAPI_otherOrigins(t *testing.T) {
	t.Parallel()
	c := newLogin(t)
	id := c.generate(nil)
	var session object
	decodeInto(t, c.control("GET", "sessions/"+id, "", 200).body, &session)
	link := stringIn(t, session, "url")
	calls := c.countCalls()
	for _, header := range []object{
		{"Origin": "https://evil.example"},
		{"Origin": "null"},
		{"Sec-Fetch-Site": "cross-site"},
		{"Sec-Fetch-Site": "same-site", "Origin": "http://other.localhost"},
	} {
		for path, methods := range controlPaths {
			for _, method := range methods {
				got := c.send(method, "/simulator/v1/"+strings.ReplaceAll(path, "{id}", id), `{"result":"PASS"}`, header)
				if got.status != http.StatusForbidden {
					t.Errorf("%s %s with %v: %d, want 403", method, path, header, got.status)
				}
				c.expectNoGrant(got)
			}
		}
		header["Content-Type"] = "application/x-www-form-urlencoded"
		if got := c.send("POST", link, "outcome=pass", header); got.status != http.StatusForbidden {
			t.Errorf("the page's form with %v: %d, want 403", header, got.status)
		}
		for _, path := range []string{tokenPath, generatePath, resultPath, clearPath, "/elsewhere"} {
			for _, method := range []string{"POST", "GET", "HEAD", "OPTIONS"} { // Each method counts as a call.
				if got := c.send(method, path, "{}", header); got.status != http.StatusForbidden {
					t.Errorf("%s %s with %v: %d, want 403", method, path, header, got.status)
				}
			}
		}
		for _, path := range []string{"/", link} {
			got := c.send("GET", path, "", header)
			if got.status != http.StatusOK { // Other sites may link to it.
				t.Errorf("GET %s with %v: %d", path, header, got.status)
			}
			c.expectNoGrant(got)
		}
		for _, path := range []string{"/simulator/v1/sessions", "/simulator/v1/behaviour", link} {
			preflight := maps.Clone(header)
			maps.Copy(preflight, object{"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,x-access-token"})
			c.expectNoGrant(c.send("OPTIONS", path, "", preflight))
		}
	}
	if after := c.countCalls(); after != calls {
		t.Errorf("pages of another origin have called the API %d times", after-calls)
	}
	if data := c.result(id); data["errorCode"] != nil {
		t.Errorf("a page of another origin has ended the session: %v", data)
	}
}

// countCalls returns how many API calls there were.
func (c *client) countCalls() int {
	c.t.Helper()
	var calls []object
	decodeInto(c.t, c.control("GET", "calls", "", 200).body, &calls)
	return len(calls)
}

// expectNoGrant checks that an answer lets no page of another origin read it.
func (c *client) expectNoGrant(got response) {
	c.t.Helper()
	for name := range got.header {
		if strings.HasPrefix(name, "Access-Control-") {
			c.t.Errorf("the answer has the header %s", name)
		}
	}
}
