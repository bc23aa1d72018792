package advance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// SessionRequest holds the parameters of a session (API §4.1). A nil pointer
// leaves the field out of the request.
type SessionRequest struct {
	ReturnURL          string  `json:"returnUrl"`     // web URL or app scheme, at most 2048 characters (API §4.2)
	FailReturnURL      string  `json:"failReturnUrl"` // the same
	CallbackURL        *string `json:"callbackUrl,omitempty"`
	BizID              string  `json:"bizId"`  // the caller's id of the transaction
	UserID             string  `json:"userId"` // the caller's id of the person
	Region             string  `json:"region"` // ISO 3166-1 alpha-3
	Language           *string `json:"language,omitempty"`
	PrefersColorScheme *string `json:"prefersColorScheme,omitempty"` // light or dark
	BizCode            *string `json:"bizCode,omitempty"`            // at most 32 letters and digits
	IframeEnabled      *bool   `json:"iframeEnabled,omitempty"`
	ProductLevel       *string `json:"productLevel,omitempty"` // STANDARD or PRO (API §9.2)
	LivenessType       *string `json:"livenessType,omitempty"` // an open set (API §9.1)
}

// InputParameters holds the parameters of a session as get-result echoes them
// (API §5.2). The documented echo has neither IframeEnabled nor LivenessType.
type InputParameters struct {
	ReturnURL          *string
	FailReturnURL      *string
	CallbackURL        *string
	BizID              *string
	UserID             *string
	Region             *string
	Language           *string
	PrefersColorScheme *string
	BizCode            *string
	IframeEnabled      *bool
	ProductLevel       *string
	LivenessType       *string
	IgnoreFailWhenJump *bool // not in the request: a field of sibling products
}

func decodeInputParameters(raw json.RawMessage) *InputParameters {
	m, err := object(raw)
	if err != nil || len(m) == 0 {
		return nil
	}
	return &InputParameters{
		ReturnURL:          text(m["returnUrl"]),
		FailReturnURL:      text(m["failReturnUrl"]),
		CallbackURL:        text(m["callbackUrl"]),
		BizID:              text(m["bizId"]),
		UserID:             text(m["userId"]),
		Region:             text(m["region"]),
		Language:           text(m["language"]),
		PrefersColorScheme: text(m["prefersColorScheme"]),
		BizCode:            text(m["bizCode"]),
		IframeEnabled:      lenient[bool](m["iframeEnabled"]),
		ProductLevel:       text(m["productLevel"]),
		LivenessType:       text(m["livenessType"]),
		IgnoreFailWhenJump: lenient[bool](m["ignoreFailWhenJump"]),
	}
}

// confidential returns the values of the request that must not be quoted.
func (r SessionRequest) confidential() []string {
	return []string{r.ReturnURL, r.FailReturnURL, value(r.CallbackURL), r.UserID}
}

// Session is a new session (API §4.3).
type Session struct {
	SignatureID   string    // opaque, never empty
	URL           string    // for the end user; contains a token. Empty if the API gave none
	ExpiresAt     time.Time // of the URL, by the API's clock
	TransactionID string    // of the call
}

// LinkLifetime is how long the URL of a session is valid. It can be neither
// chosen nor extended (API §4.3).
const LinkLifetime = time.Hour

// maxLinkLifetime is the most that an expiry is believed: the documented
// example is years off (API §4.3).
const maxLinkLifetime = 24 * time.Hour

// maxShownID is the number of bytes of an unusable signature id that are shown.
const maxShownID = 200

// GenerateURL creates a session (API §4). The call is not idempotent: after an
// attempt with an unknown outcome it is retried at most twice, and may then
// leave a session behind whose signature id and URL nobody knows. Once it is
// sent, it waits for the response until the request timeout, even if ctx ends,
// because an id cannot be asked for again.
//
// A session without a URL is returned as it is, so that its id is not lost. A
// response without a signature id is an error. Where the id cannot be used, the
// error quotes it.
func (c *Client) GenerateURL(ctx context.Context, r SessionRequest) (*Session, error) {
	resp, err := c.do(ctx, request{
		op:    generateURL,
		url:   c.endpoint + generateURL.path,
		build: func() (any, []string) { return r, r.confidential() },
	})
	if err != nil {
		return nil, err
	}
	s, err := decodeSession(resp.env.Data, c.Now(), resp.confidential)
	if err != nil {
		return nil, resp.malformed(generateURL, err)
	}
	s.TransactionID = resp.env.TransactionID
	return s, nil
}

func decodeSession(data json.RawMessage, now time.Time, confidential []string) (*Session, error) {
	members, err := object(data)
	if err != nil {
		return nil, err
	}
	link := value(text(members["url"]))
	// Of the link only its token: its query has the signature id too.
	id, err := decodeSignatureID(members["signatureId"], append(slices.Clone(confidential), linkToken(link)))
	if err != nil {
		return nil, err
	}
	return &Session{
		SignatureID: id,
		URL:         link,
		ExpiresAt:   linkExpiry(integer(members["expiredTime"]), now),
	}, nil
}

// linkToken returns the token in the URL of a session (API §4.3).
func linkToken(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return link
	}
	return u.Query().Get("token")
}

// decodeSignatureID decodes the id of a new session. JSON that is no valid UTF-8
// decodes into another id than the API means.
func decodeSignatureID(raw json.RawMessage, confidential []string) (string, error) {
	id := identifier(raw)
	switch {
	case strings.TrimSpace(id) != "" && !strings.ContainsRune(id, utf8.RuneError):
		return id, nil
	case id != "", present(raw) != nil && !bytes.Equal(raw, []byte(`""`)):
		shown := redact(strings.Trim(string(raw), `,"`), confidential)
		return "", fmt.Errorf("%w: its signature id cannot be used: %s", ErrMalformed, strconv.Quote(shown[:min(len(shown), maxShownID)]))
	default:
		return "", fmt.Errorf("%w: it has no signature id", ErrMalformed)
	}
}

// linkExpiry returns the API's figure, in epoch milliseconds, if it makes
// sense, and otherwise the end of the documented lifetime.
func linkExpiry(ms *int64, now time.Time) time.Time {
	if ms != nil {
		at := time.UnixMilli(*ms)
		if at.After(now) && !at.After(now.Add(maxLinkLifetime)) {
			return at
		}
	}
	return now.Add(LinkLifetime)
}
