package simulator_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestControlAPI_session follows the object of a session through its states.
func TestControlAPI_session(t *testing.T) {
	t.Parallel()
	c := newLogin(t)
	c.expectJSON(c.control("GET", "sessions", "", 200), "[]\n")
	id := c.generate(object{"language": "th"})
	get := func() object {
		var session object
		decodeInto(t, c.control("GET", "sessions/"+id, "", 200).body, &session)
		var all []object
		decodeInto(t, c.control("GET", "sessions", "", 200).body, &all)
		if len(all) != 1 || !slices.Equal(slices.Sorted(maps.Keys(all[0])), slices.Sorted(maps.Keys(session))) {
			t.Errorf("the list has %v, want an object as %v", all, session)
		}
		return session
	}
	check := func(session, want object) {
		t.Helper()
		for name, value := range want {
			if got, ok := session[name]; !ok || got != value {
				t.Errorf("%s = %v, want %v", name, got, value)
			}
		}
	}

	issued := get()
	check(issued, object{
		"signature_id": id, "state": "issued", "overall_result": "", "error_code": "", "holds_personal_data": false,
		"finished_at": nil, "cleared_at": nil, "outcome_due_at": nil, "score": nil, "picture_url": nil,
	})
	created, expires := timeIn(t, issued, "created_at"), timeIn(t, issued, "expires_at")
	if expires.Sub(created) != time.Hour || time.Since(created).Abs() > time.Minute {
		t.Errorf("created at %v, expires at %v", created, expires)
	}
	if got := c.send("GET", stringIn(t, issued, "url"), "", nil); got.status != 200 {
		t.Errorf("the session's url gives %d", got.status)
	}
	params := objectIn(t, issued, "input_parameters")
	if want := generateRequest(object{"language": "th"}); !maps.Equal(params, want) {
		t.Errorf("input_parameters %v, want %v", params, want)
	}

	var answered object
	decodeInto(t, c.control("POST", "sessions/"+id+"/finish", `{"result":"FAIL","error_code":null,"score":7.5}`, 200).body, &answered)
	finished := get()
	for _, session := range []object{answered, finished} {
		check(session, object{"state": "finished", "overall_result": "FAIL", "error_code": "LIVENESS_ATTACK", "holds_personal_data": true, "score": 7.5, "cleared_at": nil})
	}
	timeIn(t, finished, "finished_at")
	picture := stringIn(t, finished, "picture_url")
	c.expectFile(picture, 200)

	c.expect(c.clear(id), "SUCCESS", "OK")
	cleared := get()
	check(cleared, object{"state": "cleared", "overall_result": "FAIL", "holds_personal_data": false, "picture_url": nil})
	timeIn(t, cleared, "cleared_at")
	c.expectFile(picture, 404)
	if params := objectIn(t, cleared, "input_parameters"); params["userId"] != nil || params["returnUrl"] != nil || params["region"] != "PHL" {
		t.Errorf("input_parameters after an erasure: %v", params)
	}
	var history []object
	decodeInto(t, c.control("GET", "sessions/"+id+"/history", "", 200).body, &history)
	var kinds []string
	for _, entry := range history {
		timeIn(t, entry, "time")
		kinds = append(kinds, stringIn(t, entry, "kind"))
		if text := stringIn(t, entry, "text"); strings.Contains(text, "user-1") || strings.Contains(text, "example.com") {
			t.Errorf("the history tells %q", text)
		}
	}
	for _, kind := range []string{"call", "state"} {
		if !slices.Contains(kinds, kind) {
			t.Errorf("the history has the kinds %v, want %s too", kinds, kind)
		}
	}
}

func (c *client) expectJSON(got response, want string) {
	c.t.Helper()
	if got.body != want || got.header.Get("Content-Type") != "application/json" {
		c.t.Errorf("%q as %q, want %q", got.body, got.header.Get("Content-Type"), want)
	}
}

// timeIn returns a field that must be a time in RFC 3339.
func timeIn(t *testing.T, fields object, name string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, stringIn(t, fields, name))
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
	return at
}

func TestControlAPI_sampleSession(t *testing.T) {
	t.Parallel()
	c := newLogin(t)
	for _, row := range []struct {
		body string
		want object // of input_parameters
	}{
		{``, object{"region": "PHL", "userId": "sample-user", "returnUrl": c.base + "/", "failReturnUrl": c.base + "/"}},
		{`{}`, object{"region": "PHL"}},
		{
			`{"user_id":"u","biz_id":"b","region":"NGA","return_url":"myapp://ok","fail_return_url":"https://a.example/","callback_url":"https://a.example/c",
			"language":"fil","prefers_color_scheme":"dark","iframe_enabled":true,"liveness_type":"SILENT","product_level":"PRO","biz_code":"C1"}`,
			object{
				"userId": "u", "bizId": "b", "region": "NGA", "returnUrl": "myapp://ok", "failReturnUrl": "https://a.example/", "callbackUrl": "https://a.example/c",
				"language": "fil", "prefersColorScheme": "dark", "iframeEnabled": true, "livenessType": "SILENT", "productLevel": "PRO", "bizCode": "C1",
			},
		},
	} {
		var made object
		decodeInto(t, c.control("POST", "sessions", row.body, http.StatusCreated).body, &made)
		params := objectIn(t, made, "input_parameters")
		for name, want := range row.want {
			if params[name] != want {
				t.Errorf("%s: %s = %v, want %v", row.body, name, params[name], want)
			}
		}
		for _, name := range []string{"userId", "bizId", "region", "returnUrl", "failReturnUrl"} {
			stringIn(t, params, name)
		}
		if made["state"] != "issued" || c.send("GET", stringIn(t, made, "url"), "", nil).status != 200 {
			t.Errorf("session %v", made)
		}
		c.result(stringIn(t, made, "signature_id")) // The API knows it too.
	}
}
