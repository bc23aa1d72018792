package advance

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// jwt returns a token with the given claims, as JSON.
func jwt(claims string) string {
	return "eyJhbGciOiJIUzUxMiJ9." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2ln"
}

// claimsOf returns the documented claims (API §3.3).
func claimsOf(customer, account string) string {
	return fmt.Sprintf(`{"iss":"h5_liveness","sub":%q,"aud":"WEB","iat":1,"exp":2}`,
		fmt.Sprintf(`{"customerId":%s,"accountId":%s,"realIp":"192.0.2.1"}`, customer, account))
}

func TestClaims(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name  string
		token string
		want  string // "" if they cannot be read
	}{
		{"documented", jwt(claimsOf(`"17"`, `"4"`)), "17 4"},
		{"numbers", jwt(claimsOf(`17`, `9007199254740993`)), "17 9007199254740993"},
		{"subject that is an object", jwt(`{"sub":{"customerId":17,"accountId":4}}`), "17 4"},
		{"padded", strings.Replace(jwt(`{"sub":{"customerId":17,"accountId":4}} `), ".c2ln", "==.c2ln", 1), "17 4"},
		{"without a signature", "e30." + base64.RawURLEncoding.EncodeToString([]byte(claimsOf("1", "2"))), "1 2"},

		{"no JWT", "given-token", ""},
		{"empty", "", ""},
		{"no base64", "a.!.b", ""},
		{"no JSON", "a.YQ.b", ""},
		{"no subject", jwt(`{"iss":"h5_liveness"}`), ""},
		{"subject that is a word", jwt(`{"sub":"17"}`), ""},
		{"subject that is null", jwt(`{"sub":null}`), ""},
		{"no customer", jwt(`{"sub":"{\"accountId\":4}"}`), ""},
		{"no account", jwt(`{"sub":"{\"customerId\":17}"}`), ""},
		{"empty account", jwt(claimsOf(`"17"`, `""`)), ""},
		{"null account", jwt(claimsOf(`"17"`, `null`)), ""},
		{"list as account", jwt(claimsOf(`"17"`, `["4"]`)), ""},
		{"two accounts", jwt(`{"sub":{"customerId":17,"accountId":4,"accountId":5}}`), ""},
		{"two subjects", jwt(`{"sub":{"customerId":17,"accountId":4},"sub":{"customerId":17,"accountId":4}}`), ""},
		{"another case", jwt(`{"sub":{"CustomerId":17,"AccountId":4}}`), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			customer, account, ok := claims(test.token)
			if got := strings.TrimSpace(customer + " " + account); ok != (test.want != "") || ok && got != test.want {
				t.Errorf("got %q, %t, want %q", got, ok, test.want)
			}
		})
	}
}

func TestAccount(t *testing.T) {
	t.Parallel()

	const none = "" // not known
	// The kinds of clients, by their credentials and the token that is minted.
	given := func(token string) (Credentials, string) { return Credentials{AccessToken: token}, "" }
	minted := func(key, token string) (Credentials, string) {
		return Credentials{AccessKey: key, SecretKey: "s"}, token
	}
	accountOf := func(t *testing.T, creds Credentials, token string) string {
		t.Helper()
		var got string
		synctest.Test(t, func(t *testing.T) {
			api := &fakeAPI{script: map[Operation][]reply{OpGenerateToken: {tokenReply(token, time.Now().Add(time.Hour))}}}
			c := newClient(t, api, func(cfg *Config) { cfg.Credentials = creds })
			if before := c.Account(); creds.AccessToken == "" && before != none {
				t.Errorf("got account %q before there is a token, want none", before)
			}
			if err := call(t.Context(), c, OpClearData); err != nil {
				t.Error(err)
			}
			got = c.Account()
		})
		return got
	}
	readable := func(f func(string) (Credentials, string), token string) string {
		creds, mint := f(token)
		return accountOf(t, creds, mint)
	}
	withKey := func(key string) func(string) (Credentials, string) {
		return func(token string) (Credentials, string) { return minted(key, token) }
	}
	a, b := jwt(claimsOf(`"17"`, `"4"`)), jwt(claimsOf(`"17"`, `"5"`))
	first := readable(withKey("key-1"), a)
	for name, test := range map[string]struct {
		got  string
		same bool
	}{
		"another key of the account":          {readable(withKey("key-2"), a), true},
		"a given token of the account":        {readable(given, a), true},
		"ids as numbers":                      {readable(given, jwt(claimsOf(`17`, `4`))), true},
		"another account of the customer":     {readable(withKey("key-1"), b), false},
		"the same account of another":         {readable(given, jwt(claimsOf(`"18"`, `"4"`))), false},
		"the ids joined":                      {readable(given, jwt(claimsOf(`"1"`, `"74"`))), false},
		"the key alone":                       {readable(withKey("key-1"), "opaque"), false},
		"a key that looks like claims":        {readable(withKey(`account "17" "4"`), "opaque"), false},
		"a given token that cannot be read":   {readable(given, "opaque"), false},
		"a key with claims that are the keys": {readable(given, jwt(claimsOf(`"key-1"`, `"key-1"`))), false},
	} {
		if (test.got == first) != test.same {
			t.Errorf("%s: got account %q beside %q, want the same %t", name, test.got, first, test.same)
		}
	}
	if len(first) != 16 {
		t.Errorf("got account %q, want 16 digits", first)
	}
	if got := readable(given, "opaque"); got != none {
		t.Errorf("got account %q of a given token that cannot be read, want none", got)
	}
	if got, want := readable(withKey("key-1"), "opaque"), readable(withKey("key-1"), "also-opaque"); got != want || got == none {
		t.Errorf("got accounts %q and %q of one key, want the same", got, want)
	}
}

// The account stays known while a rejected token is replaced.
func TestAccount_rejectedToken(t *testing.T) {
	t.Parallel()

	s := &tokenSource{now: time.Now, current: token{value: "a", renewAt: time.Now().Add(time.Hour)}}
	if err := s.discard("a"); err != nil {
		t.Fatal(err)
	}
	if _, ok := s.cached(); ok || s.last() != "a" {
		t.Errorf("got token %q, cached %t, want a token for its claims only", s.last(), ok)
	}
}

func FuzzClaims(f *testing.F) {
	for _, seed := range []string{"", "a", "a.b", "..", "a.e30.b", jwt(claimsOf("1", `"2"`)), jwt(`{"sub":{"customerId":1e5,"accountId":[]}}`), jwt(`{"sub":"{"}`)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		customer, account, ok := claims(token)
		if ok != (customer != "" && account != "") {
			t.Errorf("got %q, %q, %t", customer, account, ok)
		}
	})
}
