package simulator

import (
	"bytes"
	"encoding/base64"
	"image/jpeg"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestResult_shapes(t *testing.T) {
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

func TestResult_pending(t *testing.T) {
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

func TestResult_echo(t *testing.T) {
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

func TestResult_images(t *testing.T) {
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

func TestResult_mediaLinksEnd(t *testing.T) {
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

func TestResult_base64(t *testing.T) {
	t.Parallel()
	h := newMemory(t, Config{}).login()
	h.sim.SetBehaviour(Behaviour{FaceVideo: FaceVideoPending})
	id := h.generate(map[string]any{"userId": "sim-pass"}).SignatureID
	detail := h.inlineDetail(id)
	picture, err := base64.StdEncoding.DecodeString(text(detail["faceImageNear"]))
	if err != nil {
		t.Error(err)
	}
	if _, err := jpeg.Decode(bytes.NewReader(picture)); err != nil {
		t.Error(err)
	}
	if link := text(detail["auditImageUrl"]); !strings.HasPrefix(link, h.base) {
		t.Errorf("auditImageUrl %q", link)
	}
	if detail["faceVideoUrl"] != "PENDING" {
		t.Errorf("faceVideoUrl %v", detail["faceVideoUrl"])
	}
}
