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

func TestDo_attempts(t *testing.T) {
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
		{"SERVICE_BUSY about a quota", refuse("SERVICE_BUSY", "Quota exceeded: You have exceeded the daily quota"), never},
		{"RETRY_LATER", refuse("RETRY_LATER", "Query failed"), patient},
		{"RETRY_LATER with HTTP 500", reply{status: 500, body: envelopeOf("RETRY_LATER", "", "null")}, patient},
		{"PARAMETER_ERROR", refuse("PARAMETER_ERROR", "Parameter should not be empty"), never},
		{"PARAMETER_ERROR with HTTP 500", reply{status: 500, body: envelopeOf("PARAMETER_ERROR", "", "null")}, never},
		{"unknown code", refuse("NEW_CODE", ""), never},
		{"unknown code with HTTP 503", reply{status: 503, body: envelopeOf("NEW_CODE", "", "null")}, careful},
		{"unknown code with HTTP 429", reply{status: 429, body: envelopeOf("NEW_CODE", "", "null")}, patient},
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
		{"timeout of the dialer", reply{refuse: &net.OpError{Op: "dial", Net: "tcp", Err: context.DeadlineExceeded}}, patient},
		{"timeout of a read", reply{reset: &net.OpError{Op: "read", Net: "tcp", Err: os.ErrDeadlineExceeded}}, careful},
		{"request timeout before there is a connection", reply{dial: time.Hour}, patient},
		{"request timeout before the response", reply{think: time.Hour}, careful},
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
						if want := test.want != never; IsTemporary(err) != want {
							t.Errorf("got temporary %t, want %t", !want, want)
						}
						if e.Operation != op {
							t.Errorf("got an error of %s, want %s", e.Operation, op)
						}
						if errors.Is(err, context.DeadlineExceeded) {
							t.Errorf("got %v, which says that the caller ran out of time", err)
						}
					})
				})
			}
		}
	}
}

func TestDo_mixedOutcomes(t *testing.T) {
	t.Parallel()

	lost, busy, no := reply{reset: errReset}, throttle("1"), refuse("REGION_WRONG", "Region is wrong")
	tests := []struct {
		name        string
		replies     []reply
		want        int
		wantUnknown bool
		wantErr     bool
	}{
		{"throttling leaves the retries after lost responses", []reply{busy, lost, busy, lost, succeed(madeSession)}, 5, false, false},
		{"third lost response", []reply{lost, busy, lost, busy, lost}, 5, true, true},
		{"permanent after a lost response", []reply{lost, no}, 2, true, true},
		{"not sent, then permanent", []reply{{refuse: errRefused}, no}, 2, false, true},
		{"not sent, then lost three times", []reply{{refuse: errRefused}, lost, lost, lost}, 4, true, true},
		{"retries used up by throttling", []reply{busy, busy, busy, busy, busy, busy}, 6, false, true},
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
			{Operation: OpGenerateToken, Number: 1, Class: "ambiguous", RetryAfter: new(time.Second), HTTPStatus: 502, TransportErr: "HTTP 502 Bad Gateway with a body that is not the API's JSON envelope"},
			{Operation: OpGenerateToken, Number: 2, Class: "accepted", HTTPStatus: 200, Code: "SUCCESS", TransactionID: id},
			{
				Operation: OpGenerateURL, Number: 1, Class: "throttled", HTTPStatus: 200, Code: "SERVICE_BUSY", TransactionID: id,
				Duration: 300 * time.Millisecond, RetryAfter: new(2 * time.Second), BlockedUntil: synctestEpoch.Add(3300 * time.Millisecond),
			},
			{Operation: OpGenerateURL, Number: 2, Class: "ambiguous", TransportErr: "connection reset by peer"},
			{Operation: OpGenerateURL, Number: 3, Class: "ambiguous", TransportErr: "no response within the request timeout of 30s", Duration: 30 * time.Second},
			{Operation: OpGenerateURL, Number: 4, Class: "accepted", HTTPStatus: 200, Code: "SUCCESS", TransactionID: id},
		}
		if diff := cmp.Diff(want, told.list); diff != "" {
			t.Errorf("attempts (-want +got):\n%s", diff)
		}
	})
}

func TestOnAttempt_class(t *testing.T) {
	t.Parallel()

	badDate := refuse(CodeParameterError, "Timestamp error")
	tests := []struct {
		name  string
		op    Operation
		reply reply
		want  attemptClass
	}{
		{"accepted", OpGetResult, succeed("null"), accepted},
		{"throttled", OpGetResult, throttle(""), throttled},
		{"connection refused", OpGenerateURL, reply{refuse: errRefused}, notSent},
		{"connection refused, without a body", OpClearData, reply{refuse: errRefused}, notSent},
		{"no connection within the request timeout", OpClearData, reply{dial: time.Hour}, notSent},
		{"connection reset", OpGenerateURL, reply{reset: errReset}, ambiguous},
		{"connection reset, without a body", OpClearData, reply{reset: errReset}, ambiguous},
		{"no response within the request timeout", OpClearData, reply{think: time.Hour}, ambiguous},
		{"token rejected", OpGetResult, tokenExpired(), tokenRejected},
		{"clock skewed", OpGenerateToken, badDate, clockSkewed},
		{"refused", OpGetResult, refuse("REGION_WRONG", ""), permanent},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			synctest.Test(t, func(t *testing.T) {
				var told attempts
				api := &fakeAPI{script: map[Operation][]reply{test.op: {test.reply}, OpGenerateURL: {test.reply}}}
				_ = call(t.Context(), newClient(t, api, watch(&told)), test.op)
				for _, a := range told.list {
					if a.Operation == test.op {
						if a.Class != string(test.want) {
							t.Errorf("got class %s, want %s", a.Class, test.want)
						}
						return
					}
				}
				t.Error("got no attempt of the operation")
			})
		})
	}
}
