package simulator_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// Answers of API §6.1.
var (
	clearEmpty       = [2]string{"PARAMETER_ERROR", "SignatureId is empty"}
	clearNotExist    = [2]string{"PARAMETER_ERROR", "SignatureId is not exist"}
	clearNotFinished = [2]string{"PARAMETER_ERROR", "Transaction is not finished"}
	clearProcessing  = [2]string{"REQUEST_IN_PROCESSING", "Your request is currently being processed. Please do not submit it repeatedly"}
)

// TestConformance_clearRequest checks that clear-data takes the signature id
// from the query string and from nowhere else.
func TestConformance_clearRequest(t *testing.T) {
	t.Parallel()
	c := newLogin(t)
	issued, finished := c.generate(nil), c.generate(object{"userId": "sim-fail"})
	for _, row := range []struct {
		name, query, body, contentType string
		want                           [2]string
	}{
		{"no query", "", "", "", clearEmpty},
		{"empty id", "?signatureId=", "", "", clearEmpty},
		{"another name", "?livenessId=" + finished, "", "", clearEmpty},
		{"id in a JSON body", "", `{"signatureId":"` + finished + `"}`, "application/json", clearEmpty},
		{"id in a form", "", "signatureId=" + finished, "application/x-www-form-urlencoded", clearEmpty},
		{"a body beside the query", "?signatureId=" + finished, "{}", "application/json", badRequest},
		{"unknown id", "?signatureId=0123456789abcdef", "", "", clearNotExist},
		{"escaped id", "?signatureId=%22%20%26", "", "", clearNotExist},
		{"unfinished", "?signatureId=" + issued, "", "", clearNotFinished},
		{"finished, with a content type", "?signatureId=" + finished, "", "application/json", accepted},
		{"again", "?signatureId=" + finished, "", "", clearNotExist},
	} {
		header := object{"X-ACCESS-TOKEN": c.token}
		if row.contentType != "" {
			header["Content-Type"] = row.contentType
		}
		got := c.envelopeOf(c.send(http.MethodPost, clearPath+row.query, row.body, header))
		if got.fields["code"] != row.want[0] || got.fields["message"] != row.want[1] || got.fields["data"] != nil || got.status != http.StatusOK {
			t.Errorf("§6.1 %s: %s, want %q", row.name, got.body, row.want)
		}
	}
}

func TestConformance_clearStates(t *testing.T) {
	t.Parallel()
	for outcome, want := range map[string][2]string{
		"":                  clearNotFinished,
		`{"result":"PASS"}`: accepted,
		`{"result":"FAIL"}`: accepted,
		`{"result":"FAIL","error_code":"LIVENESS_ATTACK"}`:    accepted,
		`{"result":"INCOMPLETE","error_code":"ERROR"}`:        accepted,
		`{"result":"INCOMPLETE","error_code":"USER_TIMEOUT"}`: accepted,
	} {
		c := newLogin(t)
		id := c.generate(nil)
		if outcome != "" {
			c.finish(id, outcome)
		}
		c.expect(c.clear(id), want[0], want[1])
	}
	c := newLogin(t)
	id := c.generate(nil)
	c.advance(time.Hour)
	c.login()
	c.expect(c.clear(id), "SUCCESS", "OK") // §6.2: final by USER_TIMEOUT, with no get-result before.
}

// TestConformance_afterClear has the modes of what API §6.3 leaves open.
func TestConformance_afterClear(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		mode   string
		result string // code of get-result
		again  [2]string
	}{
		{"", "SIGNATURE_NOT_EXIST", clearNotExist}, // the default
		{"not-exist", "SIGNATURE_NOT_EXIST", clearNotExist},
		{"blanked", "SUCCESS", clearNotExist},
		{"success", "SUCCESS", accepted},
	} {
		t.Run("§6.3 "+row.mode, func(t *testing.T) {
			t.Parallel()
			c := newLogin(t)
			if row.mode != "" {
				c.behave(`{"after_clear":"` + row.mode + `"}`)
			}
			id := c.generate(object{"userId": "sim-pass-secret", "callbackUrl": "https://app.example.com/secret"})
			c.expect(c.clear(id), "SUCCESS", "OK")
			c.expect(c.clear(id), row.again[0], row.again[1])
			got := c.call(resultPath, object{"signatureId": id})
			if got.fields["code"] != row.result {
				t.Errorf("get-result says %s, want %s", got.body, row.result)
			}
			if strings.Contains(got.body, "secret") || strings.Contains(got.body, "http") {
				t.Errorf("personal data is left: %s", got.body)
			}
			if row.result == "SUCCESS" {
				expectBlanked(t, got.data(t))
			}
			if told := c.control("GET", "sessions/"+id, "", 200).body; strings.Contains(told, "secret") ||
				!strings.Contains(told, `"state":"cleared"`) || !strings.Contains(told, `"holds_personal_data":false`) {
				t.Errorf("the control API says %s", told)
			}
		})
	}
}

// expectBlanked checks that a result keeps its shape and its verdict, and that
// what is personal is null.
func expectBlanked(t *testing.T, data object) {
	t.Helper()
	face := objectIn(t, data, "faceDetail")
	for _, name := range []string{"faceImage", "faceImageFar", "faceImageNear", "silentImage", "auditImageUrl", "faceVideoUrl"} {
		if value, ok := face[name]; !ok || value != nil {
			t.Errorf("%s = %v, want null", name, value)
		}
	}
	if data["overallResult"] != "PASS" || face["faceLivenessScore"] != 99.0 || objectIn(t, data, "inputParameters")["region"] != "PHL" {
		t.Errorf("no verdict is left: %v", data)
	}
}

func TestConformance_clearInProcessing(t *testing.T) {
	t.Parallel()
	c := newLogin(t)
	c.behave(`{"processing_window_seconds":60}`)
	id := c.generate(object{"userId": "sim-pass"})
	c.expect(c.clear(id), clearProcessing[0], clearProcessing[1])
	c.advance(30 * time.Second)
	c.expect(c.clear(id), clearProcessing[0], clearProcessing[1])
	if data := c.result(id); data["faceDetail"] == nil {
		t.Error("§6.3: erased before the window has passed")
	}
	c.advance(30 * time.Second)
	c.expect(c.call(resultPath, object{"signatureId": id}), "SIGNATURE_NOT_EXIST", "This signatureId is not exist")
	c.expect(c.clear(id), "SUCCESS", "OK") // Confirmed once.
	c.expect(c.clear(id), clearNotExist[0], clearNotExist[1])
}
