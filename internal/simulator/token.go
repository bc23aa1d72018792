package simulator

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"strconv"
	"time"
)

// Limits of generate-token (API §3.1).
const (
	defaultPeriod   = 3600
	minPeriod       = 60
	maxPeriod       = 86400
	timestampWindow = 300 * time.Second
)

// digitsOnly is what a timestamp must look like. The API says 13 digits; fewer
// are let through here because the window says no to them anyway, except in a
// synctest bubble, whose clock starts in the year 2000: 12 digits.
var digitsOnly = regexp.MustCompile(`^\d{1,13}$`)

var tokenFields = map[string]fieldType{
	"accessKey":    textField,
	"timestamp":    numericField,
	"signature":    textField,
	"periodSecond": numericField,
}

// generateToken answers generate-token. The API does not document the order of
// its checks; this is the order in which a reader of the reference meets them.
func (s *store) generateToken(req request, in fields) reply {
	if in.missing("accessKey", "timestamp", "signature") {
		return refusal(codeParameterError, messageEmpty)
	}
	if in.text("accessKey") != s.config.AccessKey {
		return refusal(codeIAMFailed, messageKeyNotFound)
	}
	if !s.timestampOK(in.text("timestamp")) {
		return refusal(codeParameterError, messageTimestamp)
	}
	want := signature(s.config.AccessKey, s.config.SecretKey, in.text("timestamp"))
	if subtle.ConstantTimeCompare([]byte(in.text("signature")), []byte(want)) != 1 {
		return refusal(codeParameterError, messageSignature)
	}
	period, ok := parsePeriod(in)
	if !ok {
		return refusal(codeParameterError, messageParameter)
	}
	return s.issueToken(period, realIP(req.Request))
}

// issueToken mints a token. Earlier ones stay valid.
func (s *store) issueToken(period time.Duration, ip string) reply {
	now := s.now()
	s.dropExpiredTokens(now)
	expires := now.Add(period)
	token := s.signToken(now, expires, map[string]any{
		"customerId": 1,
		"accountId":  1,
		"realIp":     ip,
	})
	s.tokens[token] = expires
	return success(map[string]any{
		"token":       token,
		"expiredTime": s.apiMillis(expires),
	})
}

// knowsToken reports whether an API token is known and has not expired.
func (s *store) knowsToken(token string) bool {
	expires, ok := s.tokens[token]
	return ok && s.now().Before(expires)
}

// dropExpiredTokens keeps a simulator that runs for days from growing.
func (s *store) dropExpiredTokens(now time.Time) {
	for token, expires := range s.tokens {
		if !now.Before(expires) {
			delete(s.tokens, token)
		}
	}
}

// timestampOK reports whether a timestamp is a number of milliseconds within
// 300 s of the API's clock, either way, the bounds included.
func (s *store) timestampOK(text string) bool {
	if !digitsOnly.MatchString(text) {
		return false
	}
	millis, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return false
	}
	distance := millis - s.apiMillis(s.now())
	return max(distance, -distance) <= timestampWindow.Milliseconds()
}

// parsePeriod returns the lifetime that the request asks for. The API does not
// document what it answers when it is out of range.
func parsePeriod(in fields) (time.Duration, bool) {
	text := in.text("periodSecond")
	if text == "" {
		return defaultPeriod * time.Second, true
	}
	seconds, err := strconv.Atoi(text)
	if err != nil || seconds < minPeriod || seconds > maxPeriod {
		return 0, false
	}
	return time.Duration(seconds) * time.Second, true
}

// signature returns the signature of a token request (API §3.2): a plain hash,
// not an HMAC.
func signature(accessKey, secretKey, timestamp string) string {
	sum := sha256.Sum256([]byte(accessKey + secretKey + timestamp))
	return hex.EncodeToString(sum[:])
}

// signToken returns a JWT with the claims of the API's examples (API §3.3,
// §4.3). A unique id makes two tokens of the same millisecond differ.
func (s *store) signToken(issued, expires time.Time, subject map[string]any) string {
	subject["_timestamp"] = s.apiMillis(issued)
	subject["_uuid"] = newID()
	sub := mustJSON(subject)
	signed := encodeSegment([]byte(`{"alg":"HS512"}`)) + "." + encodeSegment(mustJSON(map[string]any{
		"iss": "h5_liveness",
		"sub": string(sub),
		"aud": "WEB",
		"iat": s.apiMillis(issued) / 1000,
		"exp": s.apiMillis(expires) / 1000,
	}))
	mac := hmac.New(sha512.New, s.signKey)
	mac.Write([]byte(signed))
	return signed + "." + encodeSegment(mac.Sum(nil))
}

func encodeSegment(b []byte) string {
	return base64.RawURLEncoding.EncodeToString(b)
}
