package advance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRetryAfter_kept(t *testing.T) {
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

// A delay beyond the deadline ends the operation immediately, and the error names
// both times.
func TestRetryAfter_pastDeadline(t *testing.T) {
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
						t.Errorf("got an end after %v, want it immediately", got)
					}
					api.wantCount(t, op, 1)
					var late *RetryAfterError
					if !errors.As(err, &late) {
						t.Fatalf("got error %v, want a RetryAfterError", err)
					}
					want := RetryAfterError{Until: synctestEpoch.Add(10 * time.Minute), Deadline: synctestEpoch.Add(2 * time.Minute)}
					if !late.Until.Equal(want.Until) || !late.Deadline.Equal(want.Deadline) {
						t.Errorf("got %+v, want %+v", *late, want)
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

func TestThrottling_blocksAllCalls(t *testing.T) {
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
				if err := sleep(t.Context(), time.Duration(i)*time.Second); err != nil {
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

func TestThrottling_sharedWithMint(t *testing.T) {
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

// A connection that was never made tells the limiter nothing: what follows
// takes the same time with such attempts and without. Calls that were served
// tell it that more is allowed.
func TestThrottling_whatCounts(t *testing.T) {
	t.Parallel()

	// after returns when 20 calls are sent that follow on a throttled one, which
	// follows on n calls with the given reply.
	after := func(t *testing.T, n int, before reply) (times []time.Duration) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			replies := append(slices.Repeat([]reply{before}, n), throttle("1s"), succeed("null"))
			api := &fakeAPI{script: map[Operation][]reply{OpGetResult: replies}}
			c := newClient(t, api, givenToken, maxRetries(0))
			for range n + 1 {
				_ = call(t.Context(), c, OpGetResult)
			}
			for _, err := range inParallel(20, func(int) error { return call(t.Context(), c, OpGetResult) }) {
				if err != nil {
					t.Error(err)
				}
			}
			for _, s := range api.requests(OpGetResult)[n+1:] {
				times = append(times, s.At)
			}
		})
		return times
	}
	alone := after(t, 0, reply{})
	if diff := cmp.Diff(alone, after(t, 100, reply{refuse: errRefused})); diff != "" {
		t.Errorf("times without (-) and with (+) refused connections:\n%s", diff)
	}
	for name, rp := range map[string]reply{"accepted": succeed("null"), "refused": refuse("REGION_WRONG", ""), "lost": {reset: errReset}} {
		if served := after(t, 100, rp); served[19] >= alone[19] {
			t.Errorf("after 100 %s calls: got the last call after %v, want it before %v", name, served[19], alone[19])
		}
	}
}

// A throttled call keeps its place before calls that come later.
func TestThrottling_order(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		api := &fakeAPI{script: map[Operation][]reply{OpGetResult: {throttle("2s"), succeed("null")}}}
		c := newClient(t, api, givenToken)
		for i, err := range inParallel(2, func(i int) error {
			time.Sleep(time.Duration(i) * time.Second)
			return call(t.Context(), c, []Operation{OpGetResult, OpClearData}[i])
		}) {
			if err != nil {
				t.Errorf("call %d: %v", i+1, err)
			}
		}
		var order []Operation
		for _, s := range api.requests("") {
			order = append(order, s.Operation)
		}
		if want := []Operation{OpGetResult, OpGetResult, OpClearData}; !slices.Equal(order, want) {
			t.Errorf("got requests %v, want %v", order, want)
		}
	})
}
