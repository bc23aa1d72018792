package advance

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
)

// minSecretLen is the length from which a secret is redacted. A user id "a"
// would take every "a" out of a message.
const minSecretLen = 3

// redact replaces each secret in s, the longest first, because one may begin
// with another. The API is not known to quote a request; its messages may
// change.
func redact(s string, secrets []string) string {
	longestFirst := func(a, b string) int { return cmp.Compare(len(b), len(a)) }
	for _, secret := range slices.SortedFunc(slices.Values(secrets), longestFirst) {
		if len(secret) >= minSecretLen {
			s = strings.ReplaceAll(s, secret, "[redacted]")
		}
	}
	return s
}

// redactError returns err if it may be passed on as it is. It keeps the text
// alone, redacted, if that quotes a secret, and if the error would pass for the
// end of the caller's context: a dialer's own timeout matches
// context.DeadlineExceeded too.
func redactError(err error, secrets []string) error {
	text := redact(err.Error(), secrets)
	if text != err.Error() || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return errors.New(text)
	}
	return err
}
