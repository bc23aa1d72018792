package provider_test

import (
	"cmp"
	"maps"
	"net/http"
	"regexp"
	"sync"
	"testing"

	"github.com/advance-community/terraform-provider-advance/internal/acctest"
	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

const typeName = "advance_liveness_session"

func TestMain(m *testing.M) { acctest.Main(m) }

// session configures a session that passes immediately.
var session = prototest.Object{
	"return_url":      "https://app.example.com/ok",
	"fail_return_url": "https://app.example.com/fail",
	"user_id":         "sim-pass-1",
	"region":          "PHL",
}

// with returns a block with more arguments.
func with(block, more prototest.Object) prototest.Object {
	whole := prototest.Object{}
	maps.Copy(whole, block)
	maps.Copy(whole, more)
	return whole
}

var keyPair = prototest.Object{"access_key": simulator.DefaultAccessKey, "secret_key": simulator.DefaultSecretKey}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// noCalls fails the test on any call.
func noCalls(t *testing.T) http.RoundTripper {
	t.Helper()
	return transport(func(r *http.Request) (*http.Response, error) {
		t.Errorf("a call to %s, want none", r.URL)
		return nil, http.ErrServerClosed
	})
}

var gatewayPath = regexp.MustCompile(`^/(kyc|KYC)/advance`)

// requests is a transport that keeps the requests, to a simulator behind a
// gateway.
type requests struct {
	next http.RoundTripper

	mu   sync.Mutex
	seen []*http.Request
}

func (r *requests) RoundTrip(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	r.seen = append(r.seen, req.Clone(req.Context()))
	r.mu.Unlock()
	req.URL.Path = gatewayPath.ReplaceAllString(req.URL.Path, "")
	return r.next.RoundTrip(req)
}

// token returns the token that was sent last, "" for none.
func (r *requests) token() (token string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, req := range r.seen {
		token = cmp.Or(req.Header.Get("X-ACCESS-TOKEN"), token)
	}
	return token
}
