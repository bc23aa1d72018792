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

	// MessageDrift changes all messages in harmless ways: a full stop more or
	// less, blanks after commas, other words around those that matter.
	MessageDrift bool `json:"message_drift"`

	// ProcessingWindow is how long an erasure takes. For so long after the
	// first clear-data the answer is REQUEST_IN_PROCESSING; then the data is
	// gone, and the next clear-data says SUCCESS.
	ProcessingWindow time.Duration `json:"-"`

	// OmitExpiredTime leaves expiredTime out of generate-url's answers.
	OmitExpiredTime bool `json:"omit_expired_time"`

	// ProductLevels are those that the account was granted. Default: STANDARD
	// and PRO.
	ProductLevels []string `json:"product_levels"`

	// Regions are those that the account was granted. Default: all.
	Regions []string `json:"regions"`

	// ImageBytes is the least size of a picture before base64. Default: as
	// small as a picture gets.
	ImageBytes int `json:"image_bytes"`

	// RateLimit is how many API calls a second are served, all operations
	// together; 0 is unlimited. It is a token bucket: an unused allowance adds
	// up to RateBurst calls.
	RateLimit float64 `json:"rate_limit"`

	// RateBurst is the size of that bucket. Default: a second's worth, but at
	// least one call.
	RateBurst float64 `json:"rate_burst"`

	// RateLimitStatus is the HTTP status of throttled answers, 200 or 429.
	// Default: 200.
	RateLimitStatus int `json:"rate_limit_status"`

	// RetryAfter is the text of the Retry-After header of throttled answers, or
	// [RetryAfterNone]. Default: "10s".
	RetryAfter string `json:"retry_after"`

	// HTTPErrorStatus gives CLIENT_ERROR answers the HTTP status that their
	// message spells, rather than 200.
	HTTPErrorStatus bool `json:"http_error_status"`

	// LatencyMin and LatencyMax bound the latency of API answers, which is
	// spread evenly between them. A LatencyMax below LatencyMin is taken for
	// LatencyMin.
	LatencyMin time.Duration `json:"-"`
	LatencyMax time.Duration `json:"-"`

	// LatencyTail is the latency of a share of the answers, LatencyTailShare
	// (0 to 1), that take unusually long. Which ones, and all other latencies,
	// are the same sequence after each SetBehaviour.
	LatencyTail      time.Duration `json:"-"`
	LatencyTailShare float64       `json:"latency_tail_share"`
}

// SetBehaviour sets all switches. Like regexp.MustCompile it panics when one is
// not valid, for then the test that calls it is wrong.
func (s *Simulator) SetBehaviour(b Behaviour) {
	b = b.withDefaults()
	if err := b.validate(); err != nil {
		panic("simulator: " + err.Error())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.setBehaviour(b)
}

// setBehaviour is SetBehaviour for callers that hold the lock and have a valid
// behaviour with its defaults filled in.
func (s *Simulator) setBehaviour(b Behaviour) {
	s.bucket.refill(s.now(), s.behaviour.RateLimit, s.behaviour.rateBurst())
	s.behaviour = b
	s.latency = newLatencySource(b)
}

// Behaviour returns all switches, with the defaults filled in.
func (s *Simulator) Behaviour() Behaviour {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.behaviour
	b.ProductLevels = slices.Clone(b.ProductLevels)
	b.Regions = slices.Clone(b.Regions)
	return b
}

// withDefaults fills in what was left open. It copies the lists, so that the
// simulator shares none with its caller.
func (b Behaviour) withDefaults() Behaviour {
	fill(&b.AfterClear, AfterClearNotExist)
	fill(&b.Pending, PendingIncomplete)
	fill(&b.FaceDetail, FaceDetailFull)
	fill(&b.EventTime, EventTimeTimestamp)
	fill(&b.EchoParameters, EchoDocumented)
	fill(&b.RetryAfter, "10s")
	fill(&b.RateLimitStatus, 200)
	b.Regions = slices.Clone(b.Regions)
	b.ProductLevels = slices.Clone(b.ProductLevels)
	if b.ProductLevels == nil {
		b.ProductLevels = []string{"STANDARD", "PRO"}
	}
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
	} {
		if !slices.Contains(choice.allowed, choice.value) {
			return fmt.Errorf("%s is %q, want one of %q", choice.name, choice.value, choice.allowed)
		}
	}
	return b.validateNumbers()
}

func (b Behaviour) validateNumbers() error {
	switch {
	case b.RateLimitStatus != 200 && b.RateLimitStatus != 429:
		return fmt.Errorf("rate_limit_status is %d, want 200 or 429", b.RateLimitStatus)
	case !(b.RateLimit >= 0):
		return fmt.Errorf("rate_limit is %v, want 0 or more", b.RateLimit)
	case b.RateBurst != 0 && !(b.RateBurst >= 1):
		return fmt.Errorf("rate_burst is %v, want 1 or more", b.RateBurst)
	case !(b.LatencyTailShare >= 0 && b.LatencyTailShare <= 1):
		return fmt.Errorf("latency_tail_share is %v, want 0 to 1", b.LatencyTailShare)
	case b.ImageBytes < 0 || b.ImageBytes > 64<<20:
		return fmt.Errorf("image_bytes is %d, want 0 to 64 MiB", b.ImageBytes)
	case min(b.ProcessingWindow, b.LatencyMin, b.LatencyMax, b.LatencyTail) < 0:
		return fmt.Errorf("a duration is below 0")
	}
	return nil
}

// retryAfter returns the text of the Retry-After header, "" for none.
func (b Behaviour) retryAfter() string {
	if b.RetryAfter == RetryAfterNone {
		return ""
	}
	return b.RetryAfter
}

// rateBurst returns the size of the rate limit's bucket.
func (b Behaviour) rateBurst() float64 {
	if b.RateBurst > 0 {
		return b.RateBurst
	}
	return max(1, b.RateLimit)
}

// plainBehaviour is Behaviour without its methods, and so with the encoding
// that its tags describe.
type plainBehaviour Behaviour

// behaviourJSON adds the durations, in seconds like all of the control API.
type behaviourJSON struct {
	*plainBehaviour
	ProcessingWindow *float64 `json:"processing_window_seconds"`
	LatencyMin       *float64 `json:"latency_min_seconds"`
	LatencyMax       *float64 `json:"latency_max_seconds"`
	LatencyTail      *float64 `json:"latency_tail_seconds"`
}

// MarshalJSON encodes durations as seconds.
func (b Behaviour) MarshalJSON() ([]byte, error) {
	return json.Marshal(behaviourJSON{
		plainBehaviour:   (*plainBehaviour)(&b),
		ProcessingWindow: new(b.ProcessingWindow.Seconds()),
		LatencyMin:       new(b.LatencyMin.Seconds()),
		LatencyMax:       new(b.LatencyMax.Seconds()),
		LatencyTail:      new(b.LatencyTail.Seconds()),
	})
}

// UnmarshalJSON changes the switches that the JSON names and leaves the others
// as they are. It refuses names that it does not know.
func (b *Behaviour) UnmarshalJSON(text []byte) error {
	in := behaviourJSON{plainBehaviour: (*plainBehaviour)(b)}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&in); err != nil {
		return fmt.Errorf("behaviour: %w", err)
	}
	for _, duration := range []struct {
		seconds *float64
		field   *time.Duration
	}{
		{in.ProcessingWindow, &b.ProcessingWindow},
		{in.LatencyMin, &b.LatencyMin},
		{in.LatencyMax, &b.LatencyMax},
		{in.LatencyTail, &b.LatencyTail},
	} {
		if duration.seconds == nil {
			continue
		}
		parsed, err := seconds(*duration.seconds)
		if err != nil {
			return fmt.Errorf("behaviour: %w", err)
		}
		*duration.field = parsed
	}
	return nil
}

// maxSeconds bounds durations in JSON: a century, safely within a
// time.Duration.
const maxSeconds = 100 * 365 * 24 * 3600

// seconds turns a number of seconds into a duration.
func seconds(n float64) (time.Duration, error) {
	if !(n >= -maxSeconds && n <= maxSeconds) {
		return 0, fmt.Errorf("%v seconds are out of range", n)
	}
	return time.Duration(n * float64(time.Second)), nil
}
