package advance

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"
)

// The test key pair of API §3.2.
const (
	sampleAccessKey = "sampleaccesskey"
	sampleSecretKey = "samplesecretkey"
)

// newClient returns a client with the default configuration and the key pair.
func newClient(t *testing.T, transport http.RoundTripper, options ...func(*Config)) *Client {
	t.Helper()
	cfg := Config{
		Endpoint:       "https://api.example",
		Credentials:    Credentials{AccessKey: sampleAccessKey, SecretKey: sampleSecretKey},
		TokenPeriod:    DefaultTokenPeriod,
		RequestTimeout: DefaultRequestTimeout,
		MaxRetries:     DefaultMaxRetries,
		UserAgent:      "tests/1",
		Transport:      transport,
	}
	for _, option := range options {
		option(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// givenToken makes the client use a token that was minted elsewhere.
func givenToken(cfg *Config) {
	cfg.Credentials = Credentials{AccessToken: "given-token"}
}

func maxRetries(n int) func(*Config) {
	return func(cfg *Config) { cfg.MaxRetries = n }
}

// watch collects the attempts of a client.
func watch(into *attempts) func(*Config) {
	return func(cfg *Config) { cfg.OnAttempt = into.add }
}

type attempts struct {
	mu   sync.Mutex
	list []Attempt
}

func (a *attempts) add(_ context.Context, attempt Attempt) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.list = append(a.list, attempt)
}

// sampleRequest returns a request with all that is confidential.
func sampleRequest() SessionRequest {
	return SessionRequest{
		ReturnURL:     "https://app.example/return",
		FailReturnURL: "https://app.example/return/failed?case=17",
		CallbackURL:   new("https://app.example/return?authorization=callback-secret"),
		BizID:         "order-1",
		UserID:        "user-4711",
		Region:        "PHL",
	}
}

// call makes one call of a business operation.
func call(ctx context.Context, c *Client, op Operation) error {
	var err error
	switch op {
	case OpGenerateURL:
		_, err = c.GenerateURL(ctx, sampleRequest())
	case OpClearData:
		_, err = c.ClearData(ctx, "ed8b21c0c87ad617")
	default: // OpGenerateToken is part of every other operation.
		_, err = c.GetResult(ctx, "ed8b21c0c87ad617", "")
	}
	return err
}

// errorOf returns the *Error in err.
func errorOf(t *testing.T, err error) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got error %v of type %T, want an *Error", err, err)
	}
	return e
}

// repeat returns a reader of n bytes.
func repeat(n int64) io.Reader {
	return io.LimitReader(filler{}, n)
}

type filler struct{}

var fill = bytes.Repeat([]byte("x"), 32<<10)

// inParallel runs n calls at the same time and returns their errors.
func inParallel(n int, call func(i int) error) []error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = call(i) })
	}
	all.Wait()
	return errs
}

// synctestEpoch is the initial time of a bubble.
var synctestEpoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func (filler) Read(p []byte) (int, error) { return copy(p, fill), nil }
