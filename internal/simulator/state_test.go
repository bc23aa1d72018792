package simulator

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"image/jpeg"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTokenExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newMemory(t, Config{}).login()
		first := h.token
		h.login()
		if first == h.token {
			t.Error("two tokens are the same")
		}
		h.token = first // Still good beside the second.
		made := h.generate(nil)
		time.Sleep(time.Hour - time.Millisecond)
		h.want(OpResult, resultBody(made.SignatureID), "SUCCESS", "OK")
		time.Sleep(time.Millisecond)
		h.want(OpResult, resultBody(made.SignatureID), "IAM_FAILED", messageTokenExpired)
		h.login().result(made.SignatureID)
		h.sim.RevokeTokens()
		h.want(OpResult, resultBody(made.SignatureID), "IAM_FAILED", messageTokenExpired)
	})
}

func TestTimestampWindowIsInclusive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newMemory(t, Config{})
		for distance, code := range map[time.Duration]string{
			300 * time.Second:          "SUCCESS",
			300_001 * time.Millisecond: "PARAMETER_ERROR",
		} {
			for _, at := range []time.Duration{distance, -distance} {
				if got := h.call(OpToken, tokenBody(time.Now().Add(at))); got.Code != code {
					t.Errorf("at %v: %s, want %s", at, got.Code, code)
				}
			}
		}
	})
}

func TestLinkExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newMemory(t, Config{LinkLifetime: 30 * time.Minute}).login()
		start := time.Now()
		made := h.generate(nil)
		if want := start.Add(30 * time.Minute).UnixMilli(); made.ExpiredTime != want {
			t.Errorf("expiredTime %d, want %d", made.ExpiredTime, want)
		}
		time.Sleep(30*time.Minute - time.Nanosecond)
		got := h.result(made.SignatureID)
		if got["overallResult"] != "INCOMPLETE" || got["idvResult"] != "INCOMPLETE" || got["errorCode"] != nil {
			t.Errorf("pending: %v", got)
		}
		h.want(OpClear, made.SignatureID, "PARAMETER_ERROR", messageNotFinished)
		h.sim.Advance(-time.Hour) // Does nothing.
		h.sim.Advance(time.Nanosecond)
		got = h.result(made.SignatureID)
		if got["overallResult"] != "INCOMPLETE" || got["errorCode"] != "USER_TIMEOUT" || got["faceDetail"] != nil {
			t.Errorf("expired: %v", got)
		}
		if err := h.sim.Finish(made.SignatureID, Outcome{Result: ResultPass}); !errors.Is(err, ErrAlreadyFinished) {
			t.Errorf("Finish = %v", err)
		}
		h.want(OpClear, made.SignatureID, "SUCCESS", "OK")
		if session, _ := h.sim.Session(made.SignatureID); session.State != StateCleared || session.ErrorCode != "USER_TIMEOUT" {
			t.Errorf("session: %+v", session)
		}
	})
}

func TestMagicUsers(t *testing.T) {
	t.Parallel()
	for userID, want := range map[string]Session{
		"sim-pass":      {State: StateFinished, OverallResult: "PASS", ErrorCode: "SUCCESS", HoldsPersonalData: true},
		"sim-pass-7":    {State: StateFinished, OverallResult: "PASS", ErrorCode: "SUCCESS", HoldsPersonalData: true},
		"sim-fail":      {State: StateFinished, OverallResult: "FAIL", ErrorCode: "RISK_STRATEGY_HIT", HoldsPersonalData: true},
		"sim-attack":    {State: StateFinished, OverallResult: "FAIL", ErrorCode: "LIVENESS_ATTACK", HoldsPersonalData: true},
		"sim-timeout-x": {State: StateFinished, OverallResult: "INCOMPLETE", ErrorCode: "USER_TIMEOUT"},
		"a-sim-pass":    {State: StateIssued},
	} {
		h := newMemory(t, Config{}).login()
		made := h.generate(map[string]any{"userId": userID})
		got, ok := h.sim.Session(made.SignatureID)
		if !ok {
			t.Fatalf("%s: no session", userID)
		}
		want.SignatureID = made.SignatureID
		want.CreatedAt, want.ExpiresAt = got.CreatedAt, got.CreatedAt.Add(time.Hour)
		want.InputParameters = sessionParams(map[string]any{"userId": userID})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", userID, diff)
		}
	}
}

func TestSkew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newMemory(t, Config{})
		h.sim.SetSkew(-10 * time.Minute)
		refused := h.want(OpToken, tokenBody(time.Now()), "PARAMETER_ERROR", messageTimestamp)
		date, err := http.ParseTime(refused.header.Get("Date"))
		if err != nil || !date.Equal(time.Now().Add(-10*time.Minute)) {
			t.Errorf("Date %v, %v", date, err)
		}
		got := h.want(OpToken, tokenBody(date), "SUCCESS", "OK")
		var data struct {
			Token       string
			ExpiredTime int64
		}
		unmarshal(t, got.Data, &data)
		if want := date.Add(time.Hour).UnixMilli(); data.ExpiredTime != want {
			t.Errorf("expiredTime %d, want %d", data.ExpiredTime, want)
		}
		h.token = data.Token
		made := h.generate(nil)
		if want := date.Add(time.Hour).UnixMilli(); made.ExpiredTime != want {
			t.Errorf("link's expiredTime %d, want %d", made.ExpiredTime, want)
		}
		if session, _ := h.sim.Session(made.SignatureID); !session.ExpiresAt.Equal(time.Now().Add(time.Hour)) {
			t.Errorf("expires at %v", session.ExpiresAt)
		}
		h.sim.SetSkew(10 * time.Minute) // Tokens and links live on.
		time.Sleep(time.Hour - time.Second)
		if got := h.result(made.SignatureID); got["errorCode"] != nil {
			t.Errorf("result: %v", got)
		}
	})
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		outcome Outcome
		want    map[string]any // of data and, after a dot, of faceDetail
	}{
		"pass": {Outcome{Result: "PASS"}, map[string]any{
			"overallResult": "PASS", "errorCode": "SUCCESS", ".faceResult": "PASS", ".faceLivenessScore": 99.0, ".livenessAttackType": nil,
		}},
		"fail": {Outcome{Result: "FAIL"}, map[string]any{
			"overallResult": "FAIL", "errorCode": "RISK_STRATEGY_HIT", ".faceResult": "PASS", ".faceLivenessScore": 87.5, ".livenessAttackType": nil,
		}},
		"attack by score": {Outcome{Result: "FAIL", Score: new(3.25)}, map[string]any{
			"errorCode": "LIVENESS_ATTACK", ".faceResult": "FAIL", ".faceLivenessScore": 3.25, ".livenessAttackType": 1.0,
		}},
		"injection": {Outcome{Result: "FAIL", ErrorCode: "LIVENESS_ATTACK", AttackType: new(2)}, map[string]any{
			".faceLivenessScore": 12.5, ".livenessAttackType": 2.0,
		}},
		"own code":   {Outcome{Result: "FAIL", ErrorCode: "NEW_CODE"}, map[string]any{"errorCode": "NEW_CODE"}},
		"incomplete": {Outcome{Result: "INCOMPLETE", ErrorCode: "ERROR"}, map[string]any{"overallResult": "INCOMPLETE", "errorCode": "ERROR", "faceDetail": nil}},
		"incomplete with a capture": {Outcome{Result: "INCOMPLETE", Captured: new(true), FlowCategory: "ACTION"}, map[string]any{
			"errorCode": "USER_TIMEOUT", ".livenessFlowCategory": "ACTION",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newMemory(t, Config{}).login()
			id := h.generate(nil).SignatureID
			h.finish(id, test.outcome)
			data := h.result(id)
			detail, _ := data["faceDetail"].(map[string]any)
			for key, want := range test.want {
				got := data[key]
				if name, ok := strings.CutPrefix(key, "."); ok {
					got = detail[name]
				}
				if !cmp.Equal(want, got) {
					t.Errorf("%s = %v, want %v", key, got, want)
				}
			}
			session, _ := h.sim.Session(id)
			if session.HoldsPersonalData != (detail != nil) {
				t.Errorf("holds personal data: %v", session.HoldsPersonalData)
			}
		})
	}
}

func TestFinishRefuses(t *testing.T) {
	t.Parallel()
	h := newMemory(t, Config{}).login()
	id := h.generate(nil).SignatureID
	for _, outcome := range []Outcome{
		{},
		{Result: "pass"},
		{Result: "PASS", ErrorCode: "ERROR"},
		{Result: "FAIL", ErrorCode: "SUCCESS"},
		{Result: "INCOMPLETE", ErrorCode: "SUCCESS"},
		{Result: "FAIL", Score: new(-1.0)},
		{Result: "FAIL", Score: new(100.5)},
		{Result: "FAIL", AttackType: new(4)},
	} {
		if err := h.sim.Finish(id, outcome); err == nil {
			t.Errorf("Finish(%+v) worked", outcome)
		}
	}
	if err := h.sim.Finish("none", Outcome{Result: "PASS"}); !errors.Is(err, ErrUnknownSession) {
		t.Errorf("Finish of nothing: %v", err)
	}
}

func TestResultShapes(t *testing.T) {
	t.Parallel()
	full := []string{
		"auditImageUrl", "eventDetails", "faceImage", "faceImageFar", "faceImageFarTime", "faceImageNear", "faceImageNearTime",
		"faceImageTime", "faceLivenessScore", "faceResult", "faceVideoUrl", "livenessAttackType", "livenessFlowCategory",
		"livenessType", "silentImage", "silentImageTime",
	}
	small := []string{"auditImageUrl", "eventDetails", "faceImageFar", "faceImageNear", "faceLivenessScore", "faceResult"}
	for shape, want := range map[string][]string{FaceDetailFull: full, FaceDetailSmall: small} {
		h := newMemory(t, Config{}).login()
		h.sim.SetBehaviour(Behaviour{FaceDetail: shape, EventTime: EventTimeTimestmap})
		detail := h.faceDetail(h.generate(map[string]any{"userId": "sim-pass"}).SignatureID)
		for _, name := range want {
			if _, ok := detail[name]; !ok {
				t.Errorf("%s: no %s", shape, name)
			}
		}
		if len(detail) != len(want) {
			t.Errorf("%s: %v", shape, detail)
		}
		if events := encode(detail["eventDetails"]); !strings.Contains(events, `"createTimestmap":`) {
			t.Errorf("events: %s", events)
		}
	}
}

func TestPendingShapes(t *testing.T) {
	t.Parallel()
	h := newMemory(t, Config{}).login()
	id := h.generate(nil).SignatureID
	h.sim.SetBehaviour(Behaviour{Pending: PendingNullData})
	if got := h.want(OpResult, resultBody(id), "SUCCESS", "OK"); string(got.Data) != "null" {
		t.Errorf("data %s", got.Data)
	}
	h.sim.SetBehaviour(Behaviour{Pending: PendingNullResult})
	got := h.result(id)
	if result, ok := got["overallResult"]; !ok || result != nil || got["idvResult"] != nil || got["errorCode"] != nil {
		t.Errorf("data %v", got)
	}
}

func TestEcho(t *testing.T) {
	t.Parallel()
	sent := sessionParams(map[string]any{"livenessType": "login", "iframeEnabled": true, "ignoreFailWhenJump": true, "language": "fil"})
	documented := sessionParams(map[string]any{"ignoreFailWhenJump": false, "language": "fil"})
	all := sessionParams(map[string]any{"ignoreFailWhenJump": false, "language": "fil", "livenessType": "login", "iframeEnabled": true})
	h := newMemory(t, Config{}).login()
	id := h.generate(sent).SignatureID
	for mode, want := range map[string]any{"": documented, EchoDocumented: documented, EchoAll: all, EchoNone: nil} {
		h.sim.SetBehaviour(Behaviour{EchoParameters: mode})
		got := h.result(id)
		if diff := cmp.Diff(want, got["inputParameters"]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", mode, diff)
		}
		if got["countryCodeIso3"] != "PHL" {
			t.Errorf("country %v", got["countryCodeIso3"])
		}
	}
}

func TestMessageDrift(t *testing.T) {
	t.Parallel()
	h := newMemory(t, Config{}).login()
	h.sim.SetBehaviour(Behaviour{MessageDrift: true})
	h.want(OpClear, "none", "PARAMETER_ERROR", "signatureId is not exist.")
	h.want(OpGenerate, encode(sessionParams(map[string]any{"callbackUrl": "a"})), "PARAMETER_ERROR", "Parameter error, please check you input")
	id := h.generateDrifted()
	h.want(OpClear, id, "PARAMETER_ERROR", "The transaction is not finished.")
}

// generateDrifted makes a session where SUCCESS does not say "OK".
func (h *harness) generateDrifted() string {
	h.t.Helper()
	got := h.call(OpGenerate, encode(sessionParams(nil)))
	var made link
	unmarshal(h.t, got.Data, &made)
	return made.SignatureID
}

func TestImages(t *testing.T) {
	t.Parallel()
	for livenessType, fields := range map[string][]string{
		"DISTANT_NEAR": {"faceImage", "faceImageFar", "faceImageNear"},
		"login":        {"faceImage", "faceImageFar", "faceImageNear"},
		"SILENT":       {"faceImage", "silentImage"},
		"ACTION":       {"faceImage", "silentImage"},
	} {
		t.Run(livenessType, func(t *testing.T) {
			t.Parallel()
			h := newServer(t, Config{}).login()
			id := h.generate(map[string]any{"userId": "sim-pass", "livenessType": livenessType}).SignatureID
			first, second := h.faceDetail(id), h.faceDetail(id)
			for _, name := range []string{"faceImage", "faceImageFar", "faceImageNear", "silentImage"} {
				url, _ := first[name].(string)
				if url == "" {
					continue
				}
				fields = fields[1:]
				if url == second[name] {
					t.Errorf("%s is the same link twice", name)
				}
				response, body := h.get(url)
				if _, err := jpeg.Decode(strings.NewReader(body)); err != nil || response.Header.Get("Content-Type") != "image/jpeg" {
					t.Errorf("%s: %v, %v", name, err, response.Header)
				}
				if response, _ := h.get(url + "0"); response.StatusCode != http.StatusNotFound {
					t.Errorf("a changed link gives %d", response.StatusCode)
				}
				if response, _ := h.fetch(http.MethodDelete, url, "", ""); response.StatusCode != http.StatusMethodNotAllowed {
					t.Errorf("DELETE gives %d", response.StatusCode)
				}
			}
			if len(fields) != 0 {
				t.Errorf("no picture in %v", fields)
			}
		})
	}
}

// faceDetail returns a result's face detail.
func (h *harness) faceDetail(id string) map[string]any {
	h.t.Helper()
	detail, ok := h.result(id)["faceDetail"].(map[string]any)
	if !ok {
		h.t.Fatal("no face detail")
	}
	return detail
}

func TestMediaLinksEnd(t *testing.T) {
	t.Parallel()
	h := newMemory(t, Config{}).login()
	h.sim.SetBehaviour(Behaviour{FaceVideo: FaceVideoLink})
	id := h.generate(map[string]any{"userId": "sim-pass"}).SignatureID
	detail := h.faceDetail(id)
	links := []string{text(detail["faceImage"]), text(detail["auditImageUrl"]), text(detail["faceVideoUrl"])}
	for _, link := range links {
		if response, body := h.get(link); response.StatusCode != http.StatusOK || body == "" {
			t.Errorf("%s: %d", link, response.StatusCode)
		}
	}
	h.sim.Advance(24 * time.Hour)
	fresh := text(h.login().faceDetail(id)["faceImage"])
	if response, _ := h.get(links[0]); response.StatusCode != http.StatusNotFound {
		t.Errorf("an old link gives %d", response.StatusCode)
	}
	if response, _ := h.get(fresh); response.StatusCode != http.StatusOK {
		t.Errorf("a fresh link gives %d", response.StatusCode)
	}
	h.want(OpClear, id, "SUCCESS", "OK")
	if response, _ := h.get(fresh); response.StatusCode != http.StatusNotFound {
		t.Errorf("after an erasure a link gives %d", response.StatusCode)
	}
}

func TestBase64(t *testing.T) {
	t.Parallel()
	h := newMemory(t, Config{}).login()
	h.sim.SetBehaviour(Behaviour{FaceVideo: FaceVideoPending})
	id := h.generate(map[string]any{"userId": "sim-pass"}).SignatureID
	got := h.want(OpResult, encode(map[string]any{"signatureId": id, "returnImageType": "BASE64"}), "SUCCESS", "OK")
	var data struct{ FaceDetail map[string]any }
	unmarshal(t, got.Data, &data)
	picture, err := base64.StdEncoding.DecodeString(text(data.FaceDetail["faceImageNear"]))
	if err != nil {
		t.Error(err)
	}
	if _, err := jpeg.Decode(bytes.NewReader(picture)); err != nil {
		t.Error(err)
	}
	if link, _ := data.FaceDetail["auditImageUrl"].(string); !strings.HasPrefix(link, h.base) {
		t.Errorf("auditImageUrl %q", link)
	}
	if data.FaceDetail["faceVideoUrl"] != "PENDING" {
		t.Errorf("faceVideoUrl %v", data.FaceDetail["faceVideoUrl"])
	}
}

func TestClearErases(t *testing.T) {
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

func TestProcessingWindow(t *testing.T) {
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

func TestForgetAndReset(t *testing.T) {
	t.Parallel()
	h := newMemory(t, Config{RateLimit: 1000}).login()
	first, second := h.generate(nil).SignatureID, h.generate(nil).SignatureID
	if sessions := h.sim.Sessions(); len(sessions) != 2 || sessions[0].SignatureID != first {
		t.Errorf("sessions %+v", sessions)
	}
	if !h.sim.Forget(first) || h.sim.Forget(first) {
		t.Error("Forget is wrong about what there was")
	}
	h.want(OpResult, resultBody(first), "SIGNATURE_NOT_EXIST", messageNotExist)
	h.want(OpClear, first, "PARAMETER_ERROR", messageClearNotExist)
	if sessions := h.sim.Sessions(); len(sessions) != 1 || sessions[0].SignatureID != second {
		t.Errorf("sessions %+v", sessions)
	}

	h.inject(Fault{Operation: OpToken, Kind: "error", Count: -1})
	h.sim.SetBehaviour(Behaviour{AfterClear: AfterClearSuccess})
	h.sim.SetSkew(time.Hour)
	h.sim.Advance(48 * time.Hour)
	h.sim.Reset()
	if len(h.sim.Sessions()) != 0 || len(h.sim.Calls()) != 0 || h.sim.CallCount(OpGenerate) != 0 || h.sim.Connections() != 0 {
		t.Error("something is left after Reset")
	}
	if b := h.sim.Behaviour(); b.AfterClear != AfterClearNotExist || b.RateLimit != 1000 {
		t.Errorf("behaviour %+v", b)
	}
	h.want(OpResult, resultBody(second), "IAM_FAILED", messageTokenExpired)
	h.login()
	if drift := time.Since(h.sim.Now()); drift.Abs() > time.Minute {
		t.Errorf("the clock is off by %v", drift)
	}
}
