package advance

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// ImageType is the form of the images in a result (API §5.1).
type ImageType string

// The forms of images. The empty ImageType leaves the choice to the API, whose
// documented default is URL.
const (
	ImageURL    ImageType = "URL"
	ImageBase64 ImageType = "BASE64"
)

// Overall results (API §5.2). The set is open; any other value decides nothing.
const (
	OverallPass       = "PASS"
	OverallFail       = "FAIL"
	OverallIncomplete = "INCOMPLETE"
)

// Result is the result of a session so far (API §5.2). A field that is absent,
// null, empty or not of the documented type is nil.
type Result struct {
	SignatureID     string
	OverallResult   *string // PASS, FAIL or INCOMPLETE; idvResult stands in for a missing overallResult
	ErrorCode       *string // API §5.3; SUCCESS on a pass, nil before the final result
	CountryCodeISO3 *string
	FaceDetail      *FaceDetail      // nil if nothing was captured
	InputParameters *InputParameters // nil if the API echoes nothing
	TransactionID   string           // of the call

	// HoldsImages reports whether the API still shows a picture or video of
	// the person, in any field. In doubt it is true.
	HoldsImages bool
}

// Finished reports whether the transaction has its final result, so that its
// data can be erased (API §5.6). INCOMPLETE is final only with an error code.
func (r *Result) Finished() bool {
	switch value(r.OverallResult) {
	case OverallPass, OverallFail:
		return true
	case OverallIncomplete:
		return r.ErrorCode != nil
	default:
		return false
	}
}

// Passed reports whether the person passed. The API decides that, not the score
// (API §5.3).
func (r *Result) Passed() bool {
	return value(r.OverallResult) == OverallPass
}

// State describes the state of the transaction in a few words, for humans.
func (r *Result) State() string {
	overall := value(r.OverallResult)
	switch {
	case overall == "":
		return "no result yet"
	case r.ErrorCode == nil && !r.Finished():
		return overall + ", not finished"
	case r.ErrorCode == nil:
		return overall
	default:
		return overall + ", " + *r.ErrorCode
	}
}

// FaceDetail describes the capture (API §5.4). Images are in the form that was
// asked for: links, which expire after a day and differ in every call, or base64.
type FaceDetail struct {
	FaceResult           *string
	FaceImage            *string
	FaceImageTime        *time.Time
	FaceImageFar         *string
	FaceImageFarTime     *time.Time
	FaceImageNear        *string
	FaceImageNearTime    *time.Time
	SilentImage          *string
	SilentImageTime      *time.Time
	AuditImageURL        *string  // always a link, to a ZIP
	FaceLivenessScore    *float64 // 0 to 100
	LivenessAttackType   *int64   // 1 presentation, 2 injection, 3 unsure
	LivenessType         *string
	LivenessFlowCategory *string
	FaceVideoURL         *string  // PENDING, ERROR or a link
	FaceSimilarityScore  *float64 // of sibling products only
	EventDetails         []Event
}

// Event is one step of the capture.
type Event struct {
	Event     *string // free text
	Result    *string
	CreatedAt *time.Time
}

// notKnownDelay is the time between the two calls that it takes to believe that
// the API does not know a session.
const notKnownDelay = 2 * time.Second

// GetResult returns the result of a session so far (API §5). If the API does not
// know the id, in two calls, [IsNotKnown] reports true for the error: a single
// stray response must not cost a session. confidential holds what an error must
// not quote, such as the session's user id and URLs.
func (c *Client) GetResult(ctx context.Context, signatureID string, images ImageType, confidential ...string) (*Result, error) {
	r, err := c.getResult(ctx, signatureID, images, confidential)
	if !IsNotKnown(err) {
		return r, err
	}
	if ended := sleepUntil(ctx, time.Now().Add(notKnownDelay)); ended != nil {
		return nil, &Error{Operation: OpGetResult, Err: fmt.Errorf("before asking again what the API did not know: %w", ended)}
	}
	return c.getResult(ctx, signatureID, images, confidential)
}

func (c *Client) getResult(ctx context.Context, signatureID string, images ImageType, confidential []string) (*Result, error) {
	resp, err := c.do(ctx, request{
		op:  getResult,
		url: c.endpoint + getResult.path,
		build: func() (any, []string) {
			return struct {
				SignatureID     string    `json:"signatureId"`
				ReturnImageType ImageType `json:"returnImageType,omitempty"`
			}{signatureID, images}, confidential
		},
	})
	if err != nil {
		return nil, err
	}
	r, err := decodeResult(resp.env.Data, signatureID)
	if err != nil {
		return nil, resp.malformed(getResult, err)
	}
	r.TransactionID = resp.env.TransactionID
	return r, nil
}

// IsNotKnown reports whether err says that the API does not know the signature
// id that get-result asked for (API §5.5). clear-data says the same only in a
// message that may change; see [ClassifyClear].
func IsNotKnown(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Operation == OpGetResult && e.Code == CodeSignatureNotExist
}

// decodeResult decodes the data of get-result for the session that was asked
// for. No data means no result yet (API §5.6). The fields that decide about
// waiting and erasing must have the right type, and be there once; any other may
// be of any type.
func decodeResult(data json.RawMessage, signatureID string) (*Result, error) {
	r := &Result{SignatureID: signatureID}
	if data == nil {
		return r, nil
	}
	members, err := object(data)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"overallResult", "idvResult", "errorCode", "faceDetail"} {
		if isDoubled(members[name]) {
			return nil, fmt.Errorf("%w: it has %s twice", ErrMalformed, name)
		}
	}
	if id := members["signatureId"]; present(id) != nil && identifier(id) != signatureID {
		return nil, fmt.Errorf("%w: its signatureId is not the one that was asked for", ErrMalformed)
	}
	if r.OverallResult, err = word(members, "overallResult"); err != nil {
		return nil, err
	}
	if r.OverallResult == nil {
		r.OverallResult, _ = word(members, "idvResult") // one of another type decides nothing
	}
	if r.ErrorCode, err = word(members, "errorCode"); err != nil {
		return nil, err
	}
	r.CountryCodeISO3 = text(members["countryCodeIso3"])
	r.FaceDetail = decodeFaceDetail(members["faceDetail"])
	r.InputParameters = decodeInputParameters(members["inputParameters"])
	r.HoldsImages = holdsImages(members)
	return r, nil
}

// word decodes a field that must be a string if it is present, and makes it fit
// for messages and logs.
func word(members map[string]json.RawMessage, name string) (*string, error) {
	s, err := strict[string](members[name])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	text := printable(value(s), maxCodeLen)
	if text == "" {
		return nil, nil //nolint:nilnil // nil is the value of an absent field
	}
	return &text, nil
}

func decodeFaceDetail(raw json.RawMessage) *FaceDetail {
	m, err := object(raw)
	if err != nil {
		return nil
	}
	return &FaceDetail{
		FaceResult:           text(m["faceResult"]),
		FaceImage:            text(m["faceImage"]),
		FaceImageTime:        epochMillis(m["faceImageTime"]),
		FaceImageFar:         text(m["faceImageFar"]),
		FaceImageFarTime:     epochMillis(m["faceImageFarTime"]),
		FaceImageNear:        text(m["faceImageNear"]),
		FaceImageNearTime:    epochMillis(m["faceImageNearTime"]),
		SilentImage:          text(m["silentImage"]),
		SilentImageTime:      epochMillis(m["silentImageTime"]),
		AuditImageURL:        text(m["auditImageUrl"]),
		FaceLivenessScore:    lenient[float64](m["faceLivenessScore"]),
		LivenessAttackType:   integer(m["livenessAttackType"]),
		LivenessType:         text(m["livenessType"]),
		LivenessFlowCategory: text(m["livenessFlowCategory"]),
		FaceVideoURL:         text(m["faceVideoUrl"]),
		FaceSimilarityScore:  lenient[float64](m["faceSimilarityScore"]),
		EventDetails:         decodeEvents(m["eventDetails"]),
	}
}

// decodeEvents accepts both spellings of the time: createTimestmap in the
// vendor's example, createTimestamp in its field table (API §5.4).
func decodeEvents(raw json.RawMessage) []Event {
	var events []Event
	for _, item := range value(lenient[[]json.RawMessage](raw)) {
		m, err := object(item)
		if err != nil {
			continue
		}
		at := cmp.Or(epochMillis(m["createTimestamp"]), epochMillis(m["createTimestmap"]))
		events = append(events, Event{Event: text(m["event"]), Result: text(m["result"]), CreatedAt: at})
	}
	return events
}

// epochMillis decodes a time in epoch milliseconds. Zero and less mean none.
func epochMillis(raw json.RawMessage) *time.Time {
	ms := integer(raw)
	if ms == nil || *ms <= 0 {
		return nil
	}
	t := time.UnixMilli(*ms).UTC()
	return &t
}
