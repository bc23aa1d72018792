package advance

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// SessionRequest is what generate-url takes (API §4.1). A nil pointer leaves
// the field out of the request; nothing is sent as null.
type SessionRequest struct {
	ReturnURL     string  `json:"returnUrl"`     // web URL or app scheme, at most 2048 characters (API §4.2)
	FailReturnURL string  `json:"failReturnUrl"` // the same, for the failure
	CallbackURL   *string `json:"callbackUrl,omitempty"`
	BizID         string  `json:"bizId"`  // the caller's id of the transaction
	UserID        string  `json:"userId"` // the caller's id of the person
	Region        string  `json:"region"` // ISO 3166-1 alpha-3

	Language           *string `json:"language,omitempty"`
	PrefersColorScheme *string `json:"prefersColorScheme,omitempty"` // light or dark
	BizCode            *string `json:"bizCode,omitempty"`            // at most 32 letters and digits
	IframeEnabled      *bool   `json:"iframeEnabled,omitempty"`
	ProductLevel       *string `json:"productLevel,omitempty"` // STANDARD or PRO (API §9.2)
	LivenessType       *string `json:"livenessType,omitempty"` // an open set (API §9.1)
}

// confidential lists what of the request must not be quoted back.
func (r SessionRequest) confidential() []string {
	return []string{r.ReturnURL, r.FailReturnURL, value(r.CallbackURL), r.UserID}
}

// Session is generate-url's answer (API §4.3).
type Session struct {
	SignatureID   string    // opaque, never empty
	URL           string    // for the end user; bears a token. Empty where the API gave none
	ExpiresAt     time.Time // when the link expires, on the API's clock
	TransactionID string    // of the call
}

// LinkLifetime is how long a session's link is valid; it can be neither chosen
// nor extended (API §4.3).
const LinkLifetime = time.Hour

// maxLinkLifetime is beyond what any expiry can mean; the documented example
// itself is a pasted figure (API §4.3).
const maxLinkLifetime = 24 * time.Hour

// GenerateURL creates a session (API §4). The call is not idempotent: after an
// outcome that nobody knows it is tried at most twice more, and may then leave
// a session behind whose signature id and link nobody holds. Once it is on its
// way it runs on until its answer or the request time-out, even when ctx ends,
// because an id can't be asked for again.
//
// A session without a URL is returned as it is, for its id must not be lost.
// An answer without a signature id is an error.
func (c *Client) GenerateURL(ctx context.Context, r SessionRequest) (*Session, error) {
	resp, err := c.do(ctx, request{
		op:  OpGenerateURL,
		url: c.endpoint + pathGenerateURL,
		build: func() ([]byte, []string, error) {
			body, err := json.Marshal(r)
			return body, r.confidential(), err
		},
	})
	if err != nil {
		return nil, err
	}
	s, err := decodeSession(resp.env.Data, c.Now())
	if err != nil {
		return nil, malformed(OpGenerateURL, resp, err)
	}
	s.TransactionID = resp.env.TransactionID
	return s, nil
}

func decodeSession(data json.RawMessage, now time.Time) (*Session, error) {
	members, err := object(data)
	if err != nil {
		return nil, err
	}
	id := text(members["signatureId"])
	if id == nil || strings.TrimSpace(*id) == "" {
		return nil, fmt.Errorf("%w: it has no signature id", ErrMalformed)
	}
	return &Session{
		SignatureID: *id,
		URL:         value(text(members["url"])),
		ExpiresAt:   linkExpiry(integer(members["expiredTime"]), now),
	}, nil
}

// linkExpiry takes the API's figure, in epoch milliseconds, where it makes
// sense, and else counts the documented lifetime from now.
func linkExpiry(ms *int64, now time.Time) time.Time {
	if ms != nil {
		at := time.UnixMilli(*ms)
		if at.After(now) && !at.After(now.Add(maxLinkLifetime)) {
			return at
		}
	}
	return now.Add(LinkLifetime)
}

// InputParameters is what get-result echoes of the request that made the
// session (API §5.2). The documented echo has neither IframeEnabled nor
// LivenessType; they are read where they come.
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
	IgnoreFailWhenJump *bool // of sibling products' requests; output only
}

func decodeInputParameters(raw json.RawMessage) *InputParameters {
	p := lenient[map[string]json.RawMessage](raw)
	if p == nil || len(*p) == 0 {
		return nil
	}
	m := *p
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
