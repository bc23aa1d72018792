package simulator

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
)

// hostileKinds are answers that ask for a mistake: a secret that is passed on,
// an id that is lost, or a result that is believed and is not one.
func hostileKinds() map[string]faultKind {
	generateOnly := []Operation{OpGenerate}
	resultOnly := []Operation{OpResult}
	return map[string]faultKind{
		"no-head": {
			description: "an answer without an HTTP head, which quotes the token, the user id, the URLs and the link",
			silent:      true,
			answer: func(s strike) reply {
				return reply{write: writeRaw([]byte("Refused: " + s.confidential() + "\r\n\r\n"))}
			},
		},
		"longer-than-said": {
			description: "more bytes than the Content-Length says, which quote the token, the user id, the URLs and the link; the call takes effect in any case",
			alters:      true,
			answer:      answerLongerThanSaid,
		},
		"quoting": {
			description: "PARAMETER_ERROR with a message that quotes the session's user id and URLs",
			answer:      answerQuoting,
		},
		"code-twice": {
			description: "PARAMETER_ERROR, and SUCCESS as a second code",
			answer: func(strike) reply {
				return reply{write: writeBothCodes("code")} // Nobody can say which of them counts.
			},
		},
		"code-other-case": {
			description: "PARAMETER_ERROR, and SUCCESS as a Code in another case",
			answer: func(strike) reply {
				answer := refusal(codeParameterError, messageParameter)
				answer.write = writeBothCodes("Code")
				return answer
			},
		},
		"bom": {
			description: "a byte order mark before the JSON; the call takes effect in any case",
			alters:      true,
			answer: func(s strike) reply {
				return s.rewritten(func(body []byte) []byte { return append([]byte("\ufeff"), body...) })
			},
		},
		"id-number": {
			description: "the new session's id is a JSON number; the call takes effect in any case",
			operations:  generateOnly,
			alters:      true,
			answer:      answerNumber,
		},
		"id-invalid-utf8": {
			description: "the new session's id has a byte that is no UTF-8; the call takes effect in any case",
			operations:  generateOnly,
			alters:      true,
			answer: func(s strike) reply {
				id := []byte(`"signatureId":"` + s.normal.signatureID)
				return s.rewritten(func(body []byte) []byte {
					return bytes.Replace(body, id, append(bytes.Clone(id[:len(id)-1]), 0xff), 1)
				})
			},
		},
		"crossed": {
			description: "SUCCESS about another session, which has passed",
			operations:  resultOnly,
			answer: func(strike) reply {
				return success(map[string]any{
					"signatureId":   newID(),
					"overallResult": ResultPass,
					"idvResult":     ResultPass,
					"errorCode":     codeSuccess,
				})
			},
		},
		"image-url":  imageKind("the only image is a link in a field that no reference knows", addImageURL),
		"image-list": imageKind("the only images are base64 in a list that no reference knows", addImageList),
		"image-text": imageKind("the only image is in a faceDetail that is a string", addImageText),
	}
}

// session returns the session that the call is about or has made, or nil.
func (s strike) session() *session {
	id := s.normal.signatureID
	fill(&id, s.req.signatureID())
	return s.store.sessions[id]
}

// confidentialFields are the fields of a request that nobody else may see.
var confidentialFields = append([]string{"accessKey", "signature"}, personalFields...)

// parameters returns the confidential parameters of the session, or those that
// the call was sent with.
func (s strike) parameters() []string {
	sent, _ := parseObject(s.req.body)
	if x := s.session(); x != nil {
		sent = x.params
	}
	var texts []string
	for _, name := range confidentialFields {
		if text := sent.text(name); text != "" {
			texts = append(texts, text)
		}
	}
	return texts
}

// confidential returns all that the call and its session hold and nobody else
// may see.
func (s strike) confidential() string {
	texts := append([]string{s.req.Header.Get("X-ACCESS-TOKEN")}, s.parameters()...)
	if x := s.session(); x != nil {
		texts = append(texts, baseURL(s.req.Request)+x.pagePath())
	}
	return strings.Join(texts, " ")
}

// rewritten returns the API's own answer with its body changed.
func (s strike) rewritten(change func(body []byte) []byte) reply {
	answer := s.normal
	answer.write = func(w http.ResponseWriter, _ *http.Request, answer reply) {
		writeBody(w, answer.status, jsonType, change(answer.body()))
	}
	return answer
}

// answerQuoting says what it quotes only to the caller: the record of calls must
// not hold it, least of all after an erasure.
func answerQuoting(s strike) reply {
	fill(&s.fault.Code, codeParameterError)
	quoted := strings.Join(s.parameters(), " ")
	answer := refusal(s.fault.Code, "Refused")
	answer.write = func(w http.ResponseWriter, _ *http.Request, answer reply) {
		answer.message += ": " + quoted
		writeBody(w, answer.status, jsonType, answer.body())
	}
	return answer
}

// writeRaw returns a writer of bytes that need not be HTTP. It closes the
// connection after them. Over HTTP/2, which has no such thing, it only breaks it.
func writeRaw(raw []byte) writer {
	return func(w http.ResponseWriter, _ *http.Request, _ reply) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		_, _ = conn.Write(raw)
		_ = conn.Close()
	}
}

func answerLongerThanSaid(s strike) reply {
	rest := s.confidential()
	answer := s.normal
	answer.write = func(w http.ResponseWriter, r *http.Request, answer reply) {
		body := answer.body()
		fill(&answer.status, http.StatusOK)
		raw := fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s%s",
			answer.status, http.StatusText(answer.status), jsonType, len(body), body, rest)
		writeRaw(raw)(w, r, answer)
	}
	return answer
}

// writeBothCodes returns a writer of an envelope that refuses, and has SUCCESS
// under another key.
func writeBothCodes(key string) writer {
	return func(w http.ResponseWriter, _ *http.Request, answer reply) {
		answer.code, answer.message = codeParameterError, messageParameter
		body := bytes.TrimSuffix(answer.body(), []byte("}"))
		writeBody(w, answer.status, jsonType, fmt.Appendf(body, `,%q:%q}`, key, codeSuccess))
	}
}

// answerNumber renames the new session: from now on it is known by digits, more
// of them than a float64 can tell apart.
func answerNumber(s strike) reply {
	data, ok := s.normal.data.(map[string]any)
	if x := s.session(); ok && x != nil {
		s.store.rename(x, strconv.FormatInt(1e17+rand.Int64N(9e17), 10))
		data["signatureId"] = json.Number(x.id)
		data["url"] = baseURL(s.req.Request) + x.pagePath()
		s.normal.signatureID = x.id
	}
	return s.normal
}

// imageKind returns a kind of get-result that shows an image where no reference
// has one, and none where they are documented.
func imageKind(description string, add func(data map[string]any, link, picture string)) faultKind {
	return faultKind{
		description: description,
		operations:  []Operation{OpResult},
		alters:      true,
		answer: func(s strike) reply {
			data, ok := s.normal.data.(map[string]any)
			if x := s.session(); ok && x != nil && x.captured {
				data["faceDetail"] = nil
				link := s.store.mediaLink(s.req.Request, x.id, pictureFar)
				add(data, link, base64.StdEncoding.EncodeToString(x.picture(pictureFar)))
			}
			return s.normal
		},
	}
}

func addImageURL(data map[string]any, link, _ string) { data["selfieUrl"] = link }

func addImageList(data map[string]any, _, picture string) { data["frames"] = []string{picture} }

func addImageText(data map[string]any, link, _ string) {
	data["faceDetail"] = string(mustJSON(map[string]any{"faceImage": link}))
}
