package tfutil

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"strings"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
)

// advice says what to do next, by what went wrong.
func advice(err error) string {
	e := innermost(err)
	if e == nil {
		return ""
	}
	var patience *advance.RetryAfterError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(e.Err, advance.ErrTokenNotRenewable):
		return "The API refused the access token that was given as access_token (ADVANCE_ACCESS_TOKEN). It was minted elsewhere, so the provider can't renew it: mint a new one, or give the key pair access_key and secret_key instead."
	case errors.As(e.Err, &patience):
		return "Run it again after that time, or raise the operation's entry in timeouts."
	case errors.Is(e.Err, context.DeadlineExceeded):
		return "Run it again, or raise the operation's entry in timeouts."
	case errors.As(e.Err, &certificate):
		return "The endpoint's certificate is not trusted by this system. Behind a gateway of your own, add its authority to the system's certificates (SSL_CERT_FILE on Linux)."
	case errors.Is(e.Err, advance.ErrMalformed), errors.Is(e.Err, advance.ErrTooLarge):
		return "This is not how the API is documented to answer. Check that the provider's endpoint is the ADVANCE.AI API, and ask the vendor's support with the transaction id."
	case e.Code != "":
		return adviceForCode(e)
	case e.HTTPStatus == http.StatusTooManyRequests:
		return throttledAdvice
	case e.HTTPStatus != 0:
		return somethingElse
	case e.Err != nil && !errors.Is(e.Err, context.Canceled):
		return "Check the provider's endpoint and the network between here and there. The vendor's status page is https://status.advance.ai/."
	default:
		return ""
	}
}

func adviceForCode(e *advance.Error) string {
	message := strings.ToLower(e.Message)
	switch e.Code {
	case advance.CodeIAMFailed:
		switch {
		case strings.Contains(message, "token"):
			return "A token that had just been minted was refused too. Check that token_endpoint and endpoint belong together, and that the account may use this API."
		case strings.Contains(message, "access key"):
			return "Check access_key (ADVANCE_ACCESS_KEY): the API does not know it. Keys are issued for each account in the vendor's console."
		default:
			return "The account is not allowed to do this: check in the vendor's console that it is active and entitled to this product, country and host."
		}
	case advance.CodeParameterError:
		if e.Operation != advance.OpGenerateToken {
			return "Check the arguments; the message says which one the API objects to."
		}
		switch {
		case strings.Contains(message, "signature"):
			return "The secret_key (ADVANCE_SECRET_KEY) does not belong to the access_key (ADVANCE_ACCESS_KEY). Neither was sent as it is; check both for mix-ups between accounts."
		case strings.Contains(message, "timestamp"):
			return "The clock of this machine and the API's are too far apart, even after it was corrected by the API's own Date. Set this machine's clock."
		default:
			return "Check access_key, secret_key and token_period_seconds."
		}
	case advance.CodeServiceBusy:
		if strings.Contains(message, "quota") {
			return "The account's quota is used up, which waiting a little does not cure: run it again the next day, or ask the vendor for a larger quota."
		}
		return throttledAdvice
	case advance.CodeRetryLater:
		return throttledAdvice
	case advance.CodeError:
		return "The API failed on its side. Run it again later; if it persists, ask the vendor's support with the transaction id. The status page is https://status.advance.ai/."
	case advance.CodeAccountDisabled, advance.CodeAccessDenied, advance.CodeServiceDisabled:
		return "The account or the product is not enabled: ask the vendor."
	case advance.CodeInsufficientBalance, advance.CodeOverQueryLimit:
		return "The account's balance or query limit is used up: top it up, or ask the vendor."
	case advance.CodeClientError:
		return "The API did not take the request as its own. Check the provider's endpoint, and any path in it."
	case advance.CodeRegionWrong:
		return "Give the ISO 3166-1 alpha-3 code of a country that the account may use, such as PHL."
	case advance.CodeSignatureNotExist:
		return "Check the signature id, and that the provider's endpoint and account are those that made the session."
	default:
		switch { // a gateway's own JSON
		case e.HTTPStatus == http.StatusTooManyRequests:
			return throttledAdvice
		case e.HTTPStatus >= 500:
			return somethingElse
		}
		return "The API refused this for good. Ask the vendor's support with the transaction id."
	}
}

const somethingElse = "Something other than the API answered. Check the provider's endpoint, its path, and any proxy or gateway in front of it."

const throttledAdvice = "The API is refusing calls for now, and kept refusing them after retries. Run it again later, lower -parallelism, or set requests_per_second in the provider block."
