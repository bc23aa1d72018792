package advance

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// minSecretLen is the length from which a secret is redacted wherever it stands.
// A shorter one is redacted only as a word of its own: a user id "a" would take
// every "a" out of a message.
const minSecretLen = 3

// redact replaces each secret in s, in each of its forms, the longest first,
// because one may begin with another. The API is not known to quote a request;
// its messages may change.
func redact(s string, secrets []string) string {
	const mark = "\x00" // in which no secret is found
	var all []string
	for _, secret := range secrets {
		all = append(all, forms(secret)...)
	}
	slices.SortFunc(all, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	for _, form := range all {
		if len(form) < minSecretLen {
			s = replaceWord(s, form, mark)
		} else {
			s = strings.ReplaceAll(s, form, mark)
		}
	}
	return strings.ReplaceAll(s, mark, "[redacted]")
}

// forms returns the ways in which a message may quote a secret: as it is,
// escaped for a URL, and, of a URL, its query and the values of that alone.
func forms(secret string) []string {
	if secret == "" {
		return nil
	}
	all := []string{secret, url.QueryEscape(secret), url.PathEscape(secret)}
	if u, err := url.Parse(secret); err == nil && u.RawQuery != "" && u.RawQuery != secret {
		all = append(all, forms(u.RawQuery)...)
		for _, values := range u.Query() {
			for _, v := range values {
				all = append(all, v, url.QueryEscape(v), url.PathEscape(v))
			}
		}
	}
	return slices.DeleteFunc(all, func(form string) bool { return form == "" })
}

// replaceWord replaces word in s where no letter or digit stands next to it.
func replaceWord(s, word, with string) string {
	isPart := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	var b strings.Builder
	before := ' '
	for s != "" {
		rest, found := strings.CutPrefix(s, word)
		after, _ := utf8.DecodeRuneInString(rest)
		if found && !isPart(before) && !isPart(after) {
			b.WriteString(with)
			before, s = ' ', rest
			continue
		}
		var size int
		before, size = utf8.DecodeRuneInString(s)
		b.WriteString(s[:size])
		s = s[size:]
	}
	return b.String()
}
