package advance

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	// fullResult is the example of API §5.2, with the newer faceDetail.
	fullResult = `{
		"signatureId": "f302f5d2454a85c2",
		"overallResult": "PASS",
		"idvResult": "PASS",
		"errorCode": "SUCCESS",
		"faceDetail": {
			"faceResult": "PASS",
			"faceImage": "https://img.example/face.jpg",
			"faceImageTime": 1665993522952,
			"faceImageFar": "https://img.example/far.jpg",
			"faceImageFarTime": 1665993522953,
			"faceImageNear": "https://img.example/near.jpg",
			"faceImageNearTime": 1665993522954,
			"silentImage": "https://img.example/silent.jpg",
			"silentImageTime": 1665993522955,
			"auditImageUrl": "https://img.example/audit.zip",
			"faceLivenessScore": 99.5,
			"livenessAttackType": 2,
			"livenessType": "DISTANT_NEAR",
			"livenessFlowCategory": "DISTANT_CLOSE",
			"faceSimilarityScore": 87.25,
			"eventDetails": [
				{"event": "FE_DOCUMENT_SCAN", "result": "PASS", "createTimestamp": 1665993522956},
				{"event": "ANOTHER", "result": "FAIL", "createTimestmap": 1665993522957}
			],
			"faceVideoUrl": "PENDING"
		},
		"countryCodeIso3": "PHL",
		"inputParameters": {
			"returnUrl": "https://app.example/ok",
			"failReturnUrl": "https://app.example/fail",
			"callbackUrl": "https://app.example/callback",
			"bizId": "order-1", "userId": "user-1", "region": "PHL",
			"language": "en-US", "prefersColorScheme": "light",
			"ignoreFailWhenJump": false, "bizCode": "WhiteCard", "productLevel": "STANDARD",
			"iframeEnabled": true, "livenessType": "login"
		},
		"submissionCompleted": true
	}`

	// smallResult has the older, smaller faceDetail (API §5.2).
	smallResult = `{
		"overallResult": "FAIL",
		"errorCode": "LIVENESS_ATTACK",
		"faceDetail": {
			"faceResult": "FAIL",
			"faceImageFar": "https://img.example/far.jpg",
			"faceImageNear": "https://img.example/near.jpg",
			"auditImageUrl": null,
			"faceLivenessScore": 12,
			"eventDetails": [{"event": "FE_DOCUMENT_SCAN", "result": "PASS", "createTimestmap": 1665993522952}]
		}
	}`
)

func millis(ms int64) *time.Time {
	return new(time.UnixMilli(ms).UTC())
}

func TestDecodeResult(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name string
		data string
		want *Result
	}{
		{"full", fullResult, &Result{
			OverallResult:   new("PASS"),
			ErrorCode:       new("SUCCESS"),
			CountryCodeISO3: new("PHL"),
			FaceDetail: &FaceDetail{
				FaceResult:           new("PASS"),
				FaceImage:            new("https://img.example/face.jpg"),
				FaceImageTime:        millis(1665993522952),
				FaceImageFar:         new("https://img.example/far.jpg"),
				FaceImageFarTime:     millis(1665993522953),
				FaceImageNear:        new("https://img.example/near.jpg"),
				FaceImageNearTime:    millis(1665993522954),
				SilentImage:          new("https://img.example/silent.jpg"),
				SilentImageTime:      millis(1665993522955),
				AuditImageURL:        new("https://img.example/audit.zip"),
				FaceLivenessScore:    new(99.5),
				LivenessAttackType:   new(int64(2)),
				LivenessType:         new("DISTANT_NEAR"),
				LivenessFlowCategory: new("DISTANT_CLOSE"),
				FaceVideoURL:         new("PENDING"),
				FaceSimilarityScore:  new(87.25),
				EventDetails: []Event{
					{Event: new("FE_DOCUMENT_SCAN"), Result: new("PASS"), CreatedAt: millis(1665993522956)},
					{Event: new("ANOTHER"), Result: new("FAIL"), CreatedAt: millis(1665993522957)},
				},
			},
			InputParameters: &InputParameters{
				ReturnURL:          new("https://app.example/ok"),
				FailReturnURL:      new("https://app.example/fail"),
				CallbackURL:        new("https://app.example/callback"),
				BizID:              new("order-1"),
				UserID:             new("user-1"),
				Region:             new("PHL"),
				Language:           new("en-US"),
				PrefersColorScheme: new("light"),
				BizCode:            new("WhiteCard"),
				IframeEnabled:      new(true),
				ProductLevel:       new("STANDARD"),
				LivenessType:       new("login"),
				IgnoreFailWhenJump: new(false),
			},
			HoldsImages: true,
		}},
		{"small", smallResult, &Result{
			OverallResult: new("FAIL"),
			ErrorCode:     new("LIVENESS_ATTACK"),
			FaceDetail: &FaceDetail{
				FaceResult:        new("FAIL"),
				FaceImageFar:      new("https://img.example/far.jpg"),
				FaceImageNear:     new("https://img.example/near.jpg"),
				FaceLivenessScore: new(12.0),
				EventDetails:      []Event{{Event: new("FE_DOCUMENT_SCAN"), Result: new("PASS"), CreatedAt: millis(1665993522952)}},
			},
			HoldsImages: true,
		}},

		{"no data", `null`, &Result{}},
		{"empty data", `{}`, &Result{}},
		{"pending", `{"overallResult":"INCOMPLETE","errorCode":null,"faceDetail":null,"inputParameters":null}`, &Result{OverallResult: new("INCOMPLETE")}},
		{"everything null", `{"overallResult":null,"idvResult":null,"errorCode":null,"faceDetail":null,"countryCodeIso3":null,"inputParameters":null}`, &Result{}},
		{"everything empty", `{"overallResult":"","idvResult":"","errorCode":"","faceDetail":{},"countryCodeIso3":"","inputParameters":{}}`, &Result{FaceDetail: &FaceDetail{}}},

		{"idvResult alone", `{"idvResult":"FAIL"}`, &Result{OverallResult: new("FAIL")}},
		{"idvResult beside null", `{"overallResult":null,"idvResult":"PASS"}`, &Result{OverallResult: new("PASS")}},
		{"idvResult beside nothing", `{"overallResult":"","idvResult":"PASS"}`, &Result{OverallResult: new("PASS")}},
		{"overallResult wins", `{"overallResult":"INCOMPLETE","idvResult":"PASS"}`, &Result{OverallResult: new("INCOMPLETE")}},
		{"idvResult of another type", `{"overallResult":"PASS","idvResult":1}`, &Result{OverallResult: new("PASS")}},
		{"idvResult of another type alone", `{"idvResult":1}`, &Result{}},
		{"words that are blank", `{"overallResult":" ","idvResult":"\u0000","errorCode":"\n\u200b"}`, &Result{}},
		{"words with control characters", `{"overallResult":"RE\u001bVIEW","errorCode":"\u0007A\nB "}`, &Result{OverallResult: new("RE VIEW"), ErrorCode: new("A B")}},
		{"unknown result", `{"overallResult":"REVIEW"}`, &Result{OverallResult: new("REVIEW")}},

		{"faceDetail of another type", `{"faceDetail":[]}`, &Result{HoldsImages: true}},
		{"null as its id", `{"signatureId":null,"overallResult":"FAIL"}`, &Result{OverallResult: new("FAIL")}},
		{"members that differ in case", `{"OverallResult":"PASS","ERRORCODE":"SUCCESS","FaceDetail":{"a":1}}`, &Result{}},
		{"inputParameters of another type", `{"inputParameters":"x"}`, &Result{}},
		{"echo of fields that are not known", `{"inputParameters":{"new":1}}`, &Result{InputParameters: &InputParameters{}}},
		{"events of another type", `{"faceDetail":{"eventDetails":{}}}`, &Result{FaceDetail: &FaceDetail{}}},
		{
			"events with faults", `{"faceDetail":{"eventDetails":[null,"x",{},{"event":1,"result":[],"createTimestamp":"x","createTimestmap":5}]}}`,
			&Result{FaceDetail: &FaceDetail{EventDetails: []Event{{}, {CreatedAt: millis(5)}}}},
		},
		{"times that are none", `{"faceDetail":{"faceImageTime":0,"faceImageFarTime":-5,"silentImageTime":1.5}}`, &Result{FaceDetail: &FaceDetail{}}},
		{
			"whole numbers that are written otherwise", `{"faceDetail":{"livenessAttackType":1.0,"faceImageTime":1.665993522952e12}}`,
			&Result{FaceDetail: &FaceDetail{LivenessAttackType: new(int64(1)), FaceImageTime: millis(1665993522952)}},
		},
		{"score as a whole number", `{"faceDetail":{"faceLivenessScore":0,"livenessAttackType":null}}`, &Result{FaceDetail: &FaceDetail{FaceLivenessScore: new(0.0)}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			got, err := decodeResult(present(json.RawMessage(test.data)), "f302f5d2454a85c2")
			if err != nil {
				t.Fatal(err)
			}
			test.want.SignatureID = "f302f5d2454a85c2"
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
		})
	}
}

// Every field may be absent, null or of another type, without a trace on the
// others.
func TestDecodeResult_eachField(t *testing.T) {
	t.Parallel()

	decisive := map[string]bool{"overallResult": true, "errorCode": true}
	var whole map[string]any
	if err := json.Unmarshal([]byte(fullResult), &whole); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"", "faceDetail", "inputParameters"} {
		fields := whole
		if part != "" {
			fields, _ = whole[part].(map[string]any)
		}
		for name := range fields {
			for _, wrong := range []string{"absent", "null", "{}", "[]", "[[]]", "[{}]", "17", "1e400", "true", `""`} {
				t.Run(fmt.Sprintf("%s.%s/%s", part, name, wrong), func(t *testing.T) {
					t.Parallel()

					got, err := decodeResult(withField(t, part, name, wrong), "f302f5d2454a85c2")
					if name == "signatureId" && wrong != "absent" && wrong != "null" {
						return // Crossed; see TestDecodeResult_malformed.
					}
					wantErr := part == "" && decisive[name] && !slices.Contains([]string{"absent", "null", `""`}, wrong)
					if errors.Is(err, ErrMalformed) != wantErr {
						t.Fatalf("got %v, want malformed %t", err, wantErr)
					}
					if wantErr {
						if !strings.HasPrefix(err.Error(), name) {
							t.Errorf("got error %q, want it to name %s", err, name)
						}
						return
					}
					if name != "overallResult" && !got.Passed() {
						t.Error("got a transaction that did not pass, want the other fields as they were")
					}
					if part != "inputParameters" && name != "inputParameters" && value(got.InputParameters.BizID) != "order-1" {
						t.Error("got no bizId, want the other parts as they were")
					}
					if part != "faceDetail" && name != "faceDetail" && value(got.FaceDetail.FaceLivenessScore) != 99.5 {
						t.Error("got no score, want the other parts as they were")
					}
				})
			}
		}
	}
}

// withField is fullResult with one field changed to the given JSON.
func withField(t *testing.T, part, name, raw string) json.RawMessage {
	t.Helper()
	set := func(data json.RawMessage, name, raw string) json.RawMessage {
		var members map[string]json.RawMessage
		if err := json.Unmarshal(data, &members); err != nil {
			t.Fatal(err)
		}
		members[name] = json.RawMessage(raw)
		if raw == "absent" {
			delete(members, name)
		}
		changed, err := json.Marshal(members)
		if err != nil {
			t.Fatal(err)
		}
		return changed
	}
	if part == "" {
		return set(json.RawMessage(fullResult), name, raw)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(fullResult), &members); err != nil {
		t.Fatal(err)
	}
	return set(json.RawMessage(fullResult), part, string(set(members[part], name, raw)))
}

func TestDecodeResult_malformed(t *testing.T) {
	t.Parallel()

	const crossed = "malformed response: its signatureId is not the one that was asked for"
	tests := map[string]string{
		`[]`:                      "malformed response: its data is not an object",
		`"PASS"`:                  "malformed response: its data is not an object",
		`{"overallResult":1}`:     "overallResult: malformed response: a field has the wrong type",
		`{"overallResult":{}}`:    "overallResult: malformed response: a field has the wrong type",
		`{"errorCode":false}`:     "errorCode: malformed response: a field has the wrong type",
		`{"errorCode":["a","b"]}`: "errorCode: malformed response: a field has the wrong type",

		`{"overallResult":"FAIL","overallResult":"PASS"}`:  "malformed response: it has overallResult twice",
		`{"overallResult":"PASS","overallResult":"PASS"}`:  "malformed response: it has overallResult twice",
		`{"idvResult":"PASS","idvResult":"PASS"}`:          "malformed response: it has idvResult twice",
		`{"errorCode":null,"errorCode":"USER_TIMEOUT"}`:    "malformed response: it has errorCode twice",
		`{"faceDetail":{"faceImage":"x"},"faceDetail":{}}`: "malformed response: it has faceDetail twice",

		`{"overallResult":"PASS","signatureId":"another"}`:                    crossed,
		`{"overallResult":"PASS","signatureId":""}`:                           crossed,
		`{"overallResult":"PASS","signatureId":17}`:                           crossed,
		`{"overallResult":"PASS","signatureId":["f302f5d2454a85c2"]}`:         crossed,
		`{"overallResult":"PASS","signatureId":"F302F5D2454A85C2"}`:           crossed,
		`{"signatureId":"f302f5d2454a85c2","signatureId":"f302f5d2454a85c2"}`: crossed,
	}
	for data, want := range tests {
		t.Run(data, func(t *testing.T) {
			t.Parallel()

			got, err := decodeResult(json.RawMessage(data), "f302f5d2454a85c2")
			if got != nil || !errors.Is(err, ErrMalformed) || err.Error() != want {
				t.Errorf("got %+v, %v, want error %q", got, err, want)
			}
		})
	}
}
