package simulator

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// Codes of the envelope that the simulator answers with by itself.
const (
	codeSuccess           = "SUCCESS"
	codeParameterError    = "PARAMETER_ERROR"
	codeRegionWrong       = "REGION_WRONG"
	codeIAMFailed         = "IAM_FAILED"
	codeServiceBusy       = "SERVICE_BUSY"
	codeRetryLater        = "RETRY_LATER"
	codeClientError       = "CLIENT_ERROR"
	codeSignatureNotExist = "SIGNATURE_NOT_EXIST"
	codeInProcessing      = "REQUEST_IN_PROCESSING"
)

// Messages that more than one place uses, with the API's own spelling.
const (
	messageEmpty            = "Parameter should not be empty"
	messageParameter        = "Parameter error,please check you input."
	messageRateLimit        = "Rate limit is exceeded, please retry after the suggested time in HTTP Header."
	messageInProcessing     = "Your request is currently being processed. Please do not submit it repeatedly"
	messageNotExist         = "This signatureId is not exist"
	messageClearNotExist    = "SignatureId is not exist"
	messageClearEmpty       = "SignatureId is empty"
	messageNotFinished      = "Transaction is not finished"
	messageTokenExpired     = "Token not found or expired"
	messageKeyNotFound      = "Access Key not found"
	messageTimestamp        = "Timestamp error"
	messageSignature        = "Signature error"
	messageRegion           = "Region is wrong"
	messageReturnURL        = "Invalid returnUrl, please check your returnUrl"
	messageFailReturnURL    = "Invalid failedReturnUrl, please check your failedReturnUrl"
	messageProductLevel     = "Product level is wrong"
	messageBadRequest       = "HTTP 400 - Bad Request"
	messageNotFound         = "HTTP 404 - Not Found"
	messageMethodNotAllowed = "HTTP 405 - Method Not Allowed"
)

// envelope is the shape of every answer of the API (API §2).
type envelope struct {
	Code            string  `json:"code"`
	Message         string  `json:"message"`
	Data            any     `json:"data"`
	Extra           *string `json:"extra"`
	TransactionID   string  `json:"transactionId"`
	PricingStrategy string  `json:"pricingStrategy"`
}

// reply is the answer to one API call before it is written.
type reply struct {
	status        int // 0 is 200
	code          string
	message       string
	data          any
	retryAfter    string // text of the Retry-After header; "" and RetryAfterNone are no header
	signatureID   string // of a new session, for the record
	transactionID string

	// write, when set, answers instead of the envelope. It is given the reply
	// with its transaction id filled in.
	write func(w http.ResponseWriter, r *http.Request, answer reply)
}

// success returns the reply of a call that worked.
func success(data any) reply {
	return reply{code: codeSuccess, message: "OK", data: data}
}

// refusal returns the reply of a call that did not work.
func refusal(code, message string) reply {
	return reply{code: code, message: message}
}

// clientError returns the CLIENT_ERROR whose message spells an HTTP status.
func clientError(message string) reply {
	return refusal(codeClientError, message)
}

// body returns the answer's envelope as JSON.
func (a reply) body() []byte {
	return mustJSON(envelope{
		Code:            a.code,
		Message:         a.message,
		Data:            a.data,
		TransactionID:   a.transactionID,
		PricingStrategy: "FREE",
	})
}

// mustJSON encodes a value that is known to be encodable: what goes into it is
// made here. URLs stay readable, as nothing of it gets into HTML.
func mustJSON(value any) []byte {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	must(encoder.Encode(value))
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n"))
}

// send writes the answer, whether it is an envelope or something worse.
func (a reply) send(w http.ResponseWriter, r *http.Request) {
	if a.retryAfter != "" && a.retryAfter != RetryAfterNone {
		w.Header().Set("Retry-After", a.retryAfter)
	}
	if a.write != nil {
		a.write(w, r, a)
		return
	}
	writeBody(w, a.status, "application/json;charset=UTF-8", a.body())
}

// writeBody writes a whole answer. An error would mean that the client has
// gone, and then there is nobody left to tell.
func writeBody(w http.ResponseWriter, status int, contentType string, body []byte) {
	writeHead(w, status, contentType, len(body))
	_, _ = w.Write(body)
}

// writeHead announces a body of n bytes.
func writeHead(w http.ResponseWriter, status int, contentType string, n int) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(n))
	if status == 0 {
		status = http.StatusOK
	}
	w.WriteHeader(status)
}

// drift changes a message the way that the vendor says it may: a full stop more
// or less, blanks after commas, other harmless words.
func drift(message string) string {
	if message == "" {
		return "" // No envelope, no message.
	}
	message = strings.ReplaceAll(message, ", ", ",")
	message = strings.ReplaceAll(message, ",", ", ")
	message = strings.NewReplacer(
		"SignatureId", "signatureId",
		"Transaction is", "The transaction is",
		"Server error", "Internal server error",
	).Replace(message)
	if stopped, found := strings.CutSuffix(message, "."); found {
		return stopped
	}
	return message + "."
}
