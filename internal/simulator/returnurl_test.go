package simulator

import "testing"

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
