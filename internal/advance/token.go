package advance

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"
)

// token is an access token.
type token struct {
	value     string
	expiresAt time.Time // by the API's clock
	renewAt   time.Time // by the API's clock; not used from then on
}

// tokenSource provides all its callers with one token (API §3.4).
type tokenSource struct {
	given string // minted elsewhere; empty if tokens are minted here
	now   func() time.Time
	mint  func(context.Context) (token, error)

	flight  singleflight.Group
	mu      sync.Mutex
	current token
}

// leaderCanceled is the error of a mint that ended because the caller that
// minted for all was interrupted or ran out of time. The others try again.
type leaderCanceled struct{ error }

func (e leaderCanceled) Unwrap() error { return e.error }

// get returns a valid token, and mints one if needed. Of concurrent callers,
// one mints for all. If its context ends, another one takes over.
func (s *tokenSource) get(ctx context.Context) (token, error) {
	if s.given != "" {
		return token{value: s.given}, nil
	}
	for {
		if t, ok := s.cached(); ok {
			return t, nil
		}
		var mine atomic.Bool // this caller mints
		minted := s.flight.DoChan("", func() (any, error) {
			mine.Store(true)
			return s.refresh(ctx)
		})
		select {
		case <-ctx.Done():
			if mine.Load() { // the mint ends with ctx too; its error says more
				r := <-minted
				return token{}, fmt.Errorf("minting an access token: %w", cmp.Or(r.Err, context.Cause(ctx)))
			}
			return token{}, fmt.Errorf("waiting for an access token: %w", context.Cause(ctx))
		case r := <-minted:
			if t, ok := r.Val.(token); ok && r.Err == nil {
				return t, nil
			}
			if canceled := (leaderCanceled{}); mine.Load() || !errors.As(r.Err, &canceled) {
				return token{}, fmt.Errorf("minting an access token: %w", r.Err)
			}
		}
	}
}

func (s *tokenSource) cached() (token, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current, s.current.value != "" && s.now().Before(s.current.renewAt)
}

func (s *tokenSource) refresh(ctx context.Context) (token, error) {
	if t, ok := s.cached(); ok {
		return t, nil // minted since the caller looked
	}
	t, err := s.mint(ctx)
	if err != nil {
		if late := (*RetryAfterError)(nil); ctx.Err() != nil || errors.As(err, &late) {
			return token{}, leaderCanceled{err}
		}
		return token{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = t
	return t, nil
}

// last returns the token in use, which may have expired. It is empty before the
// first one was minted.
func (s *tokenSource) last() string {
	if s.given != "" {
		return s.given
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current.value
}

// discard lets a token expire that the API rejected, unless a newer one has
// replaced it already.
func (s *tokenSource) discard(rejected string) error {
	if s.given != "" {
		return ErrTokenNotRenewable
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current.value == rejected {
		s.current.renewAt = time.Time{}
	}
	return nil
}

// MintToken returns an access token for use outside of the client, and when it
// expires by the API's clock. The token lives for period, 60 s to 24 h in whole
// seconds; zero means [Config.TokenPeriod]. The client's own calls never use it.
//
// Calls with the same period get the same token. A new one is minted when that
// one has less than a minute left, or less than a tenth of a short life. A
// client without a key pair fails with [ErrNoKeyPair].
func (c *Client) MintToken(ctx context.Context, period time.Duration) (value string, expiresAt time.Time, err error) {
	if c.credentials.AccessToken != "" {
		return "", time.Time{}, &Error{Operation: OpGenerateToken, Err: ErrNoKeyPair}
	}
	t, err := c.issuedFor(cmp.Or(period, c.tokenPeriod)).get(ctx)
	if err != nil {
		return "", time.Time{}, &Error{Operation: OpGenerateToken, Err: err}
	}
	return t.value, t.expiresAt, nil
}

// issuedFor returns the source of the tokens that MintToken hands out for a
// period.
func (c *Client) issuedFor(period time.Duration) *tokenSource {
	c.issuedMu.Lock()
	defer c.issuedMu.Unlock()
	if c.issued[period] == nil {
		c.issued[period] = c.newTokenSource(period)
	}
	return c.issued[period]
}

// newTokenSource returns a source of tokens with a life of period, or of the
// given token.
func (c *Client) newTokenSource(period time.Duration) *tokenSource {
	return &tokenSource{
		given: c.credentials.AccessToken,
		now:   c.Now,
		mint:  func(ctx context.Context) (token, error) { return c.mint(ctx, period) },
	}
}

// mint calls generate-token (API §3).
func (c *Client) mint(ctx context.Context, period time.Duration) (token, error) {
	resp, err := c.do(ctx, request{
		op:  generateToken,
		url: c.tokenEndpoint + generateToken.path,
		build: func() (any, []string) {
			timestamp := c.Now().UnixMilli()
			signature := sign(c.credentials.AccessKey, c.credentials.SecretKey, timestamp)
			return map[string]any{
				"accessKey":    c.credentials.AccessKey,
				"timestamp":    timestamp,
				"signature":    signature,
				"periodSecond": int64(period / time.Second),
			}, []string{signature}
		},
	})
	if err != nil {
		return token{}, err
	}
	t, err := decodeToken(resp.env.Data, c.Now(), period)
	if err != nil {
		return token{}, resp.malformed(generateToken, err)
	}
	return t, nil
}

// sign returns the signature of generate-token (API §3.2): the SHA-256 of the
// concatenation, in lower-case hex.
func sign(accessKey, secretKey string, timestampMillis int64) string {
	sum := sha256.Sum256([]byte(accessKey + secretKey + strconv.FormatInt(timestampMillis, 10)))
	return hex.EncodeToString(sum[:])
}

// decodeToken decodes the data of generate-token (API §3.3), received at now
// by the API's clock. The requested period stands in for an expiry that is
// missing, past or later than that; renewing early is safe (API §3.4).
func decodeToken(data json.RawMessage, now time.Time, period time.Duration) (token, error) {
	members, err := object(data)
	if err != nil {
		return token{}, err
	}
	t := text(members["token"])
	if t == nil {
		return token{}, fmt.Errorf("%w: it has no token", ErrMalformed)
	}
	life := period
	if ms := integer(members["expiredTime"]); ms != nil && time.UnixMilli(*ms).After(now) {
		life = min(period, time.UnixMilli(*ms).Sub(now))
	}
	return token{value: *t, expiresAt: now.Add(life), renewAt: now.Add(life - margin(life))}, nil
}

// margin returns how long before its expiry a token is replaced, so that none
// expires on the way: a minute, or a tenth of a short life.
func margin(life time.Duration) time.Duration {
	return min(time.Minute, life/10)
}
