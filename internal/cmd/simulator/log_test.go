package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// liveSession does what a user's flow does, with callbacks to a receiver. It
// returns what must not be in a log, and the signature id.
func liveSession(t *testing.T, base, receiver string) (secrets []string, id string) {
	t.Helper()
	must := func(text string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	timestamp := fmt.Sprint(time.Now().UnixMilli())
	sum := sha256.Sum256([]byte("sampleaccesskey" + "samplesecretkey" + timestamp))
	signature := hex.EncodeToString(sum[:])
	var got struct {
		Data struct{ Token, URL, SignatureID string }
	}
	answer := must(post(t.Context(), base+"/openapi/auth/ticket/v1/generate-token", "",
		`{"accessKey":"sampleaccesskey","timestamp":`+timestamp+`,"signature":"`+signature+`"}`))
	if err := json.Unmarshal([]byte(answer), &got); err != nil {
		t.Fatal(err)
	}
	token := got.Data.Token
	answer = must(post(t.Context(), base+strings.Replace(resultPath, "get-result", "generate-liveness-detection-url", 1), token,
		`{"returnUrl":"https://return.test/?a=return-secret","failReturnUrl":"https://fail.test/","bizId":"biz","userId":"user-secret","region":"PHL",
		"callbackUrl":"`+receiver+`/hook?auth=callback-secret"}`))
	if err := json.Unmarshal([]byte(answer), &got); err != nil {
		t.Fatal(err)
	}
	must(post(t.Context(), base+"/simulator/v1/faults", "", `{"operation":"result","kind":"error","message":"user-secret"}`))
	must(post(t.Context(), base+resultPath, token, `{"signatureId":"`+got.Data.SignatureID+`"}`))
	must(post(t.Context(), base+"/simulator/v1/sessions/"+got.Data.SignatureID+"/finish", "", `{"result":"PASS"}`))
	send(t, http.DefaultClient, http.MethodPost, base+"/unknown", "")
	return []string{signature, token, got.Data.URL, "user-secret", "return-secret", "callback-secret"}, got.Data.SignatureID
}

// logOf returns the log of a program through which a session went.
func logOf(t *testing.T, args ...string) (log string, secrets []string, id string) {
	t.Helper()
	skipOnWindows(t)
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer receiver.Close()
	p := start(t, args...)
	secrets, id = liveSession(t, p.base, receiver.URL)
	log = p.waitFor("attempt 1: received")
	rest, err := p.stop(os.Interrupt)
	if err != nil {
		t.Errorf("exit: %v", err)
	}
	return log + rest, secrets, id
}

func TestProgram_log(t *testing.T) {
	t.Parallel()
	log, secrets, id := logOf(t)
	for _, want := range []string{
		`time=\d\d:\d\d:\d\d msg=call operation=token code=SUCCESS http_status=200 transaction_id=[0-9a-f]{16}`,
		`time=\d\d:\d\d:\d\d msg=call operation=generate code=SUCCESS http_status=200 signature_id=` + id + ` transaction_id=[0-9a-f]{16}`,
		`time=\d\d:\d\d:\d\d msg=call operation=result code=ERROR http_status=200 signature_id=` + id + ` fault=error transaction_id=[0-9a-f]{16}`,
		`time=\d\d:\d\d:\d\d msg=state signature_id=` + id + ` text=.*PASS.*`,
		`time=\d\d:\d\d:\d\d msg=callback signature_id=` + id + ` text="attempt 1: received"`,
		`time=\d\d:\d\d:\d\d msg=call operation="" code=CLIENT_ERROR http_status=200 transaction_id=[0-9a-f]{16}`,
	} {
		if !regexp.MustCompile(`(?m)^` + want + `$`).MatchString(log) {
			t.Errorf("the log has no line %s:\n%s", want, log)
		}
	}
	for _, secret := range secrets {
		if strings.Contains(log, secret) {
			t.Errorf("the log has %q:\n%s", secret, log)
		}
	}
}

func TestProgram_logAsJSON(t *testing.T) {
	t.Parallel()
	log, secrets, id := logOf(t, "-json")
	messages := make(map[string]int)
	for line := range strings.Lines(log) {
		var entry struct {
			Time    time.Time
			Level   string
			Msg     string
			BaseURL string `json:"base_url"`
			ID      string `json:"signature_id"`
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil || entry.Time.IsZero() || entry.Level != "INFO" {
			t.Errorf("line %s: %v", line, err)
		}
		if entry.ID == id {
			messages[entry.Msg]++
		}
		if entry.Msg == "serving" && !strings.HasPrefix(entry.BaseURL, "http://127.0.0.1:") {
			t.Errorf("line %s", line)
		}
	}
	if messages["call"] != 2 || messages["state"] == 0 || messages["callback"] != 1 {
		t.Errorf("lines about the session: %v\n%s", messages, log)
	}
	for _, secret := range secrets {
		if strings.Contains(log, secret) {
			t.Errorf("the log has %q:\n%s", secret, log)
		}
	}
}
