package simulator_test

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestConformance_token(t *testing.T) {
	t.Parallel()
	c := newClient(t)
	now := time.Now()
	millis := now.UnixMilli()
	for _, row := range []struct {
		section, name string
		at            time.Time
		change        object
		code, message string
	}{
		{"§3.1", "timestamp as a string", now, nil, "SUCCESS", "OK"},
		{"§3.1", "timestamp as a number", now, object{"timestamp": millis}, "SUCCESS", "OK"},
		{"§3.1", "periodSecond as a number, the least", now, object{"periodSecond": 60}, "SUCCESS", "OK"},
		{"§3.1", "periodSecond as a string, the most", now, object{"periodSecond": "86400"}, "SUCCESS", "OK"},
		{"§3.1", "periodSecond too short", now, object{"periodSecond": 59}, "PARAMETER_ERROR", "Parameter error,please check you input."},
		{"§3.1", "periodSecond too long", now, object{"periodSecond": "86401"}, "PARAMETER_ERROR", "Parameter error,please check you input."},
		{"§3.1", "periodSecond below 0", now, object{"periodSecond": -60}, "PARAMETER_ERROR", "Parameter error,please check you input."},
		{"§3.1", "periodSecond with a fraction", now, object{"periodSecond": 60.5}, "PARAMETER_ERROR", "Parameter error,please check you input."},
		{"§3.1", "periodSecond as a word", now, object{"periodSecond": "hour"}, "PARAMETER_ERROR", "Parameter error,please check you input."},
		{"§3.1", "window: early", now.Add(-240 * time.Second), nil, "SUCCESS", "OK"},
		{"§3.1", "window: as late as allowed, or a little less", now.Add(300 * time.Second), nil, "SUCCESS", "OK"},
		{"§3.1", "window: too early", now.Add(-301 * time.Second), nil, "PARAMETER_ERROR", "Timestamp error"},
		{"§3.1", "window: too late", now.Add(360 * time.Second), nil, "PARAMETER_ERROR", "Timestamp error"},
		{"§3.1", "timestamp in seconds", time.UnixMilli(now.Unix()), nil, "PARAMETER_ERROR", "Timestamp error"},
		{"§3.1", "timestamp in microseconds", time.UnixMilli(millis * 1000), nil, "PARAMETER_ERROR", "Timestamp error"},
		{"§3.1", "timestamp as a word", now, object{"timestamp": "now"}, "PARAMETER_ERROR", "Timestamp error"},
		{"§3.1", "timestamp with a sign", now, object{"timestamp": "+" + strconv.FormatInt(millis, 10)}, "PARAMETER_ERROR", "Timestamp error"},
		{"§3.1", "timestamp as a boolean", now, object{"timestamp": true}, "CLIENT_ERROR", "HTTP 400 - Bad Request"},
		{"§3.2", "signature of another time", now, object{"signature": sign("1665993522952")}, "PARAMETER_ERROR", "Signature error"},
		{"§3.2", "signature in upper case", now, object{"signature": strings.ToUpper(sign(strconv.FormatInt(millis, 10)))}, "PARAMETER_ERROR", "Signature error"},
		{"§3.3", "no accessKey", now, object{"accessKey": nil}, "PARAMETER_ERROR", "Parameter should not be empty"},
		{"§3.3", "empty accessKey", now, object{"accessKey": ""}, "PARAMETER_ERROR", "Parameter should not be empty"},
		{"§3.3", "no timestamp", now, object{"timestamp": nil}, "PARAMETER_ERROR", "Parameter should not be empty"},
		{"§3.3", "empty timestamp", now, object{"timestamp": ""}, "PARAMETER_ERROR", "Parameter should not be empty"},
		{"§3.3", "no signature", now, object{"signature": nil}, "PARAMETER_ERROR", "Parameter should not be empty"},
		{"§3.3", "empty signature", now, object{"signature": ""}, "PARAMETER_ERROR", "Parameter should not be empty"},
		{"§3.1", "signature as a number", now, object{"signature": 7}, "CLIENT_ERROR", "HTTP 400 - Bad Request"},
		{"§8", "unknown access key", now, object{"accessKey": "other"}, "IAM_FAILED", "Access Key not found"},
	} {
		t.Run(row.section+" "+row.name, func(t *testing.T) {
			c := *c
			c.t = t
			c.expect(c.call(tokenPath, tokenRequest(row.at, row.change)), row.code, row.message)
		})
	}
}

// TestConformance_signatureVector sets the API's clock to the time of the
// vector of API §3.2 and sends it as the reference prints it.
func TestConformance_signatureVector(t *testing.T) {
	t.Parallel()
	c := newClient(t)
	const timestamp = 1665993522952
	skew := time.Until(time.UnixMilli(timestamp)).Seconds()
	c.control("POST", "clock", string(encode(t, object{"skew_seconds": skew})), 200)
	got := c.call(tokenPath, object{
		"accessKey": "sampleaccesskey",
		"timestamp": timestamp,
		"signature": "02209bbeaf0d0a3dd587f6a1ba22f84c98d142e3b545e77db7e4906ca56349f5",
	})
	c.expect(got, "SUCCESS", "OK")
}

// claims are the claims of the tokens of API §3.3 and §4.3.
type claims struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	Audience string `json:"aud"`
	Issued   int64  `json:"iat"`
	Expires  int64  `json:"exp"`
}

// claimsOf returns the claims of a JWT, and those of its subject.
func claimsOf(t *testing.T, token string) (claims, object) {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no JWT", token)
	}
	var head object
	var all claims
	var subject object
	for i, into := range []any{&head, &all} {
		text, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatal(err)
		}
	}
	decodeInto(t, all.Subject, &subject)
	if head["alg"] != "HS512" || all.Issuer != "h5_liveness" || all.Audience != "WEB" {
		t.Errorf("token with the head %v and the claims %+v", head, all)
	}
	return all, subject
}

func TestConformance_tokenLifetime(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		section string
		period  any
		seconds int64
	}{
		{"§3.1 the default", nil, 3600},
		{"§3.1 the least", 60, 60},
		{"§3.1 the most", "86400", 86400},
	} {
		t.Run(row.section, func(t *testing.T) {
			t.Parallel()
			c := newClient(t)
			before := time.Now().UnixMilli()
			got := c.call(tokenPath, tokenRequest(time.Now(), object{"periodSecond": row.period}))
			c.expect(got, "SUCCESS", "OK")
			data := got.data(t)
			c.token = stringIn(t, data, "token")
			all, subject := claimsOf(t, c.token)
			for _, name := range []string{"customerId", "accountId", "realIp"} {
				if subject[name] == nil {
					t.Errorf("§3.3: the subject has no %s: %v", name, subject)
				}
			}
			expired, ok := data["expiredTime"].(float64)
			if millis := int64(expired); !ok || all.Expires-all.Issued != row.seconds || millis/1000 != all.Expires ||
				millis < before+row.seconds*1000 || millis > time.Now().UnixMilli()+row.seconds*1000 || len(data) != 2 {
				t.Errorf("§3.3: data %v, claims %+v", data, all)
			}
			first := c.token
			c.login()
			if c.token == first {
				t.Error("§3.4: the second token is the first")
			}
			second := c.token
			c.token = first
			c.advance(time.Duration(row.seconds-30) * time.Second)
			c.expect(c.call(resultPath, object{"signatureId": "0"}), "SIGNATURE_NOT_EXIST", "This signatureId is not exist") // Still valid.
			c.advance(30 * time.Second)
			for _, path := range []string{generatePath, resultPath} {
				c.expect(c.call(path, object{}), "IAM_FAILED", "Token not found or expired")
			}
			c.expect(c.clear("0"), "IAM_FAILED", "Token not found or expired")
			c.token = second
			want := "SIGNATURE_NOT_EXIST"
			if row.seconds >= 3600 {
				want = "IAM_FAILED"
			}
			if got := c.call(resultPath, object{"signatureId": "0"}); got.fields["code"] != want {
				t.Errorf("§3.4: the second token gives %s, want %s", got.body, want)
			}
		})
	}
}
