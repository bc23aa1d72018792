package advance

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

var sessionNow = time.UnixMilli(1642576592430)

func TestLinkExpiry(t *testing.T) {
	t.Parallel()

	fallback := sessionNow.Add(time.Hour)
	tests := []struct {
		name string
		ms   *int64
		want time.Time
	}{
		{"absent", nil, fallback},
		{"an hour ahead", new(int64(1642580192430)), sessionNow.Add(time.Hour)},
		{"a moment ahead", new(sessionNow.UnixMilli() + 1), sessionNow.Add(time.Millisecond)},
		{"now", new(sessionNow.UnixMilli()), fallback},
		{"past", new(sessionNow.UnixMilli() - 1), fallback},
		{"a day ahead", new(sessionNow.Add(24 * time.Hour).UnixMilli()), sessionNow.Add(24 * time.Hour)},
		{"more than a day ahead", new(sessionNow.Add(24*time.Hour).UnixMilli() + 1), fallback},
		{"in seconds", new(sessionNow.Unix() + 3600), fallback},
		{"zero", new(int64(0)), fallback},
		{"negative", new(int64(math.MinInt64)), fallback},
		{"beyond time", new(int64(math.MaxInt64)), fallback},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			if got := linkExpiry(test.ms, sessionNow); !got.Equal(test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestDecodeSession(t *testing.T) {
	t.Parallel()

	const link = "https://h5.example/?token=t&signatureId=ed8b"
	inAnHour := sessionNow.Add(time.Hour)
	tests := []struct {
		name string
		data string
		want *Session // nil where it is malformed
	}{
		{
			"documented", `{"signatureId":"ed8b","url":"` + link + `","expiredTime":1642577192430}`,
			&Session{SignatureID: "ed8b", URL: link, ExpiresAt: sessionNow.Add(10 * time.Minute)},
		},
		{"expiry absent", `{"signatureId":"ed8b","url":"` + link + `"}`, &Session{SignatureID: "ed8b", URL: link, ExpiresAt: inAnHour}},
		{"expiry null", `{"signatureId":"ed8b","url":"` + link + `","expiredTime":null}`, &Session{SignatureID: "ed8b", URL: link, ExpiresAt: inAnHour}},
		{"expiry of another type", `{"signatureId":"ed8b","url":"` + link + `","expiredTime":"soon"}`, &Session{SignatureID: "ed8b", URL: link, ExpiresAt: inAnHour}},
		{
			"expiry written otherwise", `{"signatureId":"ed8b","expiredTime":1.64257719243e12}`,
			&Session{SignatureID: "ed8b", ExpiresAt: sessionNow.Add(10 * time.Minute)},
		},
		{"url absent", `{"signatureId":"ed8b"}`, &Session{SignatureID: "ed8b", ExpiresAt: inAnHour}},
		{"url null", `{"signatureId":"ed8b","url":null}`, &Session{SignatureID: "ed8b", ExpiresAt: inAnHour}},
		{"url of another type", `{"signatureId":"ed8b","url":{}}`, &Session{SignatureID: "ed8b", ExpiresAt: inAnHour}},
		{"decimal id, other fields", `{"signatureId":"1234567890","new":[1]}`, &Session{SignatureID: "1234567890", ExpiresAt: inAnHour}},

		{"absent", ``, nil},
		{"null", `null`, nil},
		{"array", `[{"signatureId":"ed8b"}]`, nil},
		{"string", `"ed8b"`, nil},
		{"id absent", `{"url":"` + link + `"}`, nil},
		{"id null", `{"signatureId":null,"url":"` + link + `"}`, nil},
		{"id empty", `{"signatureId":"","url":"` + link + `"}`, nil},
		{"id of another type", `{"signatureId":{"id":"ed8b"},"url":"` + link + `"}`, nil},
		{"id in other letters", `{"SignatureID":"ed8b"}`, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			got, err := decodeSession(present(json.RawMessage(test.data)), sessionNow, nil)
			if (test.want == nil) != errors.Is(err, ErrMalformed) {
				t.Fatalf("got %+v, %v, want %+v", got, err, test.want)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("session (-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzDecodeSession(f *testing.F) {
	for _, seed := range []string{
		``, `null`, `{}`, `[]`, `"ed8b"`, madeSession, `{"signatureId":""}`, `{"signatureId":1}`, `{"signatureId":"a","signatureId":"b"}`, "{\"signatureId\":\"\xff\"}",
		`{"signatureId":"ed8b","url":null,"expiredTime":1642580192430}`,
		`{"signatureId":"ed8b","expiredTime":-9223372036854775808}`, `{"signatureId":"ed8b","expiredTime":1e12}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := decodeSession(present(data), sessionNow, nil)
		if err != nil {
			if s != nil || !errors.Is(err, ErrMalformed) {
				t.Errorf("got %+v, %v, want no session and ErrMalformed", s, err)
			}
			return
		}
		if s.SignatureID == "" {
			t.Error("got a session without an id and without an error")
		}
		if !s.ExpiresAt.After(sessionNow) || s.ExpiresAt.After(sessionNow.Add(maxLinkLifetime)) {
			t.Errorf("got an expiry at %v, want one within a day of %v", s.ExpiresAt, sessionNow)
		}
	})
}

func TestGenerateURL(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		data := fmt.Sprintf(`{"signatureId":"ed8b","url":"https://h5.example/","expiredTime":%d}`, time.Now().Add(time.Minute).UnixMilli())
		api := &fakeAPI{script: map[Operation][]reply{OpGenerateURL: {succeed(data)}}}
		got, err := newClient(t, api).GenerateURL(t.Context(), sampleRequest())
		if err != nil {
			t.Fatal(err)
		}
		want := &Session{
			SignatureID:   "ed8b",
			URL:           "https://h5.example/",
			ExpiresAt:     time.Now().Add(time.Minute),
			TransactionID: "0123456789abcdef",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("session (-want +got):\n%s", diff)
		}
	})
}

// A SUCCESS without an id is no session, is not asked for
// again, and may have made one all the same.
func TestGenerateURL_malformed(t *testing.T) {
	t.Parallel()

	for _, data := range []string{`null`, `[]`, `"ed8b"`, `{}`, `{"signatureId":""}`, `{"signatureId":null,"url":"https://h5.example/"}`} {
		t.Run(data, func(t *testing.T) {
			t.Parallel()

			synctest.Test(t, func(t *testing.T) {
				api := &fakeAPI{script: map[Operation][]reply{OpGenerateURL: {throttle("1"), succeed(data)}}}
				s, err := newClient(t, api).GenerateURL(t.Context(), sampleRequest())
				if s != nil || !errors.Is(err, ErrMalformed) {
					t.Fatalf("got %+v, %v, want no session and ErrMalformed", s, err)
				}
				e := errorOf(t, err)
				e.Err = nil
				want := &Error{
					Operation: OpGenerateURL, Code: CodeSuccess, Message: "OK", TransactionID: "0123456789abcdef",
					HTTPStatus: 200, Attempts: 2, OutcomeUnknown: true,
				}
				if diff := cmp.Diff(want, e); diff != "" {
					t.Errorf("error (-want +got):\n%s", diff)
				}
				api.wantCount(t, OpGenerateURL, 2)
			})
		})
	}
}

// An id that cannot be used is in the error, so that it is not lost.
func TestDecodeSession_id(t *testing.T) {
	t.Parallel()

	const unusable = "malformed response: its signature id cannot be used: "
	tests := []struct {
		id   string // JSON
		want string
		err  string
	}{
		{`"1234567890"`, "1234567890", ""},
		{`1234567890`, "1234567890", ""},
		{`12345678901234567890123`, "12345678901234567890123", ""},
		{`1.50e3`, "1.50e3", ""},
		{`" ed8b "`, " ed8b ", ""},
		{`null`, "", "malformed response: it has no signature id"},
		{`""`, "", "malformed response: it has no signature id"},
		{`"ed8b` + "\xff" + `"`, "", unusable + `"ed8b\xff"`},
		{`"ed8b\ud800"`, "", unusable + `"ed8b\\ud800"`},
		{`" "`, "", unusable + `" "`},
		{`["ed8b"]`, "", unusable + `"[\"ed8b\"]"`},
		{`{"id":"ed8b"}`, "", unusable + `"{\"id\":\"ed8b\"}"`},
		{`true`, "", unusable + `"true"`},
		{`"ed8b","signatureId":"ed8c"`, "", unusable + `"ed8b\",\"ed8c"`},
		{`["user-4711 link-token"]`, "", unusable + `"[\"[redacted] [redacted]\"]"`},
		{`["` + strings.Repeat("x", 500) + `"]`, "", unusable + `"[\"` + strings.Repeat("x", maxShownID-2) + `"`},
	}
	for _, test := range tests {
		t.Run(test.id, func(t *testing.T) {
			t.Parallel()

			data := `{"url":"https://h5.example/idvs/?token=link-token&signatureId=ed8b","signatureId":` + test.id + `}`
			s, err := decodeSession(json.RawMessage(data), sessionNow, []string{"user-4711"})
			switch {
			case test.err == "" && (err != nil || s.SignatureID != test.want):
				t.Errorf("got %+v, %v, want id %q", s, err, test.want)
			case test.err != "" && (!errors.Is(err, ErrMalformed) || err.Error() != test.err):
				t.Errorf("got error %v, want %q", err, test.err)
			}
		})
	}
}

// apiName returns the name that the API gives to a field.
func apiName(field string) string {
	name := strings.NewReplacer("URL", "Url", "ID", "Id").Replace(field)
	return strings.ToLower(name[:1]) + name[1:]
}

// filled returns a request with a value in every field.
func filled(t *testing.T) SessionRequest {
	t.Helper()
	var r SessionRequest
	fields := reflect.ValueOf(&r).Elem()
	for f := range fields.Type().Fields() {
		var v any
		switch fields.FieldByIndex(f.Index).Interface().(type) {
		case string:
			v = "value of " + f.Name
		case *string:
			v = new("value of " + f.Name)
		case *bool:
			v = new(false)
		default:
			t.Fatalf("SessionRequest.%s: no value for a %s", f.Name, f.Type)
		}
		fields.FieldByIndex(f.Index).Set(reflect.ValueOf(v))
	}
	return r
}

// sentBody returns the members of the body that generate-url sends.
func sentBody(t *testing.T, r SessionRequest) map[string]json.RawMessage {
	t.Helper()
	var members map[string]json.RawMessage
	synctest.Test(t, func(t *testing.T) {
		api := &fakeAPI{script: map[Operation][]reply{OpGenerateURL: {succeed(madeSession)}}}
		if _, err := newClient(t, api).GenerateURL(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(api.requests(OpGenerateURL)[0].Body), &members); err != nil {
			t.Fatal(err)
		}
	})
	return members
}

func TestSessionRequest_everyFieldIsSent(t *testing.T) {
	t.Parallel()

	r := filled(t)
	full, empty := sentBody(t, r), sentBody(t, SessionRequest{})
	fields := reflect.ValueOf(r)
	for f := range fields.Type().Fields() {
		name := apiName(f.Name)
		want, err := json.Marshal(fields.FieldByIndex(f.Index).Interface())
		if err != nil {
			t.Fatal(err)
		}
		if got := full[name]; string(got) != string(want) {
			t.Errorf("SessionRequest.%s: got %s in the body as %s, want %s", f.Name, got, name, want)
		}
		if _, sent := empty[name]; sent != (f.Type.Kind() != reflect.Pointer) {
			t.Errorf("SessionRequest.%s: got it in the body without a value: %t", f.Name, sent)
		}
	}
}

func TestInputParameters_everyFieldIsEchoed(t *testing.T) {
	t.Parallel()

	r := filled(t)
	body, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	request, echo := reflect.ValueOf(r), reflect.ValueOf(decodeInputParameters(body)).Elem()
	for f := range request.Type().Fields() {
		got := echo.FieldByName(f.Name)
		if !got.IsValid() {
			t.Errorf("SessionRequest.%s: InputParameters has no such field", f.Name)
			continue
		}
		want := reflect.Indirect(request.FieldByIndex(f.Index)).Interface()
		if got.IsNil() || got.Elem().Interface() != want {
			t.Errorf("InputParameters.%s: got %v from the echo, want %v", f.Name, got, want)
		}
	}
	for f := range echo.Type().Fields() {
		if f.Name != "IgnoreFailWhenJump" && !request.FieldByName(f.Name).IsValid() {
			t.Errorf("InputParameters.%s: SessionRequest has no such field", f.Name)
		}
	}
}
