package tfutil

import (
	"errors"
	"strings"
	"testing"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
)

// Each code has advice of its own.
func TestAdviceForCode(t *testing.T) {
	t.Parallel()
	const (
		token    = advance.OpGenerateToken
		generate = advance.OpGenerateURL
		result   = advance.OpGetResult
	)
	for _, test := range []struct {
		op            advance.Operation
		code, message string
		want          string // the advice begins with it
	}{
		{result, "IAM_FAILED", "Token not found or expired", "A token that had just been minted was refused too."},
		{result, "IAM_FAILED", "Access denied: Token not found or expired", "A token that had just been minted was refused too."},
		{token, "IAM_FAILED", "Access Key not found", "Check access_key (ADVANCE_ACCESS_KEY)"},
		{token, "IAM_FAILED", "Access Key not found or expired", "Check access_key (ADVANCE_ACCESS_KEY)"},
		{generate, "IAM_FAILED", "Account not authorized for this country", "The account is not allowed to do this"},
		{generate, "IAM_FAILED", "Account is expired. Please contact your sales manager for help", "The account is not allowed to do this"},
		{generate, "IAM_FAILED", "Access denied.", "The account is not allowed to do this"},
		{generate, "PARAMETER_ERROR", "Invalid returnUrl, please check your returnUrl", "Check the arguments; the message says which one"},
		{generate, "PARAMETER_ERROR", "Signature error", "Check the arguments; the message says which one"},
		{token, "PARAMETER_ERROR", "Signature error", "The secret_key (ADVANCE_SECRET_KEY) does not belong to the access_key"},
		{token, "PARAMETER_ERROR", "Timestamp error", "The clock of this machine and the API's are too far apart"},
		{token, "PARAMETER_ERROR", "Parameter should not be empty", "Check access_key, secret_key and token_period_seconds."},
		{generate, "SERVICE_BUSY", "Rate limit is exceeded, please retry after the suggested time in HTTP Header.", "The API is refusing calls for now"},
		{generate, "SERVICE_BUSY", "Quota exceeded: You have exceeded the daily quota for free queries", "The account's quota is used up"},
		{generate, "RETRY_LATER", "Query failed", "The API is refusing calls for now"},
		{generate, "ERROR", "Server error", "The API failed on its side."},
		{token, "ACCOUNT_DISABLED", "Account Disabled", "The account or the product is not enabled"},
		{generate, "ACCESS_DENIED", "Access denied", "The account or the product is not enabled"},
		{generate, "SERVICE_DISABLED", "Service disabled", "The account or the product is not enabled"},
		{generate, "INSUFFICIENT_BALANCE", "Insufficient balance", "The account's balance or query limit is used up"},
		{generate, "OVER_QUERY_LIMIT", "Quota exceeded.", "The account's balance or query limit is used up"},
		{generate, "CLIENT_ERROR", "HTTP 404 - Not Found", "The API did not take the request as its own."},
		{generate, "REGION_WRONG", "Region is wrong", "Give the ISO 3166-1 alpha-3 code"},
		{result, "SIGNATURE_NOT_EXIST", "This signatureId is not exist", "Check the signature id"},
		{result, "EMPTY_PARAMETER_ERROR", "Parameter should not be empty", "The API refused this permanently."},
		{result, "BRAND_NEW_CODE", "", "The API refused this permanently."},
	} {
		got := advice(&advance.Error{Operation: test.op, Code: test.code, Message: test.message})
		if !strings.HasPrefix(got, test.want) || !strings.HasSuffix(got, ".") {
			t.Errorf("advice for %s, %s, %q is %q, want %q", test.op, test.code, test.message, got, test.want)
		}
	}
}

// What is no answer of the API's, or one of a gateway, has advice by the HTTP
// status.
func TestAdvice_byHTTPStatus(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		code   string
		status int
		want   string
	}{
		{"", 429, throttledAdvice},
		{"", 404, notTheAPIAdvice},
		{"", 503, notTheAPIAdvice},
		{"GATEWAY", 429, throttledAdvice},
		{"GATEWAY", 503, notTheAPIAdvice},
		{"GATEWAY", 403, unknownCodeAdvice},
		{"ERROR", 503, "The API failed on its side."},
	} {
		got := advice(&advance.Error{Operation: advance.OpGetResult, Code: test.code, HTTPStatus: test.status, Err: errors.New("no envelope")})
		if !strings.HasPrefix(got, test.want) {
			t.Errorf("advice for code %q with HTTP %d is %q, want %q", test.code, test.status, got, test.want)
		}
	}
}

func TestAdvice_noCall(t *testing.T) {
	t.Parallel()
	if got := advice(errors.New("no call")); got != "" {
		t.Errorf("got %q, want nothing", got)
	}
}
