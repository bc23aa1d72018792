package advance

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"testing"
)

func TestClassify(t *testing.T) {
	t.Parallel()

	const ok = 200
	tests := []struct {
		op      Operation
		status  int
		code    string
		message string
		want attemptClass
	}{
		{OpGetResult, ok, "SUCCESS", "OK", accepted},
		{OpGetResult, 500, "SUCCESS", "OK", accepted},
		{OpGetResult, ok, "RETRY_LATER", "Query failed, please retry after the suggested time in HTTP Header.", throttled},
		{OpGetResult, ok, "SERVICE_BUSY", "Rate limit is exceeded, please retry after the suggested time in HTTP Header.", throttled},
		{OpGetResult, 429, "SERVICE_BUSY", "", throttled},
		{OpGetResult, ok, "SERVICE_BUSY", "Quota exceeded: You have exceeded the daily quota for free queries, please contact out tech support for help", permanent},
		{OpGetResult, 429, "SERVICE_BUSY", "QUOTA exceeded", permanent},
		{OpGetResult, ok, "ERROR", "Server error.", ambiguous},
		{OpGetResult, 429, "ERROR", "Server error.", ambiguous},

		{OpGetResult, ok, "IAM_FAILED", "Token not found or expired", tokenRejected},
		{OpClearData, 401, "IAM_FAILED", "Access denied: Token not found or expired", tokenRejected},
		{OpGenerateURL, ok, "IAM_FAILED", "token expired", tokenRejected},
		{OpGenerateToken, ok, "IAM_FAILED", "Token not found or expired", permanent},
		{OpGetResult, ok, "IAM_FAILED", "You are not authorized by the Identity and Access Management system", permanent},
		{OpGetResult, ok, "IAM_FAILED", "Access Key not found", permanent},
		{OpGetResult, ok, "IAM_FAILED", "Access Key not found or expired", permanent},
		{OpGetResult, ok, "IAM_FAILED", "Account not authorized for this country", permanent},
		{OpGetResult, ok, "IAM_FAILED", "Account not authorized for this domain", permanent},
		{OpGetResult, ok, "IAM_FAILED", "Account is expired. Please contact your sales manager for help", permanent},
		{OpGetResult, ok, "IAM_FAILED", "Account is disabled. Please contact your sales manager for help", permanent},
		{OpGetResult, ok, "IAM_FAILED", "Access denied.", permanent},

		{OpGenerateToken, ok, "PARAMETER_ERROR", "Timestamp error", clockSkewed},
		{OpGenerateToken, 500, "PARAMETER_ERROR", "timestamp error.", clockSkewed},
		{OpGenerateToken, ok, "PARAMETER_ERROR", "Signature error", permanent},
		{OpGetResult, ok, "PARAMETER_ERROR", "Timestamp error", permanent},
		{OpGenerateURL, 503, "PARAMETER_ERROR", "Parameter should not be empty", permanent},

		{OpGenerateURL, ok, "REGION_WRONG", "Region is wrong", permanent},
		{OpGetResult, ok, "SIGNATURE_NOT_EXIST", "This signatureId is not exist", permanent},
		{OpClearData, ok, "REQUEST_IN_PROCESSING", "Your request is currently being processed. Please do not submit it repeatedly", permanent},
		{OpGetResult, ok, "EMPTY_PARAMETER_ERROR", "Parameter should not be empty", permanent},
		{OpGenerateToken, ok, "ACCOUNT_DISABLED", "Account Disabled", permanent},
		{OpGetResult, ok, "INSUFFICIENT_BALANCE", "Insufficient balance", permanent},
		{OpGetResult, 429, "OVER_QUERY_LIMIT", "Quota exceeded.", permanent},
		{OpGetResult, 500, "CLIENT_ERROR", "HTTP 404 - Not Found", permanent},
		{OpGetResult, 500, "ACCESS_DENIED", "Access denied", permanent},
		{OpGetResult, 500, "SERVICE_DISABLED", "Service disabled", permanent},

		// A code that nobody knows leaves the decision to the status only
		// where that says to try again.
		{OpGetResult, ok, "NEW_CODE", "", permanent},
		{OpGetResult, 404, "NEW_CODE", "", permanent},
		{OpGetResult, 429, "NEW_CODE", "", throttled},
		{OpGetResult, 503, "NEW_CODE", "", ambiguous},
		{OpGetResult, ok, "success", "", permanent},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%s/%d/%s/%s", test.op, test.status, test.code, test.message), func(t *testing.T) {
			t.Parallel()

			got := classify(test.op, test.status, &envelope{Code: test.code, Message: test.message})
			if got != test.want {
				t.Errorf("got verdict %d, want %d", got, test.want)
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
			t.Errorf("classifyStatus(%d): got %d, want %d", status, got, want)
		}
		if got := classify(OpGetResult, status, nil); got != want {
			t.Errorf("classify(%d, nil): got %d, want %d", status, got, want)
		}
	}
}

func TestClassifyTransportErr(t *testing.T) {
	t.Parallel()

	certificate := fmt.Errorf("wrapped: %w", &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}})
	tests := []struct {
		name string
		err  error
		sent bool
		want attemptClass
	}{
		{"nothing sent", errRefused, false, notSent},
		{"sent", errReset, true, ambiguous},
		{"cut off", fmt.Errorf("reading the answer: %w", io.ErrUnexpectedEOF), true, ambiguous},
		{"certificate", certificate, false, permanent},
		{"certificate after sending", certificate, true, permanent},
		{"too large", ErrTooLarge, true, permanent},
		{"anything", errors.New("anything"), false, notSent},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			if got := classifyTransportErr(test.err, test.sent); got != test.want {
				t.Errorf("got verdict %d, want %d", got, test.want)
			}
		})
	}
}
