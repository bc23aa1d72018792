package advance

import (
	"fmt"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// dated adds the Date of a clock that is off by the given time.
func dated(rp reply, off time.Duration) reply {
	rp.header = http.Header{"Date": {time.Now().Add(off).UTC().Format(http.TimeFormat)}}
	return rp
}

func TestNow(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name  string
		reply func(off time.Duration) reply
		off   time.Duration
		want  time.Duration
	}{
		{"ahead", func(off time.Duration) reply { return dated(succeed("null"), off) }, 2 * time.Hour, 2 * time.Hour},
		{"behind", func(off time.Duration) reply { return dated(succeed("null"), off) }, -2 * time.Hour, -2 * time.Hour},
		{"a little off", func(off time.Duration) reply { return dated(succeed("null"), off) }, 5 * time.Second, 0},
		{"a little behind", func(off time.Duration) reply { return dated(succeed("null"), off) }, -5 * time.Second, 0},
		{"more than a little off", func(off time.Duration) reply { return dated(succeed("null"), off) }, 6 * time.Second, 6 * time.Second},
		{"refusal", func(off time.Duration) reply { return dated(refuse("REGION_WRONG", ""), off) }, time.Hour, time.Hour},
		{"not of the API", func(off time.Duration) reply { return dated(reply{status: 404}, off) }, time.Hour, 0},
		{"no date", func(time.Duration) reply { return succeed("null") }, 0, 0},
		{"body that takes long", func(off time.Duration) reply {
			rp := dated(succeed("null"), off)
			rp.stream = slowReader{20 * time.Second, rp.body}
			return rp
		}, 0, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			synctest.Test(t, func(t *testing.T) {
				api := &fakeAPI{script: map[Operation][]reply{OpGetResult: {test.reply(test.off)}}}
				c := newClient(t, api, givenToken)
				_ = call(t.Context(), c, OpGetResult)
				if got := time.Until(c.Now()); got != test.want {
					t.Errorf("got the API's clock off by %v, want %v", got, test.want)
				}
			})
		})
	}
}

// slowReader reads its text after a while.
type slowReader struct {
	after time.Duration
	text  string
}

func (r slowReader) Read(p []byte) (int, error) {
	time.Sleep(r.after)
	return copy(p, r.text), io.EOF
}

// The clock of the last response counts.
func TestNow_lastResponse(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		api := &fakeAPI{script: map[Operation][]reply{OpGetResult: {dated(succeed("null"), time.Hour), succeed("null"), dated(succeed("null"), 0)}}}
		c := newClient(t, api, givenToken)
		for i, want := range []time.Duration{time.Hour, time.Hour, 0} {
			if err := call(t.Context(), c, OpGetResult); err != nil {
				t.Fatal(err)
			}
			if got := time.Until(c.Now()); got != want {
				t.Errorf("call %d: got the API's clock off by %v, want %v", i+1, got, want)
			}
		}
	})
}

// A token is renewed, and a link expires, by the API's clock.
func TestNow_judgesExpiry(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		const off = 2 * time.Hour
		mint := func(n int) reply {
			return dated(tokenReply(fmt.Sprint("token-", n), time.Now().Add(off+time.Hour)), off)
		}
		api := &fakeAPI{script: map[Operation][]reply{OpGenerateToken: {mint(1), mint(2)}, OpGenerateURL: {succeed(madeSession)}}}
		c := newClient(t, api)
		for _, step := range []struct {
			wait  time.Duration
			mints int
		}{{0, 1}, {58 * time.Minute, 1}, {2 * time.Minute, 2}} {
			time.Sleep(step.wait)
			s, err := c.GenerateURL(t.Context(), sampleRequest())
			if err != nil {
				t.Fatal(err)
			}
			if want := time.Now().Add(off + LinkLifetime); step.mints == 1 && !s.ExpiresAt.Equal(want) {
				t.Errorf("got an expiry at %v, want %v", s.ExpiresAt, want)
			}
			api.wantCount(t, OpGenerateToken, step.mints)
		}
	})
}
