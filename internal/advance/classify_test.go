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
		want    verdict
	}{
		{OpGetResult, ok, "SUCCESS", "OK", accepted},
		{OpGetResult, 500, "SUCCESS", "OK", accepted},
		{OpGetResult, ok, "RETRY_LATER", "Query failed, please retry after the suggested time in HTTP Header.", throttled},
		{OpGetResult, ok, "SERVICE_BUSY", "Rate limit is exceeded, please retry after the suggested time in HTTP Header.", throttled},
		{OpGetResult, 429, "SERVICE_BUSY", "", throttled},
		{OpGetResult, ok, "SERVICE_BUSY", "Quota exceeded: You have exceeded the daily quota for free queries, please contact out tech support for help", refused},
		{OpGetResult, 429, "SERVICE_BUSY", "QUOTA exceeded", refused},
		{OpGetResult, ok, "ERROR", "Server error.", unknown},
		{OpGetResult, 429, "ERROR", "Server error.", unknown},

		{OpGetResult, ok, "IAM_FAILED", "Token not found or expired", tokenRefused},
		{OpClearData, 401, "IAM_FAILED", "Access denied: Token not found or expired", tokenRefused},
		{OpGenerateURL, ok, "IAM_FAILED", "token expired", tokenRefused},
		{OpGenerateToken, ok, "IAM_FAILED", "Token not found or expired", refused},
		{OpGetResult, ok, "IAM_FAILED", "You are not authorized by the Identity and Access Management system", refused},
		{OpGetResult, ok, "IAM_FAILED", "Access Key not found", refused},
		{OpGetResult, ok, "IAM_FAILED", "Access Key not found or expired", refused},
		{OpGetResult, ok, "IAM_FAILED", "Account not authorized for this country", refused},
		{OpGetResult, ok, "IAM_FAILED", "Account not authorized for this domain", refused},
		{OpGetResult, ok, "IAM_FAILED", "Account is expired. Please contact your sales manager for help", refused},
		{OpGetResult, ok, "IAM_FAILED", "Account is disabled. Please contact your sales manager for help", refused},
		{OpGetResult, ok, "IAM_FAILED", "Access denied.", refused},

		{OpGenerateToken, ok, "PARAMETER_ERROR", "Timestamp error", clockRefused},
		{OpGenerateToken, 500, "PARAMETER_ERROR", "timestamp error.", clockRefused},
		{OpGenerateToken, ok, "PARAMETER_ERROR", "Signature error", refused},
		{OpGetResult, ok, "PARAMETER_ERROR", "Timestamp error", refused},
		{OpGenerateURL, 503, "PARAMETER_ERROR", "Parameter should not be empty", refused},

		{OpGenerateURL, ok, "REGION_WRONG", "Region is wrong", refused},
		{OpGetResult, ok, "SIGNATURE_NOT_EXIST", "This signatureId is not exist", refused},
		{OpClearData, ok, "REQUEST_IN_PROCESSING", "Your request is currently being processed. Please do not submit it repeatedly", refused},
		{OpGetResult, ok, "EMPTY_PARAMETER_ERROR", "Parameter should not be empty", refused},
		{OpGenerateToken, ok, "ACCOUNT_DISABLED", "Account Disabled", refused},
		{OpGetResult, ok, "INSUFFICIENT_BALANCE", "Insufficient balance", refused},
		{OpGetResult, 429, "OVER_QUERY_LIMIT", "Quota exceeded.", refused},
		{OpGetResult, 500, "CLIENT_ERROR", "HTTP 404 - Not Found", refused},
		{OpGetResult, 500, "ACCESS_DENIED", "Access denied", refused},
		{OpGetResult, 500, "SERVICE_DISABLED", "Service disabled", refused},

		// A code that nobody knows leaves the decision to the status only
		// where that says to try again.
		{OpGetResult, ok, "NEW_CODE", "", refused},
		{OpGetResult, 404, "NEW_CODE", "", refused},
		{OpGetResult, 429, "NEW_CODE", "", throttled},
		{OpGetResult, 503, "NEW_CODE", "", unknown},
		{OpGetResult, ok, "success", "", refused},
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

	tests := map[int]verdict{
		200: unknown, 204: unknown, 299: unknown,
		301: refused, 302: refused, 307: refused,
		400: refused, 401: refused, 404: refused, 408: refused,
		429: throttled,
		500: unknown, 502: unknown, 503: unknown, 599: unknown,
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

func TestClassifyFault(t *testing.T) {
	t.Parallel()

	certificate := fmt.Errorf("wrapped: %w", &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}})
	tests := []struct {
		name string
		err  error
		sent bool
		want verdict
	}{
		{"nothing sent", errRefused, false, unreachable},
		{"sent", errReset, true, unknown},
		{"cut off", fmt.Errorf("reading the answer: %w", io.ErrUnexpectedEOF), true, unknown},
		{"certificate", certificate, false, refused},
		{"certificate after sending", certificate, true, refused},
		{"too large", ErrTooLarge, true, refused},
		{"anything", errors.New("anything"), false, unreachable},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			if got := classifyFault(test.err, test.sent); got != test.want {
				t.Errorf("got verdict %d, want %d", got, test.want)
			}
		})
	}
}
