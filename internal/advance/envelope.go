package advance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"unicode"
)

// envelope is the frame of every answer (API §2). Fields that no decision
// rests on (extra, pricingStrategy) are not decoded.
type envelope struct {
	Code          string
	Message       string
	TransactionID string
	Data          json.RawMessage // nil where absent or null
}

// Bounds on what is shown of the API's own words: longer than anything the
// reference lists, short enough for a terminal.
const (
	maxCodeLen    = 64
	maxMessageLen = 500
	maxIDLen      = 64 // API §2
)

// decodeEnvelope reads an answer's body, with the API's words as they came. It
// reports false for anything that is not an object with a code: HTML, an array,
// a body cut off on the way.
func decodeEnvelope(body []byte) (envelope, bool) {
	var raw struct {
		Code          json.RawMessage `json:"code"`
		Message       json.RawMessage `json:"message"`
		TransactionID json.RawMessage `json:"transactionId"`
		Data          json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(body, &raw); err != nil {
		return envelope{}, false
	}
	code := strings.TrimSpace(value(lenient[string](raw.Code)))
	if code == "" {
		return envelope{}, false
	}
	return envelope{
		Code:          code,
		Message:       value(lenient[string](raw.Message)),
		TransactionID: value(lenient[string](raw.TransactionID)),
		Data:          present(raw.Data),
	}, true
}

// shown is the envelope with its words fit to be shown. Redaction comes first:
// a secret that was cut short would no longer be found.
func (e envelope) sanitized(confidential []string) envelope {
	e.Code = printable(redact(e.Code, confidential), maxCodeLen)
	e.Message = printable(redact(e.Message, confidential), maxMessageLen)
	e.TransactionID = printable(redact(e.TransactionID, confidential), maxIDLen)
	return e
}

// object decodes data that must be a JSON object into its members.
func object(data json.RawMessage) (map[string]json.RawMessage, error) {
	if data == nil {
		return nil, fmt.Errorf("%w: it has no data", ErrMalformed)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return nil, fmt.Errorf("%w: its data is not an object", ErrMalformed)
	}
	return members, nil
}

// lenient decodes raw, or gives nil where it is absent, null or of another
// type than T: a field that the vendor changed must not take down the rest of
// the answer. What decides over anything is decoded with [strict] instead.
func lenient[T any](raw json.RawMessage) *T {
	v, err := strict[T](raw)
	if err != nil {
		return nil
	}
	return v
}

// strict decodes raw, gives nil where it is absent or null, and an error where
// it is of another type than T.
func strict[T any](raw json.RawMessage) (*T, error) {
	if present(raw) == nil {
		return nil, nil //nolint:nilnil // nil is the value of an absent field
	}
	v := new(T)
	if err := json.Unmarshal(raw, v); err != nil {
		return nil, fmt.Errorf("%w: a field has the wrong type", ErrMalformed)
	}
	return v, nil
}

// present gives nil for an absent field and for a JSON null.
func present(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 || bytes.Equal(bytes.TrimSpace(raw), []byte("null")) {
		return nil
	}
	return raw
}

// text decodes a string that says nothing when it is empty.
func text(raw json.RawMessage) *string {
	s := lenient[string](raw)
	if s == nil || *s == "" {
		return nil
	}
	return s
}

// integer decodes a whole number, also one that is written as 1.0 or 1e3, up to
// what a JSON number carries without loss.
func integer(raw json.RawMessage) *int64 {
	f := lenient[float64](raw)
	if f == nil || *f != math.Trunc(*f) || math.Abs(*f) > 1<<53 {
		return nil
	}
	n := int64(*f)
	return &n
}

// value dereferences p, with the zero value for nil.
func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// printable makes text from the wire fit for a terminal and a log line.
func printable(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, s)
	s = strings.TrimSpace(s)
	if r := []rune(s); len(r) > limit {
		return string(r[:limit]) + "…"
	}
	return s
}
