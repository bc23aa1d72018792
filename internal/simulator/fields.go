package simulator

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"unicode/utf8"
)

// fieldType is the JSON type that a field of a request must have.
type fieldType int

const (
	textField    fieldType = iota // a string
	boolField                     // a boolean
	numericField                  // a number, or a string that holds one (API §3.1)
)

// accepts reports whether a decoded JSON value has the type. No type accepts
// null: the contract says that nothing is sent as null.
func (t fieldType) accepts(value any) bool {
	switch value.(type) {
	case string:
		return t == textField || t == numericField
	case json.Number:
		return t == numericField
	case bool:
		return t == boolField
	}
	return false
}

// fields are the fields of a request. A number is kept as the text that
// was sent, for a signature is made over it.
type fields map[string]any

// text returns a field as text, "" where it was left out.
func (f fields) text(name string) string {
	switch value := f[name].(type) {
	case string:
		return value
	case json.Number:
		return value.String()
	}
	return ""
}

// missing reports whether any of the named fields is missing or empty.
func (f fields) missing(names ...string) bool {
	for _, name := range names {
		if f.text(name) == "" {
			return true
		}
	}
	return false
}

// bodyFields parses the request's body strictly: a JSON media type, one object
// and nothing after it, only known fields, each of its documented type.
func (r request) bodyFields(known map[string]fieldType) (fields, bool) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return nil, false
	}
	if len(r.body) > maxBody || !utf8.Valid(r.body) {
		return nil, false
	}
	parsed, ok := parseObject(r.body)
	if !ok {
		return nil, false
	}
	for name, value := range parsed {
		want, ok := known[name]
		if !ok || !want.accepts(value) {
			return nil, false
		}
	}
	return parsed, true
}

// parseObject parses one JSON object that fills the whole of body.
func parseObject(body []byte) (fields, bool) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var parsed fields
	if err := decoder.Decode(&parsed); err != nil || parsed == nil {
		return nil, false
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, false
	}
	return parsed, true
}
