package advance

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// maxWord is the number of characters up to which a string of a result is taken
// for a word. A longer one may be a picture in base64.
const maxWord = 256

// holdsImages reports whether any member of a result, known or not, shows a
// picture or video. In doubt it does: its absence may end a destroy (API §6.3).
// The echo of the request is left out, because its URLs are the caller's own.
func holdsImages(members map[string]json.RawMessage) bool {
	for name, raw := range members {
		if name == "inputParameters" && isObject(raw) {
			continue
		}
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		if isDoubled(raw) || looksLikeImage(name) || hasLongString(raw) || memberShowsImage(d, name, false) {
			return true
		}
	}
	return false
}

// hasLongString reports whether there is a string in valid JSON that has more
// than maxWord characters, however they are written. It spares the decoder the
// images in base64, which it would copy several times.
func hasLongString(raw json.RawMessage) bool {
	const longest = len(`""`) + maxWord*len(`\ud83d\ude00`) // of the strings that may have fewer
	for {
		start := bytes.IndexByte(raw, '"')
		if start < 0 {
			return false
		}
		end := start + stringEnd(raw[start:])
		if end-start > longest {
			return true
		}
		raw = raw[end:]
	}
}

// memberShowsImage reads the value of a member. within reports whether an object
// around it has the name of a picture: "far" may be a member of "images".
func memberShowsImage(d *json.Decoder, name string, within bool) bool {
	token, err := d.Token()
	if err != nil {
		return true
	}
	within = within || namesImage(name)
	switch {
	case token == nil:
		return false
	case name == "faceDetail" && token != json.Delim('{'):
		return true
	case name == "faceVideoUrl" && token == "ERROR":
		return false // there will be none (API §5.4)
	}
	switch v := token.(type) {
	case json.Delim:
		return elementsShowImage(d, v, within)
	case string:
		return v != "" && (within || looksLikeImage(v))
	default:
		return imageFields[name]
	}
}

// elementsShowImage reads an object or array up to its end, or to the first
// image.
func elementsShowImage(d *json.Decoder, start json.Delim, within bool) bool {
	for d.More() {
		var name string
		if start == '{' {
			token, err := d.Token()
			if err != nil {
				return true
			}
			name, _ = token.(string)
		}
		if looksLikeImage(name) || memberShowsImage(d, name, within) {
			return true
		}
	}
	_, err := d.Token() // the end
	return err != nil
}

// imageFields are the documented fields with an image (API §5.4).
var imageFields = map[string]bool{
	"faceImage": true, "faceImageFar": true, "faceImageNear": true, "silentImage": true,
	"auditImageUrl": true, "faceVideoUrl": true,
}

// namesImage reports whether a field's name is that of an image, documented or
// likely.
func namesImage(name string) bool {
	return mentions(name, "image", "video", "photo", "picture", "selfie", "frame")
}

// looksLikeImage reports whether a string may be an image or lead to one,
// whatever its field is called.
func looksLikeImage(s string) bool {
	return strings.Contains(s, "://") || strings.HasPrefix(s, "//") || strings.HasPrefix(s, "data:") ||
		utf8.RuneCountInString(s) > maxWord
}

func isObject(raw json.RawMessage) bool {
	return bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{"))
}
