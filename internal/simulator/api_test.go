package simulator

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAPI_envelope(t *testing.T) {
	t.Parallel()
	h := newServer(t, Config{}).login()
	for _, body := range []string{encode(sessionParams(nil)), "{"} {
		got, text, err := h.do(h.request(OpGenerate, body))
		if err != nil {
			t.Fatal(err)
		}
		parsed, ok := parseObject(text)
		if !ok {
			t.Fatalf("the answer is no object: %s", text)
		}
		keys := slices.Sorted(maps.Keys(parsed))
		want := []string{"code", "data", "extra", "message", "pricingStrategy", "transactionId"}
		if diff := cmp.Diff(want, keys); diff != "" {
			t.Errorf("keys (-want +got):\n%s", diff)
		}
		if parsed["pricingStrategy"] != "FREE" || parsed["extra"] != nil {
			t.Errorf("unexpected envelope: %s", text)
		}
		if !regexp.MustCompile(`^[0-9a-f]{16}$`).MatchString(got.TransactionID) {
			t.Errorf("transaction id %q", got.TransactionID)
		}
		if got.status != http.StatusOK || got.header.Get("Date") == "" {
			t.Errorf("status %d, header %v", got.status, got.header)
		}
	}
}

func TestAPI_strictness(t *testing.T) {
	t.Parallel()
	good := encode(sessionParams(nil))
	for name, test := range map[string]struct {
		operation Operation
		body      string
		change    func(*http.Request)
		code      string
		message   string
	}{
		"good":                 {OpGenerate, good, nil, "SUCCESS", "OK"},
		"charset":              {OpGenerate, good, setType("application/json; charset=utf-8"), "SUCCESS", "OK"},
		"no content type":      {OpGenerate, good, setType(""), "CLIENT_ERROR", messageBadRequest},
		"form":                 {OpGenerate, good, setType("application/x-www-form-urlencoded"), "CLIENT_ERROR", messageBadRequest},
		"no body":              {OpGenerate, "", nil, "CLIENT_ERROR", messageBadRequest},
		"malformed":            {OpGenerate, "{", nil, "CLIENT_ERROR", messageBadRequest},
		"array":                {OpGenerate, "[]", nil, "CLIENT_ERROR", messageBadRequest},
		"null":                 {OpGenerate, "null", nil, "CLIENT_ERROR", messageBadRequest},
		"text":                 {OpGenerate, `"a"`, nil, "CLIENT_ERROR", messageBadRequest},
		"two values":           {OpGenerate, good + "{}", nil, "CLIENT_ERROR", messageBadRequest},
		"not UTF-8":            {OpGenerate, strings.Replace(good, "user-1", "\xff", 1), nil, "CLIENT_ERROR", messageBadRequest},
		"too large":            {OpGenerate, strings.Repeat(" ", maxBody) + good, nil, "CLIENT_ERROR", messageBadRequest},
		"wrong verb":           {OpGenerate, good, func(r *http.Request) { r.Method = http.MethodPut }, "CLIENT_ERROR", messageMethodNotAllowed},
		"wrong path":           {OpGenerate, good, func(r *http.Request) { r.URL.Path += "/" }, "CLIENT_ERROR", messageNotFound},
		"no token":             {OpGenerate, good, func(r *http.Request) { r.Header.Del("X-ACCESS-TOKEN") }, "IAM_FAILED", messageTokenExpired},
		"unknown token":        {OpGenerate, good, func(r *http.Request) { r.Header.Set("X-ACCESS-TOKEN", "x.y.z") }, "IAM_FAILED", messageTokenExpired},
		"result: empty":        {OpResult, `{"signatureId":""}`, nil, "PARAMETER_ERROR", messageEmpty},
		"result: missing":      {OpResult, `{}`, nil, "PARAMETER_ERROR", messageEmpty},
		"result: number":       {OpResult, `{"signatureId":1}`, nil, "CLIENT_ERROR", messageBadRequest},
		"result: unknown":      {OpResult, `{"signatureId":"0"}`, nil, "SIGNATURE_NOT_EXIST", messageNotExist},
		"result: image type":   {OpResult, `{"signatureId":"0","returnImageType":"PNG"}`, nil, "PARAMETER_ERROR", messageParameter},
		"result: null type":    {OpResult, `{"signatureId":"0","returnImageType":null}`, nil, "CLIENT_ERROR", messageBadRequest},
		"result: extra field":  {OpResult, `{"signatureId":"0","bizId":"1"}`, nil, "CLIENT_ERROR", messageBadRequest},
		"result: no type":      {OpResult, `{"signatureId":"0"}`, setType(""), "CLIENT_ERROR", messageBadRequest},
		"clear: empty":         {OpClear, "", nil, "PARAMETER_ERROR", messageClearEmpty},
		"clear: unknown":       {OpClear, "0", nil, "PARAMETER_ERROR", messageClearNotExist},
		"clear: with type":     {OpClear, "0", setType("application/json"), "PARAMETER_ERROR", messageClearNotExist},
		"clear: no token":      {OpClear, "0", func(r *http.Request) { r.Header.Del("X-ACCESS-TOKEN") }, "IAM_FAILED", messageTokenExpired},
		"clear: wrong verb":    {OpClear, "0", func(r *http.Request) { r.Method = http.MethodGet }, "CLIENT_ERROR", messageMethodNotAllowed},
		"token: unknown field": {OpToken, `{"secretKey":"x"}`, nil, "CLIENT_ERROR", messageBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newMemory(t, Config{}).login()
			r := h.request(test.operation, test.body)
			if test.change != nil {
				test.change(r)
			}
			got, _, err := h.do(r)
			if err != nil {
				t.Fatal(err)
			}
			if got.Code != test.code || got.Message != test.message || got.status != http.StatusOK {
				t.Errorf("got %d, %q, %q, want 200, %q, %q", got.status, got.Code, got.Message, test.code, test.message)
			}
		})
	}
}

func setType(contentType string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Del("Content-Type")
		if contentType != "" {
			r.Header.Set("Content-Type", contentType)
		}
	}
}

func TestCalls_withoutSecrets(t *testing.T) {
	t.Parallel()
	h := newServer(t, Config{}).login()
	made := h.generate(nil)
	h.result(made.SignatureID)
	h.want(OpClear, made.SignatureID, "PARAMETER_ERROR", messageNotFinished)
	h.fetch(http.MethodPost, h.base+"/openapi/elsewhere", "", "")
	h.get(made.URL)
	h.get(h.base + "/simulator/v1/calls")
	h.get(h.base + "/favicon.ico")

	calls := h.sim.Calls()
	var got []string
	for _, call := range calls {
		got = append(got, string(call.Operation)+" "+call.Code+" "+strconv.Itoa(call.HTTPStatus)+" "+
			strings.ReplaceAll(call.SignatureID, made.SignatureID, "ID"))
	}
	want := []string{
		"token SUCCESS 200 ",
		"generate SUCCESS 200 ID",
		"result SUCCESS 200 ID",
		"clear PARAMETER_ERROR 200 ID",
		" CLIENT_ERROR 200 ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	text := encode(calls)
	for _, secret := range []string{DefaultSecretKey, DefaultAccessKey, h.token, "token=", "user-1", "app.example.com"} {
		if strings.Contains(text, secret) {
			t.Errorf("the calls tell %q", secret)
		}
	}
	if h.sim.CallCount(OpResult) != 1 || h.sim.CallCount(OpToken) != 1 {
		t.Errorf("counts: %d, %d", h.sim.CallCount(OpResult), h.sim.CallCount(OpToken))
	}
	if got := h.sim.Connections(); got != 1 {
		t.Errorf("%d connections", got)
	}
}
