package provider_test

import "github.com/advance-community/terraform-provider-advance/internal/simulator"

// Texts of more than one row.
const (
	refusingForNow     = "The API is refusing calls for now, and kept refusing them after retries."
	timeoutPassed      = "The operation's timeout passed."
	checkArguments     = "Check the arguments; the message says which one the API objects to."
	checkKeys          = "Check access_key, secret_key and token_period_seconds."
	refusedPermanently = "The API refused this permanently."
	somethingElse      = "Something other than the API answered."
	notAsDocumented    = "This is not how the API is documented to answer."
	tokenWasNew        = "A token that had just been minted was refused too."
	codeAlone          = "Error code: " // generate-token gets a response about a session

	// clear-data means three things by one code, so get-result decides. For the
	// session of these tests it shows an image.
	facesRemain = "get-result shows an image or video of the person"
)

// Cells of more than one row.
var (
	inDoubt = faultCell{reads: facesRemain}

	// What is not about the session that was asked for is no result.
	otherID = faultCell{reads: "malformed response: its signatureId is not the one that was asked for"}

	// clear-data returns no data: SUCCESS confirms the erasure.
	confirmed = faultCell{ends: endsWell, honest: true}

	// No field of get-result is required: a session without any has no result
	// yet.
	pending = faultCell{ends: endsWell}
)

// faultMatrix holds all rows. The timeout of the whole operation (timeouts: by
// default 2m for create, 1m for read and 75m for delete) may end it before all
// attempts are made.
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
			class: faultNotSent, reads: "the network timed out",
		}, {
			what: "TLS handshake refused", kinds: []string{"tls-handshake"},
			class: faultNotSent, reads: "TLS handshake failed",
		}, {
			what: "certificate not trusted", kinds: []string{"untrusted-certificate"},
			class: faultRefused, reads: "The endpoint's certificate is not trusted by this system.",
		}, {
			what: "a proxy that refuses (HTTP 407, or 403 to CONNECT)", kinds: []string{"proxy-refused"},
			class: faultRefused, reads: "The proxy that HTTPS_PROXY names refused the connection.",
		}, {
			what: "a proxy URL that is not one", kinds: []string{"proxy-url"},
			class: faultRefused, reads: "Give HTTPS_PROXY a URL such as",
		}, {
			what: "a proxy that does not connect", kinds: []string{"proxy"},
			class: faultNotSent, reads: "Check the proxy that HTTPS_PROXY names",
		}, {
			what: "connection reset after the request", kinds: []string{"reset"},
			class: faultLost, reads: "connection reset by peer",
		}, {
			what: "connection lost in the middle of the answer", kinds: []string{"cut-off"},
			class: faultLost, reads: "connection closed before the end of the response",
		}, {
			// Each attempt takes all of the 30 s.
			what: "no whole answer within `request_timeout`", kinds: []string{"timeout", "slow-body"},
			class: faultLost, reads: "no response within the request timeout of 30s",
			token:  faultCell{tries: 4, reads: timeoutPassed},
			result: faultCell{tries: 2, reads: timeoutPassed},
		},
	}},
	{"An answer that is not the API's", []faultRow{
		{
			what: "bytes without an HTTP head", kinds: []string{"no-head"},
			class: faultLost, reads: "the response broke off, or is not HTTP",
		}, {
			what: "more bytes than its Content-Length says", kinds: []string{"longer-than-said"},
			class: faultHarmless, clear: faultCell{honest: true},
		}, {
			what: "a byte order mark before the JSON", kinds: []string{"bom"},
			class: faultHarmless, clear: faultCell{honest: true},
		}, {
			what: "JSON with two codes", kinds: []string{"code-twice"},
			class: faultLost, reads: "HTTP 200 OK with a body that is not the API's JSON envelope",
		}, {
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
			class: faultLostPermanently, reads: "the response is larger than 32 MiB",
			clear: faultCell{honest: true}, // once is enough for the slowest row
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
			// An hour fits once into the timeout of a destroy.
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
			what: "`ERROR`", kinds: []string{"error"},
			class: faultLost, reads: "The API failed on its side.",
		}, {
			what: "`ERROR` as HTTP 500", kinds: []string{"error"}, with: simulator.Fault{HTTPStatus: 500},
			class: faultLost, reads: "The API failed on its side.",
		}, {
			what: "`SERVICE_BUSY` (daily quota)", kinds: []string{"service-busy-quota"},
			class: faultRefused, reads: "The account's quota is used up",
		}, {
			what:  "`INSUFFICIENT_BALANCE`, `OVER_QUERY_LIMIT`",
			kinds: []string{"insufficient-balance", "over-query-limit"},
			class: faultRefused, reads: "The account's balance or query limit is used up",
		},
	}},
	{"The API refuses the account", []faultRow{
		{
			what: "`IAM_FAILED` about the token", kinds: []string{"iam-token"},
			class: faultTokenRefused, reads: tokenWasNew,
		}, {
			what: "`IAM_FAILED` about the access key", kinds: []string{"iam-access-key"},
			class: faultRefused, reads: "Check access_key (ADVANCE_ACCESS_KEY): the API does not know it.",
		}, {
			what:  "any other `IAM_FAILED`",
			kinds: []string{"iam-country"},
			class: faultRefused, reads: "The account is not allowed to do this",
		}, {
			what: "`ACCOUNT_DISABLED`, `ACCESS_DENIED`, `SERVICE_DISABLED`", kinds: []string{"account-disabled", "access-denied", "service-disabled"},
			class: faultRefused, reads: "The account or the product is not enabled",
		}, {
			// The Date header of the refusal has the API's time; the next attempt signs with it.
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
			what: "`PARAMETER_ERROR`, Parameter error (also with a second code in another case)", kinds: []string{"parameter-error", "code-other-case"},
			class: faultRefused, reads: checkArguments,
			token: faultCell{reads: checkKeys},
			clear: inDoubt,
		}, {
			what: "`PARAMETER_ERROR`, Parameter should not be empty", kinds: []string{"parameter-empty"},
			class: faultRefused, reads: checkArguments,
			token: faultCell{reads: checkKeys},
		}, {
			what: "`EMPTY_PARAMETER_ERROR`", kinds: []string{"empty-parameter-error"},
			class: faultRefused, reads: refusedPermanently,
		}, {
			what: "`REGION_WRONG`", kinds: []string{"region-wrong"},
			class: faultRefused, reads: "Give the ISO 3166-1 alpha-3 code of a country that the account may use",
			generate: faultCell{at: "region"},
		}, {
			what: "`PARAMETER_ERROR`, Invalid returnUrl", kinds: []string{"return-url"},
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
			// Wherever it decides something, it is asked twice.
			what: "`SIGNATURE_NOT_EXIST`", kinds: []string{"signature-not-exist"},
			class: faultRefused, reads: "Check the signature id",
			result:  faultCell{tries: askedTwice, ends: endsMarked, reads: "The session stays in the state, and the plan replaces it."},
			source:  faultCell{tries: askedTwice, ends: endsFailed, reads: "Check the signature id", at: "signature_id"},
			results: faultCell{tries: askedTwice, ends: endsWell}, // known = false
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
			clear: faultCell{tries: untilTimeout, reads: "The wait for it reached its timeout (timeouts.delete) after 1h15m0s."},
		}, {
			what: "`REQUEST_IN_PROCESSING`", kinds: []string{"in-processing"},
			class: faultRefused, reads: refusedPermanently,
			clear: faultCell{tries: untilTimeout, reads: "The API said that an erasure is in processing, and did not confirm it within 1h15m0s (timeouts.delete)."},
		}, {
			what: "`CLIENT_ERROR`", kinds: []string{"client-error"},
			class: faultRefused, reads: "The API did not take the request as its own.",
		}, {
			what: "`CLIENT_ERROR` as HTTP 404", kinds: []string{"client-error"}, with: simulator.Fault{HTTPStatus: 404},
			class: faultRefused, reads: "The API did not take the request as its own.",
		}, {
			what: "a code that the provider does not know", kinds: []string{"unknown-code"},
			class: faultRefused, reads: refusedPermanently,
		}, {
			what: "a message that quotes the keys", kinds: []string{"envelope"},
			with:  simulator.Fault{Code: "BRAND_NEW_CODE", Message: "Refused: " + simulator.DefaultAccessKey + ", " + simulator.DefaultSecretKey},
			class: faultRefused, reads: "Message: Refused: [redacted], [redacted]",
		}, {
			what: "a message that quotes the user id and the URLs", kinds: []string{"quoting"},
			class: faultRefused, reads: checkArguments,
			token: faultCell{reads: checkKeys},
			clear: inDoubt,
		},
	}},
	{"`SUCCESS` with data that is not as documented", []faultRow{
		{
			what: "no data", kinds: []string{"no-data"},
			class: faultLostPermanently, reads: "malformed response: it has no data",
			result: pending, clear: confirmed,
		}, {
			what: "an empty object", kinds: []string{"data-empty"},
			class: faultLostPermanently, reads: notAsDocumented,
			token:    faultCell{reads: "malformed response: it has no token"},
			generate: faultCell{reads: "malformed response: it has no signature id"},
			result:   pending, clear: confirmed,
		}, {
			what: "a string or an array", kinds: []string{"data-wrong-type", "data-array"},
			class: faultLostPermanently, reads: "malformed response: its data is not an object",
			clear: confirmed,
		}, {
			what: "no signature id", kinds: []string{"empty-id"},
			class: faultLostPermanently, reads: "malformed response: it has no signature id",
			result: otherID,
		}, {
			what: "a signature id that is an array", kinds: []string{"id-wrong-type"},
			class: faultLostPermanently, reads: "malformed response: its signature id cannot be used",
			result: otherID,
		}, {
			what: "a signature id with a byte that is not UTF-8", kinds: []string{"id-invalid-utf8"},
			class: faultLostPermanently, reads: "malformed response: its signature id cannot be used",
			generate: faultCell{honest: true},
		}, {
			what: "a signature id that is a number", kinds: []string{"id-number"},
			class: faultHarmless,
		}, {
			what: "the result of another session", kinds: []string{"crossed"},
			class: faultRefused, result: otherID,
		}, {
			what: "an image in a field that is not documented", kinds: []string{"image-url", "image-list", "image-text"},
			class: faultHarmless,
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
