package simulator

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEnvelopeHasItsSixKeys(t *testing.T) {
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

func TestStrictAboutRequests(t *testing.T) {
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

func TestClearRefusesABody(t *testing.T) {
	t.Parallel()
	h := newServer(t, Config{}).login()
	made := h.generate(map[string]any{"userId": "sim-pass"})
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost,
		h.base+pathOf(OpClear)+"?signatureId="+made.SignatureID, strings.NewReader("{}"))
	r.RequestURI = ""
	r.Header.Set("X-ACCESS-TOKEN", h.token)
	got, _, err := h.do(r)
	if err != nil || got.Message != messageBadRequest {
		t.Errorf("got %+v, %v", got, err)
	}
	if session, _ := h.sim.Session(made.SignatureID); session.State != StateFinished {
		t.Errorf("the session is %s", session.State)
	}
}

func TestGenerateChecksParameters(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		changes map[string]any
		code    string // "" is SUCCESS
		message string
	}{
		"minimal": {},
		"all": {changes: map[string]any{
			"callbackUrl": "http://app.example.com/callback?auth=1", "language": "en-US", "prefersColorScheme": "dark",
			"bizCode": "WhiteCard", "iframeEnabled": true, "productLevel": "PRO", "livenessType": "login", "ignoreFailWhenJump": true,
		}},
		"empty options": {changes: map[string]any{
			"callbackUrl": "", "language": "", "prefersColorScheme": "", "bizCode": "", "productLevel": "", "livenessType": "",
		}},
		"odd scheme":       {changes: map[string]any{"prefersColorScheme": "sepia"}},
		"no returnUrl":     {map[string]any{"returnUrl": nil}, "PARAMETER_ERROR", messageEmpty},
		"no failReturnUrl": {map[string]any{"failReturnUrl": ""}, "PARAMETER_ERROR", messageEmpty},
		"no bizId":         {map[string]any{"bizId": nil}, "PARAMETER_ERROR", messageEmpty},
		"no userId":        {map[string]any{"userId": ""}, "PARAMETER_ERROR", messageEmpty},
		"no region":        {map[string]any{"region": nil}, "PARAMETER_ERROR", messageEmpty},
		"bad returnUrl":    {map[string]any{"returnUrl": "javascript:alert(1)"}, "PARAMETER_ERROR", messageReturnURL},
		"bad failReturn":   {map[string]any{"failReturnUrl": "myapp:"}, "PARAMETER_ERROR", messageFailReturnURL},
		"app callback":     {map[string]any{"callbackUrl": "myapp://callback"}, "PARAMETER_ERROR", messageParameter},
		"bizCode sign":     {map[string]any{"bizCode": "a-b"}, "PARAMETER_ERROR", messageParameter},
		"bizCode long":     {map[string]any{"bizCode": strings.Repeat("a", 33)}, "PARAMETER_ERROR", messageParameter},
		"lower region":     {map[string]any{"region": "phl"}, "REGION_WRONG", messageRegion},
		"short region":     {map[string]any{"region": "PH"}, "REGION_WRONG", messageRegion},
		"no such region":   {map[string]any{"region": "XXX"}, "REGION_WRONG", messageRegion},
		"product level":    {map[string]any{"productLevel": "ADVANCED"}, "PARAMETER_ERROR", messageProductLevel},
		"text for bool":    {map[string]any{"iframeEnabled": "true"}, "CLIENT_ERROR", messageBadRequest},
		"number for text":  {map[string]any{"userId": 1}, "CLIENT_ERROR", messageBadRequest},
		"object for text":  {map[string]any{"userId": map[string]any{}}, "CLIENT_ERROR", messageBadRequest},
		"unknown field":    {map[string]any{"failedReturnUrl": "https://a.example"}, "CLIENT_ERROR", messageBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newMemory(t, Config{}).login()
			code, message := test.code, test.message
			if code == "" {
				code, message = "SUCCESS", "OK"
			}
			h.want(OpGenerate, encode(sessionParams(test.changes)), code, message)
			if made := len(h.sim.Sessions()); (made == 1) != (code == "SUCCESS") {
				t.Errorf("%d sessions", made)
			}
		})
	}
}

func TestGenerateRefusesNull(t *testing.T) {
	t.Parallel()
	h := newMemory(t, Config{}).login()
	for name := range generateFields {
		body := strings.TrimSuffix(encode(sessionParams(map[string]any{name: nil})), "}") + `,"` + name + `":null}`
		h.want(OpGenerate, body, "CLIENT_ERROR", messageBadRequest)
	}
}

func TestReturnURLs(t *testing.T) {
	t.Parallel()
	long := "https://example.com/"
	for text, want := range map[string]bool{
		"https://example.com/callback":                 true,
		"http://example.com":                           true,
		"HTTPS://example.com/":                         true,
		"myapp://callback/success":                     true,
		"alipays://platformapi/startapp?id=1":          true,
		"https://example.com/a?b=%20c#d":               true,
		"https://example.com/ü":                        true,
		"https://[::1]:8443/a":                         true,
		long + strings.Repeat("a", maxURL-len(long)):   true,
		long + strings.Repeat("ü", maxURL-len(long)):   true,
		long + strings.Repeat("a", maxURL-len(long)+1): false,
		"":                           false,
		"javascript:alert(1)":        false,
		"javascript://host/%0aalert": false,
		"JavaScript://host/":         false,
		"data://text/html":           false,
		"file://host/etc":            false,
		"about://blank":              false,
		"blob://host/1":              false,
		"intent://scan/#Intent;end":  false,
		"myapp:":                     false,
		"myapp://":                   false,
		"myapp:///path":              false,
		"https://host/\\path":        false,
		"https://":                   false,
		"https://:443/":              false,
		"//host/path":                false,
		"/path":                      false,
		"host/path":                  false,
		"1app://host":                false,
		"https://host/a b":           false,
		"https://host/a\nb":          false,
		"https://host/a\tb":          false,
		"https://host/\x00":          false,
		"https://host/\u0085":        false,
		"https://host/a\"b":          false,
		"https://host/<b>":           false,
		"https://host/%zz":           false,
		"https://host/?a=%":          false,
	} {
		if got := validReturnURL(text); got != want {
			t.Errorf("validReturnURL(%.60q) = %v, want %v", text, got, want)
		}
	}
}

func TestWithErrorCode(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]string{
		"https://a.example":             "https://a.example?errorCode=X_Y",
		"https://a.example/b?c=d":       "https://a.example/b?c=d&errorCode=X_Y",
		"https://a.example/b?":          "https://a.example/b?errorCode=X_Y",
		"https://a.example/b?c&":        "https://a.example/b?c&errorCode=X_Y",
		"https://a.example/#/route":     "https://a.example/?errorCode=X_Y#/route",
		"https://a.example/?c#f?g":      "https://a.example/?c&errorCode=X_Y#f?g",
		"myapp://callback/done#":        "myapp://callback/done?errorCode=X_Y#",
		"https://a.example/%7Ea?b=%2F+": "https://a.example/%7Ea?b=%2F+&errorCode=X_Y",
	} {
		if got := withErrorCode(target, "X_Y"); got != want {
			t.Errorf("withErrorCode(%q) = %q, want %q", target, got, want)
		}
	}
}

func TestSignatureVector(t *testing.T) {
	t.Parallel()
	const want = "02209bbeaf0d0a3dd587f6a1ba22f84c98d142e3b545e77db7e4906ca56349f5"
	if got := signature("sampleaccesskey", "samplesecretkey", "1665993522952"); got != want {
		t.Errorf("signature = %s, want %s", got, want)
	}
}

func TestTokenChecks(t *testing.T) {
	t.Parallel()
	now := time.Now()
	h := newMemory(t, Config{})
	body := func(at time.Time, changes map[string]any) string {
		timestamp := strconv.FormatInt(at.UnixMilli(), 10)
		fields := map[string]any{
			"accessKey": DefaultAccessKey,
			"timestamp": timestamp,
			"signature": signature(DefaultAccessKey, DefaultSecretKey, timestamp),
		}
		maps.Copy(fields, changes)
		return encode(fields)
	}
	for name, test := range map[string]struct{ body, code, message string }{
		"text":             {body(now, nil), "SUCCESS", "OK"},
		"number":           {body(now, map[string]any{"timestamp": now.UnixMilli()}), "SUCCESS", "OK"},
		"period number":    {body(now, map[string]any{"periodSecond": 60}), "SUCCESS", "OK"},
		"period text":      {body(now, map[string]any{"periodSecond": "86400"}), "SUCCESS", "OK"},
		"period short":     {body(now, map[string]any{"periodSecond": 59}), "PARAMETER_ERROR", messageParameter},
		"period long":      {body(now, map[string]any{"periodSecond": "86401"}), "PARAMETER_ERROR", messageParameter},
		"period fraction":  {body(now, map[string]any{"periodSecond": 60.5}), "PARAMETER_ERROR", messageParameter},
		"period bool":      {body(now, map[string]any{"periodSecond": true}), "CLIENT_ERROR", messageBadRequest},
		"no access key":    {body(now, map[string]any{"accessKey": ""}), "PARAMETER_ERROR", messageEmpty},
		"no timestamp":     {body(now, map[string]any{"timestamp": ""}), "PARAMETER_ERROR", messageEmpty},
		"no signature":     {body(now, map[string]any{"signature": ""}), "PARAMETER_ERROR", messageEmpty},
		"nothing":          {"{}", "PARAMETER_ERROR", messageEmpty},
		"unknown key":      {body(now, map[string]any{"accessKey": "other"}), "IAM_FAILED", messageKeyNotFound},
		"wrong signature":  {body(now, map[string]any{"signature": "00"}), "PARAMETER_ERROR", messageSignature},
		"early":            {body(now.Add(-290*time.Second), nil), "SUCCESS", "OK"},
		"late":             {body(now.Add(290*time.Second), nil), "SUCCESS", "OK"},
		"too early":        {body(now.Add(-310*time.Second), nil), "PARAMETER_ERROR", messageTimestamp},
		"too late":         {body(now.Add(310*time.Second), nil), "PARAMETER_ERROR", messageTimestamp},
		"seconds":          {body(time.UnixMilli(now.Unix()), nil), "PARAMETER_ERROR", messageTimestamp},
		"timestamp word":   {body(now, map[string]any{"timestamp": "now"}), "PARAMETER_ERROR", messageTimestamp},
		"timestamp signed": {body(now, map[string]any{"timestamp": "+1"}), "PARAMETER_ERROR", messageTimestamp},
		"timestamp bool":   {body(now, map[string]any{"timestamp": true}), "CLIENT_ERROR", messageBadRequest},
		"null signature":   {body(now, map[string]any{"signature": nil}), "CLIENT_ERROR", messageBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			got := h.call(OpToken, test.body)
			if got.Code != test.code || got.Message != test.message {
				t.Errorf("got %q, %q, want %q, %q", got.Code, got.Message, test.code, test.message)
			}
		})
	}
}

func TestCallsAreRecordedWithoutSecrets(t *testing.T) {
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
