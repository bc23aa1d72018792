package simulator_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"image/jpeg"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestConformance_resultRequest(t *testing.T) {
	t.Parallel()
	c := newLogin(t)
	id := c.generate(nil)
	for _, row := range []struct {
		section string
		body    object
		want    [2]string
	}{
		{"§5.1", object{"signatureId": id}, accepted},
		{"§5.1", object{"signatureId": id, "returnImageType": "URL"}, accepted},
		{"§5.1", object{"signatureId": id, "returnImageType": "BASE64"}, accepted},
		{"§5.1", object{"signatureId": id, "returnImageType": ""}, accepted},
		{"§5.1", object{"signatureId": id, "returnImageType": "PNG"}, parameterError},
		{"§5.1", object{"signatureId": id, "returnImageType": "url"}, parameterError},
		{"§5.1", object{"signatureId": 7}, badRequest},
		{"§5.1", object{"signatureId": "0", "returnImageType": json.RawMessage("null")}, badRequest},
		{"§5.5", object{"signatureId": "0123456789abcdef"}, [2]string{"SIGNATURE_NOT_EXIST", "This signatureId is not exist"}},
		{"§5.5", object{"signatureId": strings.ToUpper(id) + "x"}, [2]string{"SIGNATURE_NOT_EXIST", "This signatureId is not exist"}},
		{"§5.5", object{"signatureId": ""}, emptyParameter},
		{"§5.5", object{}, emptyParameter},
	} {
		got := c.call(resultPath, row.body)
		if got.fields["code"] != row.want[0] || got.fields["message"] != row.want[1] || got.status != http.StatusOK {
			t.Errorf("%s %v: %d %s, want %q", row.section, row.body, got.status, got.body, row.want)
		}
	}
}

// TestConformance_verdicts has each row of API §5.3, and the attack types and
// the threshold of §5.4.
func TestConformance_verdicts(t *testing.T) {
	t.Parallel()
	c := newLogin(t)
	for _, row := range []struct {
		outcome, result, code string
		face                  object // some fields of faceDetail; nil where that is null
	}{
		{`{"result":"PASS"}`, "PASS", "SUCCESS", object{"faceResult": "PASS", "faceLivenessScore": 99.0, "livenessAttackType": nil}},
		{`{"result":"PASS","score":50}`, "PASS", "SUCCESS", object{"faceResult": "PASS", "faceLivenessScore": 50.0, "livenessAttackType": nil}},
		{`{"result":"FAIL","score":49.9}`, "FAIL", "LIVENESS_ATTACK", object{"faceResult": "FAIL", "faceLivenessScore": 49.9, "livenessAttackType": 1.0}},
		{`{"result":"FAIL","error_code":"LIVENESS_ATTACK"}`, "FAIL", "LIVENESS_ATTACK", object{"faceResult": "FAIL", "livenessAttackType": 1.0}},
		{`{"result":"FAIL","error_code":"LIVENESS_ATTACK","attack_type":2}`, "FAIL", "LIVENESS_ATTACK", object{"livenessAttackType": 2.0}},
		{`{"result":"FAIL","error_code":"LIVENESS_ATTACK","attack_type":3}`, "FAIL", "LIVENESS_ATTACK", object{"livenessAttackType": 3.0}},
		{`{"result":"FAIL","error_code":"RISK_STRATEGY_HIT"}`, "FAIL", "RISK_STRATEGY_HIT", object{"faceResult": "PASS", "livenessAttackType": nil}},
		{`{"result":"FAIL","error_code":"RISK_STRATEGY_HIT","score":98.5}`, "FAIL", "RISK_STRATEGY_HIT", object{"faceLivenessScore": 98.5}},
		{`{"result":"FAIL","error_code":"STRATEGY_HIT"}`, "FAIL", "STRATEGY_HIT", object{"faceResult": "PASS"}},
		{`{"result":"FAIL","error_code":"A_NEW_CODE"}`, "FAIL", "A_NEW_CODE", object{"faceResult": "PASS"}},
		{`{"result":"INCOMPLETE"}`, "INCOMPLETE", "USER_TIMEOUT", nil},
		{`{"result":"INCOMPLETE","error_code":"USER_TIMEOUT"}`, "INCOMPLETE", "USER_TIMEOUT", nil},
		{`{"result":"INCOMPLETE","error_code":"PARAMETER_ERROR"}`, "INCOMPLETE", "PARAMETER_ERROR", nil},
		{`{"result":"INCOMPLETE","error_code":"ERROR"}`, "INCOMPLETE", "ERROR", nil},
		{`{"result":"INCOMPLETE","captured":true,"flow_category":"ACTION"}`, "INCOMPLETE", "USER_TIMEOUT", object{"livenessFlowCategory": "ACTION"}},
	} {
		id := c.generate(nil)
		c.finish(id, row.outcome)
		data := c.result(id)
		if data["overallResult"] != row.result || data["idvResult"] != row.result || data["errorCode"] != row.code || data["signatureId"] != id {
			t.Errorf("§5.3 %s: %v", row.outcome, data)
		}
		face, _ := data["faceDetail"].(object)
		if (face == nil) != (row.face == nil) {
			t.Errorf("§5.4 %s: faceDetail %v", row.outcome, face)
		}
		var session object
		if decodeInto(t, c.control("GET", "sessions/"+id, "", 200).body, &session); session["holds_personal_data"] != (face != nil) {
			t.Errorf("%s: holds_personal_data %v", row.outcome, session["holds_personal_data"])
		}
		for name, want := range row.face {
			if got, ok := face[name]; !ok || got != want {
				t.Errorf("§5.4 %s: %s = %v, want %v", row.outcome, name, got, want)
			}
		}
	}
}

func TestConformance_magicUsers(t *testing.T) {
	t.Parallel()
	c := newLogin(t)
	for user, want := range map[string][2]string{
		"sim-pass":      {"PASS", "SUCCESS"},
		"sim-pass-7":    {"PASS", "SUCCESS"},
		"sim-fail":      {"FAIL", "RISK_STRATEGY_HIT"},
		"sim-attack":    {"FAIL", "LIVENESS_ATTACK"},
		"sim-timeout-x": {"INCOMPLETE", "USER_TIMEOUT"},
	} {
		data := c.result(c.generate(object{"userId": user}))
		if data["overallResult"] != want[0] || data["errorCode"] != want[1] {
			t.Errorf("contract §8 %s: %v", user, data)
		}
	}
}

func TestConformance_pending(t *testing.T) {
	t.Parallel()
	c := newLogin(t)
	id := c.generate(nil)
	data := c.result(id)
	want := object{"overallResult": "INCOMPLETE", "idvResult": "INCOMPLETE", "errorCode": nil, "faceDetail": nil, "signatureId": id, "countryCodeIso3": "PHL"}
	for name, value := range want {
		if got, ok := data[name]; !ok || got != value {
			t.Errorf("§5.6 issued: %s = %v, want %v", name, got, value)
		}
	}
	c.behave(`{"pending":"null-result"}`)
	data = c.result(id)
	if result, ok := data["overallResult"]; !ok || result != nil || data["idvResult"] != nil || data["errorCode"] != nil {
		t.Errorf("§5.6 null-result: %v", data)
	}
	c.behave(`{"pending":"null-data"}`)
	if got := c.call(resultPath, object{"signatureId": id}); got.fields["code"] != "SUCCESS" || got.fields["data"] != nil {
		t.Errorf("§5.6 null-data: %s", got.body)
	}
	c.advance(time.Hour - time.Minute)
	c.behave(`{"pending":"incomplete"}`)
	c.login()
	if data := c.result(id); data["errorCode"] != nil {
		t.Errorf("§5.6 within the hour: %v", data)
	}
	c.advance(time.Minute)
	if data := c.result(id); data["overallResult"] != "INCOMPLETE" || data["errorCode"] != "USER_TIMEOUT" || data["faceDetail"] != nil {
		t.Errorf("§5.6 after the hour: %v", data)
	}
}

func TestConformance_echo(t *testing.T) {
	t.Parallel()
	c := newLogin(t)
	sent := object{
		"returnUrl": "https://app.example.com/ok", "failReturnUrl": "myapp://fail/now", "callbackUrl": "https://app.example.com/callback?a=1&b=2",
		"bizId": "order-1", "userId": "user-1", "region": "NGA", "language": "en-US", "prefersColorScheme": "light",
		"bizCode": "WhiteCard", "productLevel": "STANDARD",
	}
	request := maps.Clone(sent)
	maps.Copy(request, object{"livenessType": "login", "iframeEnabled": true, "ignoreFailWhenJump": true})
	id := c.generate(request)
	documented := maps.Clone(sent)
	documented["ignoreFailWhenJump"] = false
	all := maps.Clone(documented)
	maps.Copy(all, object{"livenessType": "login", "iframeEnabled": true})
	for mode, want := range map[string]any{"documented": documented, "all": all, "none": nil} {
		c.behave(`{"echo_parameters":"` + mode + `"}`)
		data := c.result(id)
		if got := data["inputParameters"]; !reflect.DeepEqual(got, want) || data["countryCodeIso3"] != "NGA" {
			t.Errorf("§5.2 %s: %v, want %v", mode, data, want)
		}
	}
}

// TestConformance_faceDetail has both generations of faceDetail, the pictures
// of each flow (API §9.1), both spellings of an event's time and the four ways
// of faceVideoUrl.
func TestConformance_faceDetail(t *testing.T) {
	t.Parallel()
	c := newLogin(t)
	small := []string{"auditImageUrl", "eventDetails", "faceImageFar", "faceImageNear", "faceLivenessScore", "faceResult"}
	full := append([]string{
		"faceImage", "faceImageFarTime", "faceImageNearTime", "faceImageTime", "faceVideoUrl", "livenessAttackType",
		"livenessFlowCategory", "livenessType", "silentImage", "silentImageTime",
	}, small...)
	slices.Sort(full)
	for _, row := range []struct {
		behaviour, livenessType, category string
		fields                            []string
		pictures                          []string
		eventTime                         string
		video                             any
	}{
		{`{}`, "DISTANT_NEAR", "DISTANT_CLOSE", full, []string{"faceImage", "faceImageFar", "faceImageNear"}, "createTimestamp", nil},
		{`{"face_video":"PENDING"}`, "DISTANT_NEAR_ACTION", "DISTANT_CLOSE_ACTION", full, []string{"faceImage", "faceImageFar", "faceImageNear"}, "createTimestamp", "PENDING"},
		{`{"face_video":"ERROR"}`, "ACTION", "ACTION", full, []string{"faceImage", "silentImage"}, "createTimestamp", "ERROR"},
		{`{"face_video":"link","event_time":"createTimestmap"}`, "SILENT", "SILENT", full, []string{"faceImage", "silentImage"}, "createTimestmap", "link"},
		{`{"face_video":""}`, "login", "DISTANT_CLOSE", full, []string{"faceImage", "faceImageFar", "faceImageNear"}, "createTimestmap", nil},
		{`{"face_detail":"small"}`, "DISTANT_NEAR", "", small, []string{"faceImageFar", "faceImageNear"}, "createTimestmap", nil},
	} {
		c.behave(row.behaviour)
		id := c.generate(object{"livenessType": row.livenessType})
		c.finish(id, `{"result":"PASS"}`)
		face := objectIn(t, c.result(id), "faceDetail")
		if names := slices.Sorted(maps.Keys(face)); !slices.Equal(names, row.fields) {
			t.Errorf("§5.4 %s: fields %v, want %v", row.behaviour, names, row.fields)
		}
		if row.category != "" && (face["livenessType"] != row.livenessType || face["livenessFlowCategory"] != row.category) {
			t.Errorf("§9.1 %s: %v", row.livenessType, face)
		}
		for _, name := range []string{"faceImage", "faceImageFar", "faceImageNear", "silentImage"} {
			taken := slices.Contains(row.pictures, name)
			_, isNumber := face[name+"Time"].(float64)
			if (face[name] != nil) != taken || (row.category != "" && isNumber != taken) {
				t.Errorf("§5.4 %s: %s = %v at %v, taken: %v", row.livenessType, name, face[name], face[name+"Time"], taken)
			}
		}
		if row.video == "link" {
			row.video = stringIn(t, face, "faceVideoUrl")
			c.expectFile(asString(t, row.video), 200)
		}
		if face["faceVideoUrl"] != row.video {
			t.Errorf("§5.4 %s: faceVideoUrl %v, want %v", row.behaviour, face["faceVideoUrl"], row.video)
		}
		events, _ := face["eventDetails"].([]any)
		if len(events) == 0 {
			t.Fatalf("§5.4: no events: %v", face)
		}
		for _, value := range events {
			event, _ := value.(object)
			if _, ok := event[row.eventTime].(float64); !ok || stringIn(t, event, "event") == "" || stringIn(t, event, "result") == "" || len(event) != 3 {
				t.Errorf("§5.4 %s: event %v", row.behaviour, value)
			}
		}
	}
}

// expectFile gets a link in a result and checks the status.
func (c *client) expectFile(link string, status int) string {
	c.t.Helper()
	got := c.send(http.MethodGet, link, "", nil)
	if got.status != status {
		c.t.Errorf("%s gives %d, want %d", link, got.status, status)
	}
	return got.body
}

func TestConformance_imageLinks(t *testing.T) {
	t.Parallel()
	c := newLogin(t)
	id := c.generate(object{"userId": "sim-pass"})
	first, second := objectIn(t, c.result(id), "faceDetail"), objectIn(t, c.result(id), "faceDetail")
	for _, name := range []string{"faceImage", "faceImageFar", "faceImageNear", "auditImageUrl"} {
		link := stringIn(t, first, name)
		if link == second[name] {
			t.Errorf("§5.4: %s is the same link twice", name)
		}
		body := []byte(c.expectFile(link, 200))
		var err error
		if name == "auditImageUrl" {
			_, err = zip.NewReader(bytes.NewReader(body), int64(len(body)))
		} else {
			_, err = jpeg.Decode(bytes.NewReader(body))
		}
		if err != nil {
			t.Errorf("§5.4 %s: %v", name, err)
		}
		c.expectFile(link+"0", 404)
		if got := c.send(http.MethodDelete, link, "", nil); got.status != 405 || got.header.Get("Allow") != "GET, HEAD" {
			t.Errorf("DELETE of %s: %d, Allow %q", name, got.status, got.header.Get("Allow"))
		}
	}
	got := c.call(resultPath, object{"signatureId": id, "returnImageType": "BASE64"})
	c.expect(got, "SUCCESS", "OK")
	inline := objectIn(t, got.data(t), "faceDetail")
	for _, name := range []string{"faceImage", "faceImageFar", "faceImageNear"} {
		picture, err := base64.StdEncoding.DecodeString(stringIn(t, inline, name))
		if err != nil || string(picture) != c.expectFile(stringIn(t, first, name), 200) {
			t.Errorf("§5.4: %s in BASE64 is not what its link shows: %v", name, err)
		}
	}
	if link := stringIn(t, inline, "auditImageUrl"); !strings.HasPrefix(link, c.base) {
		t.Errorf("§5.4: auditImageUrl with BASE64 is %.40q", link)
	}
	c.advance(24 * time.Hour)
	c.expectFile(stringIn(t, first, "faceImage"), 404)
	c.login()
	fresh := stringIn(t, objectIn(t, c.result(id), "faceDetail"), "faceImage")
	c.expectFile(fresh, 200)
	c.expect(c.clear(id), "SUCCESS", "OK")
	c.expectFile(fresh, 404)
}
