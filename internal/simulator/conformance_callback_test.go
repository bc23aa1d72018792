package simulator_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"
)

// notification is what a receiver of callbacks was sent.
type notification struct {
	method, query, contentType, body string
	header                           http.Header
}

// newReceiver starts a receiver of callbacks. It answers each with the next of
// the statuses, and the last one over and over.
func newReceiver(t *testing.T, statuses ...int) (url string, received <-chan notification) {
	t.Helper()
	notifications := make(chan notification, 100)
	next := make(chan int, len(statuses))
	for _, status := range statuses {
		next <- status
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		status := <-next
		if len(next) == 0 {
			next <- status
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		notifications <- notification{r.Method, r.URL.RawQuery, r.Header.Get("Content-Type"), string(body), r.Header}
	}))
	t.Cleanup(server.Close)
	return server.URL, notifications
}

// deliveries returns what the control API tells of callbacks.
func (c *client) deliveries() []object {
	c.t.Helper()
	var all []object
	decodeInto(c.t, c.control("GET", "callbacks", "", 200).body, &all)
	return all
}

// waitForDeliveries waits until there are n.
func (c *client) waitForDeliveries(n int) []object {
	c.t.Helper()
	for {
		if all := c.deliveries(); len(all) >= n {
			return all
		}
	}
}

func TestConformance_callback(t *testing.T) {
	t.Parallel()
	receiver, received := newReceiver(t, 200)
	c := newLogin(t)
	callback := receiver + "/hook?auth=hidden&b=%2F"
	for _, outcome := range []string{`{"result":"INCOMPLETE"}`, `{"result":"INCOMPLETE","error_code":"ERROR"}`} {
		c.finish(c.generate(object{"callbackUrl": callback}), outcome)
	}
	c.generate(object{"callbackUrl": callback, "userId": "sim-timeout"})
	want := make(map[string]bool)
	for _, outcome := range []string{`{"result":"PASS"}`, `{"result":"FAIL"}`, `{"result":"FAIL","score":3}`} {
		id := c.generate(object{"callbackUrl": callback})
		c.finish(id, outcome)
		want[`{"signatureId":"`+id+`","type":"COMPLETED"}`] = true
	}
	want[`{"signatureId":"`+c.generate(object{"callbackUrl": callback, "userId": "sim-pass"})+`","type":"COMPLETED"}`] = true
	for range len(want) {
		got := <-received
		if !want[strings.TrimSpace(got.body)] || got.method != "POST" || got.query != "auth=hidden&b=%2F" || got.contentType != "application/json" {
			t.Errorf("§7.1: received %+v, want one of %v", got, want)
		}
		delete(want, strings.TrimSpace(got.body))
	}
	for _, delivery := range c.waitForDeliveries(4) {
		timeIn(t, delivery, "time")
		id := stringIn(t, delivery, "signature_id")
		if delivery["attempt"] != 1.0 || delivery["http_status"] != 200.0 || delivery["error"] != "" || delivery["next_attempt_at"] != nil || delivery["url"] != receiver+"/hook" {
			t.Errorf("delivery %v", delivery)
		}
		if c.result(id)["overallResult"] == "INCOMPLETE" {
			t.Errorf("§7.1: a callback for an INCOMPLETE: %v", delivery)
		}
	}
	if n := len(c.deliveries()); n != 4 {
		t.Errorf("§7.1: %d callbacks, want 4", n)
	}
}

// TestConformance_callbackRetry has what API §7.1 says of answers that are not
// 200, whatever they mean elsewhere.
func TestConformance_callbackRetry(t *testing.T) {
	t.Parallel()
	for _, status := range []int{204, 302, 404, 500} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			t.Parallel()
			receiver, received := newReceiver(t, status, 200)
			c := newLogin(t)
			id := c.generate(object{"callbackUrl": receiver + "/hook", "userId": "sim-pass"})
			first, second := <-received, <-received
			if first.body != second.body || !strings.Contains(first.body, id) {
				t.Errorf("§7.1: received %v, then %v", first, second)
			}
			all := c.waitForDeliveries(2)
			if all[0]["http_status"] != float64(status) || all[0]["error"] == "" || all[1]["http_status"] != 200.0 || all[1]["attempt"] != 2.0 || all[1]["error"] != "" {
				t.Errorf("§7.1: deliveries %v", all)
			}
			timeIn(t, all[0], "next_attempt_at")
		})
	}
}

func TestConformance_callbackUnreachable(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	c := newLogin(t)
	id := c.generate(object{"callbackUrl": server.URL + "/hook?auth=hidden", "userId": "sim-pass"})
	delivery := c.waitForDeliveries(1)[0]
	if delivery["http_status"] != 0.0 || delivery["error"] == "" || delivery["next_attempt_at"] == nil {
		t.Errorf("§7.1: delivery %v", delivery)
	}
	for _, path := range []string{"callbacks", "calls", "sessions/" + id + "/history"} {
		if body := c.control("GET", path, "", 200).body; strings.Contains(body, "hidden") {
			t.Errorf("%s tells of the query: %s", path, body)
		}
	}
}

func TestConformance_callbackDuplicates(t *testing.T) {
	t.Parallel()
	receiver, received := newReceiver(t, 200)
	c := newLogin(t)
	c.behave(`{"callback":"twice"}`)
	c.generate(object{"callbackUrl": receiver, "userId": "sim-fail"})
	if first, second := <-received, <-received; first.body != second.body {
		t.Errorf("§12 item 9: received %v and %v", first, second)
	}
}

func TestControlAPI_sendCallback(t *testing.T) {
	t.Parallel()
	receiver, received := newReceiver(t, 200)
	c := newLogin(t)
	id := c.generate(object{"callbackUrl": receiver})
	var sent object
	decodeInto(t, c.control("POST", "sessions/"+id+"/callback", "", http.StatusAccepted).body, &sent)
	if sent["signature_id"] != id || sent["attempt"] != 1.0 {
		t.Errorf("delivery %v", sent)
	}
	if got := <-received; !strings.Contains(got.body, id) {
		t.Errorf("received %v", got)
	}
	without := c.generate(nil)
	c.expectError(c.control("POST", "sessions/"+without+"/callback", "", http.StatusConflict))
}

// TestConformance_webhook has what is certain of API §7.2: whom the webhook is
// for, and the names of its headers. What is signed is an assumption, which the
// control API tells.
func TestConformance_webhook(t *testing.T) {
	t.Parallel()
	receiver, received := newReceiver(t, 201) // Any 2xx will do.
	c := newLogin(t)
	secret := base64.StdEncoding.EncodeToString([]byte("webhook-key"))
	told := c.control("POST", "webhook", `{"url":"`+receiver+`/account?a=hidden","secret":"`+secret+`"}`, 200).body + c.control("GET", "webhook", "", 200).body
	if strings.Contains(told, secret) || strings.Contains(told, "hidden") || !strings.Contains(told, "assumption") {
		t.Errorf("the control API tells %s", told)
	}
	other, receivedByOther := newReceiver(t, 200)
	c.generate(object{"callbackUrl": other, "userId": "sim-pass"})
	<-receivedByOther
	id := c.generate(object{"userId": "sim-pass"})
	got := <-received
	if !strings.Contains(got.body, id) {
		t.Errorf("§7.2: received %v, want one about the session without a callbackUrl", got)
	}
	timestamp, nonce := got.header.Get("aai-timestamp"), got.header.Get("aai-nonce")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || time.Since(time.Unix(seconds, 0)).Abs() > time.Minute || nonce == "" {
		t.Errorf("§7.2: headers %v", got.header)
	}
	mac := hmac.New(sha256.New, []byte("webhook-key"))
	mac.Write([]byte(timestamp + "\n" + nonce + "\n" + got.body))
	if want := base64.StdEncoding.EncodeToString(mac.Sum(nil)); got.header.Get("aai-signature") != want {
		t.Errorf("aai-signature %q, want %q", got.header.Get("aai-signature"), want)
	}
	all := c.waitForDeliveries(2)
	if last := all[len(all)-1]; last["error"] != "" || last["next_attempt_at"] != nil {
		t.Errorf("§7.2: delivery %v", last)
	}
}
