package simulator_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"
)

// Codes and messages of API §4.4, as rows name them.
var (
	accepted        = [2]string{"SUCCESS", "OK"}
	regionWrong     = [2]string{"REGION_WRONG", "Region is wrong"}
	parameterError  = [2]string{"PARAMETER_ERROR", "Parameter error,please check you input."}
	emptyParameter  = [2]string{"PARAMETER_ERROR", "Parameter should not be empty"}
	badReturnURL    = [2]string{"PARAMETER_ERROR", "Invalid returnUrl, please check your returnUrl"}
	badFailURL      = [2]string{"PARAMETER_ERROR", "Invalid failedReturnUrl, please check your failedReturnUrl"}
	badProductLevel = [2]string{"PARAMETER_ERROR", "Product level is wrong"}
	badRequest      = [2]string{"CLIENT_ERROR", "HTTP 400 - Bad Request"}
)

func TestConformance_generateFields(t *testing.T) {
	t.Parallel()
	c := newLogin(t)
	made := 0
	for _, row := range []struct {
		field string
		value any // nil leaves the field out
		want  [2]string
	}{
		{"returnUrl", nil, emptyParameter},
		{"returnUrl", "", emptyParameter},
		{"returnUrl", 1, badRequest},
		{"failReturnUrl", nil, emptyParameter},
		{"failReturnUrl", "", emptyParameter},
		{"failReturnUrl", true, badRequest},
		{"failedReturnUrl", "https://app.example.com/", badRequest}, // the field of the older product
		{"bizId", nil, emptyParameter},
		{"bizId", "", emptyParameter},
		{"bizId", "订单 7/ä", accepted},
		{"bizId", strings.Repeat("b", 500), accepted},
		{"bizId", 7, badRequest},
		{"userId", nil, emptyParameter},
		{"userId", "", emptyParameter},
		{"userId", "<img src=x>", accepted},
		{"userId", object{}, badRequest},
		{"region", nil, emptyParameter},
		{"region", "", emptyParameter},
		{"region", "NGA", accepted},
		{"region", "THA", accepted},
		{"region", "phl", regionWrong},
		{"region", "PH", regionWrong},
		{"region", "PHLX", regionWrong},
		{"region", "ZAR", regionWrong}, // withdrawn
		{"region", "XKK", regionWrong}, // for private use
		{"region", "608", regionWrong},
		{"region", " PHL", regionWrong},
		{"region", "XXX", regionWrong}, // left to users by ISO 3166-1
		{"region", "ABC", regionWrong}, // not assigned
		{"callbackUrl", "https://app.example.com/callback?auth=1", accepted},
		{"callbackUrl", "http://app.example.com/callback", accepted},
		{"callbackUrl", "", accepted},
		{"callbackUrl", "myapp://callback", parameterError},
		{"callbackUrl", "not a URL", parameterError},
		{"callbackUrl", urlOf(2048), accepted},
		{"callbackUrl", urlOf(2049), parameterError},
		{"language", "en", accepted},
		{"language", "en-US", accepted},
		{"language", "fil", accepted},
		{"language", "xx", accepted},
		{"language", []string{"en"}, badRequest},
		{"prefersColorScheme", "light", accepted},
		{"prefersColorScheme", "dark", accepted},
		{"prefersColorScheme", "sepia", accepted},
		{"bizCode", "WhiteCard7", accepted},
		{"bizCode", strings.Repeat("a", 32), accepted},
		{"bizCode", strings.Repeat("a", 33), parameterError},
		{"bizCode", "a-b", parameterError},
		{"bizCode", "a_b", parameterError}, // between Z and a, as the reference misspells the class
		{"bizCode", "ä", parameterError},
		{"iframeEnabled", true, accepted},
		{"iframeEnabled", false, accepted},
		{"iframeEnabled", "true", badRequest},
		{"iframeEnabled", 1, badRequest},
		{"productLevel", "STANDARD", accepted},
		{"productLevel", "PRO", accepted},
		{"productLevel", "ADVANCED", badProductLevel}, // of other products (API §9.2)
		{"productLevel", "pro", badProductLevel},
		{"livenessType", "DISTANT_NEAR", accepted},
		{"livenessType", "DISTANT_NEAR_ACTION", accepted},
		{"livenessType", "ACTION", accepted},
		{"livenessType", "SILENT", accepted},
		{"livenessType", "login", accepted}, // a customer's own
		{"ignoreFailWhenJump", true, accepted},
		{"ignoreFailWhenJump", false, accepted},
	} {
		got := c.call(generatePath, generateRequest(object{row.field: row.value}))
		if got.fields["code"] != row.want[0] || got.fields["message"] != row.want[1] || got.status != 200 {
			t.Errorf("§4.1 %s = %.40v: %d %s, want %q", row.field, row.value, got.status, got.body, row.want)
		}
		if row.want == accepted {
			made++
		}
		null := generateRequest(object{row.field: json.RawMessage("null")})
		if got := c.call(generatePath, null); got.fields["code"] != "CLIENT_ERROR" {
			t.Errorf("§4.1 %s = null: %s", row.field, got.body)
		}
	}
	var sessions []any
	decodeInto(t, c.control("GET", "sessions", "", 200).body, &sessions)
	if len(sessions) != made {
		t.Errorf("%d sessions, want one for each of the %d accepted requests", len(sessions), made)
	}
}

// urlOf returns a URL of n characters.
func urlOf(n int) string {
	const start = "https://app.example.com/"
	return start + strings.Repeat("a", n-len(start))
}

func TestConformance_returnURLs(t *testing.T) {
	t.Parallel()
	c := newLogin(t)
	for _, row := range []struct {
		value string
		good  bool
	}{
		{"https://example.com/callback", true},
		{"http://example.com", true},
		{"HTTPS://EXAMPLE.com/", true},
		{"myapp://callback/success", true},
		{"alipays://platformapi/startapp?id=1", true},
		{"https://example.com/a?b=%20c#d", true},
		{"https://example.com:8443/", true},
		{"https://[::1]:8443/a", true},
		{"https://example.com/ü", true},
		{urlOf(2047) + "ü", true}, // characters, not bytes
		{urlOf(2048), true},
		{urlOf(2049), false},
		{"javascript:alert(1)", false},
		{"javascript://host/%0aalert(1)", false},
		{"JavaScript://host/", false},
		{"data:text/html,a", false},
		{"data://text/html", false},
		{"file:///etc/passwd", false},
		{"file://host/etc", false},
		{"about:blank", false},
		{"about://blank", false},
		{"blob:https://host/1", false},
		{"blob://host/1", false},
		{"intent://scan/#Intent;end", false},
		{"INTENT://scan/", false},
		{"myapp:", false},
		{"myapp://", false},
		{"myapp:///path", false},
		{`https://host/\path`, false},
		{"https://", false},
		{"https://:443/", false},
		{"https:example.com", false},
		{"//host/path", false},
		{"/path", false},
		{"example.com/path", false},
		{"1app://host", false},
		{"my_app://host", false},
		{" https://host/", false},
		{"https://host/a b", false},
		{"https://host/a\rb", false},
		{"https://host/a\nb", false},
		{"https://host/a\tb", false},
		{"https://host/a\x00b", false},
		{"https://host/\u0085", false},
		{`https://host/a"b`, false},
		{"https://host/<b>", false},
		{"https://host/%zz", false},
		{"https://host/?a=%", false},
	} {
		for field, refusal := range map[string][2]string{"returnUrl": badReturnURL, "failReturnUrl": badFailURL} {
			want := accepted
			if !row.good {
				want = refusal
			}
			got := c.call(generatePath, generateRequest(object{field: row.value}))
			if got.fields["code"] != want[0] || got.fields["message"] != want[1] {
				t.Errorf("§4.2 %s = %.60q: %s, want %q", field, row.value, got.body, want)
			}
		}
	}
}

func TestConformance_generateAnswer(t *testing.T) {
	t.Parallel()
	c := newLogin(t)
	before := time.Now()
	got := c.call(generatePath, generateRequest(nil))
	c.expect(got, "SUCCESS", "OK")
	data := got.data(t)
	id := stringIn(t, data, "signatureId")
	if !transactionIDPattern.MatchString(id) || len(data) != 3 {
		t.Errorf("§4.3: data %v", data)
	}
	expired, ok := data["expiredTime"].(float64)
	if at := time.UnixMilli(int64(expired)); !ok || at.Before(before.Add(time.Hour).Truncate(time.Millisecond)) || at.After(time.Now().Add(time.Hour)) {
		t.Errorf("§4.3: expiredTime %v", data["expiredTime"])
	}
	link, err := url.Parse(stringIn(t, data, "url"))
	if err != nil {
		t.Fatal(err)
	}
	if link.Path != "/idvs/" || len(link.Query()) != 2 || link.Query().Get("signatureId") != id {
		t.Errorf("§4.3: url %s", link)
	}
	all, subject := claimsOf(t, link.Query().Get("token"))
	for _, name := range []string{"customerId", "accountId", "_timestamp", "_uuid"} {
		if subject[name] == nil {
			t.Errorf("§4.3: the link's subject has no %s: %v", name, subject)
		}
	}
	if all.Expires-all.Issued != 3600 {
		t.Errorf("§4.3: the link's claims %+v", all)
	}
	if again := c.generate(nil); again == id { // Neither idempotent nor unique by bizId.
		t.Error("§4.4: the same request gives the same signature id")
	}
	c.token = link.Query().Get("token")
	c.expect(c.call(resultPath, object{"signatureId": id}), "IAM_FAILED", "Token not found or expired") // §4.3: no access token.
}
