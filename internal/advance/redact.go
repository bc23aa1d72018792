package advance

import (
	"cmp"
	"context"
	"errors"
	"net/url"
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

// redactError returns err without the URL that net/http puts before it. It keeps
// the text alone, redacted, if that quotes a secret, and if the error would pass
// for the end of the caller's context: a dialer's own timeout matches
// context.DeadlineExceeded too.
func redactError(err error, secrets []string) error {
	if e := (*url.Error)(nil); errors.As(err, &e) {
		err = e.Err
	}
	text := redact(err.Error(), secrets)
	if text != err.Error() || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return errors.New(text)
	}
	return err
}
