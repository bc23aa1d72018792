package advance

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
)

// Account returns a fingerprint of the account that the calls are made for: 16
// hexadecimal digits, from which nothing can be learned. It comes from the
// customer and account id among the claims of the token in use (API §3.3).
// Where these cannot be read, it comes from the access key. It is empty if the
// account is not known: before the first token was minted, and for a
// Credentials.AccessToken without readable claims.
func (c *Client) Account() string {
	t := c.tokens.last()
	if t == "" {
		return ""
	}
	if customer, account, ok := claims(t); ok {
		return fingerprint(fmt.Sprintf("account %q %q", customer, account))
	}
	if c.tokens.given != "" {
		return ""
	}
	return fingerprint(fmt.Sprintf("access key %q", c.credentials.AccessKey))
}

// Authenticate mints a token if there is none that is valid. After it, Account
// is what the next call is made for.
func (c *Client) Authenticate(ctx context.Context) error {
	_, err := c.tokens.get(ctx)
	return err
}

func fingerprint(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:8])
}

// claims returns the customer and account id among the claims of an access
// token, a JWT whose subject is an object, as a rule encoded as a string (API
// §3.3). The signature is not checked: only the API has the key.
func claims(t string) (customer, account string, ok bool) {
	parts := strings.Split(t, ".")
	if len(parts) < 2 {
		return "", "", false
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return "", "", false
	}
	token, err := object(payload)
	if err != nil {
		return "", "", false
	}
	subject := token["sub"]
	if s := text(subject); s != nil {
		subject = json.RawMessage(*s)
	}
	ids, err := object(subject)
	if err != nil {
		return "", "", false
	}
	customer, account = identifier(ids["customerId"]), identifier(ids["accountId"])
	return customer, account, customer != "" && account != ""
}
