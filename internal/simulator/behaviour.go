package simulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// What the API answers once a session was cleared (API §6.3).
const (
	AfterClearNotExist = "not-exist" // Both get-result and clear-data do not know the id any more.
	AfterClearBlanked  = "blanked"   // get-result answers with the personal fields empty; clear-data does not know the id.
	AfterClearSuccess  = "success"   // The same, but clear-data says SUCCESS again.
)

// What get-result answers while a session is pending (API §5.6).
const (
	PendingIncomplete = "incomplete"  // overallResult is INCOMPLETE, errorCode is null.
	PendingNullData   = "null-data"   // data is null.
	PendingNullResult = "null-result" // overallResult and idvResult are null.
)

// The two generations of faceDetail (API §5.2).
const (
	FaceDetailFull  = "full"
	FaceDetailSmall = "small"
)

// The two spellings of an event's time (API §5.4).
const (
	EventTimeTimestamp = "createTimestamp"
	EventTimeTimestmap = "createTimestmap"
)

// The four ways of faceVideoUrl (API §5.4).
const (
	FaceVideoNone    = "" // null
	FaceVideoPending = "PENDING"
	FaceVideoError   = "ERROR"
	FaceVideoLink    = "link"
)

// What get-result echoes as inputParameters (API §5.2).
const (
	EchoDocumented = "documented" // All but livenessType and iframeEnabled, with ignoreFailWhenJump as false.
	EchoNone       = "none"       // null.
	EchoAll        = "all"        // All that was sent, with ignoreFailWhenJump as false.
)

// How often a callback is sent (API §12).
const (
	CallbackOnce  = "once"
	CallbackTwice = "twice"
)

// The HTTP status of a CLIENT_ERROR (API §2.1).
const (
	ClientErrorOK   = "200"
	ClientErrorReal = "real" // The status that the message spells.
)

// MaxRateLimit is the highest rate limit, in calls a second.
const MaxRateLimit = 1_000_000

// RetryAfterNone leaves out the Retry-After header.
const RetryAfterNone = "none"

// Behaviour holds the switches for what the API reference leaves open or says
// twice. The zero value of each field is its default.
type Behaviour struct {
	AfterClear     string `json:"after_clear"`     // Default: [AfterClearNotExist].
	Pending        string `json:"pending"`         // Default: [PendingIncomplete].
	FaceDetail     string `json:"face_detail"`     // Default: [FaceDetailFull].
	EventTime      string `json:"event_time"`      // Default: [EventTimeTimestamp].
	FaceVideo      string `json:"face_video"`      // Default: [FaceVideoNone].
	EchoParameters string `json:"echo_parameters"` // Default: [EchoDocumented].
	Callback       string `json:"callback"`        // Default: [CallbackOnce].

	ClientErrorStatus string `json:"client_error_status"` // Default: [ClientErrorOK].

	// MessageDrift changes all messages in harmless ways: a full stop more or
	// less, blanks after commas, other words around those that matter.
	MessageDrift bool `json:"message_drift"`

	// OpaqueTokens mints tokens whose claims cannot be read: they are no JWT.
	OpaqueTokens bool `json:"opaque_tokens"`

	// ProcessingWindow is how long an erasure takes. For so long after the
	// first clear-data the answer is REQUEST_IN_PROCESSING; then the data is
	// gone, and the next clear-data says SUCCESS.
	ProcessingWindow Seconds `json:"processing_window_seconds"`

	// RateLimit is how many API calls a second are served, all operations
	// together; 0 is unlimited. It is a token bucket: an unused allowance adds
	// up to a second's worth, but at least to one call.
	RateLimit float64 `json:"rate_limit"`

	// RateLimitStatus is the HTTP status of throttled answers, 200 or 429.
	// Default: 200.
	RateLimitStatus int `json:"rate_limit_status"`

	// RetryAfter is the text of the Retry-After header of throttled answers, or
	// [RetryAfterNone]. Default: "10s".
	RetryAfter string `json:"retry_after"`

	// LatencyMin and LatencyMax bound the latency of API answers, which is
	// spread evenly between them. A LatencyMax below LatencyMin is taken for
	// LatencyMin. The latencies are the same sequence after each SetBehaviour.
	LatencyMin Seconds `json:"latency_min_seconds"`
	LatencyMax Seconds `json:"latency_max_seconds"`
}

// Set sets one switch. The name is the one that JSON has for it, and a text is
// written without quotes. It fails, and sets nothing, for an unknown name or a
// value that the switch does not have.
func (b *Behaviour) Set(name, value string) error {
	changed := *b
	err := changed.decodeField(name, value)
	if err != nil && json.Valid([]byte(value)) {
		err = changed.decodeField(name, json.RawMessage(value))
	}
	if err != nil {
		return fmt.Errorf("setting %s to %q: %w", name, value, err)
	}
	changed = changed.withDefaults()
	if err := changed.validate(); err != nil {
		return err
	}
	*b = changed
	return nil
}

// decodeField sets a field to what JSON makes of a value.
func (b *Behaviour) decodeField(name string, value any) error {
	return decodeStrict(bytes.NewReader(mustJSON(map[string]any{name: value})), b)
}

// withDefaults fills in what was left open.
func (b Behaviour) withDefaults() Behaviour {
	fill(&b.AfterClear, AfterClearNotExist)
	fill(&b.Pending, PendingIncomplete)
	fill(&b.FaceDetail, FaceDetailFull)
	fill(&b.EventTime, EventTimeTimestamp)
	fill(&b.EchoParameters, EchoDocumented)
	fill(&b.Callback, CallbackOnce)
	fill(&b.ClientErrorStatus, ClientErrorOK)
	fill(&b.RetryAfter, "10s")
	fill(&b.RateLimitStatus, 200)
	return b
}

// fill sets a field to its default where it has the zero value.
func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// validate refuses values that the switches do not have.
func (b Behaviour) validate() error {
	for _, choice := range []struct {
		name, value string
		allowed     []string
	}{
		{"after_clear", b.AfterClear, []string{AfterClearNotExist, AfterClearBlanked, AfterClearSuccess}},
		{"pending", b.Pending, []string{PendingIncomplete, PendingNullData, PendingNullResult}},
		{"face_detail", b.FaceDetail, []string{FaceDetailFull, FaceDetailSmall}},
		{"event_time", b.EventTime, []string{EventTimeTimestamp, EventTimeTimestmap}},
		{"face_video", b.FaceVideo, []string{FaceVideoNone, FaceVideoPending, FaceVideoError, FaceVideoLink}},
		{"echo_parameters", b.EchoParameters, []string{EchoDocumented, EchoNone, EchoAll}},
		{"callback", b.Callback, []string{CallbackOnce, CallbackTwice}},
		{"client_error_status", b.ClientErrorStatus, []string{ClientErrorOK, ClientErrorReal}},
	} {
		if !slices.Contains(choice.allowed, choice.value) {
			return fmt.Errorf("%s is %q, want one of %q", choice.name, choice.value, choice.allowed)
		}
	}
	for name, duration := range map[string]Seconds{
		"processing_window_seconds": b.ProcessingWindow,
		"latency_min_seconds":       b.LatencyMin,
		"latency_max_seconds":       b.LatencyMax,
	} {
		if !duration.within(0) {
			return fmt.Errorf("%s is %v, want 0 to a century", name, duration)
		}
	}
	if b.RateLimitStatus != 200 && b.RateLimitStatus != 429 {
		return fmt.Errorf("rate_limit_status is %d, want 200 or 429", b.RateLimitStatus)
	}
	if !(b.RateLimit >= 0 && b.RateLimit <= MaxRateLimit) {
		return fmt.Errorf("rate_limit is %v, want 0 to %d", b.RateLimit, MaxRateLimit)
	}
	return nil
}

// Seconds is a duration in seconds, as JSON has it.
type Seconds float64

// Duration returns the same as a time.Duration.
func (n Seconds) Duration() time.Duration {
	return time.Duration(float64(n) * float64(time.Second))
}

// within reports whether a duration is between shortest and a century.
func (n Seconds) within(shortest time.Duration) bool {
	return float64(n) >= shortest.Seconds() && float64(n) <= century.Seconds()
}
