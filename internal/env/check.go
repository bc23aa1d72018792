package env

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// CheckCredential finds a character that no key or token has, before the API
// refuses it with a message about signatures. Its error shows nothing of s, only
// what kind of character stands where.
func CheckCredential(s string) error {
	isBad := func(r rune) bool { return badCharacter(r) != "" }
	at := strings.IndexFunc(s, isBad)
	if at < 0 {
		return nil
	}
	place := fmt.Sprintf("as character %d", utf8.RuneCountInString(s[:at])+1)
	switch {
	case at == 0:
		place = "at the beginning"
	case strings.TrimRightFunc(s, isBad) == s[:at]:
		place = "at the end"
	}
	r, _ := utf8.DecodeRuneInString(s[at:])
	return fmt.Errorf("has %s %s: keys and tokens are printable ASCII without blanks or quotes. Remove the character. "+
		"It often comes from a file; trimspace() removes white space at both ends", badCharacter(r), place)
}

// badCharacter returns the kind of a character that no key or token has, "" for
// one that they may have. It names a character only if nobody can see it: others
// may belong to a secret.
func badCharacter(r rune) string {
	switch r {
	case '\n':
		return "a newline"
	case '\r':
		return "a newline (carriage return)"
	case '\t':
		return "a tab"
	case ' ':
		return "a blank"
	case '\u00a0', '\u202f':
		return "a no-break space"
	case '\u200b':
		return "a zero-width space"
	case '\ufeff':
		return "a byte order mark"
	case utf8.RuneError:
		return "a byte that is not UTF-8"
	}
	switch {
	case unicode.In(r, unicode.Quotation_Mark), r == '`':
		return "a quote"
	case unicode.IsSpace(r):
		return "a white space character"
	case unicode.IsControl(r):
		return "a control character"
	case unicode.Is(unicode.Cf, r):
		return "an invisible character"
	case r > unicode.MaxASCII:
		return "a character outside ASCII"
	default:
		return ""
	}
}

// CheckEndpoint checks that a token may be sent to the URL s. Plain http is for a
// simulator on this machine only: elsewhere the token could be read in transit.
func CheckEndpoint(s string) error {
	u, err := url.Parse(s)
	if err != nil || !u.IsAbs() || u.Opaque != "" || u.Hostname() == "" {
		return errors.New("must be an absolute URL such as \"https://api.advance.ai\"")
	}
	switch {
	case u.User != nil:
		return errors.New("must not have a user or password in it")
	case u.RawQuery != "", u.ForceQuery, u.Fragment != "", strings.Contains(s, "#"):
		return errors.New("must not have a query or a fragment")
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	case u.Scheme == "http":
		return errors.New("must be an https URL: http, which anyone on the way can read, is accepted for a loopback host only")
	default:
		return errors.New("must be an https URL")
	}
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
