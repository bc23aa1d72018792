package tfutil

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
)

const (
	throttledAdvice   = "The API is refusing calls for now, and kept refusing them after retries. Run it again later, lower the parallelism (the flag -parallelism, or the argument of that name), or set requests_per_second in the provider block."
	notTheAPIAdvice   = "Something other than the API answered. Check the provider's endpoint, its path, and any proxy or gateway in front of it."
	notEnabledAdvice  = "The account or the product is not enabled: ask the vendor."
	usedUpAdvice      = "The account's balance or query limit is used up: top it up, or ask the vendor."
	unknownCodeAdvice = "The API refused this permanently. Ask the vendor's support with the transaction id."
)

// codeAdvice is what to do about an envelope code (API §8). The first row that
// fits counts. An empty operation or fragment fits all.
var codeAdvice = []struct {
	code      string
	operation advance.Operation
	fragment  string // of the message, in lower case
	advice    string
}{
	{advance.CodeIAMFailed, "", "token", "A token that had just been minted was refused too. Check that token_endpoint and endpoint belong together, and that the account may use this API."},
	{advance.CodeIAMFailed, "", "access key", "Check access_key (ADVANCE_ACCESS_KEY): the API does not know it. Keys are issued for each account in the vendor's console."},
	{advance.CodeIAMFailed, "", "", "The account is not allowed to do this: check in the vendor's console that it is active and entitled to this product, country and host."},
	{advance.CodeParameterError, advance.OpGenerateToken, "signature", "The secret_key (ADVANCE_SECRET_KEY) does not belong to the access_key (ADVANCE_ACCESS_KEY). Neither was sent as it is; check both for mix-ups between accounts."},
	{advance.CodeParameterError, advance.OpGenerateToken, "timestamp", "The clock of this machine and the API's are too far apart, even after it was corrected by the API's own Date. Set this machine's clock."},
	{advance.CodeParameterError, advance.OpGenerateToken, "", "Check access_key, secret_key and token_period_seconds."},
	{advance.CodeParameterError, "", "", "Check the arguments; the message says which one the API objects to."},
	{advance.CodeServiceBusy, "", "quota", "The account's quota is used up, which waiting a little does not change: run it again the next day, or ask the vendor for a larger quota."},
	{advance.CodeServiceBusy, "", "", throttledAdvice},
	{advance.CodeRetryLater, "", "", throttledAdvice},
	{advance.CodeError, "", "", "The API failed on its side. Run it again later; if it persists, ask the vendor's support with the transaction id. The status page is https://status.advance.ai/."},
	{advance.CodeAccountDisabled, "", "", notEnabledAdvice},
	{advance.CodeAccessDenied, "", "", notEnabledAdvice},
	{advance.CodeServiceDisabled, "", "", notEnabledAdvice},
	{advance.CodeInsufficientBalance, "", "", usedUpAdvice},
	{advance.CodeOverQueryLimit, "", "", usedUpAdvice},
	{advance.CodeClientError, "", "", "The API did not take the request as its own. Check the provider's endpoint, and any path in it."},
	{advance.CodeRegionWrong, "", "", "Give the ISO 3166-1 alpha-3 code of a country that the account may use, such as PHL."},
	{advance.CodeSignatureNotExist, "", "", "Check the signature id, and that the provider's endpoint and account are those that made the session."},
}

// advice says what to do next, by what went wrong.
func advice(err error) string {
	e := innermost(err)
	if e == nil {
		return ""
	}
	var late *advance.RetryAfterError
	switch {
	case errors.Is(e.Err, advance.ErrTokenNotRenewable):
		return "The API refused the access token that was given as access_token (ADVANCE_ACCESS_TOKEN). It was minted elsewhere, so the provider cannot renew it: mint a new one, or give the key pair access_key and secret_key instead."
	case errors.Is(e.Err, advance.ErrNoKeyPair):
		return "The provider uses access_token (ADVANCE_ACCESS_TOKEN), which was minted elsewhere. Give it the key pair access_key and secret_key instead, or use that token itself."
	case errors.As(e.Err, &late):
		return "Run it again after that time, or raise the operation's entry in timeouts."
	case errors.Is(e.Err, context.DeadlineExceeded):
		return "Run it again, or raise the operation's entry in timeouts."
	case errors.Is(e.Err, advance.ErrProxyRefused):
		return "The proxy that HTTPS_PROXY names refused the connection. Check its address, and its user name and password, which must be percent-encoded. NO_PROXY names the hosts that are reached without it."
	case errors.Is(e.Err, advance.ErrProxyURL):
		return "Give HTTPS_PROXY a URL such as http://user:password@proxy.example:3128, with user name and password percent-encoded. It is not shown here, because it may hold a password."
	case errors.Is(e.Err, advance.ErrProxy):
		return "Check the proxy that HTTPS_PROXY names, and the network between here and there. User name and password must be percent-encoded."
	case errors.Is(e.Err, advance.ErrCertificate):
		return "The endpoint's certificate is not trusted by this system. Behind a gateway of your own, add its authority to the system's certificates (SSL_CERT_FILE on Linux)."
	case errors.Is(e.Err, advance.ErrMalformed), errors.Is(e.Err, advance.ErrTooLarge):
		return "This is not how the API is documented to answer. Check that the provider's endpoint is the ADVANCE.AI API, and ask the vendor's support with the transaction id."
	case e.Code != "":
		return adviceForCode(e)
	case e.HTTPStatus == http.StatusTooManyRequests:
		return throttledAdvice
	case e.HTTPStatus != 0:
		return notTheAPIAdvice
	case e.Err != nil && !errors.Is(e.Err, context.Canceled):
		return "Check the provider's endpoint and the network between here and there. The vendor's status page is https://status.advance.ai/."
	default:
		return ""
	}
}

// adviceForCode says what to do about an answer with an envelope code. One that
// codeAdvice does not have may be a gateway's own JSON.
func adviceForCode(e *advance.Error) string {
	message := strings.ToLower(e.Message)
	for _, row := range codeAdvice {
		if e.Code == row.code && (row.operation == "" || row.operation == e.Operation) && strings.Contains(message, row.fragment) {
			return row.advice
		}
	}
	switch {
	case e.HTTPStatus == http.StatusTooManyRequests:
		return throttledAdvice
	case e.HTTPStatus >= 500:
		return notTheAPIAdvice
	default:
		return unknownCodeAdvice
	}
}
