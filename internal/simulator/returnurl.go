package simulator

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxURL is the most characters that a URL in a request may have.
const maxURL = 2048

// forbiddenSchemes may not be returned to (API §4.2): they would run or open
// something in the end user's browser.
var forbiddenSchemes = []string{"javascript", "data", "file", "about", "blob", "intent"}

// notInURI are the printable ASCII characters that no URI has.
const notInURI = " \"<>\\^`{|}"

// validReturnURL reports whether a URL keeps the rules for returnUrl and
// failReturnUrl (API §4.2). App schemes are allowed.
func validReturnURL(text string) bool {
	parsed, ok := parseURL(text)
	return ok && !slices.Contains(forbiddenSchemes, strings.ToLower(parsed.Scheme))
}

// validCallbackURL reports whether a URL keeps the rules for callbackUrl.
func validCallbackURL(text string) bool {
	parsed, ok := parseURL(text)
	return ok && (parsed.Scheme == "http" || parsed.Scheme == "https")
}

// parseURL parses an absolute URL with a host, within the length limit.
func parseURL(text string) (*url.URL, bool) {
	if utf8.RuneCountInString(text) > maxURL || strings.ContainsFunc(text, outsideURI) {
		return nil, false
	}
	if !escapesOK(text) {
		return nil, false
	}
	parsed, err := url.Parse(text) // also lower-cases the scheme
	if err != nil || parsed.Scheme == "" || parsed.Hostname() == "" {
		return nil, false
	}
	return parsed, true
}

// outsideURI reports whether a character may not stand in a URI. Characters
// beyond ASCII may: the API's servers take them for "other" characters.
func outsideURI(r rune) bool {
	return r < 0x20 || (r >= 0x7f && r <= 0x9f) || strings.ContainsRune(notInURI, r)
}

// escapesOK reports whether each percent sign begins an escape. url.Parse does
// not look at those in the query.
func escapesOK(text string) bool {
	_, err := url.PathUnescape(text)
	return err == nil
}

// withErrorCode appends errorCode to a URL, before its fragment and after a
// query that is there already. It replaces an errorCode that is there already:
// the application would read the old one. All else stays as it was, byte for
// byte.
func withErrorCode(target, code string) string {
	base, fragment, hasFragment := strings.Cut(target, "#")
	if path, query, ok := strings.Cut(base, "?"); ok {
		base = path + "?" + strings.Join(slices.DeleteFunc(strings.Split(query, "&"), isErrorCode), "&")
	}
	switch {
	case !strings.Contains(base, "?"):
		base += "?"
	case !strings.HasSuffix(base, "?") && !strings.HasSuffix(base, "&"):
		base += "&"
	}
	base += "errorCode=" + url.QueryEscape(code)
	if hasFragment {
		base += "#" + fragment
	}
	return base
}

// isErrorCode reports whether a part of a query is an errorCode.
func isErrorCode(part string) bool {
	name, _, _ := strings.Cut(part, "=")
	name, err := url.QueryUnescape(name)
	return err == nil && name == "errorCode"
}
