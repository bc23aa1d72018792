package advance

import (
	"cmp"
	"slices"
	"strings"
)

// minSecretLen keeps redaction from shredding a message: a user id "a" would
// otherwise take every "a" with it.
const minSecretLen = 3

// redact replaces what a request carried in confidence wherever an answer
// quotes it back, the longest first, for one may begin with another. The API is
// not known to do so; its messages may change.
func redact(s string, secrets []string) string {
	longestFirst := func(a, b string) int { return cmp.Compare(len(b), len(a)) }
	for _, secret := range slices.SortedFunc(slices.Values(secrets), longestFirst) {
		if len(secret) >= minSecretLen {
			s = strings.ReplaceAll(s, secret, "[redacted]")
		}
	}
	return s
}
