package env

import (
	"strings"
	"testing"
)

func TestCheckCredential(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ credential, want string }{
		{"", ""},
		{"sampleaccesskey", ""},
		{"eyJ0.eyJz_-+/=.!#$%&()*,:;<>?@[]^{|}~\\", ""},
		{"key\n", "a newline at the end"},
		{"key\r\n", "a newline (carriage return) at the end"},
		{"key\n\n", "a newline at the end"},
		{"key \n", "a blank at the end"},
		{"\n", "a newline at the beginning"},
		{" key", "a blank at the beginning"},
		{"two words", "a blank as character 4"},
		{"k\tey", "a tab as character 2"},
		{"\ufeffkey", "a byte order mark at the beginning"},
		{"\ufeffkey\n", "a byte order mark at the beginning"},
		{"ke\u200by", "a zero-width space as character 3"},
		{"ke\u200dy", "an invisible character as character 3"},
		{"ke\u202ey", "an invisible character as character 3"},
		{"key\u00a0", "a no-break space at the end"},
		{"key\u2003", "a white space character at the end"},
		{"key\u0085", "a white space character at the end"},
		{`"key"`, "a quote at the beginning"},
		{"key'", "a quote at the end"},
		{"`key`", "a quote at the beginning"},
		{"\u201ckey\u201d", "a quote at the beginning"},
		{"k\x00y", "a control character as character 2"},
		{"key\x7f", "a control character at the end"},
		{"k\xffy", "a byte that is not UTF-8 as character 2"},
		{"k\u00e9\u00e9y", "a character outside ASCII as character 2"},
		{"k\U0001f511y", "a character outside ASCII as character 2"},
	} {
		err := CheckCredential(test.credential)
		switch got := errText(err); {
		case (test.want == "") != (err == nil), !strings.Contains(got, test.want):
			t.Errorf("CheckCredential(%q) = %q, want it to say %q", test.credential, got, test.want)
		case strings.Contains(got, "key ") || strings.Contains(got, "\u00e9"):
			t.Errorf("CheckCredential(%q) shows a part of the value: %q", test.credential, got)
		}
	}
}

func TestCheckEndpoint(t *testing.T) {
	t.Parallel()
	for endpoint, want := range map[string]string{
		"https://api.advance.ai":               "",
		"https://api.advance.ai/":              "",
		"https://api.advance.ai:8443":          "",
		"HTTPS://API.ADVANCE.AI":               "",
		"https://gateway.example.com/kyc/adv":  "",
		"http://localhost:8787":                "",
		"http://LOCALHOST":                     "",
		"http://127.0.0.1":                     "",
		"http://127.8.9.10:80/path":            "",
		"http://[::1]:8787":                    "",
		"":                                     "absolute URL",
		"api.advance.ai":                       "absolute URL",
		"//api.advance.ai":                     "absolute URL",
		"https:api.advance.ai":                 "absolute URL",
		"https://":                             "absolute URL",
		"https://:443":                         "absolute URL",
		"https:///path":                        "absolute URL",
		"https://host:port":                    "absolute URL",
		"https://a b":                          "absolute URL",
		"http://api.advance.ai":                "loopback",
		"http://127.0.0.1.example.com":         "loopback",
		"http://localhost.example.com":         "loopback",
		"http://0.0.0.0:8787":                  "loopback",
		"ftp://localhost":                      "https",
		"https://user@api.advance.ai":          "user or password",
		"https://user:secret@api.advance.ai":   "user or password",
		"https://api.advance.ai?region=sg":     "query or a fragment",
		"https://api.advance.ai/?":             "query or a fragment",
		"https://api.advance.ai/#top":          "query or a fragment",
		"https://api.advance.ai/#":             "query or a fragment",
		"http://evil.example.com#@localhost/x": "query or a fragment",
	} {
		err := CheckEndpoint(endpoint)
		if got := errText(err); (want == "") != (err == nil) || !strings.Contains(got, want) {
			t.Errorf("CheckEndpoint(%q) = %q, want it to say %q", endpoint, got, want)
		}
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
