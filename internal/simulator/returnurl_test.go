package simulator

import (
	"strings"
	"testing"
)

func TestReturnURL_rules(t *testing.T) {
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

func TestReturnURL_errorCode(t *testing.T) {
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

		"https://a.example/?errorCode=OLD":                "https://a.example/?errorCode=X_Y",
		"https://a.example/?a=1&errorCode=OLD&b=2#f":      "https://a.example/?a=1&b=2&errorCode=X_Y#f",
		"https://a.example/?error%43ode=A&errorCode&a":    "https://a.example/?a&errorCode=X_Y",
		"https://a.example/?myerrorCode=1&errorCode2=2":   "https://a.example/?myerrorCode=1&errorCode2=2&errorCode=X_Y",
		"myapp://done?errorCode=OLD#/route?errorCode=OLD": "myapp://done?errorCode=X_Y#/route?errorCode=OLD",
	} {
		if got := withErrorCode(target, "X_Y"); got != want {
			t.Errorf("withErrorCode(%q) = %q, want %q", target, got, want)
		}
	}
}
