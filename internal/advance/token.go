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

// token is an access token with the time, on the API's clock, from which it is
// no longer used.
type token struct {
	value   string
	renewAt time.Time
}

// tokenSource hands one token to all calls of a client (API §3.4).
type tokenSource struct {
	given string // minted elsewhere, used as it is; empty where tokens are minted here
	now   func() time.Time
	mint  func(context.Context) (token, error)

	flight  singleflight.Group
	mu      sync.Mutex
	current token
}

func newTokenSource(given string, now func() time.Time, mint func(context.Context) (token, error)) *tokenSource {
	return &tokenSource{given: given, now: now, mint: mint}
}

// leaderCanceled marks a mint that ended because the operation that did it for all
// was interrupted or timed out: the others are no worse for it.
type leaderCanceled struct{ error }

func (e leaderCanceled) Unwrap() error { return e.error }

// get returns a valid token, minting one where needed. However many callers
// come at once, one of them mints; when that one's own context ends, the next
// takes over.
func (s *tokenSource) get(ctx context.Context) (string, error) {
	if s.given != "" {
		return s.given, nil
	}
	for {
		if t, ok := s.cached(); ok {
			return t, nil
		}
		var mine atomic.Bool // whether it is this caller that mints
		minted := s.flight.DoChan("", func() (any, error) {
			mine.Store(true)
			return s.refresh(ctx)
		})
		select {
		case <-ctx.Done():
			if mine.Load() { // the mint ends with ctx too, and can tell how far it came
				r := <-minted
				return "", fmt.Errorf("minting an access token: %w", cmp.Or(r.Err, context.Cause(ctx)))
			}
			return "", fmt.Errorf("waiting for an access token: %w", context.Cause(ctx))
		case r := <-minted:
			if t, ok := r.Val.(string); ok && r.Err == nil {
				return t, nil
			}
			if left := (leaderCanceled{}); mine.Load() || !errors.As(r.Err, &left) {
				return "", fmt.Errorf("minting an access token: %w", r.Err)
			}
		}
	}
}

func (s *tokenSource) cached() (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current.value, s.current.value != "" && s.now().Before(s.current.renewAt)
}

func (s *tokenSource) refresh(ctx context.Context) (string, error) {
	if t, ok := s.cached(); ok {
		return t, nil // minted between this caller's look and its turn
	}
	t, err := s.mint(ctx)
	if err != nil {
		var late *RetryAfterError
		if ctx.Err() != nil || errors.As(err, &late) {
			return "", leaderCanceled{err}
		}
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = t
	return t.value, nil
}

// discard forgets a token that the API refused. Others may have replaced it
// meanwhile; a newer token stays.
func (s *tokenSource) discard(refused string) error {
	if s.given != "" {
		return ErrTokenNotRenewable
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current.value == refused {
		s.current = token{}
	}
	return nil
}

// mint asks for a token (API §3).
func (c *Client) mint(ctx context.Context, creds Credentials, period time.Duration) (token, error) {
	resp, err := c.do(ctx, request{
		op:  OpGenerateToken,
		url: c.tokenEndpoint + pathGenerateToken,
		build: func() ([]byte, []string, error) {
			timestamp := c.Now().UnixMilli()
			signature := sign(creds.AccessKey, creds.SecretKey, timestamp)
			body, err := json.Marshal(map[string]any{
				"accessKey":    creds.AccessKey,
				"timestamp":    timestamp,
				"signature":    signature,
				"periodSecond": int64(period / time.Second),
			})
			return body, []string{signature}, err
		},
	})
	if err != nil {
		return token{}, err
	}
	t, err := decodeToken(resp.env.Data, c.Now(), period)
	if err != nil {
		return token{}, malformed(OpGenerateToken, resp, err)
	}
	return t, nil
}

// sign makes the signature of generate-token (API §3.2): a plain hash over the
// concatenation, in lower-case hex.
func sign(accessKey, secretKey string, timestampMillis int64) string {
	sum := sha256.Sum256([]byte(accessKey + secretKey + strconv.FormatInt(timestampMillis, 10)))
	return hex.EncodeToString(sum[:])
}

// decodeToken reads generate-token's data (API §3.3). An expiry that is
// missing, past or beyond the period that was asked for gives way to that
// period: the clocks may differ, and renewing early is safe (API §3.4).
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
	return token{value: *t, renewAt: now.Add(life - margin(life))}, nil
}

// margin is how long before its expiry a token is replaced, so that none
// expires on its way: a minute, or a tenth of a short life.
func margin(life time.Duration) time.Duration {
	return min(time.Minute, life/10)
}
