package advance

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestDecodeEnvelope(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name string
		body string
		want *envelope // nil where it is none
	}{
		{
			"success", `{"code":"SUCCESS","message":"OK","data":{"a":1},"extra":null,"transactionId":"0123456789abcdef","pricingStrategy":"FREE"}`,
			&envelope{Code: "SUCCESS", Message: "OK", TransactionID: "0123456789abcdef", Data: json.RawMessage(`{"a":1}`)},
		},
		{"code alone", `{"code":"ERROR"}`, &envelope{Code: "ERROR"}},
		{"byte order mark", "\ufeff" + `{"code":"ERROR"}`, &envelope{Code: "ERROR"}},
		{"code in other cases too", `{"Code":"SUCCESS","code":"ERROR","CODE":"SUCCESS"}`, &envelope{Code: "ERROR"}},
		{"other members in other cases", `{"code":"ERROR","Message":"OK","TransactionId":"a","DATA":{}}`, &envelope{Code: "ERROR"}},
		{"unknown fields twice", `{"code":"ERROR","new":1,"new":2}`, &envelope{Code: "ERROR"}},
		{"code twice within the data", `{"code":"SUCCESS","data":{"code":1,"code":2}}`, &envelope{Code: "SUCCESS", Data: json.RawMessage(`{"code":1,"code":2}`)}},
		{"null data", `{"code":"ERROR","data": null }`, &envelope{Code: "ERROR"}},
		{"data of any type", `{"code":"SUCCESS","data":[]}`, &envelope{Code: "SUCCESS", Data: json.RawMessage(`[]`)}},
		{"message of another type", `{"code":"ERROR","message":{"text":"x"},"transactionId":17}`, &envelope{Code: "ERROR"}},
		{"null message", `{"code":"ERROR","message":null,"transactionId":null}`, &envelope{Code: "ERROR"}},
		{"extra of another type", `{"code":"ERROR","extra":{"a":[]},"pricingStrategy":1}`, &envelope{Code: "ERROR"}},
		{"unknown fields", `{"code":"ERROR","new":{}}`, &envelope{Code: "ERROR"}},
		{"blanks around it", " \n{\"code\":\"ERROR\"}\n", &envelope{Code: "ERROR"}},

		{"empty", ``, nil},
		{"HTML", `<html><body>Bad Gateway</body></html>`, nil},
		{"array", `[{"code":"SUCCESS"}]`, nil},
		{"string", `"SUCCESS"`, nil},
		{"null", `null`, nil},
		{"no code", `{"message":"OK","data":{}}`, nil},
		{"empty code", `{"code":""}`, nil},
		{"blank code", `{"code":" "}`, nil},
		{"null code", `{"code":null}`, nil},
		{"number as code", `{"code":200}`, nil},
		{"blanks around the code", `{"code":" SUCCESS\n"}`, nil},
		{"invisible character in the code", `{"code":"SUCCESS\u200b"}`, nil},
		{"code in another case", `{"Code":"SUCCESS"}`, nil},
		{"two codes", `{"code":"ERROR","code":"SUCCESS"}`, nil},
		{"code twice", `{"code":"SUCCESS","code":"SUCCESS"}`, nil},
		{"code twice, once escaped", `{"code":"ERROR","c\u006fde":"SUCCESS"}`, nil},
		{"two messages", `{"code":"PARAMETER_ERROR","message":"a","message":"b"}`, nil},
		{"two transaction ids", `{"code":"ERROR","transactionId":"a","transactionId":"b"}`, nil},
		{"data twice", `{"code":"SUCCESS","data":{"a":1},"data":null}`, nil},
		{"two byte order marks", "\ufeff\ufeff" + `{"code":"ERROR"}`, nil},
		{"comma at the end", `{"code":"SUCCESS",}`, nil},
		{"no comma", `{"code":"SUCCESS" "data":1}`, nil},
		{"cut off", `{"code":"SUCCESS","data":{"signatureId":"ed8b`, nil},
		{"more after it", `{"code":"SUCCESS"}{"code":"SUCCESS"}`, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			got, ok := decodeEnvelope([]byte(test.body))
			if ok != (test.want != nil) {
				t.Fatalf("got %+v, %t, want %+v", got, ok, test.want)
			}
			if ok && !cmp.Equal(got, *test.want) {
				t.Errorf("got %+v, want %+v", got, *test.want)
			}
		})
	}
}

func TestEnvelope_sanitized(t *testing.T) {
	t.Parallel()

	const secret = "secret-token-of-some-length"
	e := envelope{
		Code: "ERROR\x1b[31m" + secret,
		// The secret lies across the place where the message is cut short.
		Message:       strings.Repeat("m", maxMessageLen-10) + secret,
		TransactionID: strings.Repeat("t", maxIDLen-5) + secret,
		Data:          json.RawMessage(`{}`),
	}
	got := e.sanitized([]string{"", secret})
	for name, s := range map[string]string{"code": got.Code, "message": got.Message, "transaction id": got.TransactionID} {
		if strings.Contains(s, secret[:5]) {
			t.Errorf("the %s holds the start of the secret: %q", name, s)
		}
	}
	if want := "ERROR [31m[redacted]"; got.Code != want {
		t.Errorf("code: got %q, want %q", got.Code, want)
	}
	if n := utf8.RuneCountInString(got.Message); n != maxMessageLen {
		t.Errorf("message: got %d characters, want %d", n, maxMessageLen)
	}
	if string(got.Data) != `{}` {
		t.Errorf("data: got %s, want it as it was", got.Data)
	}
}

func TestObject(t *testing.T) {
	t.Parallel()

	for _, data := range []json.RawMessage{nil, json.RawMessage(`[]`), json.RawMessage(`"x"`), json.RawMessage(`1`)} {
		if got, err := object(data); !errors.Is(err, ErrMalformed) {
			t.Errorf("object(%s): got %v, %v, want ErrMalformed", data, got, err)
		}
	}
	got, err := object(json.RawMessage(`{"a":1,"b":null}`))
	want := map[string]json.RawMessage{"a": json.RawMessage(`1`), "b": json.RawMessage(`null`)}
	if err != nil || !cmp.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

// FuzzDecodeMembers compares with encoding/json, which believes the last of two
// members with the same name.
func FuzzDecodeMembers(f *testing.F) {
	for _, seed := range []string{
		`{}`, ` { } `, `{"a":1}`, "{ \"a\" :\t1.5e3 ,\r\n\"b\": null }\n", `{"a":[{"b":[]},"]"],"c":{"d":{}}}`,
		`{"a\"}":"\\","b\\":"\"{[,:","\u0063":"é"}`, "{\"\xff\":\"\xff\"}", `{"a":1,"a":2}`, `{"":""}`,
		``, ` `, `null`, `[]`, `"{"`, `{`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{"a":1}}`, `{"a":1} {}`, `{1:2}`, `{"a":"\`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var want map[string]json.RawMessage
		wantErr := json.Unmarshal(data, &want)
		got, err := decodeMembers(data)
		if valid := wantErr == nil && want != nil; (err == nil) != valid {
			t.Fatalf("%q: got error %v, want one: %t", data, err, !valid)
		}
		for name, raw := range got {
			if isDoubled(raw) {
				continue
			}
			if !bytes.Equal(raw, want[name]) {
				t.Errorf("%q: got %q of %q, want %q", data, raw, name, want[name])
			}
		}
		if err == nil && len(got) != len(want) {
			t.Errorf("%q: got %d members, want %d", data, len(got), len(want))
		}
	})
}

func TestDecode_strictAndLenient(t *testing.T) {
	t.Parallel()

	tests := []struct {
		raw       string
		want      *string
		malformed bool
	}{
		{``, nil, false},
		{`null`, nil, false},
		{` null `, nil, false},
		{`"x"`, new("x"), false},
		{`""`, new(""), false},
		{`1`, nil, true},
		{`{}`, nil, true},
		{`["x"]`, nil, true},
		{`true`, nil, true},
	}
	for _, test := range tests {
		got, err := strict[string](json.RawMessage(test.raw))
		if !cmp.Equal(got, test.want) || errors.Is(err, ErrMalformed) != test.malformed {
			t.Errorf("strict(%s): got %v, %v, want %v, malformed %t", test.raw, got, err, test.want, test.malformed)
		}
		if got := lenient[string](json.RawMessage(test.raw)); !cmp.Equal(got, test.want) {
			t.Errorf("lenient(%s): got %v, want %v", test.raw, got, test.want)
		}
	}
}

func TestInteger(t *testing.T) {
	t.Parallel()

	tests := map[string]*int64{
		`0`:                   new(int64(0)),
		`1642580192430`:       new(int64(1642580192430)),
		`1642580192430.0`:     new(int64(1642580192430)),
		`1.64258019243e12`:    new(int64(1642580192430)),
		`-3`:                  new(int64(-3)),
		`9007199254740992`:    new(int64(1 << 53)),
		`9007199254740994`:    nil,
		`9223372036854775807`: nil,
		`1e300`:               nil,
		`1e999`:               nil,
		`1.5`:                 nil,
		`"1"`:                 nil,
		`true`:                nil,
		`null`:                nil,
		``:                    nil,
	}
	for raw, want := range tests {
		if diff := cmp.Diff(want, integer(json.RawMessage(raw))); diff != "" {
			t.Errorf("integer(%s) (-want +got):\n%s", raw, diff)
		}
	}
}

func TestPrintable(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name  string
		in    string
		limit int
		want  string
	}{
		{"as it is", "Region is wrong", 20, "Region is wrong"},
		{"trimmed", " \n OK\t", 20, "OK"},
		{"line breaks", "one\r\ntwo", 20, "one  two"},
		{"escape sequence", "\x1b[2Jgone", 20, "[2Jgone"},
		{"text that runs backwards", "a\u202eb", 20, "a b"},
		{"invalid UTF-8", "a\xffb", 20, "a\ufffdb"},
		{"other scripts", "错误", 20, "错误"},
		{"at the limit", "12345", 5, "12345"},
		{"beyond the limit", "123456", 5, "12345…"},
		{"characters, not bytes", "错误错误", 3, "错误错…"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			if got := printable(test.in, test.limit); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func FuzzDecodeEnvelope(f *testing.F) {
	for _, seed := range []string{
		``, `null`, `[]`, `{}`, `<html>`, `{"code":"SUCCESS"}`, `{"code":"SUCCESS","data":null}`,
		`{"code":"ERROR","message":"Server error.","data":null,"extra":null,"transactionId":"0123456789abcdef","pricingStrategy":"FREE"}`,
		`{"code":"IAM_FAILED","message":"s3cr3t-t0k3n\u001b[0m","transactionId":1}`,
		`{"CODE":"x","code":" y "}`, `{"code":"SUCCESS","data":{"a":`,
		"\ufeff" + `{"code":"SUCCESS"}`, `{"code":"ERROR","code":"SUCCESS"}`, `{"code":"SUCCESS",}`,
	} {
		f.Add([]byte(seed))
	}
	const secret = "s3cr3t-t0k3n"
	f.Fuzz(func(t *testing.T, body []byte) {
		env, ok := decodeEnvelope(body)
		if !ok {
			return
		}
		if !json.Valid(bytes.TrimPrefix(body, []byte("\ufeff"))) {
			t.Fatal("got an envelope from what is no JSON")
		}
		if printable(env.Code, maxCodeLen) != env.Code || env.Code == "" {
			t.Errorf("got code %q, want one without blanks around it", env.Code)
		}
		if env.Data != nil && (!json.Valid(env.Data) || string(env.Data) == "null") {
			t.Errorf("got data %q, want nil or JSON that is not null", env.Data)
		}
		shown := env.sanitized([]string{secret})
		for text, limit := range map[string]int{shown.Code: maxCodeLen, shown.Message: maxMessageLen, shown.TransactionID: maxIDLen} {
			if n := utf8.RuneCountInString(text); n > limit+1 {
				t.Errorf("got %d characters of %q, want %d and an ellipsis at most", n, text, limit)
			}
			if strings.Contains(text, secret) {
				t.Errorf("got the secret in %q", text)
			}
			for _, r := range text {
				if !unicode.IsPrint(r) {
					t.Errorf("got %q in %q, want it to be fit for a terminal", r, text)
				}
			}
		}
	})
}
