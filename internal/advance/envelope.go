package advance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
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
// but an object with one code, which is a word: HTML, an array, a body that was
// cut off, an object that says a member of the envelope twice.
func decodeEnvelope(body []byte) (envelope, bool) {
	members, err := object(bytes.TrimPrefix(body, []byte("\ufeff")))
	if err != nil {
		return envelope{}, false
	}
	for _, name := range []string{"code", "message", "transactionId", "data"} {
		if isDoubled(members[name]) {
			return envelope{}, false
		}
	}
	code := value(text(members["code"]))
	if code == "" || code != printable(code, maxCodeLen) {
		return envelope{}, false
	}
	return envelope{
		Code:          code,
		Message:       value(text(members["message"])),
		TransactionID: value(text(members["transactionId"])),
		Data:          present(members["data"]),
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

// object decodes a JSON object into its members, by their exact names, which
// json.Unmarshal into a struct would match in any case. A member that is there
// twice gets a value that is no JSON, for which [isDoubled] reports true: of two
// values, none can be believed.
func object(data json.RawMessage) (map[string]json.RawMessage, error) {
	if data == nil {
		return nil, fmt.Errorf("%w: it has no data", ErrMalformed)
	}
	members, err := decodeMembers(data)
	if err != nil {
		return nil, fmt.Errorf("%w: its data is not an object", ErrMalformed)
	}
	return members, nil
}

// decodeMembers splits a JSON object into its members. Their values share the
// memory of data: images can be megabytes, in an object in an object in the
// envelope, and a json.Decoder would copy them at each level.
func decodeMembers(data []byte) (map[string]json.RawMessage, error) {
	const separators = ", \t\r\n"
	if !json.Valid(data) {
		return nil, ErrMalformed
	}
	rest, isObject := bytes.CutPrefix(bytes.TrimSpace(data), []byte("{"))
	if !isObject {
		return nil, ErrMalformed
	}
	members := map[string]json.RawMessage{}
	for rest = bytes.TrimLeft(rest, separators); rest[0] != '}'; rest = bytes.TrimLeft(rest, separators) {
		end := valueEnd(rest)
		var name string
		if err := json.Unmarshal(rest[:end], &name); err != nil {
			return nil, ErrMalformed
		}
		rest = rest[end+1:] // after the colon
		end = valueEnd(rest)
		raw := json.RawMessage(bytes.TrimSpace(rest[:end]))
		if earlier, ok := members[name]; ok {
			raw = slices.Concat([]byte(","), earlier, []byte(","), raw)
		}
		members[name] = raw
		rest = rest[end:]
	}
	return members, nil
}

// valueEnd returns where the name or value at the start of data ends: before the
// colon, the comma or the closing brace that follows it in a valid object.
func valueEnd(data []byte) int {
	depth := 0
	for i := 0; ; i++ {
		switch c := data[i]; {
		case c == '"':
			i += stringEnd(data[i:]) - 1
		case c == '{' || c == '[':
			depth++
		case depth > 0 && (c == '}' || c == ']'):
			depth--
		case depth == 0 && (c == '}' || c == ',' || c == ':'):
			return i
		}
	}
}

// stringEnd returns the length of the string at the start of valid JSON.
func stringEnd(data []byte) int {
	for i := 1; ; i++ {
		switch data[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
}

// isDoubled reports whether a member of an [object] is there twice.
func isDoubled(raw json.RawMessage) bool { return bytes.HasPrefix(raw, []byte(",")) }

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

// identifier decodes a string, or a number digit by digit. It returns "" for
// anything else.
func identifier(raw json.RawMessage) string {
	if s := text(raw); s != nil {
		return *s
	}
	return value(lenient[json.Number](raw)).String()
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
