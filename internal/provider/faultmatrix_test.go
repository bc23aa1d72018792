package provider_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/acctest"
	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// The fault matrix says what the provider does about everything that can go
// wrong with a call. A row is a fault. Its class says what holds for each
// operation; a cell says what one operation does otherwise.
//
// TestFaultMatrix runs every cell: with a fault that lasts and, where that is
// another thing, with one that strikes once; and where an answer can be lost,
// with a call that had taken effect and with one that had not. The tables of the guide "When the API
// misbehaves" are made of the matrix.

// A faultColumn is an operation as a user comes to call it.
type faultColumn int

const (
	inToken    faultColumn = iota // generate-token, in an apply
	inGenerate                    // generate-url, in an apply
	inResult                      // get-result, in the refresh of a session
	inSource                      // get-result, by the data source; what it does differently stands beside a row's result
	inClear                       // clear-data, in the destroy of a session that was passed
	faultColumns
)

var faultColumnInfo = [faultColumns]struct {
	name      string
	operation simulator.Operation
	call      string // as users know the operation
	summary   string // of each error
}{
	inToken:    {"token", simulator.OpToken, "generate-token", "Unable to Create Liveness Session"},
	inGenerate: {"generate", simulator.OpGenerate, "generate-liveness-detection-url", "Unable to Create Liveness Session"},
	inResult:   {"result", simulator.OpResult, "get-result", "Unable to Read Liveness Session"},
	inSource:   {"data source", simulator.OpResult, "get-result", "Unable to Read Liveness Result"},
	inClear:    {"clear", simulator.OpClear, "clear-data", "Unable to Erase Liveness Session"},
}

// How often an operation is sent in all while a fault lasts, with the default
// max_retries of 5. What is sent more than once gets through when the fault
// strikes but once; what is sent once does not.
const (
	sentOnce     = 1
	sentTwice    = 2
	sent3Times   = 3
	sent6Times   = 6
	untilTimeout = -1 // of the destroy: what was refused is waited for
)

// A faultEnding is how a run ends.
type faultEnding int

const (
	endsFailed  faultEnding = iota + 1 // with an error; a session stays in the state
	endsWell                           // as if nothing had happened
	endsGone                           // with a warning: the session leaves the state, and no erasure is claimed
	endsTainted                        // with an error: the new session is in the state, tainted
)

// What the state has in the end.
const (
	nothing        = "nothing"
	aSession       = "the session"
	taintedSession = "the session, tainted"
)

// faultEndings says what is in the state after each ending, and which lines
// the audit log has got.
var faultEndings = map[faultEnding][faultColumns]struct {
	state  string
	events []string
}{
	endsFailed: {
		inToken:    {nothing, nil},
		inGenerate: {nothing, nil},
		inResult:   {aSession, nil},
		inSource:   {aSession, nil},
		inClear:    {aSession, []string{"clear_failed"}},
	},
	endsWell: {
		inToken:    {aSession, []string{"session_created"}},
		inGenerate: {aSession, []string{"session_created"}},
		inResult:   {aSession, nil},
		inSource:   {aSession, nil},
		inClear:    {nothing, []string{"data_cleared"}},
	},
	endsGone: {
		inResult: {nothing, []string{"session_gone"}},
		inClear:  {nothing, []string{"session_gone"}},
	},
	endsTainted: {
		inGenerate: {taintedSession, []string{"session_created"}},
	},
}

// A faultCell is what an operation does while a fault lasts. In a row's
// exception the zero value of a field means: as in the row or its class.
type faultCell struct {
	tries  int         // how often it is sent in all
	ends   faultEnding // how the run ends; endsFailed where nothing else is said
	reads  string      // a part of what the user then reads
	at     string      // the attribute that the error is on
	honest bool        // run only with the call taking effect
}

// A faultClass is what the provider takes a fault for.
type faultClass struct {
	// lost: the request was sent, and nobody knows what came of it.
	lost  bool
	cells [faultColumns]faultCell
}

var (
	// faultNotSent: the request never left, so nothing happened.
	faultNotSent = faultClass{cells: inAll(faultCell{tries: sent6Times})}

	// faultThrottled: refused for now, and nothing happened.
	faultThrottled = faultClass{cells: inAll(faultCell{tries: sent6Times})}

	// faultLost: the next try may get an answer. Of generate-url each try may
	// have made a session, so there are at most two more.
	faultLost = faultClass{lost: true, cells: [faultColumns]faultCell{
		inToken:    {tries: sent6Times},
		inGenerate: {tries: sent3Times},
		inResult:   {tries: sent6Times},
		inSource:   {tries: sent6Times},
		inClear:    {tries: sent6Times},
	}}

	// faultRefused: no, for good.
	faultRefused = faultClass{cells: inAll(faultCell{tries: sentOnce})}

	// faultLostForGood: nobody knows what came of it, and the next answer
	// would be no better.
	faultLostForGood = faultClass{lost: true, cells: faultRefused.cells}

	// faultTokenRefused: a new token is minted and tried, once. No token helps
	// where it is generate-token that is refused.
	faultTokenRefused = faultClass{cells: [faultColumns]faultCell{
		inToken:    {tries: sentOnce},
		inGenerate: {tries: sentTwice},
		inResult:   {tries: sentTwice},
		inSource:   {tries: sentTwice},
		inClear:    {tries: sentTwice},
	}}

	// faultHarmless: nothing is missing that the provider needs.
	faultHarmless = faultClass{cells: inAll(faultCell{tries: sentOnce, ends: endsWell})}
)

func inAll(c faultCell) (cells [faultColumns]faultCell) {
	for i := range cells {
		cells[i] = c
	}
	return cells
}

// A faultRow is a fault, in all forms that make no difference.
type faultRow struct {
	what  string          // in words, for the guide
	kinds []string        // the simulator's, or of networkFaults
	with  simulator.Fault // more of the simulator's fault
	class faultClass
	reads string // a part of what the user reads, whatever the operation

	// Exceptions. What holds for result holds for source too, unless it says
	// otherwise.
	token, generate, result, source, clear faultCell
}

// cell is what a row says of an operation.
func (r faultRow) cell(c faultColumn) faultCell {
	own := map[faultColumn][]faultCell{
		inToken:    {r.token},
		inGenerate: {r.generate},
		inResult:   {r.result},
		inSource:   {r.source, r.result},
		inClear:    {r.clear},
	}[c]
	var all faultCell
	for _, layer := range append(own, r.class.cells[c], faultCell{ends: endsFailed, reads: r.reads}) {
		all = faultCell{
			tries:  cmp.Or(all.tries, layer.tries),
			ends:   cmp.Or(all.ends, layer.ends),
			reads:  cmp.Or(all.reads, layer.reads),
			at:     cmp.Or(all.at, layer.at),
			honest: all.honest || layer.honest,
		}
	}
	return all
}

// Words of more than one row.
const (
	refusingForNow  = "The API is refusing calls for now, and kept refusing them after retries."
	timeoutPassed   = "The operation's time-out passed."
	checkArguments  = "Check the arguments; the message says which one the API objects to."
	checkKeys       = "Check access_key, secret_key and token_period_seconds."
	refusedForGood  = "The API refused this for good."
	somethingElse   = "Something other than the API answered."
	notAsDocumented = "This is not how the API is documented to answer."
	tokenWasNew     = "A token that had just been minted was refused too."
	codeAlone       = "Error code: " // where generate-token gets an answer that is about a session

	// clear-data says three things by one code, so get-result settles which.
	// Of the session of these tests it shows the face.
	facesRemain = "get-result shows an image or video of the person"
)

// Exceptions of more than one row.
var (
	inDoubt = faultCell{reads: facesRemain}

	// An erasure has no data to give: SUCCESS is all there is to it. Its truth
	// is the API's; the tests' has taken effect.
	confirmed = faultCell{ends: endsWell, honest: true}

	// Nothing that get-result tells is needed. A session about which it tells
	// nothing has no result yet.
	pending = faultCell{ends: endsWell}
)

// The fault matrix. The time-out of an operation as a whole (timeouts, by
// default 2m for create, 1m for read and 75m for delete) may end it before its
// tries are used up.
var faultMatrix = []struct {
	title string
	rows  []faultRow
}{
	{"No answer", []faultRow{
		{
			what: "connection refused", kinds: []string{"connection-refused"},
			class: faultNotSent, reads: "connection refused",
		}, {
			what: "host name not found", kinds: []string{"no-such-host"},
			class: faultNotSent, reads: "no such host",
		}, {
			what: "the network gives no connection", kinds: []string{"dial-timeout"},
			class: faultNotSent, reads: "i/o timeout",
		}, {
			what: "TLS handshake refused", kinds: []string{"tls-handshake"},
			class: faultNotSent, reads: "handshake failure",
		}, {
			what: "certificate not trusted", kinds: []string{"untrusted-certificate"},
			class: faultRefused, reads: "The endpoint's certificate is not trusted by this system.",
		}, {
			what: "connection reset after the request", kinds: []string{"reset"},
			class: faultLost, reads: "connection reset by peer",
		}, {
			what: "connection lost in the middle of the answer", kinds: []string{"cut-off"},
			class: faultLost, reads: "reading the response: unexpected EOF",
		}, {
			// Each try takes all of the 30 s.
			what: "no whole answer within `request_timeout`", kinds: []string{"timeout", "slow-body"},
			class: faultLost, reads: "no response within the request timeout of 30s",
			token:  faultCell{tries: 4, reads: timeoutPassed},
			result: faultCell{tries: 2, reads: timeoutPassed},
		},
	}},
	{"An answer that is not the API's", []faultRow{
		{
			what: "HTTP 500 with text", kinds: []string{"http-500"},
			class: faultLost, reads: "HTTP 500 Internal Server Error with a body that is not the API's JSON envelope",
		}, {
			what: "HTTP 502 with an HTML page", kinds: []string{"http-502-html"},
			class: faultLost, reads: "HTTP 502 Bad Gateway with a body that is not the API's JSON envelope",
		}, {
			what: "HTTP 503 with `Retry-After: 10s`", kinds: []string{"http-503"}, with: simulator.Fault{RetryAfter: "10s"},
			class: faultLost, reads: "HTTP 503 Service Unavailable with a body that is not the API's JSON envelope",
		}, {
			what: "HTTP 502 with JSON and a code that the API does not have", kinds: []string{"unknown-code"}, with: simulator.Fault{HTTPStatus: 502},
			class: faultLost, reads: somethingElse,
		}, {
			what:  "HTTP 200 with HTML, with text, with JSON that is broken, is no object or has no code, or with nothing",
			kinds: []string{"html-200", "not-json", "malformed-json", "deep-json", "json-array", "json-string", "json-null", "no-code", "code-wrong-type", "empty-body"},
			class: faultLost, reads: "HTTP 200 OK with a body that is not the API's JSON envelope",
		}, {
			what: "HTTP 404 with an HTML page", kinds: []string{"http-404-html"},
			class: faultRefused, reads: "HTTP 404 Not Found with a body that is not the API's JSON envelope",
		}, {
			what: "a redirect", kinds: []string{"redirect"},
			class: faultRefused, reads: "HTTP 302 Found redirects elsewhere, which is not followed",
		}, {
			what: "more than 32 MiB", kinds: []string{"huge"},
			class: faultLostForGood, reads: "the response is larger than 32 MiB",
			clear: faultCell{honest: true}, // the slowest row by far, so once is enough
		},
	}},
	{"The API is busy or fails", []faultRow{
		{
			what:  "`SERVICE_BUSY` (rate limit) or `RETRY_LATER`, with `Retry-After: 10s`",
			kinds: []string{"service-busy", "retry-later"}, with: simulator.Fault{RetryAfter: "10s"},
			class: faultThrottled, reads: refusingForNow,
		}, {
			what:  "the same without `Retry-After`",
			kinds: []string{"service-busy", "retry-later"}, with: simulator.Fault{RetryAfter: simulator.RetryAfterNone},
			class: faultThrottled, reads: refusingForNow,
		}, {
			what:  "the same as HTTP 429",
			kinds: []string{"service-busy", "retry-later"}, with: simulator.Fault{HTTPStatus: 429},
			class: faultThrottled, reads: refusingForNow,
		}, {
			// An hour fits into the time-out of a destroy once.
			what:  "the same with `Retry-After: 3600`",
			kinds: []string{"service-busy", "retry-later"}, with: simulator.Fault{RetryAfter: "3600"},
			class: faultThrottled, reads: "after this operation's timeout at",
			token:    faultCell{tries: sentOnce},
			generate: faultCell{tries: sentOnce},
			result:   faultCell{tries: sentOnce},
			clear:    faultCell{tries: sentTwice},
		}, {
			what: "HTTP 429 with text and `Retry-After: 10s`", kinds: []string{"http-429"}, with: simulator.Fault{RetryAfter: "10s"},
			class: faultThrottled, reads: "HTTP 429 Too Many Requests with a body that is not the API's JSON envelope",
		}, {
			what: "HTTP 429 with text, without `Retry-After`", kinds: []string{"http-429"}, with: simulator.Fault{RetryAfter: simulator.RetryAfterNone},
			class: faultThrottled, reads: "HTTP 429 Too Many Requests with a body that is not the API's JSON envelope",
		}, {
			what: "HTTP 429 with JSON and a code that the API does not have", kinds: []string{"unknown-code"}, with: simulator.Fault{HTTPStatus: 429},
			class: faultThrottled, reads: refusingForNow,
		}, {
			what: "`ERROR`", kinds: []string{"error", "error-full-stop"},
			class: faultLost, reads: "The API failed on its side.",
		}, {
			what: "`ERROR` as HTTP 500", kinds: []string{"error"}, with: simulator.Fault{HTTPStatus: 500},
			class: faultLost, reads: "The API failed on its side.",
		}, {
			what: "`SERVICE_BUSY` (daily quota)", kinds: []string{"service-busy-quota"},
			class: faultRefused, reads: "The account's quota is used up",
		}, {
			what:  "`INSUFFICIENT_BALANCE`, `OVER_QUERY_LIMIT`",
			kinds: []string{"insufficient-balance", "over-query-limit", "over-query-limit-test"},
			class: faultRefused, reads: "The account's balance or query limit is used up",
		},
	}},
	{"The API refuses the account", []faultRow{
		{
			what: "`IAM_FAILED` about the token", kinds: []string{"iam-token", "iam-token-denied"},
			class: faultTokenRefused, reads: tokenWasNew,
		}, {
			what: "`IAM_FAILED` about the access key", kinds: []string{"iam-access-key", "iam-access-key-expired"},
			class: faultRefused, reads: "Check access_key (ADVANCE_ACCESS_KEY): the API does not know it.",
		}, {
			what:  "any other `IAM_FAILED`",
			kinds: []string{"iam-denied", "iam-not-authorized", "iam-country", "iam-domain", "iam-account-expired", "iam-account-disabled"},
			class: faultRefused, reads: "The account is not allowed to do this",
		}, {
			what: "`ACCOUNT_DISABLED`, `ACCESS_DENIED`, `SERVICE_DISABLED`", kinds: []string{"account-disabled", "access-denied", "service-disabled"},
			class: faultRefused, reads: "The account or the product is not enabled",
		}, {
			// The API's own time is in the refusal; the next try signs with it.
			what: "`PARAMETER_ERROR`, Timestamp error", kinds: []string{"timestamp-error"},
			class: faultRefused, reads: checkArguments,
			token: faultCell{tries: sentTwice, reads: "The clock of this machine and the API's are too far apart"},
			clear: inDoubt,
		}, {
			what: "`PARAMETER_ERROR`, Signature error", kinds: []string{"signature-error"},
			class: faultRefused, reads: checkArguments,
			token: faultCell{reads: "The secret_key (ADVANCE_SECRET_KEY) does not belong to the access_key"},
			clear: inDoubt,
		},
	}},
	{"The API refuses the request", []faultRow{
		{
			what: "`PARAMETER_ERROR`, Parameter error", kinds: []string{"parameter-error"},
			class: faultRefused, reads: checkArguments,
			token: faultCell{reads: checkKeys},
			clear: inDoubt,
		}, {
			what: "`PARAMETER_ERROR`, Parameter should not be empty", kinds: []string{"parameter-empty"},
			class: faultRefused, reads: checkArguments,
			token: faultCell{reads: checkKeys},
		}, {
			what: "`EMPTY_PARAMETER_ERROR`", kinds: []string{"empty-parameter-error"},
			class: faultRefused, reads: refusedForGood,
		}, {
			what: "`REGION_WRONG`", kinds: []string{"region-wrong"},
			class: faultRefused, reads: "Give the ISO 3166-1 alpha-3 code of a country that the account may use",
			generate: faultCell{at: "region"},
		}, {
			what: "`PARAMETER_ERROR`, Invalid returnUrl", kinds: []string{"return-url", "return-url-no-blank"},
			class: faultRefused, reads: checkArguments,
			token:    faultCell{reads: checkKeys},
			generate: faultCell{at: "return_url"},
			clear:    inDoubt,
		}, {
			what: "`PARAMETER_ERROR`, Invalid failedReturnUrl", kinds: []string{"fail-return-url"},
			class: faultRefused, reads: checkArguments,
			token:    faultCell{reads: checkKeys},
			generate: faultCell{at: "fail_return_url"},
			clear:    inDoubt,
		}, {
			what: "`PARAMETER_ERROR`, Product level is wrong", kinds: []string{"product-level"},
			class: faultRefused, reads: checkArguments,
			token:    faultCell{reads: checkKeys},
			generate: faultCell{at: "product_level"},
			clear:    inDoubt,
		}, {
			what: "`SIGNATURE_NOT_EXIST`", kinds: []string{"signature-not-exist", "signature-not-exist-full-stop"},
			class: faultRefused, reads: "Check the signature id",
			result: faultCell{ends: endsGone, reads: "it is removed from the state and planned anew"},
			source: faultCell{ends: endsFailed, reads: "Check the signature id", at: "signature_id"},
		}, {
			what: "`PARAMETER_ERROR`, SignatureId is empty", kinds: []string{"clear-empty"},
			class: faultRefused, reads: checkArguments,
			token: faultCell{reads: codeAlone},
		}, {
			what: "`PARAMETER_ERROR`, SignatureId is not exist", kinds: []string{"clear-not-exist"},
			class: faultRefused, reads: checkArguments,
			token: faultCell{reads: codeAlone},
			clear: inDoubt,
		}, {
			what: "`PARAMETER_ERROR`, Transaction is not finished", kinds: []string{"clear-not-finished"},
			class: faultRefused, reads: checkArguments,
			token: faultCell{reads: codeAlone},
			clear: faultCell{tries: untilTimeout, reads: "The wait for it reached its time-out (timeouts.delete) after 1h15m0s."},
		}, {
			what: "`REQUEST_IN_PROCESSING`", kinds: []string{"in-processing"},
			class: faultRefused, reads: refusedForGood,
			clear: faultCell{tries: untilTimeout, reads: "The API said that an erasure is in processing, and did not confirm it within 1h15m0s (timeouts.delete)."},
		}, {
			what: "`CLIENT_ERROR`", kinds: []string{"client-error-400", "client-error-404", "client-error-405"},
			class: faultRefused, reads: "The API did not take the request as its own.",
		}, {
			what: "`CLIENT_ERROR` as HTTP 404", kinds: []string{"client-error-404"}, with: simulator.Fault{HTTPStatus: 404},
			class: faultRefused, reads: "The API did not take the request as its own.",
		}, {
			what: "a code that the provider does not know", kinds: []string{"unknown-code"},
			class: faultRefused, reads: refusedForGood,
		}, {
			what: "a message that quotes the keys", kinds: []string{"envelope"},
			with:  simulator.Fault{Code: "BRAND_NEW_CODE", Message: "Refused: " + acctest.AccessKey + ", " + acctest.SecretKey},
			class: faultRefused, reads: "Message: Refused: [redacted], [redacted]",
		},
	}},
	{"`SUCCESS` with data that is not as documented", []faultRow{
		{
			what: "no data", kinds: []string{"no-data"},
			class: faultLostForGood, reads: "malformed response: it has no data",
			result: pending, clear: confirmed,
		}, {
			what: "an empty object", kinds: []string{"data-empty"},
			class: faultLostForGood, reads: notAsDocumented,
			token:    faultCell{reads: "malformed response: it has no token"},
			generate: faultCell{reads: "malformed response: it has no signature id"},
			result:   pending, clear: confirmed,
		}, {
			what: "a string or an array", kinds: []string{"data-wrong-type", "data-array"},
			class: faultLostForGood, reads: "malformed response: its data is not an object",
			clear: confirmed,
		}, {
			what: "a signature id that is empty or a number", kinds: []string{"empty-id", "id-wrong-type"},
			class: faultLostForGood, reads: "malformed response: it has no signature id",
			result: pending,
		}, {
			what: "a token that is empty or a number", kinds: []string{"empty-token", "token-wrong-type"},
			class: faultRefused, reads: "malformed response: it has no token",
		}, {
			what: "no link", kinds: []string{"no-url", "empty-url"},
			class:    faultRefused,
			generate: faultCell{ends: endsTainted, reads: "It is kept in the state as tainted, so that its id is not lost"},
		}, {
			what: "an expiry that is missing, a word, past or far ahead", kinds: []string{"no-expiry", "bad-expiry", "past-expiry", "far-expiry"},
			class: faultHarmless,
		},
	}},
}

// networkFaults are the errors of net/http where there is no connection, or
// none that can be trusted. They come before the request's body is read.
var networkFaults = map[string]error{
	"connection-refused": &net.OpError{
		Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 443},
		Err: os.NewSyscallError("connect", syscall.ECONNREFUSED),
	},
	"no-such-host": &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "api.example.com", IsNotFound: true}},
	"dial-timeout": &net.OpError{
		Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 443}, Err: os.ErrDeadlineExceeded,
	},
	"tls-handshake":         &net.OpError{Op: "remote error", Err: tls.AlertError(40)},
	"untrusted-certificate": &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}},
}

// faultyNetwork is the way to the simulator. It counts what is sent, keeps the
// tokens that pass, and may fail itself.
type faultyNetwork struct {
	next http.RoundTripper

	mu     sync.Mutex
	err    error  // of the next calls of the operation
	call   string // that operation
	left   int    // how many of them; negative for all
	sent   map[string]int
	tokens []string
}

func (n *faultyNetwork) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := n.pass(r); err != nil {
		if r.Body != nil {
			_ = r.Body.Close()
		}
		return nil, err
	}
	return n.next.RoundTrip(r)
}

// pass takes note of a request, and fails where it shall not get through.
func (n *faultyNetwork) pass(r *http.Request) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	call := path.Base(r.URL.Path)
	n.sent[call]++
	if token := r.Header.Get("X-ACCESS-TOKEN"); token != "" {
		n.tokens = append(n.tokens, token)
	}
	if n.err == nil || n.call != call || n.left == 0 {
		return nil
	}
	n.left--
	return n.err
}

// times is how often an operation was sent.
func (n *faultyNetwork) times(call string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.sent[call]
}

// faultConfig is a session that is passed at once. What is confidential of it
// says hush, as does nothing else.
var faultConfig = prototest.Object{
	"return_url":      "https://app.example.com/ok?hush-return",
	"fail_return_url": "https://app.example.com/fail?hush-fail-return",
	"callback_url":    "https://app.example.com/callback?key=hush-callback",
	"user_id":         "sim-pass-hush-user",
	"region":          "PHL",
}

// faultRun is one run of Terraform in which an operation meets a fault.
type faultRun struct {
	faultCell
	column faultColumn
	row    faultRow
	kind   string
	lasts  bool
	effect bool // the call takes effect before the fault
}

// runs are all that is to be run of a row's column. A run has the cell of what
// is expected of it.
func (r faultRow) runs(c faultColumn, kind string) []faultRun {
	cell := r.cell(c)
	effects := []bool{cell.honest}
	if r.class.lost && !cell.honest && (c == inGenerate || c == inClear) {
		effects = []bool{false, true} // elsewhere it makes no difference
	}
	var runs []faultRun
	for _, lasts := range []bool{true, false} {
		for _, effect := range effects {
			run := faultRun{faultCell: cell, column: c, row: r, kind: kind, lasts: lasts, effect: effect}
			switch {
			case lasts:
			case cell.tries == sentOnce:
				continue // met one that lasts just once, too: it would be the same run
			case effect && c == inClear:
				// The second try finds nothing to erase any more.
				run.tries, run.ends, run.reads = sentTwice, endsGone, "no erasure was confirmed to this run"
			default:
				run.tries, run.ends, run.at = sentTwice, endsWell, ""
			}
			runs = append(runs, run)
		}
	}
	return runs
}

func (r faultRun) name() string {
	name := "once"
	if r.lasts {
		name = "lasting"
	}
	if r.effect {
		name += " after the effect"
	}
	return faultColumnInfo[r.column].name + "/" + r.kind + "/" + name
}

// execute runs Terraform's step.
func (r faultRun) execute(ctx context.Context, server *prototest.Server, resource *prototest.Resource) prototest.Diagnostics {
	switch r.column {
	case inResult:
		return resource.Refresh(ctx)
	case inSource:
		_, diags := server.ReadDataSource(ctx, "advance_liveness_result", prototest.Object{"signature_id": resource.Values()["signature_id"]})
		return diags
	case inClear:
		return resource.Destroy(ctx)
	default:
		return resource.Configure(ctx, faultConfig)
	}
}

// inject sets the fault up.
func (r faultRun) inject(t *testing.T, sim *simulator.Simulator, network *faultyNetwork) {
	t.Helper()
	count := 1
	if r.lasts {
		count = -1
	}
	if err := networkFaults[r.kind]; err != nil {
		network.err, network.call, network.left = err, faultColumnInfo[r.column].call, count
		return
	}
	fault := r.row.with
	fault.Operation, fault.Kind, fault.Count, fault.AfterEffect = faultColumnInfo[r.column].operation, r.kind, count, r.effect
	if err := sim.Inject(fault); err != nil {
		t.Fatal(err)
	}
}

// faultAuditLine is what these tests read of a line of the audit log.
type faultAuditLine struct {
	Event       string `json:"event"`
	SignatureID string `json:"signature_id"`
	Code        string `json:"code"`
}

func readFaultLog(t *testing.T, file string) (lines []faultAuditLine, content string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for text := range bytes.Lines(data) {
		var line faultAuditLine
		if err := json.Unmarshal(text, &line); err != nil {
			t.Fatalf("a line of the audit log is torn: %q", text)
		}
		lines = append(lines, line)
	}
	return lines, string(data)
}

// test runs the run and looks at everything that is left of it.
func (r faultRun) test(t *testing.T, file string) {
	t.Helper()
	sim := simulator.New(simulator.Config{})
	// Each step of Terraform is another process of the provider.
	start := func(transport http.RoundTripper) *prototest.Server {
		return prototest.Configured(t, transport, prototest.Object{"audit_log": file})
	}
	server := start(sim.Transport())
	resource := server.NewResource(typeName)
	if r.column != inToken && r.column != inGenerate {
		if diags := resource.Configure(t.Context(), faultConfig); diags.HasError() {
			t.Fatalf("creating a session before the fault: %s", diags)
		}
	}
	before := resource.Values()
	earlier, _ := readFaultLog(t, file)

	network := &faultyNetwork{next: sim.Transport(), sent: map[string]int{}}
	server = start(network)
	resource = resource.On(server)
	r.inject(t, sim, network)
	started := time.Now()
	diags := r.execute(t.Context(), server, resource)
	took := time.Since(started)
	synctest.Wait()

	lines, content := readFaultLog(t, file)
	state := stateOf(resource)
	r.checkTries(t, network, took)
	r.checkWords(t, sim, diags, network.times(faultColumnInfo[r.column].call))
	if want := faultEndings[r.ends][r.column].state; state != want {
		t.Errorf("the state has %s, want %s", state, want)
	}
	if state == aSession && before != nil && !reflect.DeepEqual(resource.Values(), before) {
		t.Errorf("the state is %v, want it as it was, %v", resource.Values(), before)
	}
	r.checkLog(t, sim, lines[len(earlier):])
	r.checkSessions(t, sim, lines, resource)
	for _, text := range []string{diags.String(), content} {
		checkNoSecret(t, text, network.tokens)
	}
	if r.ends == endsFailed || r.ends == endsTainted {
		server = start(sim.Transport())
		r.checkAgain(t, sim, server, resource.On(server))
	}
}

func stateOf(r *prototest.Resource) string {
	switch {
	case !r.Exists():
		return nothing
	case r.Tainted:
		return taintedSession
	default:
		return aSession
	}
}

// checkTries checks how often the operation was sent, with how many tokens, and
// in what time.
func (r faultRun) checkTries(t *testing.T, network *faultyNetwork, took time.Duration) {
	t.Helper()
	sent := network.times(faultColumnInfo[r.column].call)
	switch {
	case r.tries == untilTimeout && (took != 75*time.Minute || sent < 100):
		t.Errorf("sent %d times in %s, want it to go on for 1h15m0s", sent, took)
	case r.tries != untilTimeout && sent != r.tries:
		t.Errorf("sent %d times, want %d", sent, r.tries)
	case r.tries == sentOnce && took != 0:
		t.Errorf("it took %s, want it to end at once", took)
	}
	// Retry-After is kept to, and otherwise all retries take less than 20 s.
	pause, err := time.ParseDuration(strings.TrimSuffix(r.row.with.RetryAfter, "s") + "s")
	switch asked := err == nil; {
	case r.tries == untilTimeout, strings.Contains(r.row.what, "request_timeout"):
	case asked && took < time.Duration(sent-1)*pause:
		t.Errorf("sent %d times in %s, want pauses of %s", sent, took, pause)
	case !asked && r.row.with.HTTPStatus != http.StatusTooManyRequests && took > 20*time.Second:
		t.Errorf("it took %s, want less than 20s", took)
	}
	if r.column == inToken {
		return
	}
	tokens := 1 + int(took/(59*time.Minute)) // a token's hour, less its margin
	if sent > 1 && reflect.DeepEqual(r.row.class, faultTokenRefused) {
		tokens = 2
	}
	if got := network.times(faultColumnInfo[inToken].call); got != tokens {
		t.Errorf("minted %d tokens, want %d", got, tokens)
	}
}

// mayHaveMade is what an error says when an answer of generate-url was lost.
const mayHaveMade = "the API may have made a session whose id and link nobody holds"

// checkWords checks what the user reads.
func (r faultRun) checkWords(t *testing.T, sim *simulator.Simulator, diags prototest.Diagnostics, sent int) {
	t.Helper()
	var warnings, failures int
	switch r.ends {
	case endsGone:
		warnings = 1
	case endsFailed, endsTainted:
		failures = 1
	default: // not a word
	}
	if len(diags.Errors()) != failures || len(diags.Warnings()) != warnings {
		t.Fatalf("want %d errors and %d warnings, got:\n%s", failures, warnings, diags)
	}
	if failures+warnings == 0 {
		return
	}
	wants := []string{r.reads}
	if r.ends == endsFailed {
		wants = append(wants, faultColumnInfo[r.column].summary)
		wants = append(wants, r.wordsOfTheAPI(sim)...)
		wants = append(wants, "Operation: "+faultColumnInfo[r.column].call)
		if r.tries != untilTimeout {
			wants = append(wants, fmt.Sprintf("Attempts: %d", sent))
		}
	}
	if r.column == inClear {
		wants = append(wants, sim.Sessions()[0].SignatureID)
	}
	read := diags.String()
	for _, want := range wants {
		if want == "" || !strings.Contains(read, want) {
			t.Errorf("want %q, got:\n%s", want, read)
		}
	}
	if got, want := strings.Contains(read, mayHaveMade), r.column == inGenerate && r.row.class.lost; got != want {
		t.Errorf("it says that %s: %t, want %t:\n%s", mayHaveMade, got, want, read)
	}
	if at := attributeOf(diags); at != r.at {
		t.Errorf("the error is on attribute %q, want %q", at, r.at)
	}
}

// wordsOfTheAPI are the facts of the last answer, which an error has to tell.
func (r faultRun) wordsOfTheAPI(sim *simulator.Simulator) []string {
	calls := slices.DeleteFunc(sim.Calls(), func(call simulator.Call) bool {
		return call.Operation != faultColumnInfo[r.column].operation || call.Fault == ""
	})
	if len(calls) == 0 || calls[len(calls)-1].Code == "" {
		return nil
	}
	last := calls[len(calls)-1]
	message := strings.NewReplacer(acctest.AccessKey, "[redacted]", acctest.SecretKey, "[redacted]").Replace(last.Message)
	return []string{"Error code: " + last.Code, "Message: " + message, "Transaction id: " + last.TransactionID}
}

func attributeOf(diags prototest.Diagnostics) string {
	at := diags[0].Attribute
	if at == nil {
		return ""
	}
	return strings.Trim(strings.TrimPrefix(at.String(), "AttributeName"), `()"`)
}

// checkLog checks which lines the audit log has got, and that each erasure in
// it is true.
func (r faultRun) checkLog(t *testing.T, sim *simulator.Simulator, lines []faultAuditLine) {
	t.Helper()
	var events []string
	for _, line := range lines {
		events = append(events, line.Event)
		session, known := sim.Session(line.SignatureID)
		if line.Event == "data_cleared" && (!known || session.State != simulator.StateCleared) {
			t.Errorf("the audit log says that session %s is cleared, and it is %q (known %t)", line.SignatureID, session.State, known)
		}
		if code := r.wordsOfTheAPI(sim); line.Event == "clear_failed" && len(code) > 0 && code[0] != "Error code: "+line.Code {
			t.Errorf("the audit log has the code %q, want the API's: %s", line.Code, code[0])
		}
	}
	if want := faultEndings[r.ends][r.column].events; !slices.Equal(events, want) {
		t.Errorf("the audit log has got %q, want %q", events, want)
	}
}

// checkSessions checks that no session is lost whose answer arrived, and that
// none left the state by an erasure that was not done.
func (r faultRun) checkSessions(t *testing.T, sim *simulator.Simulator, lines []faultAuditLine, resource *prototest.Resource) {
	t.Helper()
	owned := map[any]bool{}
	for _, line := range lines {
		owned[line.SignatureID] = true
	}
	if resource.Exists() && !owned[resource.Values()["signature_id"]] {
		t.Errorf("session %v is in the state and not in the audit log", resource.Values()["signature_id"])
	}
	var orphans int
	for _, session := range sim.Sessions() {
		if !owned[session.SignatureID] {
			orphans++
		}
		if r.column == inClear && !resource.Exists() && session.State != simulator.StateCleared {
			t.Errorf("session %s has left the state, and it is %s", session.SignatureID, session.State)
		}
	}
	want := 0
	if r.column == inGenerate && r.effect {
		want = 1
		if r.lasts {
			want = r.tries
		}
	}
	if orphans != want || orphans > 3 {
		t.Errorf("%d sessions are in neither the state nor the audit log, want %d, and never more than 3", orphans, want)
	}
}

// hush is what must not be read anywhere: what faultConfig keeps quiet about,
// keys, links, tokens and signatures.
var hush = regexp.MustCompile(`hush|` + acctest.AccessKey + `|` + acctest.SecretKey + `|token=|eyJ|[0-9a-f]{64}`)

func checkNoSecret(t *testing.T, text string, tokens []string) {
	t.Helper()
	if secret := hush.FindString(text); secret != "" {
		t.Errorf("there is a secret, %q, in:\n%s", secret, text)
	}
	for _, token := range tokens {
		if strings.Contains(text, token) {
			t.Errorf("there is a token in:\n%s", text)
		}
	}
}

// checkAgain checks that the same step goes well once the fault is over: an
// error leaves nothing behind that stands in the way.
func (r faultRun) checkAgain(t *testing.T, sim *simulator.Simulator, server *prototest.Server, resource *prototest.Resource) {
	t.Helper()
	sim.ClearFaults()
	diags := r.execute(t.Context(), server, resource)
	if diags.HasError() {
		t.Fatalf("without the fault, want it to go well, got:\n%s", diags)
	}
	if state, want := stateOf(resource), faultEndings[endsWell][r.column].state; state != want {
		t.Errorf("without the fault the state has %s, want %s", state, want)
	}
	if r.column != inClear {
		return
	}
	for _, session := range sim.Sessions() {
		if session.State != simulator.StateCleared {
			t.Errorf("session %s is %s after the second destroy, want it cleared", session.SignatureID, session.State)
		}
	}
}

// simulated are the simulator's kinds of faults, by name.
func simulated() map[string]simulator.FaultKind {
	kinds := map[string]simulator.FaultKind{}
	for _, kind := range simulator.FaultKinds() {
		kinds[kind.Kind] = kind
	}
	return kinds
}

// meets reports whether an operation can meet a kind of fault.
func (c faultColumn) meets(kind string) bool {
	known, ok := simulated()[kind]
	return !ok || slices.Contains(known.Operations, faultColumnInfo[c].operation)
}

// What the matrix says is so.
func TestFaultMatrix(t *testing.T) {
	t.Parallel()
	for _, group := range faultMatrix {
		for _, row := range group.rows {
			t.Run(strings.ReplaceAll(row.what, "/", "-"), func(t *testing.T) {
				t.Parallel()
				for _, kind := range row.kinds {
					for column := range faultColumns {
						if !column.meets(kind) {
							continue
						}
						for _, run := range row.runs(column, kind) {
							t.Run(run.name(), func(t *testing.T) {
								t.Parallel()
								file := filepath.Join(t.TempDir(), "audit.jsonl")
								synctest.Test(t, func(t *testing.T) { run.test(t, file) })
							})
						}
					}
				}
			})
		}
	}
}

// Nothing that the simulator can do is missing from the matrix.
func TestFaultMatrixIsComplete(t *testing.T) {
	t.Parallel()
	met := map[string]bool{}
	for _, group := range faultMatrix {
		for _, row := range group.rows {
			for _, kind := range row.kinds {
				if _, ok := simulated()[kind]; !ok && networkFaults[kind] == nil {
					t.Errorf("row %q: there is no fault %q", row.what, kind)
				}
				met[kind] = true
			}
		}
	}
	for name := range simulated() {
		if !met[name] {
			t.Errorf("the simulator's fault %q is in no row: give it one", name)
		}
	}
	for name := range networkFaults {
		if !met[name] {
			t.Errorf("the fault %q is in no row", name)
		}
	}
}

var updateGuide = flag.Bool("update", false, "write the fault matrix into the template of its guide")

// The guide, and the marks between which it has the matrix.
const (
	faultGuide      = "../../templates/guides/when-the-api-misbehaves.md.tmpl"
	faultGuideBegin = "<!-- The fault matrix, generated by a test: begin. -->\n"
	faultGuideEnd   = "<!-- The fault matrix, generated by a test: end. -->\n"
)

// The guide has the matrix as it is tested.
func TestFaultMatrixGuide(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(faultGuide)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, found := strings.Cut(string(content), faultGuideBegin)
	got, tail, closed := strings.Cut(rest, faultGuideEnd)
	if !found || !closed {
		t.Fatalf("%s has not both marks, %q and %q", faultGuide, faultGuideBegin, faultGuideEnd)
	}
	want := renderFaultMatrix()
	switch {
	case got == want:
	case *updateGuide:
		if err := os.WriteFile(faultGuide, []byte(head+faultGuideBegin+want+faultGuideEnd+tail), 0o600); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("the fault matrix in %s is out of date: run\n\tgo test ./internal/provider -run TestFaultMatrixGuide -update\n\tmake docs\ngot:\n%s\nwant:\n%s", faultGuide, got, want)
	}
}

// renderFaultMatrix makes the guide's tables.
func renderFaultMatrix() string {
	var b strings.Builder
	for _, group := range faultMatrix {
		fmt.Fprintf(&b, "\n### %s\n\n| what happens | generate-token | generate-url | get-result | clear-data | what you read |\n|---|---|---|---|---|---|\n", group.title)
		for _, row := range group.rows {
			fmt.Fprintf(&b, "| %s ", row.what)
			for _, column := range []faultColumn{inToken, inGenerate, inResult, inClear} {
				fmt.Fprintf(&b, "| %s ", row.phrase(column))
			}
			fmt.Fprintf(&b, "| %s |\n", strings.Join(row.words(), "<br>"))
		}
	}
	b.WriteString("\n")
	return b.String()
}

// phrase is a cell in a few words.
func (r faultRow) phrase(c faultColumn) string {
	if !slices.ContainsFunc(r.kinds, c.meets) {
		return "–"
	}
	phrase := r.cell(c).phrase()
	if source := r.cell(inSource).phrase(); c == inResult && source != phrase {
		phrase = fmt.Sprintf("session: %s; data source: %s", phrase, source)
	}
	return phrase
}

func (c faultCell) phrase() string {
	var phrase string
	switch {
	case c.ends == endsWell:
		return "no harm"
	case c.ends == endsGone:
		return "removed, with a warning"
	case c.ends == endsTainted:
		return "kept, tainted"
	case c.tries == untilTimeout:
		return "waits"
	case c.tries == sentOnce:
		phrase = "at once"
	case c.tries == sentTwice:
		phrase = "1 retry"
	default:
		phrase = fmt.Sprintf("%d retries", c.tries-1)
	}
	if c.at != "" {
		phrase += ", on `" + c.at + "`"
	}
	return phrase
}

// words are what a user reads of a row.
func (r faultRow) words() []string {
	words := []string{}
	for _, column := range []faultColumn{inGenerate, inToken, inResult, inSource, inClear} {
		cell := r.cell(column)
		if cell.ends == endsWell || cell.reads == codeAlone || slices.Contains(words, cell.reads) || r.phrase(column) == "–" {
			continue
		}
		words = append(words, cell.reads)
	}
	if len(words) == 0 {
		return []string{"–"}
	}
	return words
}

// guideQuery is the command by which a guide finds the sessions that were
// never cleared.
func guideQuery(t *testing.T, guide string) string {
	t.Helper()
	content, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?s)```shell\n(jq .*?)```").FindSubmatch(content)
	if found == nil {
		t.Fatalf("%s has no shell block with jq", guide)
	}
	return string(found[1])
}

// The guide's command finds the sessions that were made and never cleared, and
// only those.
func TestFaultMatrixGuide_query(t *testing.T) {
	t.Parallel()
	query := guideQuery(t, faultGuide)
	if other := guideQuery(t, "../../templates/guides/audit-log.md"); query != other {
		t.Errorf("the guides have two commands for one thing; got:\n%s\nwant the audit log's:\n%s", query, other)
	}
	for _, program := range []string{"sh", "jq"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("the guide's command needs %s: %v", program, err)
		}
	}
	sim := simulator.New(simulator.Config{})
	folder := t.TempDir()
	file := filepath.Join(folder, "advance-audit.jsonl")
	server := prototest.Configured(t, sim.Transport(), prototest.Object{"audit_log": file})
	create := func(more prototest.Object) *prototest.Resource {
		t.Helper()
		resource := server.NewResource(typeName)
		if diags := resource.Configure(t.Context(), with(faultConfig, more)); diags.HasError() {
			t.Fatal(diags)
		}
		return resource
	}
	id := func(resource *prototest.Resource) string { return fmt.Sprint(resource.Values()["signature_id"]) }
	destroy := func(resource *prototest.Resource, want bool) {
		t.Helper()
		if diags := resource.Destroy(t.Context()); diags.HasError() == want {
			t.Fatalf("destroyed: %t, want %t:\n%s", !want, want, diags)
		}
	}

	created, cleared, forgotten := create(nil), create(nil), create(nil)
	refused := create(nil)
	abandoned := create(prototest.Object{"user_id": "hush-user", "deletion_policy": "abandon"})
	want := []string{id(created), id(refused), id(abandoned)}
	destroy(cleared, true)
	sim.Forget(id(forgotten))
	if diags := forgotten.Refresh(t.Context()); diags.HasError() {
		t.Fatal(diags)
	}
	if err := sim.Inject(simulator.Fault{Operation: simulator.OpClear, Kind: "access-denied"}); err != nil {
		t.Fatal(err)
	}
	destroy(refused, false)
	tear(t, file) // the next line mends it
	destroy(abandoned, true)

	command := exec.CommandContext(t.Context(), "sh", "-c", query)
	command.Dir = folder
	output, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	var got []string
	for decoder := json.NewDecoder(bytes.NewReader(output)); ; {
		var line faultAuditLine
		if err := decoder.Decode(&line); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		got = append(got, line.SignatureID)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the command finds %q, want %q; its output:\n%s", got, want, output)
	}
}

// tear leaves a line as a crash in the middle of writing would.
func tear(t *testing.T, file string) {
	t.Helper()
	log, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := log.WriteString(`{"time":"2026-01-02T03:04:05Z","event":"session_cre`); err != nil {
		t.Fatal(err)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
}
