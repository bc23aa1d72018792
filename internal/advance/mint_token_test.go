package advance

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// issue is a call of MintToken and what it returned.
type issue struct {
	value     string
	expiresAt time.Time
}

func mintToken(t *testing.T, c *Client, period time.Duration) issue {
	t.Helper()
	value, expiresAt, err := c.MintToken(t.Context(), period)
	if err != nil {
		t.Fatal(err)
	}
	return issue{value, expiresAt}
}

// One token is minted for the client's own calls, and one for each period.
func TestMintToken_oncePerPeriod(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		api := &fakeAPI{script: map[Operation][]reply{OpGenerateToken: slowTokens("a", "b", "c")}}
		c := newClient(t, api) // its own period is an hour
		periods := []time.Duration{0, time.Hour, 10 * time.Minute}
		issues := make([]issue, 30)
		errs := inParallel(60, func(i int) (err error) {
			if i < len(issues) {
				issues[i].value, issues[i].expiresAt, err = c.MintToken(t.Context(), periods[i%len(periods)])
				return err
			}
			return call(t.Context(), c, OpGetResult)
		})
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		api.wantCount(t, OpGenerateToken, 3)
		sent := map[string]int{}
		for _, r := range api.requests(OpGenerateToken) {
			for _, seconds := range []string{"3600", "600"} {
				if strings.Contains(r.Body, `"periodSecond":`+seconds) {
					sent[seconds]++
				}
			}
		}
		if sent["3600"] != 2 || sent["600"] != 1 {
			t.Errorf("got tokens of these periods: %v, want 2 of 3600 and 1 of 600", sent)
		}
		own := api.requests(OpGetResult)[0].Header.Get("X-ACCESS-TOKEN")
		for i, got := range issues {
			if want := issues[i%len(periods)]; got != want {
				t.Errorf("call %d: got %v, want %v", i, got, want)
			}
			if got.value == own {
				t.Errorf("call %d: got the client's own token", i)
			}
		}
		if issues[0] != issues[1] || issues[0].value == issues[2].value {
			t.Errorf("got %v for no period, %v for an hour and %v for 10 minutes", issues[0], issues[1], issues[2])
		}
	})
}

// A token is handed out again until the margin before its expiry.
func TestMintToken_enoughLifeLeft(t *testing.T) {
	t.Parallel()

	for period, last := range map[time.Duration]time.Duration{
		time.Hour:   59 * time.Minute,
		time.Minute: 54 * time.Second,
	} {
		t.Run(period.String(), func(t *testing.T) {
			t.Parallel()

			synctest.Test(t, func(t *testing.T) {
				api := &fakeAPI{script: map[Operation][]reply{OpGenerateToken: {succeed(`{"token":"a"}`), succeed(`{"token":"b"}`)}}}
				c := newClient(t, api)
				first := issue{"a", time.Now().Add(period)}
				if got := mintToken(t, c, period); got != first {
					t.Errorf("got %v, want %v", got, first)
				}
				time.Sleep(last - time.Millisecond)
				if got := mintToken(t, c, period); got != first {
					t.Errorf("got %v just before the margin, want %v", got, first)
				}
				time.Sleep(time.Millisecond)
				if got, want := mintToken(t, c, period), (issue{"b", time.Now().Add(period)}); got != want {
					t.Errorf("got %v in the margin, want %v", got, want)
				}
			})
		})
	}
}

func TestMintToken_errors(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name    string
		options []func(*Config)
		want    string
		wantIs  error
		mints   int
	}{
		{"a given token", []func(*Config){givenToken}, "generate-token: " + ErrNoKeyPair.Error(), ErrNoKeyPair, 0},
		{"a refusal", nil, "ACCOUNT_DISABLED", nil, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			api := &fakeAPI{script: map[Operation][]reply{OpGenerateToken: {refuse(CodeAccountDisabled, "Account Disabled")}}}
			c := newClient(t, api, test.options...)
			value, _, err := c.MintToken(t.Context(), time.Hour)
			e := errorOf(t, err)
			if value != "" || e.Operation != OpGenerateToken || !strings.Contains(e.Error(), test.want) {
				t.Errorf("got token %q, error %q, want an error with %q", value, e, test.want)
			}
			if test.wantIs != nil && !errors.Is(err, test.wantIs) {
				t.Errorf("got error %v, want it to be %v", err, test.wantIs)
			}
			api.wantCount(t, OpGenerateToken, test.mints)
			if strings.Contains(fmt.Sprint(err), "given-token") {
				t.Errorf("the error shows the token: %v", err)
			}
		})
	}
}
