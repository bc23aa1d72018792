package advance

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
)

// echoing is an API that quotes all that it was sent, wherever it can.
type echoing struct {
	*fakeAPI
	op  Operation
	how func(said string) (reply, error)
}

func (e echoing) RoundTrip(req *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(req.URL.Path, "/"+string(e.op)) {
		return e.fakeAPI.RoundTrip(req)
	}
	var members map[string]any
	if err := json.NewDecoder(req.Body).Decode(&members); err != nil {
		return nil, err
	}
	// Whatever the request carried, the API knows the keys.
	said := strings.Join([]string{sampleAccessKey, sampleSecretKey, req.Header.Get("X-ACCESS-TOKEN")}, " ")
	for _, v := range members {
		if s, ok := v.(string); ok {
			said += " " + s
		}
	}
	rp, err := e.how(said)
	if err != nil {
		return nil, err
	}
	resp := rp.response(req)
	resp.Status = fmt.Sprintf("%d %s", resp.StatusCode, said)
	return resp, nil
}

func TestRedact_everywhere(t *testing.T) {
	t.Parallel()

	secrets := []string{
		sampleAccessKey, sampleSecretKey, "token-1", "https://app.example/return", "authorization=", "callback-secret", "user-4711",
		sign(sampleAccessKey, sampleSecretKey, synctestEpoch.UnixMilli())[:16],
	}
	envelope := func(field string) func(string) (reply, error) {
		return func(said string) (reply, error) {
			members := map[string]string{"code": "NEW_CODE", "message": "m", "transactionId": "t"}
			members[field] = said
			body, err := json.Marshal(members)
			return reply{body: string(body)}, err
		}
	}
	ways := map[string]func(string) (reply, error){
		"code":           envelope("code"),
		"message":        envelope("message"),
		"transaction id": envelope("transactionId"),
		"cut message": func(said string) (reply, error) {
			return envelope("message")(strings.Repeat("m", maxMessageLen-8) + said)
		},
		"HTML": func(said string) (reply, error) { return reply{status: 500, body: "<html>" + said}, nil },
		"redirect": func(said string) (reply, error) {
			return reply{status: 302, header: http.Header{"Location": {"https://elsewhere.example/?" + url.QueryEscape(said)}}}, nil
		},
		"redirect to nowhere": func(said string) (reply, error) {
			return reply{status: 302, header: http.Header{"Location": {"https://[" + said}}}, nil
		},
		"header that is not HTTP": func(said string) (reply, error) {
			return reply{}, &url.Error{Op: "Post", URL: "https://api.example/" + said, Err: fmt.Errorf("malformed HTTP response %q", said)}
		},
		"certificate": func(said string) (reply, error) {
			return reply{}, &tls.CertificateVerificationError{Err: x509.HostnameError{Certificate: &x509.Certificate{DNSNames: []string{said}}, Host: said}}
		},
		"name lookup": func(said string) (reply, error) {
			return reply{}, &net.OpError{Op: "dial", Err: &net.DNSError{Err: said, Name: said, Server: said}}
		},
		"broken connection": func(said string) (reply, error) { return reply{}, errors.New("malformed HTTP response " + said) },
		"success without data": func(said string) (reply, error) {
			return reply{body: fmt.Sprintf(`{"code":"SUCCESS","message":%q,"data":[%q]}`, said, said)}, nil
		},
	}
	for way, how := range ways {
		for _, op := range []Operation{OpGenerateToken, OpGenerateURL, OpGetResult} {
			t.Run(way+"/"+string(op), func(t *testing.T) {
				t.Parallel()

				synctest.Test(t, func(t *testing.T) {
					told := &attempts{}
					c := newClient(t, echoing{&fakeAPI{}, op, how}, watch(told))
					err := call(t.Context(), c, op)
					if err == nil {
						t.Fatal("got no error, want one to look at")
					}
					texts := []string{err.Error(), fmt.Sprintf("%+v", err)}
					for e := err; e != nil; e = errors.Unwrap(e) {
						texts = append(texts, fmt.Sprintf("%+v", e))
						if e, ok := e.(*Error); ok { //nolint:errorlint // Each error of the chain is looked at.
							texts = append(texts, e.Code, e.Message, e.TransactionID)
						}
					}
					if len(told.list) == 0 {
						t.Error("got no attempts, want to be told of them")
					}
					for _, a := range told.list {
						texts = append(texts, fmt.Sprintf("%+v", a))
					}
					for _, text := range texts {
						for _, secret := range secrets {
							if strings.Contains(text, secret) {
								t.Errorf("got %q in %q", secret, text)
							}
						}
					}
				})
			})
		}
	}
}

func TestRedact(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name    string
		in      string
		secrets []string
		want    string
	}{
		{"nothing to hide", "Region is wrong", nil, "Region is wrong"},
		{"not there", "Region is wrong", []string{"token-1"}, "Region is wrong"},
		{"there", "no token-1 here", []string{"token-1"}, "no [redacted] here"},
		{"everywhere", "token-1token-1", []string{"token-1"}, "[redacted][redacted]"},
		{"several", "user-1 and token-1", []string{"token-1", "user-1"}, "[redacted] and [redacted]"},
		{"empty secret", "abc", []string{""}, "abc"},
		{"short secret", "a user of 李, a-b, aa", []string{"a", "us", "李"}, "[redacted] user of [redacted], [redacted]-b, aa"},
		{"short secrets that touch", "a a", []string{"a"}, "[redacted] [redacted]"},
		{"secret in the mark", "user red", []string{"user", "red"}, "[redacted] [redacted]"},
		{"escaped in a query", "at ?id=J%C3%B6rg+S", []string{"Jörg S"}, "at ?id=[redacted]"},
		{"escaped in a path", "at /J%C3%B6rg%20S", []string{"Jörg S"}, "at /[redacted]"},
		{"query of a URL", "with auth=s3cret&n=1", []string{"https://app.example/cb?auth=s3cret&n=1"}, "with [redacted]"},
		{"value in the query of a URL", "with s3cret", []string{"https://app.example/cb?auth=s3cret&n=1"}, "with [redacted]"},
		{"escaped value in the query of a URL", "with s/cret or s%2Fcret", []string{"https://app.example/cb?auth=s%2Fcret"}, "with [redacted] or [redacted]"},
		{"escaped URL", "to=https%3A%2F%2Fapp.example%2Fcb%3Fa%3Db", []string{"https://app.example/cb?a=b"}, "to=[redacted]"},
		{"shortest secret", "abc", []string{"abc"}, "[redacted]"},
		{
			"one begins with another", "at https://app.example/?auth=1",
			[]string{"https://app.example/", "https://app.example/?auth=1"}, "at [redacted]",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			if got := redact(test.in, test.secrets); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
