package advance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"unicode"
)

// envelope is the frame of every response (API §2), without the fields that
// nothing depends on (extra, pricingStrategy).
type envelope struct {
	Code          string
	Message       string
	TransactionID string
	Data          json.RawMessage // nil if absent or null
}

// Lengths up to which text of the API is shown: more than anything that the
// reference lists has, and little enough for a terminal.
const (
	maxCodeLen    = 64
	maxMessageLen = 500
	maxIDLen      = 64 // API §2
)

// decodeEnvelope decodes the body of a response. It reports false for anything
// but an object with a code: HTML, an array, a body that was cut off.
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

// sanitized returns the envelope with text that is fit to be shown. It redacts
// first: a secret that is cut short would not be found.
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

// lenient decodes raw. It returns nil if raw is absent, null or not a T, so that
// one field that the vendor changed does not invalidate the whole response. A
// field that decides something is decoded with [strict].
func lenient[T any](raw json.RawMessage) *T {
	v, err := strict[T](raw)
	if err != nil {
		return nil
	}
	return v
}

// strict decodes raw. It returns nil if raw is absent or null, and an error if
// it is not a T.
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

// present returns raw, or nil if it is absent or null.
func present(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 || bytes.Equal(bytes.TrimSpace(raw), []byte("null")) {
		return nil
	}
	return raw
}

// text decodes a string. It returns nil for an empty one too.
func text(raw json.RawMessage) *string {
	s := lenient[string](raw)
	if s == nil || *s == "" {
		return nil
	}
	return s
}

// integer decodes a whole number, which may be written as 1.0 or 1e3. It returns
// nil beyond 2^53, from where on a JSON number loses digits.
func integer(raw json.RawMessage) *int64 {
	f := lenient[float64](raw)
	if f == nil || *f != math.Trunc(*f) || math.Abs(*f) > 1<<53 {
		return nil
	}
	n := int64(*f)
	return &n
}

// value returns *p, or the zero value if p is nil.
func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// printable makes text of the API fit for a terminal and a log line.
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
