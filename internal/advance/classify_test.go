package advance

import (
	"fmt"
	"testing"
)

func TestClassify(t *testing.T) {
	t.Parallel()

	const ok = 200
	tests := []struct {
		op      operation
		status  int
		code    string
		message string
		want    attemptClass
	}{
		{getResult, ok, "SUCCESS", "OK", accepted},
		{getResult, 500, "SUCCESS", "OK", accepted},
		{getResult, ok, "RETRY_LATER", "Query failed, please retry after the suggested time in HTTP Header.", throttled},
		{getResult, ok, "SERVICE_BUSY", "Rate limit is exceeded, please retry after the suggested time in HTTP Header.", throttled},
		{getResult, 429, "SERVICE_BUSY", "", throttled},
		{getResult, ok, "SERVICE_BUSY", "Quota exceeded: You have exceeded the daily quota for free queries, please contact out tech support for help", permanent},
		{getResult, 429, "SERVICE_BUSY", "QUOTA exceeded", permanent},
		{getResult, ok, "ERROR", "Server error.", ambiguous},
		{getResult, 429, "ERROR", "Server error.", ambiguous},

		{getResult, ok, "IAM_FAILED", "Token not found or expired", tokenRejected},
		{clearData, 401, "IAM_FAILED", "Access denied: Token not found or expired", tokenRejected},
		{generateURL, ok, "IAM_FAILED", "token expired", tokenRejected},
		{generateToken, ok, "IAM_FAILED", "Token not found or expired", permanent},
		{getResult, ok, "IAM_FAILED", "You are not authorized by the Identity and Access Management system", permanent},
		{getResult, ok, "IAM_FAILED", "Access Key not found", permanent},
		{getResult, ok, "IAM_FAILED", "Access Key not found or expired", permanent},
		{getResult, ok, "IAM_FAILED", "Account not authorized for this country", permanent},
		{getResult, ok, "IAM_FAILED", "Account not authorized for this domain", permanent},
		{getResult, ok, "IAM_FAILED", "Account is expired. Please contact your sales manager for help", permanent},
		{getResult, ok, "IAM_FAILED", "Account is disabled. Please contact your sales manager for help", permanent},
		{getResult, ok, "IAM_FAILED", "Access denied.", permanent},

		{generateToken, ok, "PARAMETER_ERROR", "Timestamp error", clockSkewed},
		{generateToken, 500, "PARAMETER_ERROR", "timestamp error.", clockSkewed},
		{generateToken, ok, "PARAMETER_ERROR", "Signature error", permanent},
		{getResult, ok, "PARAMETER_ERROR", "Timestamp error", permanent},
		{generateURL, 503, "PARAMETER_ERROR", "Parameter should not be empty", permanent},

		{generateURL, ok, "REGION_WRONG", "Region is wrong", permanent},
		{getResult, ok, "SIGNATURE_NOT_EXIST", "This signatureId is not exist", permanent},
		{clearData, ok, "REQUEST_IN_PROCESSING", "Your request is currently being processed. Please do not submit it repeatedly", permanent},
		{getResult, ok, "EMPTY_PARAMETER_ERROR", "Parameter should not be empty", permanent},
		{generateToken, ok, "ACCOUNT_DISABLED", "Account Disabled", permanent},
		{getResult, ok, "INSUFFICIENT_BALANCE", "Insufficient balance", permanent},
		{getResult, 429, "OVER_QUERY_LIMIT", "Quota exceeded.", permanent},
		{getResult, 500, "CLIENT_ERROR", "HTTP 404 - Not Found", permanent},
		{getResult, 500, "ACCESS_DENIED", "Access denied", permanent},
		{getResult, 500, "SERVICE_DISABLED", "Service disabled", permanent},

		// With an unknown code the status decides, but only for a retry.
		{getResult, ok, "NEW_CODE", "", permanent},
		{getResult, 404, "NEW_CODE", "", permanent},
		{getResult, 429, "NEW_CODE", "", throttled},
		{getResult, 503, "NEW_CODE", "", ambiguous},
		{getResult, ok, "success", "", permanent},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%s/%d/%s/%s", test.op.name, test.status, test.code, test.message), func(t *testing.T) {
			t.Parallel()

			got := classify(test.op, test.status, envelope{Code: test.code, Message: test.message})
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestClassifyStatus(t *testing.T) {
	t.Parallel()

	tests := map[int]attemptClass{
		200: ambiguous, 204: ambiguous, 299: ambiguous,
		301: permanent, 302: permanent, 307: permanent,
		400: permanent, 401: permanent, 404: permanent, 408: permanent,
		429: throttled,
		500: ambiguous, 502: ambiguous, 503: ambiguous, 599: ambiguous,
	}
	for status, want := range tests {
		if got := classifyStatus(status); got != want {
			t.Errorf("classifyStatus(%d): got %s, want %s", status, got, want)
		}
	}
}
