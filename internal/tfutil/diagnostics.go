package tfutil

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
)

// APIError returns the diagnostic of a failed call. situation says in full
// sentences what was being done, on which session, and what holds now. APIError
// adds what the API said and what to do next.
func APIError(summary, situation string, err error) diag.Diagnostic {
	return diag.NewErrorDiagnostic(summary, Detail(situation, err))
}

// Detail returns the text of [APIError], for diagnostics with an attribute.
func Detail(situation string, err error) string {
	return DetailAdvising(situation, advice(err), err)
}

// RefreshDetail returns the text of [APIError] for a refresh: the configuration
// has no effect on its timeout.
func RefreshDetail(situation string, err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return DetailAdvising(situation, "Run it again. If it needs more time, set a longer timeouts.read and apply it with -refresh=false, because a refresh uses the one in the state.", err)
	}
	return Detail(situation, err)
}

// DetailAdvising returns the text of [APIError] with other advice.
func DetailAdvising(situation, advice string, err error) string {
	return Paragraphs(situation, cause(err), advice, SupportDetails(err))
}

// Paragraphs joins those parts of a diagnostic's text that are not empty.
func Paragraphs(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "\n\n")
}

// innermost returns the call that failed first, nil if err is of no call: a
// session may not have been made because no token could be minted.
func innermost(err error) *advance.Error {
	var found *advance.Error
	for {
		var e *advance.Error
		if !errors.As(err, &e) {
			return found
		}
		found, err = e, e.Err
	}
}

// cause says in one sentence what ended the call.
func cause(err error) string {
	e := innermost(err)
	switch {
	case e == nil:
		return sentence(err.Error())
	case errors.Is(e.Err, context.Canceled):
		return "The operation was interrupted."
	case errors.Is(e.Err, context.DeadlineExceeded):
		return "The operation's timeout passed."
	case e.Err != nil:
		return sentence(fmt.Sprintf("%s failed: %v", e.Operation, e.Err))
	default:
		return ""
	}
}

// SupportDetails lists what the vendor's support asks for, one item a line. It
// is empty if err is of no call.
func SupportDetails(err error) string {
	e := innermost(err)
	if e == nil {
		return ""
	}
	lines := []string{"Operation: " + string(e.Operation)}
	for _, line := range []struct{ name, value string }{
		{"Error code", e.Code},
		{"Message", e.Message},
		{"Transaction id", e.TransactionID},
	} {
		if line.value != "" {
			lines = append(lines, line.name+": "+line.value)
		}
	}
	if e.HTTPStatus != 0 {
		lines = append(lines, fmt.Sprintf("HTTP status: %d", e.HTTPStatus))
	}
	if e.Attempts > 0 {
		lines = append(lines, fmt.Sprintf("Attempts: %d", e.Attempts))
	}
	return strings.Join(lines, "\n")
}

// sentence returns an error's text with a capital letter and a full stop.
func sentence(s string) string {
	if s == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(s)
	s = string(unicode.ToUpper(first)) + s[size:]
	if strings.HasSuffix(s, ".") {
		return s
	}
	return s + "."
}
