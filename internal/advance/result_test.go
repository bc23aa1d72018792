package advance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestResultState(t *testing.T) {
	t.Parallel()

	// The table of API §5.6.
	tests := []struct {
		data     string
		finished bool
		passed   bool
		state    string
	}{
		{`{"overallResult":"PASS","errorCode":"SUCCESS"}`, true, true, "PASS, SUCCESS"},
		{`{"overallResult":"PASS","errorCode":null}`, true, true, "PASS"},
		{`{"overallResult":"FAIL","errorCode":"LIVENESS_ATTACK"}`, true, false, "FAIL, LIVENESS_ATTACK"},
		{`{"overallResult":"FAIL"}`, true, false, "FAIL"},
		{`{"overallResult":"INCOMPLETE","errorCode":"USER_TIMEOUT"}`, true, false, "INCOMPLETE, USER_TIMEOUT"},
		{`{"overallResult":"INCOMPLETE","errorCode":"PARAMETER_ERROR"}`, true, false, "INCOMPLETE, PARAMETER_ERROR"},
		{`{"overallResult":"INCOMPLETE","errorCode":"ERROR"}`, true, false, "INCOMPLETE, ERROR"},
		{`{"overallResult":"INCOMPLETE","errorCode":null}`, false, false, "INCOMPLETE, not finished"},
		{`{"overallResult":"INCOMPLETE","errorCode":""}`, false, false, "INCOMPLETE, not finished"},
		{`{"overallResult":"INCOMPLETE","errorCode":"\n"}`, false, false, "INCOMPLETE, not finished"},
		{`{"overallResult":"INCOMPLETE"}`, false, false, "INCOMPLETE, not finished"},
		{`null`, false, false, "no result yet"},
		{`{}`, false, false, "no result yet"},
		{`{"overallResult":null}`, false, false, "no result yet"},
		{`{"overallResult":""}`, false, false, "no result yet"},
		{`{"overallResult":null,"errorCode":"USER_TIMEOUT"}`, false, false, "no result yet"},
		{`{"overallResult":"REVIEW"}`, false, false, "REVIEW, not finished"},
		{`{"overallResult":"REVIEW","errorCode":"USER_TIMEOUT"}`, false, false, "REVIEW, USER_TIMEOUT"},
		{`{"overallResult":"pass"}`, false, false, "pass, not finished"},
		{`{"idvResult":"PASS"}`, true, true, "PASS"},

		// The score never decides (API §5.3).
		{`{"overallResult":"FAIL","errorCode":"RISK_STRATEGY_HIT","faceDetail":{"faceLivenessScore":99}}`, true, false, "FAIL, RISK_STRATEGY_HIT"},
	}
	for _, test := range tests {
		t.Run(test.data, func(t *testing.T) {
			t.Parallel()

			r, err := decodeResult(present(json.RawMessage(test.data)), "f302f5d2454a85c2")
			if err != nil {
				t.Fatal(err)
			}
			if r.Finished() != test.finished || r.Passed() != test.passed || r.State() != test.state {
				t.Errorf("got finished %t, passed %t, state %q, want %t, %t, %q",
					r.Finished(), r.Passed(), r.State(), test.finished, test.passed, test.state)
			}
		})
	}
}

func TestHoldsImages(t *testing.T) {
	t.Parallel()

	tests := []struct {
		data string
		want bool
	}{
		{`{}`, false},
		{`{"faceDetail":null}`, false},
		{`{"faceDetail":{}}`, false},
		{`{"faceDetail":{"faceImage":null,"silentImage":"","faceVideoUrl":null,"auditImageUrl":null}}`, false},
		{`{"faceDetail":{"faceImageTime":1665993522952,"faceResult":"PASS"}}`, false},
		{`{"faceDetail":{"faceVideoUrl":"ERROR"}}`, false},
		{`{"inputParameters":{"returnUrl":"https://app.example/image","imageUrl":"https://app.example/"}}`, false},

		{`{"faceDetail":{"faceImage":"https://img.example/face.jpg"}}`, true},
		{`{"faceDetail":{"faceImageFar":"aGVsbG8="}}`, true},
		{`{"faceDetail":{"faceImageNear":"x"}}`, true},
		{`{"faceDetail":{"silentImage":"x"}}`, true},
		{`{"faceDetail":{"auditImageUrl":"x"}}`, true},
		{`{"faceDetail":{"faceVideoUrl":"x"}}`, true},
		{`{"faceDetail":{"faceVideoUrl":"PENDING"}}`, true}, // It will be there in a moment.

		// Fields that nobody knows, of this product or a sibling.
		{`{"documentDetail":{"frontImage":"x"}}`, true},
		{`{"faceDetail":{"images":["","x"]}}`, true},
		{`{"faceDetail":{"images":{"far":"x"}}}`, true},
		{`{"images":{"face":[{"url":"x"}]}}`, true},
		{`{"faceDetail":[{"facePhoto":"x"}]}`, true},
		{`{"profilePicture":"x"}`, true},
		{`{"nested":{"inputParameters":{"image":"x"}}}`, true},
		{`{"selfieUrl":"https://img.example/face.jpg"}`, true},
		{`{"far":"//img.example/face.jpg"}`, true},
		{`{"far":"HTTPS://img.example/face.jpg"}`, true},
		{`{"far":"data:image/jpeg;base64,x"}`, true},
		{`{"https://img.example/face.jpg":true}`, true},
		{`{"far":"` + strings.Repeat("x", 257) + `"}`, true},
		{`{"far":["` + strings.Repeat("x", 257) + `"]}`, true},
		{`{"far":{"near":[{"x":"` + strings.Repeat("x", 257) + `"}]}}`, true},
		{`{"far":"` + strings.Repeat("错", 256) + `","score":1e400,"known":false}`, false},
		{`{"far":"` + strings.Repeat(`\ud83d\ude00`, 256) + `"}`, false},
		{`{"far":"` + strings.Repeat(`\ud83d\ude00`, 257) + `"}`, true},
		{`{"frames":["x"]}`, true},
		{`{"faceDetail":{"https://img.example/face.jpg":true}}`, true},

		// Not of the documented type.
		{`{"faceDetail":"{}"}`, true},
		{`{"faceDetail":""}`, true},
		{`{"faceDetail":[]}`, true},
		{`{"faceDetail":17}`, true},
		{`{"faceDetail":false}`, true},
		{`{"nested":[{"faceDetail":"x"}]}`, true},
		{`{"faceDetail":{"faceImage":17}}`, true},
		{`{"faceDetail":{"silentImage":true}}`, true},
		{`{"faceDetail":{"faceImage":"ERROR"}}`, true},
		{`{"inputParameters":"https://img.example/face.jpg"}`, true},

		// Twice: the later value does not hide the earlier one.
		{`{"faceDetail":{"faceImage":"x","faceImage":null}}`, true},
		{`{"far":"https://img.example/face.jpg","far":null}`, true},
	}
	for _, test := range tests {
		t.Run(test.data, func(t *testing.T) {
			t.Parallel()

			r, err := decodeResult(json.RawMessage(test.data), "f302f5d2454a85c2")
			if err != nil {
				t.Fatal(err)
			}
			if r.HoldsImages != test.want {
				t.Errorf("got %t, want %t", r.HoldsImages, test.want)
			}
		})
	}
}

func FuzzDecodeResult(f *testing.F) {
	for _, seed := range []string{
		``, `null`, `{}`, `[]`, fullResult, smallResult, `{"overallResult":"INCOMPLETE","errorCode":"USER_TIMEOUT"}`,
		`{"overallResult":1}`, `{"idvResult":"PASS","errorCode":""}`, `{"faceDetail":{"eventDetails":[null,{"createTimestmap":1}]}}`,
		`{"faceDetail":{"faceVideoUrl":"ERROR","faceImageTime":9223372036854775807}}`,
		`{"overallResult":"INCOMPLETE","errorCode":"\u0000"}`, `{"images":{"far":"x"}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := decodeResult(present(data), "f302f5d2454a85c2")
		if err != nil {
			if r != nil || !errors.Is(err, ErrMalformed) {
				t.Errorf("got %+v, %v, want no result and ErrMalformed", r, err)
			}
			return
		}
		overall := value(r.OverallResult)
		if r.Passed() && !r.Finished() {
			t.Error("got a transaction that passed, but is not finished")
		}
		if r.Finished() && overall != OverallPass && overall != OverallFail && (overall != OverallIncomplete || value(r.ErrorCode) == "") {
			t.Errorf("got a finished transaction, %s", r.State())
		}
		if r.OverallResult != nil && overall == "" || r.ErrorCode != nil && *r.ErrorCode == "" {
			t.Error("got a pointer to nothing, want nil")
		}
		if r.FaceDetail == nil {
			return
		}
		d := r.FaceDetail
		for _, image := range []*string{d.FaceImage, d.FaceImageFar, d.FaceImageNear, d.SilentImage, d.AuditImageURL, d.FaceVideoURL} {
			if image != nil && *image == "" {
				t.Error("got a pointer to nothing, want nil")
			}
			if image != nil && *image != "ERROR" && !r.HoldsImages {
				t.Errorf("got an image %q of a result that is said to hold none", *image)
			}
		}
		for _, at := range []*time.Time{d.FaceImageTime, d.FaceImageFarTime, d.FaceImageNearTime, d.SilentImageTime} {
			if at != nil && !at.After(time.UnixMilli(0)) {
				t.Errorf("got a time %v, want nil or one after the epoch", at)
			}
		}
	})
}

func TestGetResult(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		api := &fakeAPI{script: map[Operation][]reply{OpGetResult: {
			succeed(`{"overallResult":"INCOMPLETE","signatureId":"ed8b"}`),
			succeed(`[]`),
			succeed(`{"overallResult":"PASS","signatureId":"another"}`),
		}}}
		c := newClient(t, api)
		got, err := c.GetResult(t.Context(), "ed8b", "")
		want := &Result{SignatureID: "ed8b", OverallResult: new("INCOMPLETE"), TransactionID: "0123456789abcdef"}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("got error %v, result (-want +got):\n%s", err, diff)
		}

		got, err = c.GetResult(t.Context(), "ed8b", "")
		if got != nil || !errors.Is(err, ErrMalformed) || IsNotKnown(err) {
			t.Errorf("got %+v, %v, want ErrMalformed", got, err)
		}
		if e := errorOf(t, err); e.OutcomeUnknown || e.HTTPStatus != 200 || e.Attempts != 1 {
			t.Errorf("got %+v, want an outcome that is known, HTTP status 200 and 1 attempt", e)
		}

		got, err = c.GetResult(t.Context(), "ed8b", "")
		if got != nil || !errors.Is(err, ErrMalformed) {
			t.Errorf("got %+v, %v of another session, want ErrMalformed", got, err)
		}
		api.wantCount(t, OpGetResult, 3)
	})
}

// Only two calls prove that the API does not know a session.
func TestGetResult_notKnown(t *testing.T) {
	t.Parallel()

	notKnown := refuse(CodeSignatureNotExist, "This signatureId is not exist")
	tests := []struct {
		name     string
		replies  []reply
		timeout  time.Duration
		calls    int
		notKnown bool
		late     bool // the error is a RetryAfterError
	}{
		{"twice", []reply{notKnown}, time.Minute, 2, true, false},
		{"once", []reply{notKnown, succeed(`{"overallResult":"PASS"}`)}, time.Minute, 2, false, false},
		{"then a permanent refusal", []reply{notKnown, refuse(CodeAccessDenied, "")}, time.Minute, 2, false, false},
		{"no time for the second call", []reply{notKnown}, time.Second, 1, false, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			synctest.Test(t, func(t *testing.T) {
				api := &fakeAPI{script: map[Operation][]reply{OpGetResult: test.replies}}
				ctx, cancel := context.WithTimeout(t.Context(), test.timeout)
				defer cancel()
				_, err := newClient(t, api).GetResult(ctx, "ed8b", "")
				if IsNotKnown(err) != test.notKnown {
					t.Errorf("got error %v, want not known %t", err, test.notKnown)
				}
				if late := (*RetryAfterError)(nil); errors.As(err, &late) != test.late {
					t.Errorf("got error %v, want a RetryAfterError %t", err, test.late)
				}
				api.wantTimes(t, OpGetResult, []time.Duration{0, 2 * time.Second}[:test.calls]...)
			})
		})
	}
}

func TestIsNotKnown(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name string
		err  error
		want bool
	}{
		{"nil", nil, false},
		{"said by get-result", &Error{Operation: OpGetResult, Code: CodeSignatureNotExist}, true},
		{"wrapped", fmt.Errorf("reading: %w", &Error{Operation: OpGetResult, Code: CodeSignatureNotExist}), true},
		{"said by clear-data", &Error{Operation: OpClearData, Code: CodeSignatureNotExist}, false},
		{"another code", &Error{Operation: OpGetResult, Code: CodeParameterError, Message: "This signatureId is not exist"}, false},
		{"another error", errors.New(CodeSignatureNotExist), false},
	}
	for _, test := range tests {
		if got := IsNotKnown(test.err); got != test.want {
			t.Errorf("%s: got %t, want %t", test.name, got, test.want)
		}
	}
}
