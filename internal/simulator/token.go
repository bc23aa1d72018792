package simulator

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"maps"
	"regexp"
	"slices"
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
	i := slices.IndexFunc(s.config.KeyPairs, func(pair KeyPair) bool { return pair.AccessKey == in.text("accessKey") })
	if i < 0 {
		return refusal(codeIAMFailed, messageKeyNotFound)
	}
	pair := s.config.KeyPairs[i]
	if !s.timestampOK(in.text("timestamp")) {
		return refusal(codeParameterError, messageTimestamp)
	}
	want := signature(pair.AccessKey, pair.SecretKey, in.text("timestamp"))
	if subtle.ConstantTimeCompare([]byte(in.text("signature")), []byte(want)) != 1 {
		return refusal(codeParameterError, messageSignature)
	}
	period, ok := parsePeriod(in)
	if !ok {
		return refusal(codeParameterError, messageParameter)
	}
	token, expires := s.mintToken(pair.Account, period, realIP(req.Request))
	return success(map[string]any{
		"token":       token,
		"expiredTime": s.apiMillis(expires),
	})
}

// apiToken is what is known of a token that was minted.
type apiToken struct {
	account Account
	expires time.Time
}

// mintToken mints a token. Earlier ones stay valid.
func (s *store) mintToken(account Account, period time.Duration, ip string) (token string, expires time.Time) {
	now := s.now()
	s.dropExpiredTokens(now)
	expires = now.Add(period)
	token = newID() + newID()
	if !s.behaviour.OpaqueTokens {
		token = s.signToken(now, expires, account, map[string]any{"realIp": ip})
	}
	s.tokens[token] = apiToken{account, expires}
	return token, expires
}

// accountOf returns the account of an API token. It fails for one that is not
// known or has expired.
func (s *store) accountOf(token string) (Account, bool) {
	known, ok := s.tokens[token]
	return known.account, ok && s.now().Before(known.expires)
}

// dropExpiredTokens keeps a simulator that runs for days from growing.
func (s *store) dropExpiredTokens(now time.Time) {
	maps.DeleteFunc(s.tokens, func(_ string, token apiToken) bool { return !now.Before(token.expires) })
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
// §4.3) and more for its subject. A unique id makes two tokens of the same
// millisecond differ.
func (s *store) signToken(issued, expires time.Time, account Account, more map[string]any) string {
	subject := map[string]any{"customerId": account.CustomerID, "accountId": account.AccountID}
	maps.Copy(subject, more)
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
