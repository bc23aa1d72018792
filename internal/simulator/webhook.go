package simulator

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"net/http"
	"strconv"
	"time"
)

// Algorithms of a webhook's signature.
const (
	WebhookSHA256 = "HMAC-SHA256"
	WebhookSHA512 = "HMAC-SHA512"
)

// Units of a webhook's timestamp (API §7.2 has both).
const (
	WebhookSeconds      = "seconds"
	WebhookMilliseconds = "milliseconds"
)

// webhookAssumption is what the simulator assumes of the webhook, because the
// reference does not say it.
const webhookAssumption = "the signed text is timestamp, nonce and body, joined by newlines; the body is that of a callback"

// Webhook is the account's receiver of notifications: it gets those of sessions
// that have no callback URL (API §7.2).
//
// The reference does not say which parts are signed in which order, nor what the
// body is. The simulator takes the timestamp, the nonce and the body, joined by
// newlines, and the body of a callback.
type Webhook struct {
	URL       string `json:"url"`       // Empty turns the webhook off.
	Secret    string `json:"secret"`    // The key of the signature, base64.
	Algorithm string `json:"algorithm"` // Default: [WebhookSHA256].
	Timestamp string `json:"timestamp"` // Unit of aai-timestamp. Default: [WebhookSeconds].
}

// validate refuses webhooks that could not be called. The error shows nothing
// of the secret.
func (w Webhook) validate() error {
	if w.URL != "" && !validCallbackURL(w.URL) {
		return errors.New("url is no absolute URL with http or https")
	}
	if key, err := base64.StdEncoding.DecodeString(w.Secret); err != nil || (len(key) == 0 && w.URL != "") {
		return errors.New("secret is missing, or is not base64")
	}
	if w.Algorithm != WebhookSHA256 && w.Algorithm != WebhookSHA512 {
		return fmt.Errorf("algorithm is %q, want %s or %s", w.Algorithm, WebhookSHA256, WebhookSHA512)
	}
	if w.Timestamp != WebhookSeconds && w.Timestamp != WebhookMilliseconds {
		return fmt.Errorf("timestamp is %q, want %s or %s", w.Timestamp, WebhookSeconds, WebhookMilliseconds)
	}
	return nil
}

// sign sets the headers that prove where a notification comes from.
func (w Webhook) sign(header http.Header, now time.Time, body []byte) {
	timestamp := strconv.FormatInt(now.Unix(), 10)
	if w.Timestamp == WebhookMilliseconds {
		timestamp = strconv.FormatInt(now.UnixMilli(), 10)
	}
	nonce := newID()
	header.Set("aai-timestamp", timestamp)
	header.Set("aai-nonce", nonce)
	header.Set("aai-signature", w.signature(timestamp, nonce, body))
}

// signature returns the signature of a notification.
func (w Webhook) signature(timestamp, nonce string, body []byte) string {
	algorithm := map[string]func() hash.Hash{WebhookSHA256: sha256.New, WebhookSHA512: sha512.New}[w.Algorithm]
	key, err := base64.StdEncoding.DecodeString(w.Secret)
	must(err) // It was checked when the webhook was set.
	mac := hmac.New(algorithm, key)
	mac.Write([]byte(timestamp + "\n" + nonce + "\n"))
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// SetWebhook sets the account's webhook, or turns it off. It fails for one that
// could not be called.
func (s *Simulator) SetWebhook(webhook Webhook) error {
	fill(&webhook.Algorithm, WebhookSHA256)
	fill(&webhook.Timestamp, WebhookSeconds)
	if err := webhook.validate(); err != nil {
		return fmt.Errorf("setting the webhook: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store.webhook = nil
	if webhook.URL != "" {
		s.store.webhook = &webhook
	}
	return nil
}

// controlWebhook tells which webhook is set; its secret is never told.
func (s *Simulator) controlWebhook(*http.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	told := map[string]string{"url": "", "algorithm": "", "timestamp": "", "assumption": webhookAssumption}
	if webhook := s.store.webhook; webhook != nil {
		told["url"], told["algorithm"], told["timestamp"] = shownURL(webhook.URL), webhook.Algorithm, webhook.Timestamp
	}
	return told, nil
}

func (s *Simulator) controlSetWebhook(r *http.Request) (any, error) {
	var webhook Webhook
	if err := decode(r, &webhook); err != nil {
		return nil, err
	}
	if err := s.SetWebhook(webhook); err != nil {
		return nil, badRequest{err}
	}
	return s.controlWebhook(r)
}
