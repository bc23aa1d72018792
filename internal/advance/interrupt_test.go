package advance

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// interruptions end the context of a caller after a second.
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
		// Once it is sent, generate-url completes, and is not retried.
		{
			"generate-url sent", OpGenerateURL,
			map[Operation][]reply{OpGenerateURL: {late(succeed(madeSession), 5*time.Second)}},
			false, false, 5 * time.Second, 1,
		},
		{
			"generate-url sent, no response", OpGenerateURL,
			map[Operation][]reply{OpGenerateURL: {{think: time.Hour}}},
			true, true, DefaultRequestTimeout, 1,
		},
		{
			"generate-url sent, response lost", OpGenerateURL,
			map[Operation][]reply{OpGenerateURL: {{think: 5 * time.Second, reset: errReset}}},
			true, true, 5 * time.Second, 1,
		},
		{
			"generate-url sent, throttled", OpGenerateURL,
			map[Operation][]reply{OpGenerateURL: {late(throttle("1"), 5*time.Second)}},
			true, false, 5 * time.Second, 1,
		},
		{
			"generate-url sent, token rejected", OpGenerateURL,
			map[Operation][]reply{OpGenerateURL: {late(tokenExpired(), 5*time.Second)}},
			true, false, 5 * time.Second, 1,
		},
		{
			"generate-url sent again", OpGenerateURL,
			map[Operation][]reply{OpGenerateURL: {throttle("0"), late(succeed(madeSession), 5*time.Second)}},
			false, false, -1, 2,
		},

		// Before that it ends immediately, as the other operations do always.
		{
			"generate-url before there is a connection", OpGenerateURL,
			map[Operation][]reply{OpGenerateURL: {{dial: 10 * time.Second}}},
			true, false, time.Second, 0,
		},
		{
			"get-result sent", OpGetResult,
			map[Operation][]reply{OpGetResult: {{think: 10 * time.Second}}},
			true, false, time.Second, 1,
		},
		{
			"clear-data sent", OpClearData,
			map[Operation][]reply{OpClearData: {{think: 10 * time.Second}}},
			true, false, time.Second, 1,
		},
		{
			"minting sent", OpGenerateURL,
			map[Operation][]reply{OpGenerateToken: {{think: 10 * time.Second}}},
			true, false, time.Second, 0,
		},
		{
			"waiting for the next try", OpClearData,
			map[Operation][]reply{OpClearData: {{think: 999 * time.Millisecond, status: 503, header: http.Header{"Retry-After": {"0"}}}, {status: 503, header: http.Header{"Retry-After": {"30"}}}}},
			true, false, time.Second, 2,
		},
		{
			"waiting for the limiter", OpGenerateURL,
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
func TestInterrupt_beforeCall(t *testing.T) {
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

// A request is sent from the first byte of its body on, unless its context has
// ended before.
func TestSendContext(t *testing.T) {
	t.Parallel()

	errUser := errors.New("the user pressed Ctrl-C")
	tests := []struct {
		name         string
		mustComplete bool
		readFirst    bool
		ended        func(cancel context.CancelCauseFunc)
		wantErr      error // of a read afterwards
		wantCause    error // of the attempt's context afterwards
		wantSent     bool
	}{
		{"nothing happens", true, false, func(context.CancelCauseFunc) {}, nil, nil, true},
		{"interrupt before", true, false, func(cancel context.CancelCauseFunc) { cancel(errUser) }, errUser, errUser, false},
		{"interrupt before, need not complete", false, false, func(cancel context.CancelCauseFunc) { cancel(errUser) }, errUser, errUser, false},
		{"interrupt after", true, true, func(cancel context.CancelCauseFunc) { cancel(errUser) }, nil, nil, true},
		{"interrupt after, need not complete", false, true, func(cancel context.CancelCauseFunc) { cancel(errUser) }, errUser, errUser, true},
		{"timeout before", true, false, func(context.CancelCauseFunc) { <-time.After(time.Minute) }, context.DeadlineExceeded, context.DeadlineExceeded, false},
		{"timeout after", true, true, func(context.CancelCauseFunc) { <-time.After(time.Minute) }, context.DeadlineExceeded, context.DeadlineExceeded, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			synctest.Test(t, func(t *testing.T) {
				caller, cancelCaller := context.WithCancelCause(t.Context())
				defer cancelCaller(nil)
				s, cancel := newSendContext(caller, time.Minute, test.mustComplete)
				defer cancel()
				if test.readFirst {
					if got, err := io.ReadAll(s.trackBody([]byte("body"))); err != nil || string(got) != "body" {
						t.Fatalf("got %q, %v, want the body", got, err)
					}
				}
				test.ended(cancelCaller)
				synctest.Wait()
				// net/http may read another one, to send it on another connection.
				if _, err := io.ReadAll(s.trackBody([]byte("body"))); !errors.Is(err, test.wantErr) {
					t.Errorf("got error %v of the read, want %v", err, test.wantErr)
				}
				if got := context.Cause(s.ctx); !errors.Is(got, test.wantCause) {
					t.Errorf("got cause %v of the attempt's end, want %v", got, test.wantCause)
				}
				if got := s.wasSent(); got != test.wantSent {
					t.Errorf("got sent %t, want %t", got, test.wantSent)
				}
			})
		})
	}
}
