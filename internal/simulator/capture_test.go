package simulator

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"image"
	"image/jpeg"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// jpegOf returns a JPEG of this size.
func jpegOf(t *testing.T, width, height int) string {
	t.Helper()
	var buffer bytes.Buffer
	if err := jpeg.Encode(&buffer, image.NewGray(image.Rect(0, 0, width, height)), nil); err != nil {
		t.Fatal(err)
	}
	return buffer.String()
}

// sendPicture sends the page's form with a picture, as a browser does.
func (h *harness) sendPicture(link, outcome, picture string) (response head, body string) {
	h.t.Helper()
	var form bytes.Buffer
	writer := multipart.NewWriter(&form)
	file, err := writer.CreateFormFile("picture", "picture.jpg")
	if err != nil {
		h.t.Fatal(err)
	}
	_, _ = io.WriteString(file, picture)
	_ = writer.WriteField("outcome", outcome)
	_ = writer.Close()
	return h.fetch(http.MethodPost, link, writer.FormDataContentType(), form.String())
}

// pictures returns the pictures of a session that get-result returns as base64,
// those that its links lead to, and those of the audit ZIP; and all links.
func (h *harness) pictures(id string) (pictures, links []string) {
	h.t.Helper()
	inline := h.inlineDetail(id)
	linked := h.faceDetail(id)
	for _, name := range []string{"faceImage", "faceImageFar", "faceImageNear"} {
		picture, err := base64.StdEncoding.DecodeString(text(inline[name]))
		if err != nil {
			h.t.Error(err)
		}
		_, body := h.get(text(linked[name]))
		pictures = append(pictures, string(picture), body)
		links = append(links, text(linked[name]))
	}
	audit := text(linked["auditImageUrl"])
	_, body := h.get(audit)
	archive, err := zip.NewReader(strings.NewReader(body), int64(len(body)))
	if err != nil {
		h.t.Fatal(err)
	}
	for _, entry := range archive.File {
		file, err := entry.Open()
		if err != nil {
			h.t.Fatal(err)
		}
		picture, err := io.ReadAll(file)
		if err != nil {
			h.t.Fatal(err)
		}
		pictures = append(pictures, string(picture))
	}
	return pictures, append(links, audit)
}

// inlineDetail returns a result's face detail with the pictures as base64.
func (h *harness) inlineDetail(id string) map[string]any {
	h.t.Helper()
	request := encode(map[string]any{"signatureId": id, "returnImageType": "BASE64"})
	var data struct{ FaceDetail map[string]any }
	unmarshal(h.t, h.want(OpResult, request, "SUCCESS", "OK").Data, &data)
	return data.FaceDetail
}

func TestCapture_isTheResult(t *testing.T) {
	t.Parallel()
	h := newServer(t, Config{}).login()
	picture := jpegOf(t, 64, 48)
	made := h.generate(nil)
	if response, body := h.sendPicture(made.URL, "pass", picture); response.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d, %s", response.StatusCode, body)
	}
	pictures, links := h.pictures(made.SignatureID)
	if len(pictures) != 9 {
		t.Errorf("%d pictures", len(pictures))
	}
	for i, got := range pictures {
		if got != picture {
			t.Errorf("picture %d is not the one that was taken", i)
		}
	}
	h.want(OpClear, made.SignatureID, "SUCCESS", "OK")
	for _, link := range links {
		if response, _ := h.get(link); response.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d after the erasure", link, response.StatusCode)
		}
	}
	if kept := h.sim.store.sessions[made.SignatureID].capture; kept != nil {
		t.Errorf("%d bytes of the picture are still held", len(kept))
	}
}

func TestCapture_standIn(t *testing.T) {
	t.Parallel()
	h := newServer(t, Config{}).login()
	for name, send := range map[string]func(link string) (head, string){
		"no file":    func(link string) (head, string) { return h.press(link, "pass") },
		"empty file": func(link string) (head, string) { return h.sendPicture(link, "pass", "") },
	} {
		made := h.generate(nil)
		if response, body := send(made.URL); response.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: %d, %s", name, response.StatusCode, body)
		}
		pictures, _ := h.pictures(made.SignatureID)
		if config, err := jpeg.DecodeConfig(strings.NewReader(pictures[0])); err != nil || config.Width != drawnWidth || config.Height != drawnHeight {
			t.Errorf("%s: %+v, %v", name, config, err)
		}
	}
}

func TestCapture_notOfAnUnfinishedCheck(t *testing.T) {
	t.Parallel()
	for _, outcome := range []string{"give-up", "camera"} {
		h := newServer(t, Config{}).login()
		made := h.generate(nil)
		h.sendPicture(made.URL, outcome, jpegOf(t, 8, 8))
		if session, _ := h.sim.Session(made.SignatureID); session.HoldsPersonalData || h.sim.store.sessions[made.SignatureID].capture != nil {
			t.Errorf("%s: the picture is held: %+v", outcome, session)
		}
	}
}

// Where too much is held, the oldest session loses its picture, but never the one
// that has just taken it.
func TestCapture_bounded(t *testing.T) {
	t.Parallel()
	const most = 16
	h := newServer(t, Config{}).login()
	pass, _ := pageOutcomeOf("pass")
	picture := make([]byte, maxCaptures/most) // All have the same one, which still counts for each.
	last := h.generate(nil).SignatureID
	var ids []string
	for range most {
		ids = append(ids, h.generate(nil).SignatureID)
	}
	for _, id := range append(slices.Clone(ids), last) {
		if err := h.sim.submit(id, pass, picture); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range append(slices.Clone(ids), last) {
		if kept := h.sim.store.sessions[id].capture != nil; kept != (id != ids[0]) {
			t.Errorf("session %d: its picture is kept: %t", slices.Index(ids, id), kept)
		}
	}
	pictures, _ := h.pictures(ids[0])
	if config, err := jpeg.DecodeConfig(strings.NewReader(pictures[0])); err != nil || config.Width != drawnWidth {
		t.Errorf("the stand-in is %+v, %v", config, err)
	}
	history, err := h.sim.History(ids[0])
	if text := encode(history); err != nil || strings.Count(text, "picture dropped for newer ones") != 1 {
		t.Errorf("history %s, %v", text, err)
	}
}

func TestCapture_refuses(t *testing.T) {
	t.Parallel()
	h := newServer(t, Config{}).login()
	good := jpegOf(t, 64, 64)
	for name, picture := range map[string]string{
		"no picture":      "<svg onload=alert(1)>",
		"png":             "\x89PNG\r\n\x1a\n" + strings.Repeat("\x00", 100),
		"head alone":      good[:len(good)/2],
		"cut off":         good[:len(good)-8],
		"too many pixels": jpegOf(t, 4096, 2049),
		"too many bytes":  good + strings.Repeat("\x00", maxPicture-len(good)+1),
		"far too many":    good + strings.Repeat("\x00", maxForm),
	} {
		made := h.generate(nil)
		response, body := h.sendPicture(made.URL, "pass", picture)
		if response.StatusCode != http.StatusBadRequest || !strings.Contains(body, "Picture not accepted") {
			t.Errorf("%s: %d, %s", name, response.StatusCode, body)
		}
		if session, _ := h.sim.Session(made.SignatureID); session.State != StateIssued {
			t.Errorf("%s: session %+v", name, session)
		}
	}
	for name, picture := range map[string]string{
		"the most pixels": jpegOf(t, 4096, 2048),
		"the most bytes":  good + strings.Repeat("\x00", maxPicture-len(good)),
	} {
		if response, _ := h.sendPicture(h.generate(nil).URL, "pass", picture); response.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: %d", name, response.StatusCode)
		}
	}
}
