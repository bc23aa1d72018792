package tfutil

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
)

const situation = "Session ed8b21c0c87ad617 could not be read; the state is as it was."

// Every shape that a failed call can have, with all that is said of it.
func TestAPIError(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 2, 3, 12, 0, 0, 0, time.UTC)
	late := &advance.RetryAfterError{Until: noon.Add(time.Hour), Deadline: noon}
	for name, test := range map[string]struct {
		err  error
		want string // after the situation
	}{
		"a refusal": {
			&advance.Error{Operation: advance.OpGetResult, Code: "ERROR", Message: "Server error.", TransactionID: "d3fde1547eeaf226", HTTPStatus: 200, Attempts: 6},
			`The API failed on its side. Run it again later; if it persists, ask the vendor's support with the transaction id. The status page is https://status.advance.ai/.

Operation: get-result
Error code: ERROR
Message: Server error.
Transaction id: d3fde1547eeaf226
HTTP status: 200
Attempts: 6`,
		},
		"a wrapped refusal": {
			fmt.Errorf("asking: %w", &advance.Error{Operation: advance.OpGetResult, Code: "ERROR", Attempts: 1}),
			`The API failed on its side. Run it again later; if it persists, ask the vendor's support with the transaction id. The status page is https://status.advance.ai/.

Operation: get-result
Error code: ERROR
Attempts: 1`,
		},
		"a broken connection": {
			&advance.Error{Operation: advance.OpGenerateURL, Attempts: 3, Err: advance.ErrConnectionReset},
			`Generate-liveness-detection-url failed: connection reset by peer.

Check the provider's endpoint and the network between here and there. The vendor's status page is https://status.advance.ai/.

Operation: generate-liveness-detection-url
Attempts: 3`,
		},
		"no token": {
			&advance.Error{Operation: advance.OpGenerateURL, Err: fmt.Errorf("minting an access token: %w", &advance.Error{
				Operation: advance.OpGenerateToken, Code: "PARAMETER_ERROR", Message: "Signature error", TransactionID: "0123456789abcdef", HTTPStatus: 200, Attempts: 1,
			})},
			`The secret_key (ADVANCE_SECRET_KEY) does not belong to the access_key (ADVANCE_ACCESS_KEY). Neither was sent as it is; check both for mix-ups between accounts.

Operation: generate-token
Error code: PARAMETER_ERROR
Message: Signature error
Transaction id: 0123456789abcdef
HTTP status: 200
Attempts: 1`,
		},
		"an interrupt": {
			&advance.Error{Operation: advance.OpGetResult, Err: context.Canceled},
			`The operation was interrupted.

Operation: get-result`,
		},
		"an interrupt after a try": {
			&advance.Error{Operation: advance.OpGetResult, Code: "RETRY_LATER", Message: "Query failed", Attempts: 2, HTTPStatus: 200, Err: context.Canceled},
			`The operation was interrupted.

The API is refusing calls for now, and kept refusing them after retries. Run it again later, lower the parallelism (the flag -parallelism, or the argument of that name), or set requests_per_second in the provider block.

Operation: get-result
Error code: RETRY_LATER
Message: Query failed
HTTP status: 200
Attempts: 2`,
		},
		"a timeout": {
			&advance.Error{Operation: advance.OpGetResult, Err: context.DeadlineExceeded, Attempts: 1},
			`The operation's timeout passed.

Run it again, or raise the operation's entry in timeouts.

Operation: get-result
Attempts: 1`,
		},
		"a pause that is too long": {
			&advance.Error{
				Operation: advance.OpGetResult, Code: "SERVICE_BUSY", Message: "Rate limit is exceeded", HTTPStatus: 429, Attempts: 1,
				Err: late,
			},
			"Get-result failed: " + late.Error() + `.

Run it again after that time, or raise the operation's entry in timeouts.

Operation: get-result
Error code: SERVICE_BUSY
Message: Rate limit is exceeded
HTTP status: 429
Attempts: 1`,
		},
		"a token from elsewhere": {
			&advance.Error{
				Operation: advance.OpGetResult, Code: "IAM_FAILED", Message: "Token not found or expired", HTTPStatus: 200, Attempts: 1, Err: advance.ErrTokenNotRenewable,
			},
			`Get-result failed: the access token was minted elsewhere and can't be renewed here.

The API refused the access token that was given as access_token (ADVANCE_ACCESS_TOKEN). It was minted elsewhere, so the provider cannot renew it: mint a new one, or give the key pair access_key and secret_key instead.

Operation: get-result
Error code: IAM_FAILED
Message: Token not found or expired
HTTP status: 200
Attempts: 1`,
		},
		"a certificate": {
			&advance.Error{Operation: advance.OpGenerateToken, Attempts: 1, Err: fmt.Errorf("%w: it is for another host", advance.ErrCertificate)},
			`Generate-token failed: the certificate cannot be trusted: it is for another host.

The endpoint's certificate is not trusted by this system. Behind a gateway of your own, add its authority to the system's certificates (SSL_CERT_FILE on Linux).

Operation: generate-token
Attempts: 1`,
		},
		"a refusing proxy": {
			&advance.Error{Operation: advance.OpGetResult, Attempts: 1, Err: advance.ErrProxyRefused},
			`Get-result failed: the proxy of HTTPS_PROXY refused to connect.

The proxy that HTTPS_PROXY names refused the connection. Check its address, and its user name and password, which must be percent-encoded. NO_PROXY names the hosts that are reached without it.

Operation: get-result
Attempts: 1`,
		},
		"an unusable proxy": {
			&advance.Error{Operation: advance.OpGetResult, Attempts: 1, Err: advance.ErrProxyURL},
			`Get-result failed: the value of HTTPS_PROXY is not a URL.

Give HTTPS_PROXY a URL such as http://user:password@proxy.example:3128, with user name and password percent-encoded. It is not shown here, because it may hold a password.

Operation: get-result
Attempts: 1`,
		},
		"a malformed answer": {
			&advance.Error{
				Operation: advance.OpGenerateURL, Code: "SUCCESS", Message: "OK", TransactionID: "0123456789abcdef", HTTPStatus: 200, Attempts: 1,
				Err: fmt.Errorf("reading the response: %w: it has no data", advance.ErrMalformed),
			},
			`Generate-liveness-detection-url failed: reading the response: malformed response: it has no data.

This is not how the API is documented to answer. Check that the provider's endpoint is the ADVANCE.AI API, and ask the vendor's support with the transaction id.

Operation: generate-liveness-detection-url
Error code: SUCCESS
Message: OK
Transaction id: 0123456789abcdef
HTTP status: 200
Attempts: 1`,
		},
		"an answer that is too large": {
			&advance.Error{Operation: advance.OpGetResult, HTTPStatus: 200, Attempts: 1, Err: advance.ErrTooLarge},
			`Get-result failed: the response is larger than 32 MiB.

This is not how the API is documented to answer. Check that the provider's endpoint is the ADVANCE.AI API, and ask the vendor's support with the transaction id.

Operation: get-result
HTTP status: 200
Attempts: 1`,
		},
		"a gateway's page": {
			&advance.Error{Operation: advance.OpGetResult, HTTPStatus: 404, Attempts: 1, Err: errors.New("HTTP 404 Not Found with a body that is not the API's JSON envelope")},
			`Get-result failed: HTTP 404 Not Found with a body that is not the API's JSON envelope.

Something other than the API answered. Check the provider's endpoint, its path, and any proxy or gateway in front of it.

Operation: get-result
HTTP status: 404
Attempts: 1`,
		},
		"no call at all": {errors.New("something else"), "Something else."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := diag.NewErrorDiagnostic("Unable to Read Liveness Session", situation+"\n\n"+test.want)
			got := APIError("Unable to Read Liveness Session", situation, test.err)
			if diff := cmp.Diff(want.Detail(), got.Detail()); diff != "" || !got.Equal(want) {
				t.Errorf("diagnostic (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.want, Detail("", test.err)); diff != "" {
				t.Errorf("detail without a situation (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSupportDetails_noCall(t *testing.T) {
	t.Parallel()
	if got := SupportDetails(errors.New("no call")); got != "" {
		t.Errorf("got %q, want nothing", got)
	}
	if got := SupportDetails(nil); got != "" {
		t.Errorf("got %q for nil, want nothing", got)
	}
}

func TestSentence(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]string{
		"":             "",
		"no answer":    "No answer.",
		"no answer.":   "No answer.",
		"überraschung": "Überraschung.",
		"x":            "X.",
	} {
		if got := sentence(from); got != want {
			t.Errorf("sentence(%q) = %q, want %q", from, got, want)
		}
	}
}
