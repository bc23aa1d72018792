package simulator

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// webhookSecret is "secret key" in base64.
const webhookSecret = "c2VjcmV0IGtleQ=="

func TestWebhook_sent(t *testing.T) {
	t.Parallel()
	withReceiver(t, func(t *testing.T, h *harness, v *receiver) {
		var header http.Header
		v.answer = func(n int, r *http.Request) (int, error) {
			header = r.Header
			return []int{302, 500, 199, 204, 200}[n-1], nil
		}
		h.ask("POST", "webhook", `{"url":"https://receiver.example/hook?key=hidden","secret":"`+webhookSecret+`"}`, 200, nil)
		id := h.generate(map[string]any{"userId": "sim-fail"}).SignatureID
		h.generate(map[string]any{"userId": "sim-timeout"})
		time.Sleep(time.Hour)
		v.wantCalls(t, 0, 5, 15, 35)
		if got := header.Get("aai-timestamp"); got != strconv.FormatInt(v.start.Add(35*time.Second).Unix(), 10) {
			t.Errorf("timestamp %q", got)
		}
		want := Webhook{Secret: webhookSecret, Algorithm: WebhookSHA256}.signature(
			header.Get("aai-timestamp"), header.Get("aai-nonce"), []byte(`{"signatureId":"`+id+`","type":"COMPLETED"}`))
		if got := header.Get("aai-signature"); got != want || header.Get("aai-nonce") == "" {
			t.Errorf("signature %q, want %q", got, want)
		}

		// A callback of the session's own has no signature.
		h.login().finish(h.withCallback(), Outcome{Result: ResultPass})
		v.wantCalls(t, 0, 5, 15, 35, 3600)
		if header.Get("aai-signature") != "" {
			t.Errorf("header %v", header)
		}
		h.ask("POST", "webhook", `{"url":""}`, 200, nil)
		h.generate(map[string]any{"userId": "sim-pass"})
		time.Sleep(time.Hour)
		v.wantCalls(t, 0, 5, 15, 35, 3600)
	})
}

// TestWebhook_signature has values that another HMAC implementation made.
func TestWebhook_signature(t *testing.T) {
	t.Parallel()
	for algorithm, want := range map[string]string{
		WebhookSHA256: "wpUTYoQvK3QX+3eKhVD0hUeUUIFjchO8hg7CJbBDtWw=",
		WebhookSHA512: "ZxDWsGMYwmBTOwqKFbMsgZwr/ms+2G7PvWcR0ClwWAWOrchVUc+rEa99ZSWRO1C48fFQe1fkgSEt5/o0LCSvXA==",
	} {
		webhook := Webhook{Secret: webhookSecret, Algorithm: algorithm}
		if got := webhook.signature("1665993522", "0123456789abcdef", []byte(`{"signatureId":"1234567890","type":"COMPLETED"}`)); got != want {
			t.Errorf("%s: %s, want %s", algorithm, got, want)
		}
	}
}

func TestWebhook_milliseconds(t *testing.T) {
	t.Parallel()
	header := make(http.Header)
	webhook := Webhook{Secret: webhookSecret, Algorithm: WebhookSHA512, Timestamp: WebhookMilliseconds}
	webhook.sign(header, time.UnixMilli(1665993522952), nil)
	if got := header.Get("aai-timestamp"); got != "1665993522952" {
		t.Errorf("timestamp %q", got)
	}
}

func TestWebhook_control(t *testing.T) {
	t.Parallel()
	h := newServer(t, Config{})
	for _, body := range []string{
		`{"url":"ftp://receiver.example/","secret":"` + webhookSecret + `"}`,
		`{"url":"https://receiver.example/"}`,
		`{"url":"https://receiver.example/","secret":"not base64"}`,
		`{"url":"https://receiver.example/","secret":"` + webhookSecret + `","algorithm":"MD5"}`,
		`{"url":"https://receiver.example/","secret":"` + webhookSecret + `","timestamp":"days"}`,
		`{"link":""}`,
	} {
		h.ask("POST", "webhook", body, 400, nil)
	}
	h.ask("POST", "webhook", `{"url":"https://receiver.example/hook?key=hidden","secret":"`+webhookSecret+`","algorithm":"HMAC-SHA512","timestamp":"milliseconds"}`, 200, nil)
	_, told := h.get(h.base + controlPrefix + "webhook")
	want := `{"algorithm":"HMAC-SHA512","assumption":"` + webhookAssumption + `","timestamp":"milliseconds","url":"https://receiver.example/hook"}`
	if strings.TrimSpace(told) != want {
		t.Errorf("%s, want %s", told, want)
	}
	h.ask("POST", "reset", "", 204, nil)
	var off map[string]string
	h.ask("GET", "webhook", "", 200, &off)
	if off["url"] != "" || off["algorithm"] != "" {
		t.Errorf("%v", off)
	}
}
