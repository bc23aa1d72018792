package advance

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"path"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fakeAPI is an http.RoundTripper with scripted responses, in memory, so that it
// works in a testing/synctest bubble. It mints tokens ("token-1", "token-2" and so
// on, valid for an hour) unless the script has replies for generate-token.
type fakeAPI struct {
	// script has the replies to the requests of each operation, in order. The
	// last one is repeated.
	script map[Operation][]reply

	mu   sync.Mutex
	seen []seenRequest
}

// seenRequest is a request as it came to the transport.
type seenRequest struct {
	Operation     Operation
	At            time.Duration // since the first request of all
	Sent          bool          // false where no connection could be made
	Method        string
	URL           string
	Header        http.Header
	ContentLength int64
	Body          string

	began time.Time
}

// reply is one scripted response. The fields are in the order of events.
type reply struct {
	dial   time.Duration // until there is a connection
	refuse error         // no connection could be made
	think  time.Duration // from the last byte of the request to the response
	reset  error         // the connection broke before the response
	status int           // 0 is 200
	header http.Header
	body   string
	stream io.Reader // instead of body
	cut    bool      // the connection breaks after the body's last byte
}

func (f *fakeAPI) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	defer r.Body.Close()
	rp, n := f.begin(r)
	if err := sleep(r.Context(), rp.dial); err != nil {
		return nil, err
	}
	if rp.refuse != nil {
		return nil, rp.refuse
	}
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil {
		trace.WroteHeaders()
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	f.seen[n].Sent, f.seen[n].Body = true, string(body)
	f.mu.Unlock()
	if err := sleep(r.Context(), rp.think); err != nil {
		return nil, err
	}
	if rp.reset != nil {
		return nil, rp.reset
	}
	return rp.response(r), nil
}

// begin records a request and finds its reply.
func (f *fakeAPI) begin(r *http.Request) (reply, int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	op := Operation(path.Base(r.URL.Path))
	now := time.Now()
	first := now
	if len(f.seen) > 0 {
		first = f.seen[0].began
	}
	f.seen = append(f.seen, seenRequest{
		Operation:     op,
		At:            now.Sub(first),
		Method:        r.Method,
		URL:           r.URL.String(),
		Header:        r.Header.Clone(),
		ContentLength: r.ContentLength,
		began:         now,
	})
	nth := 0
	for _, s := range f.seen {
		if s.Operation == op {
			nth++
		}
	}
	replies := f.script[op]
	switch {
	case len(replies) > 0:
		return replies[min(nth, len(replies))-1], len(f.seen) - 1
	case op == OpGenerateToken:
		return tokenReply(fmt.Sprintf("token-%d", nth), now.Add(time.Hour)), len(f.seen) - 1
	default:
		return succeed("null"), len(f.seen) - 1
	}
}

func (rp reply) response(r *http.Request) *http.Response {
	resp := &http.Response{
		StatusCode: rp.status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        rp.header.Clone(),
		ContentLength: -1,
		Request:       r,
	}
	if resp.StatusCode == 0 {
		resp.StatusCode = http.StatusOK
	}
	if resp.Header == nil {
		resp.Header = http.Header{}
	}
	resp.Status = fmt.Sprintf("%d A Phrase of the Server", resp.StatusCode)
	stream := rp.stream
	if stream == nil {
		stream = strings.NewReader(rp.body)
	}
	if rp.cut {
		stream = io.MultiReader(stream, broken{})
	}
	resp.Body = io.NopCloser(stream)
	return resp
}

// broken reads as a connection that broke.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// requests returns the requests of one operation, or all of them for "".
func (f *fakeAPI) requests(op Operation) []seenRequest {
	f.mu.Lock()
	defer f.mu.Unlock()
	var of []seenRequest
	for _, s := range f.seen {
		if op == "" || s.Operation == op {
			of = append(of, s)
		}
	}
	return of
}

// wantTimes checks when the requests of an operation came, counted from the
// first request of all.
func (f *fakeAPI) wantTimes(t *testing.T, op Operation, want ...time.Duration) {
	t.Helper()
	var got []time.Duration
	for _, s := range f.requests(op) {
		got = append(got, s.At)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("times of the %s requests (-want +got):\n%s", op, diff)
	}
}

// wantWithin checks that all requests of an operation came in a stretch of
// time, counted from the first request of all.
func (f *fakeAPI) wantWithin(t *testing.T, op Operation, from, to time.Duration) {
	t.Helper()
	for i, s := range f.requests(op) {
		if s.At < from || s.At > to {
			t.Errorf("got %s request %d after %v, want it from %v to %v", op, i+1, s.At, from, to)
		}
	}
}

// wantCount checks how many requests of an operation came.
func (f *fakeAPI) wantCount(t *testing.T, op Operation, want int) {
	t.Helper()
	if got := len(f.requests(op)); got != want {
		t.Errorf("got %d %s requests, want %d", got, op, want)
	}
}

// envelopeOf returns the body of a response. data is JSON.
func envelopeOf(code, message, data string) string {
	return fmt.Sprintf(`{"code":%q,"message":%q,"data":%s,"extra":null,"transactionId":"0123456789abcdef","pricingStrategy":"FREE"}`,
		code, message, data)
}

func succeed(data string) reply {
	return reply{body: envelopeOf(CodeSuccess, "OK", data)}
}

func refuse(code, message string) reply {
	return reply{body: envelopeOf(code, message, "null")}
}

func tokenReply(value string, expires time.Time) reply {
	return succeed(fmt.Sprintf(`{"token":%q,"expiredTime":%d}`, value, expires.UnixMilli()))
}

// throttle returns SERVICE_BUSY, with a Retry-After unless it is empty.
func throttle(retryAfter string) reply {
	rp := refuse(CodeServiceBusy, "Rate limit is exceeded, please retry after the suggested time in HTTP Header.")
	if retryAfter != "" {
		rp.header = http.Header{"Retry-After": {retryAfter}}
	}
	return rp
}

func tokenExpired() reply {
	return refuse(CodeIAMFailed, "Token not found or expired")
}

const madeSession = `{"signatureId":"ed8b21c0c87ad617","url":"https://h5.example/idvs/?token=link-token&signatureId=ed8b21c0c87ad617"}`

var (
	errRefused = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	errReset   = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
)
