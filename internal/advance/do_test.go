package advance

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAttempts(t *testing.T) {
	t.Parallel()

	const html = "<html><body>anything</body></html>"
	type want struct {
		attempts    int // with 5 retries
		generateURL int // where that one differs
		unknown     bool
	}
	patient, careful, never := want{6, 6, false}, want{6, 3, true}, want{1, 1, false}
	tests := []struct {
		name  string
		reply reply
		want  want
	}{
		{"ERROR", refuse("ERROR", "Server error"), careful},
		{"SERVICE_BUSY", throttle(""), patient},
		{"SERVICE_BUSY for the day", refuse("SERVICE_BUSY", "Quota exceeded: You have exceeded the daily quota"), never},
		{"RETRY_LATER", refuse("RETRY_LATER", "Query failed"), patient},
		{"RETRY_LATER with HTTP 500", reply{status: 500, body: envelopeOf("RETRY_LATER", "", "null")}, patient},
		{"PARAMETER_ERROR", refuse("PARAMETER_ERROR", "Parameter should not be empty"), never},
		{"PARAMETER_ERROR with HTTP 500", reply{status: 500, body: envelopeOf("PARAMETER_ERROR", "", "null")}, never},
		{"code that nobody knows", refuse("NEW_CODE", ""), never},
		{"code that nobody knows with HTTP 503", reply{status: 503, body: envelopeOf("NEW_CODE", "", "null")}, careful},
		{"code that nobody knows with HTTP 429", reply{status: 429, body: envelopeOf("NEW_CODE", "", "null")}, patient},
		{"HTML", reply{body: html}, careful},
		{"HTML with HTTP 302", reply{status: 302, body: html}, never},
		{"HTML with HTTP 404", reply{status: 404, body: html}, never},
		{"HTML with HTTP 429", reply{status: 429, body: html}, patient},
		{"HTML with HTTP 500", reply{status: 500, body: html}, careful},
		{"HTML with HTTP 503", reply{status: 503, body: html}, careful},
		{"array", reply{body: "[]"}, careful},
		{"nothing", reply{}, careful},
		{"cut-off envelope", reply{body: `{"code":"SUCCESS","data":{"signatureId":"ed8b`}, careful},
		{"cut-off connection", reply{body: envelopeOf("SUCCESS", "OK", "null"), cut: true}, careful},
		{"connection refused", reply{refuse: errRefused}, patient},
		{"connection reset", reply{reset: errReset}, careful},
		{"dialler's own time-out", reply{refuse: &net.OpError{Op: "dial", Net: "tcp", Err: context.DeadlineExceeded}}, patient},
		{"read's own time-out", reply{reset: &net.OpError{Op: "read", Net: "tcp", Err: os.ErrDeadlineExceeded}}, careful},
		{"time-out before the connection stands", reply{dial: time.Hour}, patient},
		{"time-out of the answer", reply{think: time.Hour}, careful},
		{"certificate", reply{refuse: &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}}, never},
	}
	for _, test := range tests {
		for _, op := range []Operation{OpGenerateToken, OpGenerateURL, OpGetResult, OpClearData} {
			for _, retries := range []int{0, 1, 5} {
				t.Run(fmt.Sprintf("%s/%s/%d retries", test.name, op, retries), func(t *testing.T) {
					t.Parallel()

					synctest.Test(t, func(t *testing.T) {
						api := &fakeAPI{script: map[Operation][]reply{op: {test.reply}}}
						err := call(t.Context(), newClient(t, api, maxRetries(retries)), op)
						e := errorOf(t, err)
						if op == OpGenerateToken {
							e = errorOf(t, e.Err)
						}
						attempts := test.want.attempts
						if op == OpGenerateURL {
							attempts = test.want.generateURL
						}
						attempts = min(attempts, retries+1)
						api.wantCount(t, op, attempts)
						if e.Attempts != attempts {
							t.Errorf("got %d attempts in the error, want %d", e.Attempts, attempts)
						}
						if want := test.want.unknown && op == OpGenerateURL; e.OutcomeUnknown != want {
							t.Errorf("got outcome unknown %t, want %t", e.OutcomeUnknown, want)
						}
						if e.Operation != op {
							t.Errorf("got an error of %s, want %s", e.Operation, op)
						}
						if errors.Is(err, context.DeadlineExceeded) {
							t.Errorf("got %v, which says that the caller's time is up", err)
						}
					})
				})
			}
		}
	}
}

func TestAttemptsOfMixedFaults(t *testing.T) {
	t.Parallel()

	lost, busy, no := reply{reset: errReset}, throttle("1"), refuse("REGION_WRONG", "Region is wrong")
	tests := []struct {
		name        string
		replies     []reply
		want        int
		wantUnknown bool
		wantErr     bool
	}{
		{"refusals leave the tries after lost answers", []reply{busy, lost, busy, lost, succeed(madeSession)}, 5, false, false},
		{"third lost answer", []reply{lost, busy, lost, busy, lost}, 5, true, true},
		{"refused for good after a lost answer", []reply{lost, no}, 2, true, true},
		{"never sent, then refused for good", []reply{{refuse: errRefused}, no}, 2, false, true},
		{"never sent, then lost three times", []reply{{refuse: errRefused}, lost, lost, lost}, 4, true, true},
		{"retries used up by refusals", []reply{busy, busy, busy, busy, busy, busy}, 6, false, true},
		{"retries used up by both", []reply{busy, busy, busy, busy, lost, lost}, 6, true, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			synctest.Test(t, func(t *testing.T) {
				api := &fakeAPI{script: map[Operation][]reply{OpGenerateURL: test.replies}}
				err := call(t.Context(), newClient(t, api), OpGenerateURL)
				api.wantCount(t, OpGenerateURL, test.want)
				if (err != nil) != test.wantErr {
					t.Fatalf("got error %v, want one %t", err, test.wantErr)
				}
				if err != nil && errorOf(t, err).OutcomeUnknown != test.wantUnknown {
					t.Errorf("got outcome unknown %t, want %t", !test.wantUnknown, test.wantUnknown)
				}
			})
		})
	}
}

func TestOnAttempt(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		busy := throttle("2s")
		busy.think = 300 * time.Millisecond
		api := &fakeAPI{script: map[Operation][]reply{
			OpGenerateToken: {{status: 502, header: http.Header{"Retry-After": {"1"}}}, succeed(`{"token":"t"}`)},
			OpGenerateURL: {
				busy,
				{reset: errReset},
				{think: time.Hour},
				succeed(madeSession),
			},
		}}
		var told attempts
		type key struct{}
		c := newClient(t, api, func(cfg *Config) {
			cfg.OnAttempt = func(ctx context.Context, a Attempt) {
				if ctx.Value(key{}) != "of the call" {
					t.Errorf("got another context than the call's for %+v", a)
				}
				told.add(ctx, a)
			}
		})
		if err := call(context.WithValue(t.Context(), key{}, "of the call"), c, OpGenerateURL); err != nil {
			t.Fatal(err)
		}
		const id = "0123456789abcdef"
		want := []Attempt{
			{Operation: OpGenerateToken, Number: 1, HTTPStatus: 502, TransportErr: "HTTP 502 Bad Gateway with a body that is not the API's JSON envelope"},
			{Operation: OpGenerateToken, Number: 2, HTTPStatus: 200, Code: "SUCCESS", TransactionID: id},
			{Operation: OpGenerateURL, Number: 1, HTTPStatus: 200, Code: "SERVICE_BUSY", TransactionID: id, Duration: 300 * time.Millisecond},
			{Operation: OpGenerateURL, Number: 2, TransportErr: "read tcp: connection reset by peer"},
			{Operation: OpGenerateURL, Number: 3, TransportErr: "no answer within the request time-out of 30s", Duration: 30 * time.Second},
			{Operation: OpGenerateURL, Number: 4, HTTPStatus: 200, Code: "SUCCESS", TransactionID: id},
		}
		if diff := cmp.Diff(want, told.list); diff != "" {
			t.Errorf("attempts (-want +got):\n%s", diff)
		}
	})
}
