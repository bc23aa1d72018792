package advance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestSign(t *testing.T) {
	t.Parallel()

	// The vector of API §3.2.
	got := sign(sampleAccessKey, sampleSecretKey, 1665993522952)
	if want := "02209bbeaf0d0a3dd587f6a1ba22f84c98d142e3b545e77db7e4906ca56349f5"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestMargin(t *testing.T) {
	t.Parallel()

	tests := map[time.Duration]time.Duration{
		24 * time.Hour:   time.Minute,
		time.Hour:        time.Minute,
		10 * time.Minute: time.Minute,
		5 * time.Minute:  30 * time.Second,
		time.Minute:      6 * time.Second,
		0:                0,
	}
	for life, want := range tests {
		if got := margin(life); got != want {
			t.Errorf("margin(%v): got %v, want %v", life, got, want)
		}
	}
}

func TestDecodeToken(t *testing.T) {
	t.Parallel()

	now := time.UnixMilli(1642576592430)
	tests := []struct {
		name   string
		data   string
		period time.Duration
		want   *token // nil where it is malformed
	}{
		{"documented", `{"token":"t","expiredTime":1642580192430}`, time.Hour, &token{"t", now.Add(59 * time.Minute)}},
		{"a short life", `{"token":"t","expiredTime":1642576692430}`, 2 * time.Minute, &token{"t", now.Add(90 * time.Second)}},
		{"expiry absent", `{"token":"t"}`, time.Hour, &token{"t", now.Add(59 * time.Minute)}},
		{"expiry null", `{"token":"t","expiredTime":null}`, time.Hour, &token{"t", now.Add(59 * time.Minute)}},
		{"expiry of another type", `{"token":"t","expiredTime":"soon"}`, time.Minute, &token{"t", now.Add(54 * time.Second)}},
		{"expiry past", `{"token":"t","expiredTime":1642576592430}`, time.Minute, &token{"t", now.Add(54 * time.Second)}},
		{"expiry negative", `{"token":"t","expiredTime":-9223372036854775808}`, time.Minute, &token{"t", now.Add(54 * time.Second)}},
		{"expiry in seconds", `{"token":"t","expiredTime":1642580192}`, time.Hour, &token{"t", now.Add(59 * time.Minute)}},
		{"expiry beyond the period", `{"token":"t","expiredTime":1642580192430}`, time.Minute, &token{"t", now.Add(54 * time.Second)}},
		{"expiry beyond time", `{"token":"t","expiredTime":9223372036854775807}`, time.Hour, &token{"t", now.Add(59 * time.Minute)}},
		{"other fields", `{"token":"t","type":{}}`, time.Hour, &token{"t", now.Add(59 * time.Minute)}},

		{"no data", `null`, time.Hour, nil},
		{"array", `["t"]`, time.Hour, nil},
		{"no token", `{"expiredTime":1642580192430}`, time.Hour, nil},
		{"empty token", `{"token":""}`, time.Hour, nil},
		{"null token", `{"token":null}`, time.Hour, nil},
		{"number as token", `{"token":1}`, time.Hour, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			got, err := decodeToken(present(json.RawMessage(test.data)), now, test.period)
			if test.want == nil {
				if !errors.Is(err, ErrMalformed) {
					t.Errorf("got %+v, %v, want ErrMalformed", got, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got.value != test.want.value || !got.renewAt.Equal(test.want.renewAt) {
				t.Errorf("got %+v, want %+v", got, *test.want)
			}
		})
	}
}

func FuzzDecodeToken(f *testing.F) {
	for _, seed := range []string{
		``, `null`, `{}`, `[]`, `{"token":"t"}`, `{"token":"t","expiredTime":1642580192430}`,
		`{"token":"","expiredTime":1}`, `{"token":1}`, `{"token":"t","expiredTime":9223372036854775807}`,
		`{"token":"t","expiredTime":1642576592431}`, `{"token":"t","expiredTime":1e12}`,
	} {
		f.Add([]byte(seed), 3600)
	}
	now := time.UnixMilli(1642576592430)
	f.Fuzz(func(t *testing.T, data []byte, seconds int) {
		period := time.Duration(60+uint(seconds)%86341) * time.Second
		got, err := decodeToken(present(data), now, period)
		if err != nil {
			if !errors.Is(err, ErrMalformed) || got != (token{}) {
				t.Errorf("got %+v, %v, want no token and ErrMalformed", got, err)
			}
			return
		}
		if got.value == "" {
			t.Error("got an empty token without an error")
		}
		if !got.renewAt.After(now) || got.renewAt.After(now.Add(period-margin(period))) {
			t.Errorf("got a token to be renewed at %v, want a time after %v and before the end of its %v", got.renewAt, now, period)
		}
	})
}

// inParallel runs n calls at once and gives their errors.
func inParallel(n int, call func(i int) error) []error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = call(i) })
	}
	all.Wait()
	return errs
}

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

func TestTokenIsMintedOnceForAll(t *testing.T) {
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

func TestTokenIsRenewedBeforeItExpires(t *testing.T) {
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
					if err := wait(t.Context(), at-time.Since(synctestEpoch)); err != nil {
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

// synctestEpoch is when the clock of a bubble starts.
var synctestEpoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// A token whose life has passed once it is here is used for the call that
// waited for it: minting on and on would get nowhere.
func TestTokenOfNoLifeIsUsed(t *testing.T) {
	t.Parallel()

	mints := 0
	s := newTokenSource("", time.Now, func(context.Context) (token, error) {
		mints++
		return token{value: fmt.Sprintf("token-%d", mints), renewAt: time.Now()}, nil
	})
	for _, want := range []string{"token-1", "token-2"} {
		if got, err := s.get(t.Context()); err != nil || got != want {
			t.Errorf("got token %q, %v, want %q", got, err, want)
		}
	}
}

// A pause that the API asked for can outlast a token that was valid before it.
func TestTokenIsRenewedAfterAWait(t *testing.T) {
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

func TestRefusedToken(t *testing.T) {
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
	if err := wait(req.Context(), time.Duration(r.refusals.Add(1))*100*time.Millisecond); err != nil {
		return nil, err
	}
	return tokenExpired().response(req), nil
}

func TestRefusedTokenIsRenewedOnceForAll(t *testing.T) {
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

func TestMintFails(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name  string
		reply reply
		want  string
	}{
		{"refused", refuse("ACCOUNT_DISABLED", "Account Disabled"), "ACCOUNT_DISABLED: Account Disabled (transaction id 0123456789abcdef)"},
		{"key unknown", refuse(CodeIAMFailed, "Access Key not found"), "IAM_FAILED: Access Key not found (transaction id 0123456789abcdef)"},
		{"not a matter of a token", tokenExpired(), "IAM_FAILED: Token not found or expired (transaction id 0123456789abcdef)"},
		{"wrong signature", refuse(CodeParameterError, "Signature error"), "PARAMETER_ERROR: Signature error (transaction id 0123456789abcdef)"},
		{"no token", succeed(`{}`), "SUCCESS: OK: reading the answer: malformed answer: it has no token (transaction id 0123456789abcdef)"},
		{"no data", succeed(`null`), "SUCCESS: OK: reading the answer: malformed answer: it has no data (transaction id 0123456789abcdef)"},
		{"data is no object", succeed(`[]`), "SUCCESS: OK: reading the answer: malformed answer: its data is not an object (transaction id 0123456789abcdef)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			synctest.Test(t, func(t *testing.T) {
				test.reply.think = time.Second
				api := &fakeAPI{script: map[Operation][]reply{OpGenerateToken: {test.reply}}}
				c := newClient(t, api)
				for _, err := range inParallel(10, func(int) error { return call(t.Context(), c, OpGetResult) }) {
					e := errorOf(t, err)
					if got, want := e.Error(), "get-result: minting an access token: generate-token: "+test.want; got != want {
						t.Errorf("got error %q, want %q", got, want)
					}
					if e.Attempts != 0 || e.OutcomeUnknown {
						t.Errorf("got %d attempts, outcome unknown %t, want none and false", e.Attempts, e.OutcomeUnknown)
					}
					if inner := errorOf(t, e.Err); inner.HTTPStatus != http.StatusOK || inner.Attempts != 1 {
						t.Errorf("got HTTP status %d after %d attempts, want 200 after 1", inner.HTTPStatus, inner.Attempts)
					}
				}
				api.wantCount(t, OpGenerateToken, 1)
				api.wantCount(t, OpGetResult, 0)
			})
		})
	}
}

func TestAnotherTakesOverTheMint(t *testing.T) {
	t.Parallel()

	errUser := errors.New("the user pressed Ctrl-C")
	hanging, busy := reply{think: time.Hour}, throttle("60s")
	busy.think = time.Second // The others join in the meantime.
	tests := []struct {
		name string
		// impatient gives the context of the operation that comes first.
		impatient func(context.Context) (context.Context, context.CancelFunc)
		first     reply
		wantIs    error
		takeover  time.Duration // when another mints
	}{
		{
			name: "interrupted",
			impatient: func(ctx context.Context) (context.Context, context.CancelFunc) {
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
			impatient: func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeout(ctx, 5*time.Second)
			},
			first:    hanging,
			wantIs:   context.DeadlineExceeded,
			takeover: 5 * time.Second,
		},
		{
			name: "can't wait as long as the API asks",
			impatient: func(ctx context.Context) (context.Context, context.CancelFunc) {
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
				impatient, cancel := test.impatient(t.Context())
				defer cancel()

				var first error
				var started sync.WaitGroup
				started.Go(func() { first = call(impatient, c, OpGenerateURL) })
				synctest.Wait() // The impatient one mints for all.
				for i, err := range inParallel(10, func(int) error { return call(t.Context(), c, OpGetResult) }) {
					if err != nil {
						t.Errorf("call %d: %v", i, err)
					}
				}
				started.Wait()

				if e := errorOf(t, first); e.Attempts != 0 {
					t.Errorf("got %d attempts of the impatient one, want none", e.Attempts)
				}
				var patience *RetryAfterError
				if test.wantIs != nil && !errors.Is(first, test.wantIs) {
					t.Errorf("got error %v of the impatient one, want it to be %v", first, test.wantIs)
				}
				if test.wantIs == nil && !errors.As(first, &patience) {
					t.Errorf("got error %v of the impatient one, want a RetryAfterError", first)
				}
				api.wantTimes(t, OpGenerateToken, 0, test.takeover)
				api.wantCount(t, OpGetResult, 10)
				api.wantCount(t, OpGenerateURL, 0)
			})
		})
	}
}

func TestTimestampError(t *testing.T) {
	t.Parallel()

	timestampError := func(skew time.Duration) reply {
		rp := refuse(CodeParameterError, "Timestamp error")
		rp.header = http.Header{"Date": {synctestEpoch.Add(skew).Format(http.TimeFormat)}}
		return rp
	}
	timestamps := func(t *testing.T, api *fakeAPI) []time.Duration {
		t.Helper()
		var offs []time.Duration
		for _, s := range api.requests(OpGenerateToken) {
			var body struct {
				Timestamp int64  `json:"timestamp"`
				Signature string `json:"signature"`
			}
			if err := json.Unmarshal([]byte(s.Body), &body); err != nil {
				t.Fatal(err)
			}
			if want := sign(sampleAccessKey, sampleSecretKey, body.Timestamp); body.Signature != want {
				t.Errorf("got signature %s, want %s", body.Signature, want)
			}
			offs = append(offs, time.UnixMilli(body.Timestamp).Sub(s.began))
		}
		return offs
	}

	for _, skew := range []time.Duration{2 * time.Hour, -30 * 24 * time.Hour} {
		t.Run(fmt.Sprintf("mended by %v", skew), func(t *testing.T) {
			t.Parallel()

			synctest.Test(t, func(t *testing.T) {
				api := &fakeAPI{script: map[Operation][]reply{OpGenerateToken: {
					timestampError(skew),
					tokenReply("token-1", synctestEpoch.Add(skew+time.Hour)),
					tokenReply("token-2", synctestEpoch.Add(skew+2*time.Hour)),
				}, OpGenerateURL: {succeed(madeSession)}}}
				c := newClient(t, api, maxRetries(0))
				s, err := c.GenerateURL(t.Context(), sampleRequest())
				if err != nil {
					t.Fatal(err)
				}
				if want := synctestEpoch.Add(skew + LinkLifetime); !s.ExpiresAt.Equal(want) {
					t.Errorf("got a link that expires at %v, want %v on the API's clock", s.ExpiresAt, want)
				}
				// The token is renewed on the API's clock, and its mint is
				// signed with the API's time.
				if err := wait(t.Context(), 59*time.Minute); err != nil {
					t.Fatal(err)
				}
				if err := call(t.Context(), c, OpGetResult); err != nil {
					t.Fatal(err)
				}
				api.wantTimes(t, OpGenerateToken, 0, 0, 59*time.Minute)
				for i, got := range timestamps(t, api) {
					if want := map[bool]time.Duration{true: 0, false: skew}[i == 0]; got != want {
						t.Errorf("mint %d: got a timestamp off by %v, want %v", i+1, got, want)
					}
				}
			})
		})
	}

	failures := []struct {
		name      string
		replies   []reply
		wantMints int
		wantErr   string
	}{
		{
			"refused again", []reply{timestampError(time.Hour), timestampError(time.Hour), tokenReply("t", synctestEpoch)},
			2, "PARAMETER_ERROR: Timestamp error (transaction id 0123456789abcdef)",
		},
		{
			"without a Date", []reply{refuse(CodeParameterError, "Timestamp error"), tokenReply("t", synctestEpoch)},
			1, "PARAMETER_ERROR: Timestamp error: the API refused the time on this machine's clock and did not tell its own (transaction id 0123456789abcdef)",
		},
		{
			"with a Date that is none",
			[]reply{{header: http.Header{"Date": {"today"}}, body: envelopeOf(CodeParameterError, "Timestamp error", "null")}, tokenReply("t", synctestEpoch)},
			1, "PARAMETER_ERROR: Timestamp error: the API refused the time on this machine's clock and did not tell its own (transaction id 0123456789abcdef)",
		},
	}
	for _, test := range failures {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			synctest.Test(t, func(t *testing.T) {
				api := &fakeAPI{script: map[Operation][]reply{OpGenerateToken: test.replies}}
				err := call(t.Context(), newClient(t, api), OpGetResult)
				if err == nil || !strings.HasSuffix(err.Error(), "generate-token: "+test.wantErr) {
					t.Errorf("got error %v, want one that ends in %q", err, test.wantErr)
				}
				api.wantCount(t, OpGenerateToken, test.wantMints)
				api.wantCount(t, OpGetResult, 0)
			})
		})
	}
}
