package simulator

import (
	"encoding/base64"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// exchange sends a request over a connection of its own and returns all that
// comes back, HTTP or not.
func (h *harness) exchange(r *http.Request) string {
	h.t.Helper()
	conn, err := (&net.Dialer{}).DialContext(h.t.Context(), "tcp", r.URL.Host)
	if err != nil {
		h.t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		h.t.Fatal(err)
	}
	if err := r.Write(conn); err != nil {
		h.t.Fatal(err)
	}
	var answer strings.Builder
	for buffer := make([]byte, 1<<16); ; {
		n, err := conn.Read(buffer)
		answer.Write(buffer[:n])
		if err != nil {
			return answer.String()
		}
	}
}

func TestFault_quotesSecretsOutsideHTTP(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"no-head", "longer-than-said"} {
		h := newServer(t, Config{}).login()
		params := sessionParams(map[string]any{"callbackUrl": "https://app.example.com/cb?key=1"})
		for _, operation := range []Operation{OpGenerate, OpResult, OpClear} {
			body := encode(params)
			if operation != OpGenerate {
				body = h.generate(params).SignatureID
			}
			if operation == OpResult {
				body = resultBody(body)
			}
			h.inject(Fault{Operation: operation, Kind: kind, AfterEffect: true})
			raw := h.exchange(h.request(operation, body))
			head, rest, isHTTP := strings.Cut(raw, "\r\n\r\n{")
			if isHTTP != (kind == "longer-than-said") || strings.HasPrefix(head, "HTTP/1.1 200 OK\r\n") != isHTTP {
				t.Errorf("%s, %s: %s", kind, operation, raw)
			}
			if !isHTTP {
				rest = raw
			}
			for _, want := range []string{h.token, "user-1", "https://app.example.com/cb?key=1", h.base + pagePrefix} {
				if !strings.Contains(rest, want) {
					t.Errorf("%s, %s: no %s in %s", kind, operation, want, rest)
				}
			}
		}
		if got := len(h.sim.Sessions()); got != 3 {
			t.Errorf("%s: %d sessions", kind, got)
		}
	}
}

func TestFault_quoting(t *testing.T) {
	t.Parallel()
	h := newMemory(t, Config{}).login()
	params := sessionParams(map[string]any{"callbackUrl": "https://app.example.com/cb?key=1"})
	id := h.generate(params).SignatureID
	for operation, body := range map[Operation]string{OpGenerate: encode(params), OpResult: resultBody(id), OpClear: id} {
		h.inject(Fault{Operation: operation, Kind: "quoting"})
		h.want(operation, body, "PARAMETER_ERROR",
			"Refused: user-1 https://app.example.com/ok https://app.example.com/fail https://app.example.com/cb?key=1")
	}
	h.inject(Fault{Operation: OpClear, Kind: "quoting", Code: "OTHER_CODE"})
	if got := h.call(OpClear, id); got.Code != "OTHER_CODE" {
		t.Errorf("code %s", got.Code)
	}
	if got := len(h.sim.Sessions()); got != 1 {
		t.Errorf("%d sessions", got)
	}
	history, err := h.sim.History(id)
	if recorded := encode([]any{h.sim.Calls(), history}); err != nil || strings.Contains(recorded, "user-1") || !strings.Contains(recorded, "Refused") {
		t.Errorf("the record quotes too: %s, %v", recorded, err)
	}
}

// What a refusal with two codes would claim has not happened.
func TestFault_bothCodes(t *testing.T) {
	t.Parallel()
	h := newMemory(t, Config{}).login()
	id := h.generate(map[string]any{"userId": "sim-pass"}).SignatureID
	for kind, recorded := range map[string]string{"code-twice": "", "code-other-case": "PARAMETER_ERROR"} {
		h.inject(Fault{Operation: OpClear, Kind: kind})
		_, body, err := h.do(h.request(OpClear, id))
		if text := string(body); err != nil || !strings.HasPrefix(text, `{"code":"PARAMETER_ERROR","message":"`) || !strings.HasSuffix(text, `:"SUCCESS"}`) {
			t.Errorf("%s: %s, %v", kind, body, err)
		}
		calls := h.sim.Calls()
		if got := calls[len(calls)-1].Code; got != recorded {
			t.Errorf("%s: recorded with code %q, want %q", kind, got, recorded)
		}
		if session, _ := h.sim.Session(id); !session.HoldsPersonalData {
			t.Errorf("%s: the session is %s", kind, session.State)
		}
	}
}

func TestFault_bomTakesEffect(t *testing.T) {
	t.Parallel()
	h := newMemory(t, Config{}).login()
	h.inject(Fault{Operation: OpGenerate, Kind: "bom"})
	_, body, err := h.do(h.request(OpGenerate, encode(sessionParams(nil))))
	if err != nil || !strings.HasPrefix(string(body), "\xef\xbb\xbf{\"code\":\"SUCCESS\"") {
		t.Errorf("%q, %v", body, err)
	}
	if sessions := h.sim.Sessions(); len(sessions) != 1 || !strings.Contains(string(body), sessions[0].SignatureID) {
		t.Errorf("sessions %+v", sessions)
	}
}

func TestFault_idNumber(t *testing.T) {
	t.Parallel()
	h := newMemory(t, Config{}).login()
	h.inject(Fault{Operation: OpGenerate, Kind: "id-number"})
	_, body, err := h.do(h.request(OpGenerate, encode(sessionParams(nil))))
	found := regexp.MustCompile(`"signatureId":(\d{18}),"url":"([^"]*)"`).FindStringSubmatch(string(body))
	if err != nil || found == nil {
		t.Fatalf("%s, %v", body, err)
	}
	id, link := found[1], found[2]
	if calls := h.sim.Calls(); calls[1].SignatureID != id {
		t.Errorf("recorded as %+v", calls[1])
	}
	if got := h.result(id); got["signatureId"] != id {
		t.Errorf("result %v", got)
	}
	if response, _ := h.get(link); response.StatusCode != http.StatusOK {
		t.Errorf("the link gives %d", response.StatusCode)
	}
	if !h.sim.Forget(id) || len(h.sim.store.sessions) != 0 {
		t.Error("the session is known under another id")
	}
	h.inject(Fault{Operation: OpGenerate, Kind: "id-number"})
	h.want(OpGenerate, "{", "CLIENT_ERROR", messageBadRequest) // There is no id.
}

func TestFault_idInvalidUTF8(t *testing.T) {
	t.Parallel()
	h := newMemory(t, Config{}).login()
	h.inject(Fault{Operation: OpGenerate, Kind: "id-invalid-utf8"})
	_, body, err := h.do(h.request(OpGenerate, encode(sessionParams(nil))))
	id := h.sim.Sessions()[0].SignatureID
	if want := `"signatureId":"` + id[:15] + "\xff\""; err != nil || !strings.Contains(string(body), want) {
		t.Errorf("%q, %v, want %q", body, err, want)
	}
}

func TestFault_crossed(t *testing.T) {
	t.Parallel()
	h := newMemory(t, Config{}).login()
	id := h.generate(nil).SignatureID
	h.inject(Fault{Operation: OpResult, Kind: "crossed"})
	got := h.result(id)
	if other := text(got["signatureId"]); other == id || len(other) != len(id) || got["overallResult"] != "PASS" {
		t.Errorf("result %v", got)
	}
	if session, _ := h.sim.Session(id); session.State != StateIssued {
		t.Errorf("session %+v", session)
	}
}

func TestFault_images(t *testing.T) {
	t.Parallel()
	h := newServer(t, Config{}).login()
	id := h.generate(map[string]any{"userId": "sim-pass"}).SignatureID
	result := func(kind string) map[string]any {
		h.inject(Fault{Operation: OpResult, Kind: kind})
		return h.result(id)
	}
	link := text(result("image-url")["selfieUrl"])
	if response, _ := h.get(link); response.StatusCode != http.StatusOK {
		t.Errorf("image-url: %q gives %d", link, response.StatusCode)
	}
	got := result("image-list")
	frames, _ := got["frames"].([]any)
	if len(frames) != 1 || got["faceDetail"] != nil {
		t.Fatalf("image-list: %v", got)
	}
	if picture, err := base64.StdEncoding.DecodeString(text(frames[0])); err != nil || len(picture) <= 256 {
		t.Errorf("image-list: %d bytes, %v", len(picture), err)
	}
	var detail map[string]any
	unmarshal(t, []byte(text(result("image-text")["faceDetail"])), &detail)
	if parsed, err := url.Parse(text(detail["faceImage"])); err != nil || !strings.HasPrefix(parsed.Path, mediaPrefix) {
		t.Errorf("image-text: %v", detail)
	}

	h.sim.SetBehaviour(Behaviour{AfterClear: AfterClearBlanked})
	h.want(OpClear, id, "SUCCESS", "OK")
	if got := result("image-url"); got["selfieUrl"] != nil {
		t.Errorf("image-url after an erasure: %v", got)
	}
}
