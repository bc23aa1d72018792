package advance

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
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
		{"documented", `{"token":"t","expiredTime":1642580192430}`, time.Hour, &token{"t", now.Add(time.Hour), now.Add(59 * time.Minute)}},
		{"a short life", `{"token":"t","expiredTime":1642576692430}`, 2 * time.Minute, &token{"t", now.Add(100 * time.Second), now.Add(90 * time.Second)}},
		{"expiry absent", `{"token":"t"}`, time.Hour, &token{"t", now.Add(time.Hour), now.Add(59 * time.Minute)}},
		{"expiry null", `{"token":"t","expiredTime":null}`, time.Hour, &token{"t", now.Add(time.Hour), now.Add(59 * time.Minute)}},
		{"expiry of another type", `{"token":"t","expiredTime":"soon"}`, time.Minute, &token{"t", now.Add(time.Minute), now.Add(54 * time.Second)}},
		{"expiry past", `{"token":"t","expiredTime":1642576592430}`, time.Minute, &token{"t", now.Add(time.Minute), now.Add(54 * time.Second)}},
		{"expiry negative", `{"token":"t","expiredTime":-9223372036854775808}`, time.Minute, &token{"t", now.Add(time.Minute), now.Add(54 * time.Second)}},
		{"expiry in seconds", `{"token":"t","expiredTime":1642580192}`, time.Hour, &token{"t", now.Add(time.Hour), now.Add(59 * time.Minute)}},
		{"expiry beyond the period", `{"token":"t","expiredTime":1642580192430}`, time.Minute, &token{"t", now.Add(time.Minute), now.Add(54 * time.Second)}},
		{"expiry beyond time", `{"token":"t","expiredTime":9223372036854775807}`, time.Hour, &token{"t", now.Add(time.Hour), now.Add(59 * time.Minute)}},
		{"other fields", `{"token":"t","type":{}}`, time.Hour, &token{"t", now.Add(time.Hour), now.Add(59 * time.Minute)}},

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
			if got.value != test.want.value || !got.expiresAt.Equal(test.want.expiresAt) || !got.renewAt.Equal(test.want.renewAt) {
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

func TestToken_mintFails(t *testing.T) {
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
		{"no token", succeed(`{}`), "SUCCESS: OK: reading the response: malformed response: it has no token (transaction id 0123456789abcdef)"},
		{"no data", succeed(`null`), "SUCCESS: OK: reading the response: malformed response: it has no data (transaction id 0123456789abcdef)"},
		{"data is no object", succeed(`[]`), "SUCCESS: OK: reading the response: malformed response: its data is not an object (transaction id 0123456789abcdef)"},
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

func TestToken_clockSkew(t *testing.T) {
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
		t.Run(fmt.Sprintf("corrected by %v", skew), func(t *testing.T) {
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
				if err := sleep(t.Context(), 59*time.Minute); err != nil {
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

	// The API may give a shorter life than was asked for.
	t.Run("short life by a clock ahead", func(t *testing.T) {
		t.Parallel()

		synctest.Test(t, func(t *testing.T) {
			const ahead = 2 * time.Hour
			api := &fakeAPI{script: map[Operation][]reply{OpGenerateToken: {
				timestampError(ahead),
				tokenReply("token-1", synctestEpoch.Add(ahead+10*time.Minute)),
				tokenReply("token-2", synctestEpoch.Add(ahead+time.Hour)),
			}}}
			c := newClient(t, api)
			for _, at := range []time.Duration{0, 9*time.Minute - time.Millisecond, 9 * time.Minute} {
				if err := sleep(t.Context(), at-time.Since(synctestEpoch)); err != nil {
					t.Fatal(err)
				}
				if err := call(t.Context(), c, OpGetResult); err != nil {
					t.Fatal(err)
				}
			}
			api.wantTimes(t, OpGenerateToken, 0, 0, 9*time.Minute)
		})
	})

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
