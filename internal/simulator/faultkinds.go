package simulator

import (
	"bytes"
	"context"
	"maps"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// kindEnvelope is the kind whose code and message the fault itself gives.
const kindEnvelope = "envelope"

// Bounds of the faults that take long or much.
const (
	hangLimit    = 10 * time.Minute // of a call that is never answered
	dripInterval = time.Second      // between the bytes of a slow body
	hugeBytes    = 64 << 20         // of a huge body
	nesting      = 100_000          // of a deep body
)

// faultKind is what a kind of fault does.
type faultKind struct {
	description string
	operations  []Operation
	throttles   bool // its answers have a Retry-After header
	alters      bool // it alters the API's own answer, so the call always takes effect
	answer      func(fault Fault, normal reply) reply
}

// brokenKinds are the kinds after which there is no HTTP status.
var brokenKinds = []string{"reset", "timeout"}

// faultKinds holds all kinds by name.
var faultKinds = allFaultKinds()

func allFaultKinds() map[string]faultKind {
	kinds := make(map[string]faultKind)
	for _, group := range []map[string]faultKind{
		envelopeKinds(), brokenConnectionKinds(), httpKinds(), bodyKinds(), dataKinds(), alteringKinds(),
	} {
		maps.Copy(kinds, group)
	}
	return kinds
}

// envelopeKinds are the codes and messages of API §3 to §8, and two of the
// simulator's own.
func envelopeKinds() map[string]faultKind {
	kinds := make(map[string]faultKind)
	for _, row := range []struct{ name, code, message string }{
		{"service-busy", codeServiceBusy, messageRateLimit},
		{"service-busy-quota", codeServiceBusy, "Quota exceeded: You have exceeded the daily quota for free queries, please contact out tech support for help"},
		{"retry-later", "RETRY_LATER", "Query failed, please retry after the suggested time in HTTP Header."},
		{"error", "ERROR", "Server error"},
		{"error-full-stop", "ERROR", "Server error."},
		{"empty-parameter-error", "EMPTY_PARAMETER_ERROR", messageEmpty},
		{"parameter-empty", codeParameterError, messageEmpty},
		{"parameter-error", codeParameterError, messageParameter},
		{"timestamp-error", codeParameterError, messageTimestamp},
		{"signature-error", codeParameterError, messageSignature},
		{"account-disabled", "ACCOUNT_DISABLED", "Account Disabled"},
		{"insufficient-balance", "INSUFFICIENT_BALANCE", "Insufficient balance, please top up or contact your sales manager for help"},
		{"over-query-limit", "OVER_QUERY_LIMIT", "Quota exceeded. you have exceeded free query quota, please contact your sales manager for help"},
		{"over-query-limit-test", "OVER_QUERY_LIMIT", "Quota exceeded: You have exceeded free query quota for test account, please contact your sales manager for help"},
		{"access-denied", "ACCESS_DENIED", "Access denied"},
		{"service-disabled", "SERVICE_DISABLED", "Service disabled"},
		{"client-error-400", codeClientError, messageBadRequest},
		{"client-error-404", codeClientError, messageNotFound},
		{"client-error-405", codeClientError, messageMethodNotAllow},
		{"iam-denied", codeIAMFailed, "Access denied."},
		{"iam-not-authorized", codeIAMFailed, "You are not authorized by the Identity and Access Management system"},
		{"iam-access-key", codeIAMFailed, messageKeyNotFound},
		{"iam-access-key-expired", codeIAMFailed, "Access Key not found or expired"},
		{"iam-token", codeIAMFailed, messageTokenExpired},
		{"iam-token-denied", codeIAMFailed, "Access denied: Token not found or expired"},
		{"iam-country", codeIAMFailed, messageCountry},
		{"iam-domain", codeIAMFailed, "Account not authorized for this domain"},
		{"iam-account-expired", codeIAMFailed, "Account is expired. Please contact your sales manager for help"},
		{"iam-account-disabled", codeIAMFailed, "Account is disabled. Please contact your sales manager for help"},
		{"region-wrong", codeRegionWrong, messageRegion},
		{"return-url", codeParameterError, messageReturnURL},
		{"return-url-no-blank", codeParameterError, "Invalid returnUrl,please check your returnUrl"},
		{"fail-return-url", codeParameterError, messageFailReturnURL},
		{"product-level", codeParameterError, messageProductLevel},
		{"signature-not-exist", codeSignatureNotExist, messageNotExist},
		{"signature-not-exist-full-stop", codeSignatureNotExist, messageNotExist + "."},
		{"clear-not-exist", codeParameterError, messageClearNotExist},
		{"clear-not-finished", codeParameterError, messageNotFinished},
		{"clear-empty", codeParameterError, messageClearEmpty},
		{"in-processing", codeInProcessing, messageInProcessing},
		{"unknown-code", "BRAND_NEW_CODE", "Something that no reference knows"},
		{kindEnvelope, "", ""},
	} {
		kinds[row.name] = envelopeKind(row.code, row.message)
	}
	generic := kinds[kindEnvelope]
	generic.description = "the code, message and HTTP status that the fault gives"
	kinds[kindEnvelope] = generic
	return kinds
}

// envelopeKind returns a kind that answers with a code and a message.
func envelopeKind(code, message string) faultKind {
	return faultKind{
		description: code + ", " + message,
		operations:  allOperations,
		throttles:   code == codeServiceBusy || code == "RETRY_LATER",
		answer: func(fault Fault, _ reply) reply {
			return reply{
				status:  fault.HTTPStatus,
				code:    either(fault.Code, code),
				message: either(fault.Message, message),
			}
		},
	}
}

// either returns the first text that is not empty.
func either(text, otherwise string) string {
	if text != "" {
		return text
	}
	return otherwise
}

// writer writes an answer in place of the envelope.
type writer = func(w http.ResponseWriter, r *http.Request, answer reply)

// writing returns a kind whose answer is written by write.
func writing(description string, status int, write writer) faultKind {
	return faultKind{
		description: description,
		operations:  allOperations,
		answer: func(fault Fault, _ reply) reply {
			answer := reply{status: status, write: write}
			if fault.HTTPStatus != 0 {
				answer.status = fault.HTTPStatus
			}
			return answer
		},
	}
}

// brokenConnectionKinds break or stall the connection.
func brokenConnectionKinds() map[string]faultKind {
	return map[string]faultKind{
		"reset":     writing("the connection is reset before any answer", 0, writeReset),
		"timeout":   writing("no answer until the client goes away, at most 10 minutes", 0, writeNothing),
		"cut-off":   writing("the connection breaks in the middle of the body", http.StatusOK, writeCutOff),
		"slow-body": writing("the body comes one byte a second", http.StatusOK, writeSlowly),
	}
}

// writeReset resets the connection. Where it cannot be had (HTTP/2, or no
// network at all) the server is told to break it.
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
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(answer.status)
	_, _ = w.Write(body[:len(body)/2])
	flush(w)
	panic(http.ErrAbortHandler)
}

func writeSlowly(w http.ResponseWriter, r *http.Request, answer reply) {
	body := plausible(answer)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(answer.status)
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

// httpKinds answer with an HTTP status, as a gateway in front of the API does.
func httpKinds() map[string]faultKind {
	kinds := map[string]faultKind{
		"http-429":      writing("429 with plain text and Retry-After", 429, constant("text/plain; charset=utf-8", "Too Many Requests\n")),
		"http-500":      writing("500 with plain text", 500, constant("text/plain; charset=utf-8", "Internal Server Error\n")),
		"http-502-html": writing("502 with an HTML page", 502, constant(htmlType, gatewayPage("502 Bad Gateway"))),
		"http-503":      writing("503 with plain text and Retry-After", 503, constant("text/plain; charset=utf-8", "Service Unavailable\n")),
		"http-404-html": writing("404 with an HTML page", 404, constant(htmlType, gatewayPage("404 Not Found"))),
		"html-200":      writing("200 with an HTML page", 200, constant(htmlType, gatewayPage("Welcome"))),
		"redirect":      redirectKind(),
	}
	for _, name := range []string{"http-429", "http-503"} {
		kind := kinds[name]
		kind.throttles = true
		kinds[name] = kind
	}
	return kinds
}

const htmlType = "text/html; charset=utf-8"

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

// redirectKind redirects elsewhere. The location is not the fault's answer but
// the fault's own, so it is bound here.
func redirectKind() faultKind {
	kind := writing("302 to another place", http.StatusFound, nil)
	kind.answer = func(fault Fault, _ reply) reply {
		status := http.StatusFound
		if fault.HTTPStatus != 0 {
			status = fault.HTTPStatus
		}
		return reply{status: status, write: func(w http.ResponseWriter, _ *http.Request, answer reply) {
			w.Header().Set("Location", either(fault.Location, "/elsewhere"))
			w.WriteHeader(answer.status)
		}}
	}
	return kind
}

// bodyKinds answer 200 with a body that is no envelope.
func bodyKinds() map[string]faultKind {
	const jsonType = "application/json"
	return map[string]faultKind{
		"empty-body":     writing("200 with no body", 200, constant(jsonType, "")),
		"not-json":       writing("200 with a text that is no JSON", 200, constant(jsonType, "Service is warming up")),
		"json-array":     writing("200 with a JSON array", 200, constant(jsonType, `[{"code":"SUCCESS"}]`)),
		"json-string":    writing("200 with a JSON string", 200, constant(jsonType, `"SUCCESS"`)),
		"json-null":      writing("200 with a JSON null", 200, constant(jsonType, `null`)),
		"malformed-json": writing("200 with JSON that ends too early", 200, constant(jsonType, `{"code":"SUCCESS","message":"OK","data":{"signatureId":`)),
		"no-code":        writing("200 with an object that has no code", 200, constant(jsonType, `{"message":"OK","data":{}}`)),
		"code-wrong-type": writing("200 with a code that is a number", 200,
			constant(jsonType, `{"code":200,"message":"OK","data":{}}`)),
		"deep-json": writing("200 with JSON that is nested 100,000 deep", 200,
			constant(jsonType, `{"code":"SUCCESS","message":"OK","data":`+
				strings.Repeat("[", nesting)+strings.Repeat("]", nesting)+`}`)),
		"huge": writing("200 with 64 MiB of JSON", 200, writeHuge),
	}
}

// writeHuge streams a valid envelope of a size that no client should accept. It
// stops when the client does.
func writeHuge(w http.ResponseWriter, r *http.Request, answer reply) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(answer.status)
	_, err := w.Write([]byte(`{"code":"SUCCESS","message":"OK","data":{"padding":"`))
	chunk := bytes.Repeat([]byte("x"), 1<<18)
	for sent := 0; sent < hugeBytes; sent += len(chunk) {
		if err != nil || context.Cause(r.Context()) != nil {
			panic(http.ErrAbortHandler)
		}
		_, err = w.Write(chunk)
	}
	_, _ = w.Write([]byte(`"}}`))
}

// dataKinds say SUCCESS with data that is not what it should be.
func dataKinds() map[string]faultKind {
	kinds := map[string]faultKind{
		"no-data":         dataKind("SUCCESS with data null", nil),
		"data-empty":      dataKind("SUCCESS with data an empty object", map[string]any{}),
		"data-wrong-type": dataKind("SUCCESS with data a string", "0123456789abcdef"),
		"data-array":      dataKind("SUCCESS with data an array", []any{}),
		"empty-id": dataKind("SUCCESS with an empty signatureId", map[string]any{
			"signatureId": "", "url": "https://h5.example.com/idvs/?token=none&signatureId=",
		}),
		"id-wrong-type": dataKind("SUCCESS with a signatureId that is a number", map[string]any{
			"signatureId": 1234567890, "url": "https://h5.example.com/idvs/?token=none&signatureId=1234567890",
		}),
		"empty-token":      dataKind("SUCCESS with an empty token", map[string]any{"token": "", "expiredTime": 0}),
		"token-wrong-type": dataKind("SUCCESS with a token that is a number", map[string]any{"token": 1, "expiredTime": 0}),
	}
	limit(kinds, []Operation{OpGenerate, OpResult}, "empty-id", "id-wrong-type")
	limit(kinds, []Operation{OpToken}, "empty-token", "token-wrong-type")
	return kinds
}

// dataKind returns a kind that says SUCCESS with the given data.
func dataKind(description string, data any) faultKind {
	return faultKind{
		description: description,
		operations:  allOperations,
		answer: func(fault Fault, _ reply) reply {
			answer := success(data)
			answer.status = fault.HTTPStatus
			return answer
		},
	}
}

// limit limits kinds to some operations.
func limit(kinds map[string]faultKind, operations []Operation, names ...string) {
	for _, name := range names {
		kind := kinds[name]
		kind.operations = operations
		kinds[name] = kind
	}
}

// alteringKinds change a field of the API's own answer: the call takes effect
// in any case, whatever AfterEffect says.
func alteringKinds() map[string]faultKind {
	kinds := map[string]faultKind{
		"no-url":     altering("the answer has no url", func(data map[string]any) { delete(data, "url") }),
		"empty-url":  altering("the answer's url is empty", func(data map[string]any) { data["url"] = "" }),
		"no-expiry":  altering("the answer has no expiredTime", func(data map[string]any) { delete(data, "expiredTime") }),
		"bad-expiry": altering("the answer's expiredTime is a word", func(data map[string]any) { data["expiredTime"] = "soon" }),
		"past-expiry": altering("the answer's expiredTime is long past", func(data map[string]any) {
			data["expiredTime"] = int64(1642580192430)
		}),
		"far-expiry": altering("the answer's expiredTime is far ahead", func(data map[string]any) {
			data["expiredTime"] = int64(32503680000000)
		}),
	}
	limit(kinds, []Operation{OpGenerate}, "no-url", "empty-url")
	return kinds
}

// altering returns a kind that changes the data of the API's own answer, where
// that has any.
func altering(description string, change func(data map[string]any)) faultKind {
	return faultKind{
		description: description + "; the call takes effect in any case",
		operations:  []Operation{OpToken, OpGenerate},
		alters:      true,
		answer: func(fault Fault, normal reply) reply {
			if data, ok := normal.data.(map[string]any); ok {
				change(data)
			}
			if fault.HTTPStatus != 0 {
				normal.status = fault.HTTPStatus
			}
			return normal
		},
	}
}
