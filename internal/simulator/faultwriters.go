package simulator

import (
	"bytes"
	"net"
	"net/http"
	"strings"
	"time"
)

// Bounds of the faults that take long or much.
const (
	hangLimit    = 10 * time.Minute // of a call that is never answered
	dripInterval = time.Second      // between the bytes of a slow body
	hugeBytes    = 64 << 20         // of a huge body
	nesting      = 100_000          // of a deep body
)

// writer writes an answer in place of the envelope.
type writer = func(w http.ResponseWriter, r *http.Request, answer reply)

// writing returns a kind whose answer is written by write.
func writing(description string, status int, write writer) faultKind {
	return faultKind{
		description: description,
		answer:      func(strike) reply { return reply{status: status, write: write} },
	}
}

// connectionKinds break or stall the connection.
func connectionKinds() map[string]faultKind {
	kinds := map[string]faultKind{
		"reset":     writing("the connection is reset before any answer", 0, writeReset),
		"timeout":   writing("no answer until the client goes away, at most 10 minutes", 0, writeNothing),
		"cut-off":   writing("the connection breaks in the middle of the body", http.StatusOK, writeCutOff),
		"slow-body": writing("the body comes one byte a second", http.StatusOK, writeSlowly),
	}
	for _, name := range []string{"reset", "timeout"} {
		kind := kinds[name]
		kind.silent = true
		kinds[name] = kind
	}
	return kinds
}

// writeReset resets the connection. Where it cannot be had (HTTP/2) the server
// is told to break it.
func writeReset(w http.ResponseWriter, _ *http.Request, _ reply) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	inner := conn
	if secure, ok := conn.(interface{ NetConn() net.Conn }); ok {
		inner = secure.NetConn()
	}
	if c, ok := inner.(interface{ SetLinger(seconds int) error }); ok { // TCP or in memory
		_ = c.SetLinger(0) // Closing then resets; without it, it only closes.
	}
	_ = conn.Close()
}

func writeNothing(_ http.ResponseWriter, r *http.Request, _ reply) {
	sleep(r.Context(), hangLimit)
	panic(http.ErrAbortHandler)
}

// plausible is a body that would be an honest answer if it came whole.
func plausible(answer reply) []byte {
	answer.code, answer.message = codeSuccess, "OK"
	answer.data = map[string]any{"signatureId": newID()}
	return answer.body()
}

func writeCutOff(w http.ResponseWriter, _ *http.Request, answer reply) {
	body := plausible(answer)
	writeHead(w, answer.status, jsonType, len(body))
	_, _ = w.Write(body[:len(body)/2])
	flush(w)
	panic(http.ErrAbortHandler)
}

func writeSlowly(w http.ResponseWriter, r *http.Request, answer reply) {
	body := plausible(answer)
	writeHead(w, answer.status, jsonType, len(body))
	for _, b := range body {
		_, _ = w.Write([]byte{b})
		flush(w)
		if !sleep(r.Context(), dripInterval) {
			panic(http.ErrAbortHandler)
		}
	}
}

// flush sends what was written so far. All writers that come here can.
func flush(w http.ResponseWriter) {
	_ = http.NewResponseController(w).Flush()
}

// Media types of the answers.
const (
	jsonType  = "application/json"
	htmlType  = "text/html; charset=utf-8"
	plainType = "text/plain; charset=utf-8"
)

// httpKinds answer with an HTTP status, as a gateway in front of the API does.
func httpKinds() map[string]faultKind {
	tooMany := writing("429 with plain text and Retry-After", 429, constant(plainType, "Too Many Requests\n"))
	unavailable := writing("503 with plain text and Retry-After", 503, constant(plainType, "Service Unavailable\n"))
	tooMany.throttles, unavailable.throttles = true, true
	return map[string]faultKind{
		"http-429":      tooMany,
		"http-500":      writing("500 with plain text", 500, constant(plainType, "Internal Server Error\n")),
		"http-502-html": writing("502 with an HTML page", 502, constant(htmlType, gatewayPage("502 Bad Gateway"))),
		"http-503":      unavailable,
		"http-404-html": writing("404 with an HTML page", 404, constant(htmlType, gatewayPage("404 Not Found"))),
		"html-200":      writing("200 with an HTML page", 200, constant(htmlType, gatewayPage("Welcome"))),
		"redirect": {
			description: "302 to another place",
			answer: func(s strike) reply {
				fill(&s.fault.Location, "/elsewhere")
				return reply{status: http.StatusFound, write: redirect(s.fault.Location)}
			},
		},
	}
}

// constant returns a writer of an answer that is always the same.
func constant(contentType, body string) writer {
	return func(w http.ResponseWriter, _ *http.Request, answer reply) {
		writeBody(w, answer.status, contentType, []byte(body))
	}
}

// gatewayPage returns a page as proxies make them.
func gatewayPage(title string) string {
	return "<html>\n<head><title>" + title + "</title></head>\n<body><h1>" + title + "</h1></body>\n</html>\n"
}

// redirect returns a writer of a redirect.
func redirect(location string) writer {
	return func(w http.ResponseWriter, _ *http.Request, answer reply) {
		w.Header().Set("Location", location)
		w.WriteHeader(answer.status)
	}
}

// bodyKinds answer 200 with a body that is no envelope.
func bodyKinds() map[string]faultKind {
	kinds := map[string]faultKind{"huge": writing("200 with 64 MiB of JSON", 200, writeHuge)}
	for _, row := range []struct{ name, description, body string }{
		{"empty-body", "no body", ""},
		{"not-json", "a text that is no JSON", "Service is warming up"},
		{"json-array", "a JSON array", `[{"code":"SUCCESS"}]`},
		{"json-string", "a JSON string", `"SUCCESS"`},
		{"json-null", "a JSON null", `null`},
		{"malformed-json", "JSON that ends too early", `{"code":"SUCCESS","message":"OK","data":{"signatureId":`},
		{"no-code", "an object that has no code", `{"message":"OK","data":{}}`},
		{"code-wrong-type", "a code that is a number", `{"code":200,"message":"OK","data":{}}`},
		{"deep-json", "JSON that is nested 100,000 deep", `{"code":"SUCCESS","message":"OK","data":` +
			strings.Repeat("[", nesting) + strings.Repeat("]", nesting) + `}`},
	} {
		kinds[row.name] = writing("200 with "+row.description, 200, constant(jsonType, row.body))
	}
	return kinds
}

// writeHuge streams a valid envelope of a size that no client should accept. It
// stops when the client does.
func writeHuge(w http.ResponseWriter, _ *http.Request, answer reply) {
	w.Header().Set("Content-Type", jsonType)
	w.WriteHeader(answer.status)
	_, err := w.Write([]byte(`{"code":"SUCCESS","message":"OK","data":{"padding":"`))
	chunk := bytes.Repeat([]byte("x"), 1<<18)
	for sent := 0; sent < hugeBytes && err == nil; sent += len(chunk) {
		_, err = w.Write(chunk)
	}
	_, _ = w.Write([]byte(`"}}`))
}
