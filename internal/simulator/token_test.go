package simulator

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

func TestToken_expires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newMemory(t, Config{}).login()
		first := h.token
		h.login()
		if first == h.token {
			t.Error("two tokens are the same")
		}
		h.token = first // Still good beside the second.
		made := h.generate(nil)
		time.Sleep(time.Hour - time.Millisecond)
		h.want(OpResult, resultBody(made.SignatureID), "SUCCESS", "OK")
		time.Sleep(time.Millisecond)
		h.want(OpResult, resultBody(made.SignatureID), "IAM_FAILED", messageTokenExpired)
		h.login().result(made.SignatureID)
		h.sim.RevokeTokens()
		h.want(OpResult, resultBody(made.SignatureID), "IAM_FAILED", messageTokenExpired)
	})
}

func TestToken_timestampWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newMemory(t, Config{})
		for distance, code := range map[time.Duration]string{
			300 * time.Second:          "SUCCESS",
			300_001 * time.Millisecond: "PARAMETER_ERROR",
		} {
			for _, at := range []time.Duration{distance, -distance} {
				if got := h.call(OpToken, tokenBody(time.Now().Add(at))); got.Code != code {
					t.Errorf("at %v: %s, want %s", at, got.Code, code)
				}
			}
		}
	})
}

func TestClock_skew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newMemory(t, Config{})
		h.sim.SetSkew(-10 * time.Minute)
		refused := h.want(OpToken, tokenBody(time.Now()), "PARAMETER_ERROR", messageTimestamp)
		date, err := http.ParseTime(refused.header.Get("Date"))
		if err != nil || !date.Equal(time.Now().Add(-10*time.Minute)) {
			t.Errorf("Date %v, %v", date, err)
		}
		got := h.want(OpToken, tokenBody(date), "SUCCESS", "OK")
		var data struct {
			Token       string
			ExpiredTime int64
		}
		unmarshal(t, got.Data, &data)
		if want := date.Add(time.Hour).UnixMilli(); data.ExpiredTime != want {
			t.Errorf("expiredTime %d, want %d", data.ExpiredTime, want)
		}
		h.token = data.Token
		made := h.generate(nil)
		if want := date.Add(time.Hour).UnixMilli(); made.ExpiredTime != want {
			t.Errorf("link's expiredTime %d, want %d", made.ExpiredTime, want)
		}
		if session, _ := h.sim.Session(made.SignatureID); !session.ExpiresAt.Equal(time.Now().Add(time.Hour)) {
			t.Errorf("expires at %v", session.ExpiresAt)
		}
		h.sim.SetSkew(10 * time.Minute) // Tokens and links live on.
		time.Sleep(time.Hour - time.Second)
		if got := h.result(made.SignatureID); got["errorCode"] != nil {
			t.Errorf("result: %v", got)
		}
	})
}
