package provider_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/advance-community/terraform-provider-advance/internal/acctest"
	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

const typeName = "advance_liveness_session"

func TestMain(m *testing.M) { acctest.Main(m) }

// session is a configuration of a session that somebody passes at once.
var session = prototest.Object{
	"return_url":      "https://app.example.com/ok",
	"fail_return_url": "https://app.example.com/fail",
	"user_id":         "sim-pass-1",
	"region":          "PHL",
}

// with is a provider block, with more.
func with(block, more prototest.Object) prototest.Object {
	whole := prototest.Object{}
	for _, part := range []prototest.Object{block, more} {
		for name, v := range part {
			whole[name] = v
		}
	}
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

// requests keeps the requests on their way to a simulator behind a gateway.
type requests struct {
	next http.RoundTripper

	mu   sync.Mutex
	seen []*http.Request
}

func (r *requests) RoundTrip(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	r.seen = append(r.seen, req.Clone(req.Context()))
	r.mu.Unlock()
	req.URL.Path = strings.TrimPrefix(req.URL.Path, "/kyc/advance")
	return r.next.RoundTrip(req)
}
