package simulator

import (
	"maps"
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

func TestToken_signatureVector(t *testing.T) {
	t.Parallel()
	const want = "02209bbeaf0d0a3dd587f6a1ba22f84c98d142e3b545e77db7e4906ca56349f5"
	if got := signature("sampleaccesskey", "samplesecretkey", "1665993522952"); got != want {
		t.Errorf("signature = %s, want %s", got, want)
	}
}

func TestToken_checks(t *testing.T) {
	t.Parallel()
	now := time.Now()
	h := newMemory(t, Config{})
	body := func(at time.Time, changes map[string]any) string {
		timestamp := strconv.FormatInt(at.UnixMilli(), 10)
		fields := map[string]any{
			"accessKey": DefaultAccessKey,
			"timestamp": timestamp,
			"signature": signature(DefaultAccessKey, DefaultSecretKey, timestamp),
		}
		maps.Copy(fields, changes)
		return encode(fields)
	}
	for name, test := range map[string]struct{ body, code, message string }{
		"text":             {body(now, nil), "SUCCESS", "OK"},
		"number":           {body(now, map[string]any{"timestamp": now.UnixMilli()}), "SUCCESS", "OK"},
		"period number":    {body(now, map[string]any{"periodSecond": 60}), "SUCCESS", "OK"},
		"period text":      {body(now, map[string]any{"periodSecond": "86400"}), "SUCCESS", "OK"},
		"period short":     {body(now, map[string]any{"periodSecond": 59}), "PARAMETER_ERROR", messageParameter},
		"period long":      {body(now, map[string]any{"periodSecond": "86401"}), "PARAMETER_ERROR", messageParameter},
		"period fraction":  {body(now, map[string]any{"periodSecond": 60.5}), "PARAMETER_ERROR", messageParameter},
		"period bool":      {body(now, map[string]any{"periodSecond": true}), "CLIENT_ERROR", messageBadRequest},
		"no access key":    {body(now, map[string]any{"accessKey": ""}), "PARAMETER_ERROR", messageEmpty},
		"no timestamp":     {body(now, map[string]any{"timestamp": ""}), "PARAMETER_ERROR", messageEmpty},
		"no signature":     {body(now, map[string]any{"signature": ""}), "PARAMETER_ERROR", messageEmpty},
		"nothing":          {"{}", "PARAMETER_ERROR", messageEmpty},
		"unknown key":      {body(now, map[string]any{"accessKey": "other"}), "IAM_FAILED", messageKeyNotFound},
		"wrong signature":  {body(now, map[string]any{"signature": "00"}), "PARAMETER_ERROR", messageSignature},
		"early":            {body(now.Add(-290*time.Second), nil), "SUCCESS", "OK"},
		"late":             {body(now.Add(290*time.Second), nil), "SUCCESS", "OK"},
		"too early":        {body(now.Add(-310*time.Second), nil), "PARAMETER_ERROR", messageTimestamp},
		"too late":         {body(now.Add(310*time.Second), nil), "PARAMETER_ERROR", messageTimestamp},
		"seconds":          {body(time.UnixMilli(now.Unix()), nil), "PARAMETER_ERROR", messageTimestamp},
		"timestamp word":   {body(now, map[string]any{"timestamp": "now"}), "PARAMETER_ERROR", messageTimestamp},
		"timestamp signed": {body(now, map[string]any{"timestamp": "+1"}), "PARAMETER_ERROR", messageTimestamp},
		"timestamp bool":   {body(now, map[string]any{"timestamp": true}), "CLIENT_ERROR", messageBadRequest},
		"null signature":   {body(now, map[string]any{"signature": nil}), "CLIENT_ERROR", messageBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			got := h.call(OpToken, test.body)
			if got.Code != test.code || got.Message != test.message {
				t.Errorf("got %q, %q, want %q, %q", got.Code, got.Message, test.code, test.message)
			}
		})
	}
}

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
