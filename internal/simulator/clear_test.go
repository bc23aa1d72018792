package simulator

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestClear_refusesBody(t *testing.T) {
	t.Parallel()
	h := newServer(t, Config{}).login()
	made := h.generate(map[string]any{"userId": "sim-pass"})
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost,
		h.base+pathOf(OpClear)+"?signatureId="+made.SignatureID, strings.NewReader("{}"))
	r.RequestURI = ""
	r.Header.Set("X-ACCESS-TOKEN", h.token)
	got, _, err := h.do(r)
	if err != nil || got.Message != messageBadRequest {
		t.Errorf("got %+v, %v", got, err)
	}
	if session, _ := h.sim.Session(made.SignatureID); session.State != StateFinished {
		t.Errorf("the session is %s", session.State)
	}
}

func TestClear_erases(t *testing.T) {
	t.Parallel()
	for mode, test := range map[string]struct {
		resultCode, againCode, againMessage string
	}{
		AfterClearNotExist: {"SIGNATURE_NOT_EXIST", "PARAMETER_ERROR", messageClearNotExist},
		AfterClearBlanked:  {"SUCCESS", "PARAMETER_ERROR", messageClearNotExist},
		AfterClearSuccess:  {"SUCCESS", "SUCCESS", "OK"},
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			h := newMemory(t, Config{}).login()
			h.sim.SetBehaviour(Behaviour{AfterClear: mode, FaceVideo: FaceVideoLink})
			id := h.generate(map[string]any{"userId": "sim-pass", "callbackUrl": "https://app.example.com/c"}).SignatureID
			if got := h.want(OpClear, id, "SUCCESS", "OK"); string(got.Data) != "null" {
				t.Errorf("data %s", got.Data)
			}
			session, _ := h.sim.Session(id)
			want := map[string]any{"bizId": "order-1", "region": "PHL"}
			if session.State != StateCleared || session.HoldsPersonalData || !cmp.Equal(want, session.InputParameters) {
				t.Errorf("session %+v", session)
			}
			h.want(OpClear, id, test.againCode, test.againMessage)
			got := h.call(OpResult, resultBody(id))
			if got.Code != test.resultCode {
				t.Errorf("get-result says %s", got.Code)
			}
			checkBlanked(t, got.Data)
		})
	}
}

// checkBlanked checks that a result, if there is one, has a verdict and no
// personal data.
func checkBlanked(t *testing.T, data json.RawMessage) {
	t.Helper()
	if string(data) == "null" {
		return
	}
	if text := string(data); strings.Contains(text, "http") || strings.Contains(text, "sim-pass") {
		t.Errorf("personal data is left: %s", text)
	}
	if !strings.Contains(string(data), `"overallResult":"PASS"`) {
		t.Errorf("no verdict: %s", data)
	}
}

func TestClear_processingWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newMemory(t, Config{}).login()
		h.sim.SetBehaviour(Behaviour{ProcessingWindow: 60})
		id := h.generate(map[string]any{"userId": "sim-pass"}).SignatureID
		h.want(OpClear, id, codeInProcessing, messageInProcessing)
		time.Sleep(time.Minute - 1)
		h.want(OpClear, id, codeInProcessing, messageInProcessing)
		if session, _ := h.sim.Session(id); !session.HoldsPersonalData {
			t.Error("erased too early")
		}
		time.Sleep(time.Nanosecond)
		if session, _ := h.sim.Session(id); session.HoldsPersonalData || session.State != StateCleared {
			t.Errorf("session %+v", session)
		}
		h.want(OpClear, id, "SUCCESS", "OK")
		h.want(OpClear, id, "PARAMETER_ERROR", messageClearNotExist)
	})
}
