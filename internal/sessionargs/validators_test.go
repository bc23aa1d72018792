package sessionargs

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// longURL is a URL of n characters.
func longURL(n int) string {
	const start = "https://example.com/"
	return start + strings.Repeat("a", n-len(start))
}

func TestCheckReturnURL(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ url, want string }{
		// The documented examples (API §4.2).
		{"https://example.com/callback", ""},
		{"myapp://callback/success", ""},
		{"alipays://platformapi/startapp?id=1", ""},
		{"javascript:alert(1)", "javascript"},
		{"myapp:", "host"},
		{"myapp://", "host"},
		{`https://host/\path`, "valid URI"},

		// Web pages.
		{"http://example.com", ""},
		{"HTTPS://EXAMPLE.COM/", ""},
		{"https://example.com:8443/a/b?c=d&e=f#top", ""},
		{"https://example.com/?next=https%3A%2F%2Fexample.com%2F", ""},
		{"https://user@example.com/", ""},
		{"https://[::1]:8080/", ""},
		{"https://127.0.0.1/", ""},
		{"https://xn--bcher-kva.example/", ""},
		{"https://bücher.example/grüße", ""}, // the API's own library takes what is beyond ASCII

		// App schemes.
		{"com.example.app://done", ""},
		{"my-app+2.0://callback", ""},
		{"MYAPP://callback", ""},
		{"intents://callback", ""}, // not intent
		{"database://callback", ""},

		// Schemes that the API refuses, in any case.
		{"JavaScript://example.com/%0aalert(1)", "javascript"},
		{"data://example.com/x", "data"},
		{"data:text/html,x", "data"},
		{"file://host/etc", "file"},
		{"file:///etc/passwd", "file"},
		{"about:blank", "about"},
		{"about://host", "about"},
		{"blob:https://example.com/1", "blob"},
		{"blob://host", "blob"},
		{"intent://host#Intent;end", "intent"},
		{"INTENT://host", "intent"},

		// No host.
		{"https://", "host"},
		{"https:///path", "host"},
		{"https://:443/", "host"},
		{"https://@/", "host"},
		{"https://?a=b", "host"},
		{"https:example.com", "host"},
		{"mailto:somebody@example.com", "host"},

		// No scheme.
		{"example.com/callback", "absolute URL"},
		{"//example.com/callback", "absolute URL"},
		{"/callback", "absolute URL"},
		{"example.com/callback:1", "absolute URL"},
		{"?a=b:c", "absolute URL"},
		{"://callback", "absolute URL"},
		{":", "absolute URL"},

		// No URI at all.
		{"", "empty"},
		{" ", "valid URI"},
		{"https://example.com/a b", "valid URI"},
		{" https://example.com/", "valid URI"},
		{"https://example.com/ ", "valid URI"},
		{"https://example.com/\u00a0", "valid URI"},
		{"https://example.com/<script>", "valid URI"},
		{`https://example.com/"`, "valid URI"},
		{"https://example.com/{id}", "valid URI"},
		{"https://example.com/a|b", "valid URI"},
		{"https://example.com/a^b", "valid URI"},
		{"https://example.com/a`b", "valid URI"},
		{"https://example.com/100%", "hexadecimal"},
		{"https://example.com/%4", "hexadecimal"},
		{"https://example.com/%zz", "hexadecimal"},
		{"https://example.com/?q=%4g", "hexadecimal"},
		{"https://[::1/", "valid host"},
		{"https://[::1:80/", "valid host"},
		{"https://[::1]x/", "valid host"},

		// Schemes and ports that are none.
		{"1app://callback", "begins with a letter"},
		{"my_app://callback", "only letters, digits"},
		{"my_app:", "only letters, digits"},
		{"grüße://callback", "only letters, digits"},
		{"https://example.com:port/", "a number as its port"},
		{"myapp://host:abc/", "a number as its port"},
		{"myapp://host:-1/", "a number as its port"},
		{"https://user:password@example.com:x", "a number as its port"},
		{"https://[::1]:x/", "a number as its port"},
		{"https://1:2:3/", "a number as its port"},
		{"https://example.com:65535/", ""},
		{"https://example.com:65536/", "at most 65535"},
		{"https://example.com:99999?a", "at most 65535"},
		{"https://example.com:99999999999999999999", "at most 65535"},
		{"https://user:99999@example.com/", ""},
		{"https://example.com:/", ""},

		// Characters that nobody sees.
		{"https://example.com/\u202egpj", "invisible characters in it, and has U+202E"},
		{"https://example.com/\u200b", "invisible characters in it, and has U+200B"},
		{"\ufeffhttps://example.com/", "invisible characters in it, and has U+FEFF"},
		{"https://exam\u00adple.com/", "invisible characters in it, and has U+00AD"},
		{"https://example.com/\u2028", "invisible characters in it, and has U+2028"},
		{"https://example.com/\n", "control"},
		{"https://example.com/\r", "control"},
		{"https://example.com/\t", "control"},
		{"https://example.com/\x00", "control"},
		{"https://exam\nple.com/", "control"},
		{"https://example.com/\x7f", "control"},
		{"https://example.com/\u0085", "control"},

		// The limit is one of characters, not of bytes.
		{longURL(2047), ""},
		{longURL(2048), ""},
		{longURL(2049), "2048"},
		{longURL(2047) + "ü", ""},
		{longURL(2048) + "ü", "2048"},
	} {
		checkRefusal(t, "checkReturnURL", checkReturnURL(test.url), test.url, test.want)
	}
}

func TestCheckCallbackURL(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ url, want string }{
		{"https://example.com/callback", ""},
		{"https://example.com/callback?key=secret", ""},
		{"http://example.com/callback", ""},
		{"HTTPS://example.com", ""},
		{"http://localhost:8080", ""},
		{"myapp://callback/success", "http or https"},
		{"alipays://platformapi/startapp?id=1", "http or https"},
		{"javascript:alert(1)", "http or https"},
		{"ftp://example.com/", "http or https"},
		{"httpss://example.com/", "http or https"},
		{"https:", "host"},
		{"https://", "host"},
		{"https:///callback", "host"},
		{"http:example.com", "host"},
		{"https://:8443", "host"},
		{"example.com", "absolute URL"},
		{"", "empty"},
		{"https://example.com/a b", "valid URI"},
		{`https://example.com/\`, "valid URI"},
		{"https://example.com/%", "hexadecimal"},
		{"https://example.com/\n", "control"},
	} {
		checkRefusal(t, "checkCallbackURL", checkCallbackURL(test.url), test.url, test.want)
	}
}

func TestCheckText(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want string }{
		{"user-1", ""},
		{"somebody@example.com", ""},
		{"Jörg  Müller", ""},
		{"李雷", ""},
		{"a", ""},
		{"", "empty"},
		{" ", "empty"},
		{"\n", "empty"},
		{"user-1\n", "white space at either end"},
		{"user-1\r\n", "white space at either end"},
		{"\tuser-1", "white space at either end"},
		{" user-1", "white space at either end"},
		{"user-1\u00a0", "white space at either end"},
		{"user-1\u3000", "white space at either end"},
		{"user\n1", "control"},
		{"user\t1", "control"},
		{"user-1\x00", "control"},
		{"user-1\x7f", "control"},
		{"user-1\u200b", "U+200B"},
		{"user\u202e1", "U+202E"},
		{"\ufeffuser-1", "U+FEFF"},
		{"user\u20291", "U+2029"},
	} {
		checkRefusal(t, "CheckText", CheckText(test.text), test.text, test.want)
	}
}

// checkRefusal fails unless err says what is wanted, "" for no error, without
// a word of the value: diagnostics are logged, and a URL may carry a secret.
func checkRefusal(t *testing.T, function string, err error, value, want string) {
	t.Helper()
	if err == nil {
		if want != "" {
			t.Errorf("%s(%q) = nil, want an error that says %q", function, value, want)
		}
		return
	}
	if want == "" || !strings.Contains(err.Error(), want) {
		t.Errorf("%s(%q) = %q, want it to say %q", function, value, err, want)
	}
	for _, quoted := range []string{value, "alert(1)", "passwd", "key=secret", "somebody@"} {
		if (quoted != value || len(value) > 8) && strings.Contains(err.Error(), quoted) {
			t.Errorf("%s(%q) = %q, which quotes the value", function, value, err)
		}
	}
}

// validate runs a validator on one value.
func validate(t *testing.T, v validator.String, value types.String) diag.Diagnostics {
	t.Helper()
	resp := &validator.StringResponse{}
	v.ValidateString(t.Context(), validator.StringRequest{Path: path.Root("argument"), ConfigValue: value}, resp)
	return resp.Diagnostics
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		validator validator.String
		good, bad []string
	}{
		"region": {
			region(),
			[]string{"PHL", "NGA", "THA", "XXX"},
			[]string{"", "phl", "Phl", "PH", "PHLX", "PH1", " PHL", "PHL ", "PHL\n", "ÄÖÜ"},
		},
		"bizCode": {
			bizCode(),
			[]string{"a", "WhiteCard", "0", strings.Repeat("x", 32)},
			[]string{"", strings.Repeat("x", 33), "white card", "white-card", "white_card", "[", "ü", "a\n"},
		},
		"language": {
			language(),
			// Those of API §9.4, and shapes of which the vendor may have more.
			[]string{"en", "zh", "fil", "id", "th", "bn", "ms", "en-US", "en_US", "zh-Hans-CN", "EN"},
			[]string{"", "e", "en-", "-en", "english please", "en US", "en\n", "12"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, value := range test.good {
				if diags := validate(t, test.validator, types.StringValue(value)); len(diags) > 0 {
					t.Errorf("%q: %v, want it accepted", value, diags)
				}
			}
			for _, value := range test.bad {
				if diags := validate(t, test.validator, types.StringValue(value)); diags.ErrorsCount() != 1 || !strings.Contains(diags[0].Detail(), "argument") {
					t.Errorf("%q: %v, want one error that names the argument", value, diags)
				}
			}
		})
	}
}

func TestURLValidators(t *testing.T) {
	t.Parallel()
	for name, v := range map[string]validator.String{"returnURL": returnURL(), "callbackURL": callbackURL{}} {
		for _, value := range []types.String{types.StringNull(), types.StringUnknown(), types.StringValue("https://example.com/")} {
			if diags := validate(t, v, value); len(diags) > 0 {
				t.Errorf("%s of %s: %v, want it accepted", name, value, diags)
			}
		}
		diags := validate(t, v, types.StringValue("javascript:secret"))
		if diags.ErrorsCount() != 1 || !strings.HasPrefix(diags[0].Detail(), "Attribute argument must ") || strings.Contains(diags[0].Detail(), "secret") {
			t.Errorf("%s: %v, want one error that names the argument and does not quote the value", name, diags)
		}
		if v.Description(t.Context()) == "" || v.MarkdownDescription(t.Context()) != v.Description(t.Context()) {
			t.Errorf("%s describes itself as %q and %q", name, v.Description(t.Context()), v.MarkdownDescription(t.Context()))
		}
	}
	for _, url := range []string{"http://example.com/?key=secret", "HTTP://example.com/"} {
		diags := validate(t, callbackURL{}, types.StringValue(url))
		if diags.WarningsCount() != 1 || len(diags) != 1 || strings.Contains(diags[0].Detail(), "secret") {
			t.Errorf("callbackURL of %s: %v, want one warning that does not quote it", url, diags)
		}
	}
}

func FuzzCheckReturnURL(f *testing.F) {
	for _, url := range []string{"", "https://example.com/callback", "myapp://callback/success", "javascript:alert(1)", "https://host/\\path", "https://[::1]:8080/%41?a=b#c"} {
		f.Add(url)
	}
	f.Fuzz(func(t *testing.T, url string) {
		err := checkReturnURL(url)
		if err == nil && strings.ContainsAny(url, " \\\n\r\t\x00") {
			t.Errorf("checkReturnURL(%q) = nil", url)
		}
		if callback := checkCallbackURL(url); err != nil && callback == nil && len(url) <= maxURLLength {
			t.Errorf("checkReturnURL(%q) = %v, but it may be called back", url, err)
		}
	})
}
