package simulator_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// globalCodes are the codes and messages of API §8, and those of §3 to §6 that
// the simulator does not answer by itself. Each is to be had with a fault.
var globalCodes = []struct{ kind, code, message string }{
	{"error", "ERROR", "Server error"},
	{"error", "ERROR", "Server error."},
	{"empty-parameter-error", "EMPTY_PARAMETER_ERROR", "Parameter should not be empty"},
	{"parameter-empty", "PARAMETER_ERROR", "Parameter should not be empty"},
	{"parameter-error", "PARAMETER_ERROR", "Parameter error,please check you input."},
	{"insufficient-balance", "INSUFFICIENT_BALANCE", "Insufficient balance, please top up or contact your sales manager for help"},
	{"service-busy", "SERVICE_BUSY", "Rate limit is exceeded, please retry after the suggested time in HTTP Header."},
	{"service-busy-quota", "SERVICE_BUSY", "Quota exceeded: You have exceeded the daily quota for free queries, please contact out tech support for help"},
	{"retry-later", "RETRY_LATER", "Query failed, please retry after the suggested time in HTTP Header."},
	{"over-query-limit", "OVER_QUERY_LIMIT", "Quota exceeded. you have exceeded free query quota, please contact your sales manager for help"},
	{"over-query-limit", "OVER_QUERY_LIMIT", "Quota exceeded: You have exceeded free query quota for test account, please contact your sales manager for help"},
	{"client-error", "CLIENT_ERROR", "HTTP 400 - Bad Request"},
	{"client-error", "CLIENT_ERROR", "HTTP 404 - Not Found"},
	{"client-error", "CLIENT_ERROR", "HTTP 405 - Method Not Allowed"},
	{"access-denied", "ACCESS_DENIED", "Access denied"},
	{"service-disabled", "SERVICE_DISABLED", "Service disabled"},
	{"account-disabled", "ACCOUNT_DISABLED", "Account Disabled"},
	{"iam-access-key", "IAM_FAILED", "Access Key not found"},
	{"iam-access-key", "IAM_FAILED", "Access Key not found or expired"},
	{"iam-token", "IAM_FAILED", "Token not found or expired"},
	{"iam-token", "IAM_FAILED", "Access denied: Token not found or expired"},
	{"iam-country", "IAM_FAILED", "Account not authorized for this country"},
	{"iam-country", "IAM_FAILED", "Account not authorized for this domain"},
	{"iam-country", "IAM_FAILED", "Access denied."},
	{"iam-country", "IAM_FAILED", "You are not authorized by the Identity and Access Management system"},
	{"iam-country", "IAM_FAILED", "Account is expired. Please contact your sales manager for help"},
	{"iam-country", "IAM_FAILED", "Account is disabled. Please contact your sales manager for help"},
	{"timestamp-error", "PARAMETER_ERROR", "Timestamp error"},
	{"signature-error", "PARAMETER_ERROR", "Signature error"},
	{"region-wrong", "REGION_WRONG", "Region is wrong"},
	{"return-url", "PARAMETER_ERROR", "Invalid returnUrl, please check your returnUrl"},
	{"return-url", "PARAMETER_ERROR", "Invalid returnUrl,please check your returnUrl"},
	{"fail-return-url", "PARAMETER_ERROR", "Invalid failedReturnUrl, please check your failedReturnUrl"},
	{"product-level", "PARAMETER_ERROR", "Product level is wrong"},
	{"signature-not-exist", "SIGNATURE_NOT_EXIST", "This signatureId is not exist"},
	{"signature-not-exist", "SIGNATURE_NOT_EXIST", "This signatureId is not exist."},
	{"clear-empty", "PARAMETER_ERROR", "SignatureId is empty"},
	{"clear-not-exist", "PARAMETER_ERROR", "SignatureId is not exist"},
	{"clear-not-finished", "PARAMETER_ERROR", "Transaction is not finished"},
	{"in-processing", "REQUEST_IN_PROCESSING", "Your request is currently being processed. Please do not submit it repeatedly"},
}

func TestConformance_globalCodes(t *testing.T) {
	t.Parallel()
	c := newLogin(t)
	id := c.generate(object{"userId": "sim-pass"})
	for operation, call := range map[string]func() envelope{
		"token":    func() envelope { return c.call(tokenPath, tokenRequest(time.Now(), nil)) },
		"generate": func() envelope { return c.call(generatePath, generateRequest(nil)) },
		"result":   func() envelope { return c.call(resultPath, object{"signatureId": id}) },
		"clear":    func() envelope { return c.clear(id) },
	} {
		for _, row := range globalCodes {
			fault := object{"operation": operation, "kind": row.kind, "message": row.message}
			c.control("POST", "faults", string(encode(t, fault)), 204)
			got := call()
			if got.fields["code"] != row.code || got.fields["message"] != row.message || got.status != 200 {
				t.Errorf("§8 %s %s: %d %s, want 200, %q, %q", operation, row.kind, got.status, got.body, row.code, row.message)
			}
			throttled := row.code == "SERVICE_BUSY" || row.code == "RETRY_LATER"
			if retryAfter := got.header.Get("Retry-After"); (retryAfter == "10s") != throttled {
				t.Errorf("§8.1 %s %s: Retry-After %q", operation, row.kind, retryAfter)
			}
		}
	}
	var sessions []any
	decodeInto(t, c.control("GET", "sessions", "", 200).body, &sessions)
	if data := c.result(id); len(sessions) != 1 || data["overallResult"] != "PASS" {
		t.Errorf("refused calls had an effect: %d sessions, result %v", len(sessions), data)
	}
}

func TestConformance_retryAfterForms(t *testing.T) {
	t.Parallel()
	c := newLogin(t)
	for form, want := range map[string]string{
		"10": "10", "10s": "10s", " 10 s": "10 s", ":10s": ":10s", "none": "",
		"Wed, 21 Oct 2026 07:28:00 GMT": "Wed, 21 Oct 2026 07:28:00 GMT",
	} {
		for _, status := range []int{200, 429} {
			fault := object{"operation": "result", "kind": "service-busy", "retry_after": form, "http_status": status}
			c.control("POST", "faults", string(encode(t, fault)), 204)
			got := c.call(resultPath, object{"signatureId": "0"})
			if header := got.header.Get("Retry-After"); header != want || got.status != status || got.fields["code"] != "SERVICE_BUSY" {
				t.Errorf("§8.1 %q: %d, Retry-After %q, %s", form, got.status, header, got.body)
			}
		}
	}
	c.behave(`{"rate_limit":0.001,"rate_limit_status":429,"retry_after":"7"}`)
	c.call(resultPath, object{"signatureId": "0"})
	got := c.call(resultPath, object{"signatureId": "0"})
	if got.status != 429 || got.header.Get("Retry-After") != "7" || got.fields["code"] != "SERVICE_BUSY" {
		t.Errorf("§2.1 over the limit: %d %v %s", got.status, got.header, got.body)
	}
}

// TestConformance_clientErrors has wrong paths, verbs and bodies (API §8).
func TestConformance_clientErrors(t *testing.T) {
	t.Parallel()
	c := newLogin(t)
	const jsonType = "application/json"
	good := string(encode(t, generateRequest(nil)))
	for _, row := range []struct{ name, method, path, contentType, body, message string }{
		{"unknown path", "POST", ekycPrefix + "list", jsonType, "{}", "HTTP 404 - Not Found"},
		{"slash at the end", "POST", resultPath + "/", jsonType, "{}", "HTTP 404 - Not Found"},
		{"another country's path", "POST", strings.Replace(resultPath, "/intl/", "/my/", 1), jsonType, "{}", "HTTP 404 - Not Found"},
		{"GET token", "GET", tokenPath, "", "", "HTTP 405 - Method Not Allowed"},
		{"GET generate", "GET", generatePath, "", "", "HTTP 405 - Method Not Allowed"},
		{"PUT result", "PUT", resultPath, jsonType, "{}", "HTTP 405 - Method Not Allowed"},
		{"DELETE clear", "DELETE", clearPath + "?signatureId=0", "", "", "HTTP 405 - Method Not Allowed"},
		{"no body", "POST", generatePath, jsonType, "", "HTTP 400 - Bad Request"},
		{"no JSON", "POST", tokenPath, jsonType, "accessKey=a", "HTTP 400 - Bad Request"},
		{"half an object", "POST", generatePath, jsonType, "{", "HTTP 400 - Bad Request"},
		{"an array", "POST", generatePath, jsonType, "[" + good + "]", "HTTP 400 - Bad Request"},
		{"null", "POST", generatePath, jsonType, "null", "HTTP 400 - Bad Request"},
		{"two objects", "POST", generatePath, jsonType, good + good, "HTTP 400 - Bad Request"},
		{"not UTF-8", "POST", generatePath, jsonType, strings.Replace(good, "user-1", "\xff", 1), "HTTP 400 - Bad Request"},
		{"too large", "POST", generatePath, jsonType, strings.Repeat(" ", 1<<20) + good, "HTTP 400 - Bad Request"},
		{"no content type", "POST", generatePath, "", good, "HTTP 400 - Bad Request"},
		{"a form", "POST", generatePath, "application/x-www-form-urlencoded", good, "HTTP 400 - Bad Request"},
		{"a field that is null", "POST", generatePath, jsonType, strings.Replace(good, "{", `{"language":null,`, 1), "HTTP 400 - Bad Request"},
		{"unknown field of token", "POST", tokenPath, jsonType, `{"secretKey":"a"}`, "HTTP 400 - Bad Request"},
		{"unknown field of result", "POST", resultPath, jsonType, `{"signatureId":"0","bizId":"1"}`, "HTTP 400 - Bad Request"},
	} {
		header := object{"X-ACCESS-TOKEN": c.token}
		if row.contentType != "" {
			header["Content-Type"] = row.contentType
		}
		got := c.envelopeOf(c.send(row.method, row.path, row.body, header))
		if got.fields["code"] != "CLIENT_ERROR" || got.fields["message"] != row.message || got.status != http.StatusOK {
			t.Errorf("§8 %s: %d %s, want 200, %q", row.name, got.status, got.body, row.message)
		}
	}
	got := c.envelopeOf(c.send("POST", generatePath, good, object{"Content-Type": "application/json; charset=utf-8", "X-ACCESS-TOKEN": c.token}))
	c.expect(got, "SUCCESS", "OK")
}

func TestConformance_tokenHeader(t *testing.T) {
	t.Parallel()
	c := newLogin(t)
	good := c.token
	for _, token := range []string{"none", good + "x", "Bearer " + good, strings.ToUpper(good)} {
		c.token = token
		for name, got := range map[string]envelope{
			"generate": c.call(generatePath, generateRequest(nil)),
			"result":   c.call(resultPath, object{"signatureId": "0"}),
			"clear":    c.clear("0"),
		} {
			if got.fields["code"] != "IAM_FAILED" || got.fields["message"] != "Token not found or expired" {
				t.Errorf("§3.4 %s with %.10q: %s", name, token, got.body)
			}
		}
	}
	got := c.envelopeOf(c.send("POST", resultPath, `{"signatureId":"0"}`, object{"Content-Type": "application/json"}))
	c.expect(got, "IAM_FAILED", "Token not found or expired")
}

// TestConformance_messageDrift checks that changed messages keep the words that
// tell cases apart (API §12 item 10).
func TestConformance_messageDrift(t *testing.T) {
	t.Parallel()
	c := newLogin(t)
	issued := c.generate(nil)
	c.behave(`{"message_drift":true}`)
	for id, words := range map[string]string{"0": "not exist", "": "empty", issued: "not finished"} {
		got := c.clear(id)
		message := strings.ToLower(asString(t, got.fields["message"]))
		if original := []string{clearNotExist[1], clearEmpty[1], clearNotFinished[1]}; !strings.Contains(message, words) || slices.Contains(original, asString(t, got.fields["message"])) {
			t.Errorf("§12 item 10: %q, want another message with %q", message, words)
		}
	}
}

// brokenAnswers are faults below the envelope (API §12 item 1): HTTP status, and
// whether the body is JSON.
var brokenAnswers = map[string]struct {
	status int
	json   bool
}{
	"http-429":      {429, false},
	"http-500":      {500, false},
	"http-502-html": {502, false},
	"http-503":      {503, false},
	"http-404-html": {404, false},
	"html-200":      {200, false},
	"empty-body":    {200, false},
	"not-json":      {200, false},
	"no-code":       {200, true},
}

func TestConformance_brokenAnswers(t *testing.T) {
	t.Parallel()
	c := newLogin(t)
	for _, kind := range slices.Sorted(maps.Keys(brokenAnswers)) {
		c.control("POST", "faults", `{"operation":"result","kind":"`+kind+`"}`, 204)
		got := c.send("POST", resultPath, `{"signatureId":"0"}`, object{"Content-Type": "application/json", "X-ACCESS-TOKEN": c.token})
		if want := brokenAnswers[kind]; got.status != want.status || strings.HasPrefix(got.body, "{") != want.json {
			t.Errorf("§12 item 1 %s: %d %.60q, want %d", kind, got.status, got.body, want.status)
		}
	}
	for _, status := range []int{400, 404, 405, 500} {
		fault := object{"operation": "result", "kind": "client-error", "http_status": status}
		c.control("POST", "faults", string(encode(t, fault)), 204)
		if got := c.call(resultPath, object{"signatureId": "0"}); got.status != status || got.fields["code"] != "CLIENT_ERROR" {
			t.Errorf("§2.1 real status %d: %d %s", status, got.status, got.body)
		}
	}
}
