package advance

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
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

func TestFaultText(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name  string
		reply reply
		want  string
	}{
		{"code", refuse("REGION_WRONG", "Region is wrong"), "clear-data: REGION_WRONG: Region is wrong (transaction id 0123456789abcdef)"},
		{"HTML", reply{body: "<html>"}, "clear-data: HTTP 200 OK with a body that is not the API's JSON envelope"},
		{"HTTP 404", reply{status: 404}, "clear-data: HTTP 404 Not Found with a body that is not the API's JSON envelope"},
		{"HTTP 302", reply{status: 302}, "clear-data: HTTP 302 Found redirects elsewhere, which is not followed because the token would go along"},
		{"connection refused", reply{refuse: errRefused}, "clear-data: dial tcp: connection refused"},
		{"connection reset", reply{reset: errReset}, "clear-data: read tcp: connection reset by peer"},
		{"cut off", reply{body: "{", cut: true}, "clear-data: reading the answer: unexpected EOF"},
		{"time-out", reply{think: time.Hour}, "clear-data: no answer within the request time-out of 30s"},
		{
			"last answer explains", reply{body: envelopeOf("RETRY_LATER", "Query failed\nfor now", "null")},
			"clear-data: RETRY_LATER: Query failed for now (transaction id 0123456789abcdef)",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			synctest.Test(t, func(t *testing.T) {
				// What an earlier attempt was told explains nothing now.
				api := &fakeAPI{script: map[Operation][]reply{OpClearData: {throttle("0"), test.reply}}}
				err := call(t.Context(), newClient(t, api), OpClearData)
				if err == nil || err.Error() != test.want {
					t.Errorf("got error %v, want %q", err, test.want)
				}
			})
		})
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()

	delays := newDelays()
	bound := 500 * time.Millisecond
	for i := range 50 {
		if d := delays.NextBackOff(); d < 0 || d > bound {
			t.Errorf("delay %d: got %v, want 0 to %v", i+1, d, bound)
		}
		bound = min(2*bound, 30*time.Second)
	}
}

func TestRetryAfterIsKept(t *testing.T) {
	t.Parallel()

	const tenAhead = "Sat, 01 Jan 2000 00:00:10 GMT" // The clock of a bubble starts at midnight.
	header := func(name, value string) http.Header { return http.Header{name: {value}} }
	tests := []struct {
		name   string
		header http.Header
		want   time.Duration
	}{
		{"number", header("Retry-After", "10"), 10 * time.Second},
		{"suffix", header("Retry-After", "10s"), 10 * time.Second},
		{"blanks", header("Retry-After", " 10 s"), 10 * time.Second},
		{"colon", header("Retry-After", ":10s"), 10 * time.Second},
		{"blank before the colon", header("Retry-After ", "10s"), 10 * time.Second},
		{"HTTP date", header("Retry-After", tenAhead), 10 * time.Second},
		{"HTTP date on a clock of its own", http.Header{
			"Retry-After": {"Sun, 02 Jan 2000 12:00:10 GMT"}, "Date": {"Sun, 02 Jan 2000 12:00:00 GMT"},
		}, 10 * time.Second},
		{"an hour", header("Retry-After", "3600"), time.Hour},
		{"nothing", header("Retry-After", "0"), 0},
	}
	faults := map[string]reply{
		"SERVICE_BUSY": throttle(""),
		"RETRY_LATER":  refuse("RETRY_LATER", ""),
		"HTTP 429":     {status: 429},
		"HTTP 503":     {status: 503},
		"ERROR":        refuse("ERROR", ""),
	}
	for _, test := range tests {
		for name, fault := range faults {
			t.Run(test.name+"/"+name, func(t *testing.T) {
				t.Parallel()

				synctest.Test(t, func(t *testing.T) {
					fault.header = test.header
					api := &fakeAPI{script: map[Operation][]reply{OpGetResult: {fault, succeed("null")}}}
					if err := call(t.Context(), newClient(t, api, givenToken), OpGetResult); err != nil {
						t.Fatal(err)
					}
					api.wantTimes(t, OpGetResult, 0, test.want)
				})
			})
		}
	}
}

// A pause beyond the operation's deadline ends it at once, and the error names
// both times.
func TestRetryAfterPastTheDeadline(t *testing.T) {
	t.Parallel()

	faults := map[string]reply{
		"SERVICE_BUSY": throttle("600s"),
		"HTTP 503":     {status: 503, header: http.Header{"Retry-After": {"600"}}},
		"HTTP 429":     {status: 429, header: http.Header{"Retry-After": {"Sat, 01 Jan 2000 00:10:00 GMT"}}},
	}
	for name, fault := range faults {
		for _, op := range []Operation{OpGenerateToken, OpGenerateURL, OpGetResult, OpClearData} {
			t.Run(name+"/"+string(op), func(t *testing.T) {
				t.Parallel()

				synctest.Test(t, func(t *testing.T) {
					api := &fakeAPI{script: map[Operation][]reply{op: {fault}}}
					c := newClient(t, api)
					ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
					defer cancel()
					err := call(ctx, c, op)
					if got := time.Since(synctestEpoch); got != 0 {
						t.Errorf("got an end after %v, want it at once", got)
					}
					api.wantCount(t, op, 1)
					var patience *RetryAfterError
					if !errors.As(err, &patience) {
						t.Fatalf("got error %v, want a RetryAfterError", err)
					}
					want := RetryAfterError{Until: synctestEpoch.Add(10 * time.Minute), Deadline: synctestEpoch.Add(2 * time.Minute)}
					if !patience.Until.Equal(want.Until) || !patience.Deadline.Equal(want.Deadline) {
						t.Errorf("got %+v, want %+v", *patience, want)
					}
					for _, text := range []string{"2000-01-01T00:10:00Z", "2000-01-01T00:02:00Z"} {
						if !strings.Contains(err.Error(), text) {
							t.Errorf("got error %q, want it to name %s", err, text)
						}
					}
					if errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("got %v, which says that the deadline has passed", err)
					}
				})
			})
		}
	}
}

func TestThrottlingStopsAllCallers(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		api := &fakeAPI{script: map[Operation][]reply{OpGenerateURL: {throttle("20s")}}}
		c := newClient(t, api, givenToken, maxRetries(0))
		if err := call(t.Context(), c, OpGenerateURL); err == nil {
			t.Fatal("got no error of the throttled call, want one")
		}
		var all sync.WaitGroup
		for i := range 5 {
			all.Go(func() {
				if err := wait(t.Context(), time.Duration(i)*time.Second); err != nil {
					t.Error(err)
				}
				if err := call(t.Context(), c, OpGetResult); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		api.wantCount(t, OpGetResult, 5)
		api.wantWithin(t, OpGetResult, 20*time.Second, 40*time.Second) // The pace recovers step by step.
	})
}

func TestThrottlingIsSharedWithTheMint(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		api := &fakeAPI{script: map[Operation][]reply{OpGenerateToken: {throttle("20s"), succeed(`{"token":"t"}`)}}}
		if err := call(t.Context(), newClient(t, api), OpGetResult); err != nil {
			t.Fatal(err)
		}
		api.wantTimes(t, OpGenerateToken, 0, 20*time.Second)
		api.wantWithin(t, OpGetResult, 20*time.Second, 25*time.Second) // The pace recovers step by step.
	})
}

func TestRequestsPerSecond(t *testing.T) {
	t.Parallel()

	for _, perSecond := range []float64{0.5, 2, 10} {
		t.Run(fmt.Sprint(perSecond), func(t *testing.T) {
			t.Parallel()

			synctest.Test(t, func(t *testing.T) {
				api := &fakeAPI{}
				c := newClient(t, api, func(cfg *Config) { cfg.RequestsPerSecond = perSecond })
				for i, err := range inParallel(20, func(int) error { return call(t.Context(), c, OpGetResult) }) {
					if err != nil {
						t.Errorf("call %d: %v", i, err)
					}
				}
				// The mint counts too.
				interval := time.Duration(float64(time.Second) / perSecond)
				requests := api.requests("")
				if len(requests) != 21 {
					t.Fatalf("got %d requests, want 21", len(requests))
				}
				for i, s := range requests {
					if want := time.Duration(i) * interval; s.At < want-time.Millisecond || s.At > want+time.Millisecond {
						t.Errorf("request %d: got it after %v, want %v", i+1, s.At, want)
					}
				}
			})
		})
	}
}

func TestLargestAnswer(t *testing.T) {
	t.Parallel()

	data, err := readAnswer(repeat(MaxAnswerBytes))
	if err != nil || len(data) != MaxAnswerBytes {
		t.Errorf("got %d bytes, %v, want %d", len(data), err, MaxAnswerBytes)
	}
}

// counter counts what is read.
type counter struct {
	from io.Reader
	n    int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.n += int64(n)
	return n, err
}

// An answer that is too large to be read is not asked for again, for the next
// would be as large. One of generate-url may leave a session behind.
func TestTooLargeAnswer(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		body := &counter{from: repeat(2 * MaxAnswerBytes)}
		api := &fakeAPI{script: map[Operation][]reply{OpGenerateURL: {{stream: body}}}}
		err := call(t.Context(), newClient(t, api), OpGenerateURL)
		if e := errorOf(t, err); !errors.Is(err, ErrTooLarge) || e.Attempts != 1 || !e.OutcomeUnknown {
			t.Errorf("got %+v, want ErrTooLarge of an unknown outcome after 1 attempt", e)
		}
		if body.n != MaxAnswerBytes+1 {
			t.Errorf("got %d bytes read, want %d: one over the limit is enough", body.n, MaxAnswerBytes+1)
		}
	})
}

func TestRedirectIsNotFollowed(t *testing.T) {
	t.Parallel()

	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, op := range []Operation{OpGenerateToken, OpGenerateURL, OpGetResult, OpClearData} {
			t.Run(fmt.Sprintf("%d/%s", status, op), func(t *testing.T) {
				t.Parallel()

				synctest.Test(t, func(t *testing.T) {
					api := &fakeAPI{script: map[Operation][]reply{op: {{
						status: status,
						header: http.Header{"Location": {"https://elsewhere.example/" + string(op)}},
					}, succeed(madeSession)}}}
					err := call(t.Context(), newClient(t, api), op)
					if err == nil || !strings.Contains(err.Error(), "redirects elsewhere") {
						t.Errorf("got error %v, want one about a redirect", err)
					}
					api.wantCount(t, op, 1)
					for _, s := range api.requests("") {
						if !strings.HasPrefix(s.URL, "https://api.example/") {
							t.Errorf("got a request to %s, want none but to the endpoint", s.URL)
						}
					}
				})
			})
		}
	}
}

// interruptions are the ways in which a caller's context ends after a second.
var interruptions = map[string]func(context.Context) (context.Context, context.CancelFunc, error){
	"interrupted": func(ctx context.Context) (context.Context, context.CancelFunc, error) {
		errUser := errors.New("the user pressed Ctrl-C")
		ctx, cancel := context.WithCancelCause(ctx)
		time.AfterFunc(time.Second, func() { cancel(errUser) })
		return ctx, func() { cancel(nil) }, errUser
	},
	"timed out": func(ctx context.Context) (context.Context, context.CancelFunc, error) {
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		return ctx, cancel, context.DeadlineExceeded
	},
}

func TestInterrupt(t *testing.T) {
	t.Parallel()

	late := func(rp reply, think time.Duration) reply {
		rp.think = think
		return rp
	}
	tests := []struct {
		name    string
		op      Operation
		script  map[Operation][]reply
		wantErr bool
		unknown bool
		after   time.Duration // when the call ends; the context ends after 1s
		sent    int           // how many requests of the operation were sent
	}{
		// Once it was sent, generate-url is seen through, and not tried again.
		{
			"generate-url on the wire", OpGenerateURL,
			map[Operation][]reply{OpGenerateURL: {late(succeed(madeSession), 5*time.Second)}},
			false, false, 5 * time.Second, 1,
		},
		{
			"generate-url on the wire, without an answer", OpGenerateURL,
			map[Operation][]reply{OpGenerateURL: {{think: time.Hour}}},
			true, true, DefaultRequestTimeout, 1,
		},
		{
			"generate-url on the wire, answer lost", OpGenerateURL,
			map[Operation][]reply{OpGenerateURL: {{think: 5 * time.Second, reset: errReset}}},
			true, true, 5 * time.Second, 1,
		},
		{
			"generate-url on the wire, throttled", OpGenerateURL,
			map[Operation][]reply{OpGenerateURL: {late(throttle("1"), 5*time.Second)}},
			true, false, 5 * time.Second, 1,
		},
		{
			"generate-url on the wire, token refused", OpGenerateURL,
			map[Operation][]reply{OpGenerateURL: {late(tokenExpired(), 5*time.Second)}},
			true, false, 5 * time.Second, 1,
		},
		{
			"generate-url on the wire again", OpGenerateURL,
			map[Operation][]reply{OpGenerateURL: {throttle("0"), late(succeed(madeSession), 5*time.Second)}},
			false, false, -1, 2,
		},

		// Before that it ends at once, and so do all other operations.
		{
			"generate-url before a connection stands", OpGenerateURL,
			map[Operation][]reply{OpGenerateURL: {{dial: 10 * time.Second}}},
			true, false, time.Second, 0,
		},
		{
			"get-result on the wire", OpGetResult,
			map[Operation][]reply{OpGetResult: {{think: 10 * time.Second}}},
			true, false, time.Second, 1,
		},
		{
			"clear-data on the wire", OpClearData,
			map[Operation][]reply{OpClearData: {{think: 10 * time.Second}}},
			true, false, time.Second, 1,
		},
		{
			"minting on the wire", OpGenerateURL,
			map[Operation][]reply{OpGenerateToken: {{think: 10 * time.Second}}},
			true, false, time.Second, 0,
		},
		{
			"waiting for the next try", OpClearData,
			map[Operation][]reply{OpClearData: {{think: 999 * time.Millisecond, status: 503, header: http.Header{"Retry-After": {"0"}}}, {status: 503, header: http.Header{"Retry-After": {"30"}}}}},
			true, false, time.Second, 2,
		},
		{
			"waiting for one's turn", OpGenerateURL,
			map[Operation][]reply{OpGenerateURL: {throttle("30")}},
			true, false, time.Second, 1,
		},
	}
	for _, test := range tests {
		for how, interrupt := range interruptions {
			// A wait beyond the deadline ends before it, with another error.
			if how == "timed out" && strings.HasPrefix(test.name, "waiting") {
				continue
			}
			t.Run(test.name+"/"+how, func(t *testing.T) {
				t.Parallel()

				synctest.Test(t, func(t *testing.T) {
					api := &fakeAPI{script: test.script}
					c := newClient(t, api)
					ctx, cancel, cause := interrupt(t.Context())
					defer cancel()
					err := call(ctx, c, test.op)
					if got := time.Since(synctestEpoch); test.after >= 0 && got != test.after {
						t.Errorf("got an end after %v, want %v", got, test.after)
					}
					sent := 0
					for _, s := range api.requests(test.op) {
						if s.Sent {
							sent++
						}
					}
					if sent != test.sent {
						t.Errorf("got %d requests sent, want %d", sent, test.sent)
					}
					if !test.wantErr {
						if err != nil {
							t.Errorf("got error %v, want none", err)
						}
						return
					}
					if !errors.Is(err, cause) {
						t.Errorf("got error %v, want it to be %v", err, cause)
					}
					if e := errorOf(t, err); e.OutcomeUnknown != test.unknown {
						t.Errorf("got outcome unknown %t, want %t", e.OutcomeUnknown, test.unknown)
					}
				})
			})
		}
	}
}

// A context that has ended before the call sends nothing.
func TestInterruptBefore(t *testing.T) {
	t.Parallel()

	for _, op := range []Operation{OpGenerateURL, OpGetResult, OpClearData} {
		for name, options := range map[string][]func(*Config){
			"minting":     nil,
			"given token": {givenToken},
			"ceiling":     {givenToken, func(cfg *Config) { cfg.RequestsPerSecond = 1 }},
		} {
			t.Run(name+"/"+string(op), func(t *testing.T) {
				t.Parallel()

				synctest.Test(t, func(t *testing.T) {
					api := &fakeAPI{}
					ctx, cancel := context.WithCancel(t.Context())
					cancel()
					err := call(ctx, newClient(t, api, options...), op)
					if !errors.Is(err, context.Canceled) {
						t.Errorf("got error %v, want context.Canceled", err)
					}
					if e := errorOf(t, err); e.Attempts != 0 {
						t.Errorf("got %d attempts, want none", e.Attempts)
					}
					api.wantCount(t, "", 0)
				})
			})
		}
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
			{Operation: OpGenerateToken, Number: 1, HTTPStatus: 502, Fault: "HTTP 502 Bad Gateway with a body that is not the API's JSON envelope"},
			{Operation: OpGenerateToken, Number: 2, HTTPStatus: 200, Code: "SUCCESS", TransactionID: id},
			{Operation: OpGenerateURL, Number: 1, HTTPStatus: 200, Code: "SERVICE_BUSY", TransactionID: id, Duration: 300 * time.Millisecond},
			{Operation: OpGenerateURL, Number: 2, Fault: "read tcp: connection reset by peer"},
			{Operation: OpGenerateURL, Number: 3, Fault: "no answer within the request time-out of 30s", Duration: 30 * time.Second},
			{Operation: OpGenerateURL, Number: 4, HTTPStatus: 200, Code: "SUCCESS", TransactionID: id},
		}
		if diff := cmp.Diff(want, told.list); diff != "" {
			t.Errorf("attempts (-want +got):\n%s", diff)
		}
	})
}

// echoing is an API that quotes all that it was sent, wherever it can.
type echoing struct {
	*fakeAPI
	op  Operation
	how func(said string) (reply, error)
}

func (e echoing) RoundTrip(req *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(req.URL.Path, "/"+string(e.op)) {
		return e.fakeAPI.RoundTrip(req)
	}
	var members map[string]any
	if err := json.NewDecoder(req.Body).Decode(&members); err != nil {
		return nil, err
	}
	// Whatever the request carried, the API knows the keys.
	said := strings.Join([]string{sampleAccessKey, sampleSecretKey, req.Header.Get("X-ACCESS-TOKEN")}, " ")
	for _, v := range members {
		if s, ok := v.(string); ok {
			said += " " + s
		}
	}
	rp, err := e.how(said)
	if err != nil {
		return nil, err
	}
	resp := rp.response(req)
	resp.Status = fmt.Sprintf("%d %s", resp.StatusCode, said)
	return resp, nil
}

func TestSecretsStayIn(t *testing.T) {
	t.Parallel()

	secrets := []string{
		sampleAccessKey, sampleSecretKey, "token-1", "https://app.example/return", "authorization=", "callback-secret", "user-4711",
		sign(sampleAccessKey, sampleSecretKey, synctestEpoch.UnixMilli())[:16],
	}
	envelope := func(field string) func(string) (reply, error) {
		return func(said string) (reply, error) {
			members := map[string]string{"code": "NEW_CODE", "message": "m", "transactionId": "t"}
			members[field] = said
			body, err := json.Marshal(members)
			return reply{body: string(body)}, err
		}
	}
	ways := map[string]func(string) (reply, error){
		"code":           envelope("code"),
		"message":        envelope("message"),
		"transaction id": envelope("transactionId"),
		"cut message": func(said string) (reply, error) {
			return envelope("message")(strings.Repeat("m", maxMessageLen-8) + said)
		},
		"HTML": func(said string) (reply, error) { return reply{status: 500, body: "<html>" + said}, nil },
		"redirect": func(said string) (reply, error) {
			return reply{status: 302, header: http.Header{"Location": {"https://elsewhere.example/?" + url.QueryEscape(said)}}}, nil
		},
		"redirect to nowhere": func(said string) (reply, error) {
			return reply{status: 302, header: http.Header{"Location": {"https://[" + said}}}, nil
		},
		"broken connection": func(said string) (reply, error) { return reply{}, errors.New("malformed HTTP response " + said) },
		"success without data": func(said string) (reply, error) {
			return reply{body: fmt.Sprintf(`{"code":"SUCCESS","message":%q,"data":[%q]}`, said, said)}, nil
		},
	}
	for way, how := range ways {
		for _, op := range []Operation{OpGenerateToken, OpGenerateURL, OpGetResult} {
			t.Run(way+"/"+string(op), func(t *testing.T) {
				t.Parallel()

				synctest.Test(t, func(t *testing.T) {
					told := &attempts{}
					c := newClient(t, echoing{&fakeAPI{}, op, how}, watch(told))
					err := call(t.Context(), c, op)
					if err == nil {
						t.Fatal("got no error, want one to look at")
					}
					texts := []string{err.Error(), fmt.Sprintf("%+v", err)}
					for e := err; e != nil; e = errors.Unwrap(e) {
						texts = append(texts, fmt.Sprintf("%+v", e))
						if e, ok := e.(*Error); ok { //nolint:errorlint // Each error of the chain is looked at.
							texts = append(texts, e.Code, e.Message, e.TransactionID)
						}
					}
					if len(told.list) == 0 {
						t.Error("got no attempts, want to be told of them")
					}
					for _, a := range told.list {
						texts = append(texts, fmt.Sprintf("%+v", a))
					}
					for _, text := range texts {
						for _, secret := range secrets {
							if strings.Contains(text, secret) {
								t.Errorf("got %q in %q", secret, text)
							}
						}
					}
				})
			})
		}
	}
}

func TestRequestOnTheWire(t *testing.T) {
	t.Parallel()

	const business = "https://api.example/intl/openapi/identity-risk/idvs-h5/ekyc/v1/"
	minimal := SessionRequest{ReturnURL: "https://a.example/ok?x=1&y=2", FailReturnURL: "myapp://fail", BizID: "b", UserID: "u", Region: "PHL"}
	full := minimal
	full.CallbackURL = new("https://a.example/cb")
	full.Language = new("en-US")
	full.PrefersColorScheme = new("dark")
	full.BizCode = new("WhiteCard")
	full.IframeEnabled = new(false)
	full.ProductLevel = new("PRO")
	full.LivenessType = new("login")

	tests := []struct {
		name string
		op   Operation
		call func(context.Context, *Client) error
		url  string
		body string // "" for none
	}{
		{
			"generate-token", OpGenerateToken,
			func(ctx context.Context, c *Client) error { return call(ctx, c, OpGetResult) },
			"https://api.example/openapi/auth/ticket/v1/generate-token",
			fmt.Sprintf(`{"accessKey":"sampleaccesskey","periodSecond":3600,"signature":%q,"timestamp":946684800000}`,
				sign(sampleAccessKey, sampleSecretKey, 946684800000)),
		},
		{
			"generate-url", OpGenerateURL,
			func(ctx context.Context, c *Client) error { _, err := c.GenerateURL(ctx, minimal); return err },
			business + "generate-liveness-detection-url",
			`{"returnUrl":"https://a.example/ok?x=1&y=2","failReturnUrl":"myapp://fail","bizId":"b","userId":"u","region":"PHL"}`,
		},
		{
			"generate-url with all fields", OpGenerateURL,
			func(ctx context.Context, c *Client) error { _, err := c.GenerateURL(ctx, full); return err },
			business + "generate-liveness-detection-url",
			`{"returnUrl":"https://a.example/ok?x=1&y=2","failReturnUrl":"myapp://fail","bizId":"b","userId":"u","region":"PHL",
			  "callbackUrl":"https://a.example/cb","language":"en-US","prefersColorScheme":"dark","bizCode":"WhiteCard",
			  "iframeEnabled":false,"productLevel":"PRO","livenessType":"login"}`,
		},
		{
			"get-result", OpGetResult,
			func(ctx context.Context, c *Client) error { _, err := c.GetResult(ctx, "ed8b", ""); return err },
			business + "get-result", `{"signatureId":"ed8b"}`,
		},
		{
			"get-result with images", OpGetResult,
			func(ctx context.Context, c *Client) error {
				_, err := c.GetResult(ctx, "ed8b", ImageBase64)
				return err
			},
			business + "get-result", `{"signatureId":"ed8b","returnImageType":"BASE64"}`,
		},
		{
			"clear-data", OpClearData,
			func(ctx context.Context, c *Client) error { _, err := c.ClearData(ctx, "ed8b21c0c87ad617"); return err },
			business + "clear-data?signatureId=ed8b21c0c87ad617", "",
		},
		{
			"clear-data of an odd id", OpClearData,
			func(ctx context.Context, c *Client) error { _, err := c.ClearData(ctx, "a b&c=d/é#%?"); return err },
			business + "clear-data?signatureId=a+b%26c%3Dd%2F%C3%A9%23%25%3F", "",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			synctest.Test(t, func(t *testing.T) {
				api := &fakeAPI{script: map[Operation][]reply{OpGenerateURL: {succeed(madeSession)}}}
				if err := test.call(t.Context(), newClient(t, api)); err != nil {
					t.Fatal(err)
				}
				requests := api.requests(test.op)
				if len(requests) != 1 {
					t.Fatalf("got %d requests, want 1", len(requests))
				}
				got := requests[0]
				if got.Method != http.MethodPost || got.URL != test.url {
					t.Errorf("got %s %s, want POST %s", got.Method, got.URL, test.url)
				}
				header := http.Header{"Accept": {"application/json"}, "User-Agent": {"tests/1"}}
				if test.op != OpGenerateToken {
					header.Set("X-ACCESS-TOKEN", "token-1")
				}
				if test.body != "" {
					header.Set("Content-Type", "application/json")
				}
				if diff := cmp.Diff(header, got.Header); diff != "" {
					t.Errorf("header (-want +got):\n%s", diff)
				}
				if got.ContentLength != int64(len(got.Body)) {
					t.Errorf("got content length %d of %d bytes", got.ContentLength, len(got.Body))
				}
				wantJSON(t, got.Body, test.body)
				if strings.Contains(got.Body, "null") {
					t.Errorf("got a null in %s", got.Body)
				}
				if strings.Contains(got.Body, sampleSecretKey) {
					t.Error("got the secret key on the wire")
				}
			})
		})
	}
}

// wantJSON compares a body by its values, numbers as they are written.
func wantJSON(t *testing.T, got, want string) {
	t.Helper()
	if want == "" {
		if got != "" {
			t.Errorf("got body %s, want none", got)
		}
		return
	}
	decode := func(s string) any {
		var v any
		d := json.NewDecoder(strings.NewReader(s))
		d.UseNumber()
		if err := d.Decode(&v); err != nil {
			t.Fatalf("decoding %s: %v", s, err)
		}
		return v
	}
	if diff := cmp.Diff(decode(want), decode(got)); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

func TestGatewayPath(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name            string
		endpoint, token string
		want            []string
	}{
		{"without a path", "https://api.example", "", []string{
			"https://api.example/openapi/auth/ticket/v1/generate-token",
			"https://api.example/intl/openapi/identity-risk/idvs-h5/ekyc/v1/get-result",
		}},
		{"with a slash", "https://api.example/", "", []string{
			"https://api.example/openapi/auth/ticket/v1/generate-token",
			"https://api.example/intl/openapi/identity-risk/idvs-h5/ekyc/v1/get-result",
		}},
		{"behind a gateway", "http://localhost:8080/gateway/a%2Fb/", "", []string{
			"http://localhost:8080/gateway/a%2Fb/openapi/auth/ticket/v1/generate-token",
			"http://localhost:8080/gateway/a%2Fb/intl/openapi/identity-risk/idvs-h5/ekyc/v1/get-result",
		}},
		{"tokens from elsewhere", "https://vn-api.example/business", "https://api.example/tokens/", []string{
			"https://api.example/tokens/openapi/auth/ticket/v1/generate-token",
			"https://vn-api.example/business/intl/openapi/identity-risk/idvs-h5/ekyc/v1/get-result",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			synctest.Test(t, func(t *testing.T) {
				api := &fakeAPI{}
				c := newClient(t, api, func(cfg *Config) { cfg.Endpoint, cfg.TokenEndpoint = test.endpoint, test.token })
				if err := call(t.Context(), c, OpGetResult); err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, s := range api.requests("") {
					got = append(got, s.URL)
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("URLs (-want +got):\n%s", diff)
				}
				if want := strings.TrimRight(test.endpoint, "/"); c.Endpoint() != want {
					t.Errorf("got endpoint %q, want %q", c.Endpoint(), want)
				}
			})
		})
	}
}

func TestNew(t *testing.T) {
	t.Parallel()

	good := Config{Endpoint: DefaultEndpoint, RequestTimeout: time.Second}
	tests := []struct {
		name   string
		change func(*Config)
		want   string // "" for none
	}{
		{"good", func(*Config) {}, ""},
		{"no endpoint", func(cfg *Config) { cfg.Endpoint = "" }, "the endpoint is not an absolute URL"},
		{"host alone", func(cfg *Config) { cfg.Endpoint = "api.example" }, "the endpoint is not an absolute URL"},
		{"no scheme", func(cfg *Config) { cfg.Endpoint = "//api.example" }, "the endpoint is not an absolute URL"},
		{"no host", func(cfg *Config) { cfg.Endpoint = "https:///path" }, "the endpoint is not an absolute URL"},
		{"no URL", func(cfg *Config) { cfg.Endpoint = "https://[" }, "the endpoint is not an absolute URL"},
		{"token endpoint", func(cfg *Config) { cfg.TokenEndpoint = "tokens" }, "the endpoint is not an absolute URL"},
		{"no time-out", func(cfg *Config) { cfg.RequestTimeout = 0 }, "the request time-out must be above zero"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			cfg := good
			test.change(&cfg)
			_, err := New(cfg)
			switch {
			case test.want == "" && err != nil:
				t.Errorf("got error %v, want none", err)
			case test.want != "" && (err == nil || err.Error() != test.want):
				t.Errorf("got error %v, want %q", err, test.want)
			}
		})
	}
}
