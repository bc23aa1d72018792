package advance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// slowTokens lets each mint take a second.
func slowTokens(values ...string) []reply {
	var replies []reply
	for _, v := range values {
		rp := succeed(fmt.Sprintf(`{"token":%q}`, v))
		rp.think = time.Second
		replies = append(replies, rp)
	}
	return replies
}

func TestToken_mintedOnce(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		api := &fakeAPI{script: map[Operation][]reply{OpGenerateToken: slowTokens("the-token", "another")}}
		c := newClient(t, api)
		for i, err := range inParallel(40, func(int) error { return call(t.Context(), c, OpGetResult) }) {
			if err != nil {
				t.Errorf("call %d: %v", i, err)
			}
		}
		api.wantCount(t, OpGenerateToken, 1)
		api.wantCount(t, OpGetResult, 40)
		for _, s := range api.requests(OpGetResult) {
			if got := s.Header.Get("X-ACCESS-TOKEN"); got != "the-token" {
				t.Errorf("got token %q, want the-token", got)
			}
		}
	})
}

func TestToken_renewedBeforeExpiry(t *testing.T) {
	t.Parallel()

	tests := []struct {
		period  time.Duration
		renewAt time.Duration
	}{
		{time.Hour, 59 * time.Minute},
		{5 * time.Minute, 4*time.Minute + 30*time.Second},
		{time.Minute, 54 * time.Second},
	}
	for _, test := range tests {
		t.Run(test.period.String(), func(t *testing.T) {
			t.Parallel()

			synctest.Test(t, func(t *testing.T) {
				api := &fakeAPI{script: map[Operation][]reply{OpGenerateToken: {
					tokenReply("token-1", time.Now().Add(test.period)),
					tokenReply("token-2", time.Now().Add(2*test.period)),
				}}}
				c := newClient(t, api, func(cfg *Config) { cfg.TokenPeriod = test.period })
				for _, at := range []time.Duration{0, test.renewAt - time.Millisecond, test.renewAt} {
					if err := sleep(t.Context(), at-time.Since(synctestEpoch)); err != nil {
						t.Fatal(err)
					}
					if err := call(t.Context(), c, OpGetResult); err != nil {
						t.Fatal(err)
					}
				}
				api.wantTimes(t, OpGenerateToken, 0, test.renewAt)
				want := []string{"token-1", "token-1", "token-2"}
				for i, s := range api.requests(OpGetResult) {
					if got := s.Header.Get("X-ACCESS-TOKEN"); got != want[i] {
						t.Errorf("call %d: got token %q, want %q", i+1, got, want[i])
					}
				}
			})
		})
	}
}

// A token whose life has passed once it is here is used for the call that
// waited for it: minting on and on would get nowhere.
func TestToken_expiredOnArrival(t *testing.T) {
	t.Parallel()

	mints := 0
	s := &tokenSource{now: time.Now, mint: func(context.Context) (token, error) {
		mints++
		return token{value: fmt.Sprintf("token-%d", mints), renewAt: time.Now()}, nil
	}}
	for _, want := range []string{"token-1", "token-2"} {
		if got, err := s.get(t.Context()); err != nil || got.value != want {
			t.Errorf("got token %q, %v, want %q", got.value, err, want)
		}
	}
}

// A pause that the API asked for can outlast a token that was valid before it.
func TestToken_renewedAfterWait(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		api := &fakeAPI{script: map[Operation][]reply{OpGetResult: {throttle("3600"), succeed("null")}}}
		c := newClient(t, api)
		if err := call(t.Context(), c, OpGetResult); err != nil {
			t.Fatal(err)
		}
		requests := api.requests("")
		if len(requests) != 4 {
			t.Fatalf("got %d requests, want 4", len(requests))
		}
		for i, op := range []Operation{OpGenerateToken, OpGetResult, OpGenerateToken, OpGetResult} {
			if requests[i].Operation != op {
				t.Errorf("request %d: got %s, want %s", i+1, requests[i].Operation, op)
			}
		}
		if got := requests[2].At; got < time.Hour || got > time.Hour+5*time.Second {
			t.Errorf("got the second mint after %v, want it just after an hour", got)
		}
		if got := requests[3].Header.Get("X-ACCESS-TOKEN"); got != "token-2" {
			t.Errorf("got token %q after the pause, want token-2", got)
		}
	})
}

func TestToken_rejected(t *testing.T) {
	t.Parallel()

	const keyUnknown = "Access Key not found or expired"
	tests := []struct {
		name      string
		replies   []reply
		options   []func(*Config)
		wantCalls int
		wantMints int
		wantErr   string // "" for none
		wantIs    error
	}{
		{
			name:      "renewed once",
			replies:   []reply{tokenExpired(), succeed(madeSession)},
			wantCalls: 2, wantMints: 2,
		},
		{
			name:      "renewed once even without retries",
			replies:   []reply{tokenExpired(), succeed(madeSession)},
			options:   []func(*Config){maxRetries(0)},
			wantCalls: 2, wantMints: 2,
		},
		{
			name:      "refused again",
			replies:   []reply{tokenExpired()},
			wantCalls: 2, wantMints: 2,
			wantErr: ": IAM_FAILED: Token not found or expired (transaction id 0123456789abcdef)",
		},
		{
			name:      "refused again later",
			replies:   []reply{tokenExpired(), throttle("1"), tokenExpired(), succeed(madeSession)},
			wantCalls: 3, wantMints: 2,
			wantErr: ": IAM_FAILED: Token not found or expired (transaction id 0123456789abcdef)",
		},
		{
			name:      "another refusal",
			replies:   []reply{refuse(CodeIAMFailed, keyUnknown)},
			wantCalls: 1, wantMints: 1,
			wantErr: ": IAM_FAILED: " + keyUnknown + " (transaction id 0123456789abcdef)",
		},
		{
			name:      "a given token",
			replies:   []reply{tokenExpired()},
			options:   []func(*Config){givenToken},
			wantCalls: 1, wantMints: 0,
			wantErr: ": IAM_FAILED: Token not found or expired: the access token was minted elsewhere and can't be renewed here (transaction id 0123456789abcdef)",
			wantIs:  ErrTokenNotRenewable,
		},
		{
			name:      "a given token, another refusal",
			replies:   []reply{refuse(CodeIAMFailed, keyUnknown)},
			options:   []func(*Config){givenToken},
			wantCalls: 1, wantMints: 0,
			wantErr: ": IAM_FAILED: " + keyUnknown + " (transaction id 0123456789abcdef)",
		},
	}
	for _, test := range tests {
		for _, op := range []Operation{OpGenerateURL, OpGetResult, OpClearData} {
			t.Run(fmt.Sprintf("%s/%s", test.name, op), func(t *testing.T) {
				t.Parallel()

				synctest.Test(t, func(t *testing.T) {
					api := &fakeAPI{script: map[Operation][]reply{op: test.replies}}
					c := newClient(t, api, test.options...)
					err := call(t.Context(), c, op)
					api.wantCount(t, op, test.wantCalls)
					api.wantCount(t, OpGenerateToken, test.wantMints)
					if test.wantErr == "" {
						if err != nil {
							t.Fatal(err)
						}
						return
					}
					e := errorOf(t, err)
					if got, want := e.Error(), string(op)+test.wantErr; got != want {
						t.Errorf("got error %q, want %q", got, want)
					}
					if e.Attempts != test.wantCalls {
						t.Errorf("got %d attempts in the error, want %d", e.Attempts, test.wantCalls)
					}
					if test.wantIs != nil && !errors.Is(err, test.wantIs) {
						t.Errorf("got error %v, want it to be %v", err, test.wantIs)
					}
				})
			})
		}
	}
}

// revoking is an API that forgets the first token, and says so to one call
// after the other.
type revoking struct {
	*fakeAPI
	refusals atomic.Int64
}

func (r *revoking) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := r.fakeAPI.RoundTrip(req)
	if err != nil || req.Header.Get("X-ACCESS-TOKEN") != "token-1" {
		return resp, err
	}
	if err := sleep(req.Context(), time.Duration(r.refusals.Add(1))*100*time.Millisecond); err != nil {
		return nil, err
	}
	return tokenExpired().response(req), nil
}

func TestToken_rejectedForAll(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		api := &fakeAPI{}
		c := newClient(t, &revoking{fakeAPI: api})
		for i, err := range inParallel(40, func(int) error { return call(t.Context(), c, OpClearData) }) {
			if err != nil {
				t.Errorf("call %d: %v", i, err)
			}
		}
		api.wantCount(t, OpGenerateToken, 2)
	})
}

func TestToken_leaderCanceled(t *testing.T) {
	t.Parallel()

	errUser := errors.New("the user pressed Ctrl-C")
	hanging, busy := reply{think: time.Hour}, throttle("60s")
	busy.think = time.Second // The others join in the meantime.
	tests := []struct {
		name string
		// leader returns the context of the operation that mints for all.
		leader   func(context.Context) (context.Context, context.CancelFunc)
		first    reply
		wantIs   error
		takeover time.Duration // when another mints
	}{
		{
			name: "interrupted",
			leader: func(ctx context.Context) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancelCause(ctx)
				time.AfterFunc(5*time.Second, func() { cancel(errUser) })
				return ctx, func() { cancel(nil) }
			},
			first:    hanging,
			wantIs:   errUser,
			takeover: 5 * time.Second,
		},
		{
			name: "timed out",
			leader: func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeout(ctx, 5*time.Second)
			},
			first:    hanging,
			wantIs:   context.DeadlineExceeded,
			takeover: 5 * time.Second,
		},
		{
			name: "cannot wait as long as the API asks",
			leader: func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeout(ctx, 5*time.Second)
			},
			first:    busy,
			takeover: 61 * time.Second,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			synctest.Test(t, func(t *testing.T) {
				api := &fakeAPI{script: map[Operation][]reply{OpGenerateToken: {test.first, succeed(`{"token":"t"}`)}}}
				c := newClient(t, api)
				leader, cancel := test.leader(t.Context())
				defer cancel()

				var first error
				var started sync.WaitGroup
				started.Go(func() { first = call(leader, c, OpGenerateURL) })
				synctest.Wait() // The leader mints for all.
				for i, err := range inParallel(10, func(int) error { return call(t.Context(), c, OpGetResult) }) {
					if err != nil {
						t.Errorf("call %d: %v", i, err)
					}
				}
				started.Wait()

				if e := errorOf(t, first); e.Attempts != 0 {
					t.Errorf("got %d attempts of the leader, want none", e.Attempts)
				}
				var late *RetryAfterError
				if test.wantIs != nil && !errors.Is(first, test.wantIs) {
					t.Errorf("got error %v of the leader, want it to be %v", first, test.wantIs)
				}
				if test.wantIs == nil && !errors.As(first, &late) {
					t.Errorf("got error %v of the leader, want a RetryAfterError", first)
				}
				api.wantTimes(t, OpGenerateToken, 0, test.takeover)
				api.wantCount(t, OpGetResult, 10)
				api.wantCount(t, OpGenerateURL, 0)
			})
		})
	}
}

// A caller that finds no token may come to mint only after another has.
func TestToken_refreshUsesNewToken(t *testing.T) {
	t.Parallel()

	s := &tokenSource{now: time.Now, mint: func(context.Context) (token, error) {
		return token{value: "token-1", renewAt: time.Now().Add(time.Hour)}, nil
	}}
	if _, err := s.get(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.mint = nil
	if got, err := s.refresh(t.Context()); err != nil || got.value != "token-1" {
		t.Errorf("got token %q, %v, want token-1", got.value, err)
	}
}
