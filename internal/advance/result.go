package advance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// ImageType says in which form get-result gives images (API §5.1).
type ImageType string

// The forms of images. The empty ImageType leaves the choice to the API, which
// documents URL as its default.
const (
	ImageURL    ImageType = "URL"
	ImageBase64 ImageType = "BASE64"
)

// Overall results (API §5.2). The set is open: anything else is no verdict.
const (
	OverallPass       = "PASS"
	OverallFail       = "FAIL"
	OverallIncomplete = "INCOMPLETE"
)

// Result is get-result's data (API §5.2). A nil pointer is a field that was
// absent, null, empty or of a type that the reference does not know.
type Result struct {
	SignatureID     string
	OverallResult   *string // PASS, FAIL or INCOMPLETE; from idvResult where the former is missing
	ErrorCode       *string // API §5.3; SUCCESS on a pass, nil while there is no final result
	CountryCodeISO3 *string
	FaceDetail      *FaceDetail      // nil where nothing was captured
	InputParameters *InputParameters // nil where the API echoes nothing
	TransactionID   string           // of the call

	// HoldsImages says that the API still shows a picture or video of the
	// person, in whichever field. It errs on the side of true.
	HoldsImages bool
}

// Finished reports whether the transaction has its final result, so that
// waiting changes nothing and its data can be erased (API §5.6). INCOMPLETE is
// final only together with an error code.
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

// Passed reports whether the person passed. The verdict is the API's, never
// derived from the score (API §5.3).
func (r *Result) Passed() bool {
	return value(r.OverallResult) == OverallPass
}

// State says in a few words where the transaction stands, for people.
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

// FaceDetail is what the capture gave (API §5.4). Images are links that expire
// after a day and differ at every call, or base64, as was asked for.
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

// GetResult reads a session's result (API §5). SUCCESS is about the question,
// not the verdict. Where the API does not know the id, [IsNotKnown] holds for
// the error.
func (c *Client) GetResult(ctx context.Context, signatureID string, images ImageType) (*Result, error) {
	resp, err := c.do(ctx, request{
		op:  OpGetResult,
		url: c.endpoint + pathGetResult,
		build: func() ([]byte, []string, error) {
			body, err := json.Marshal(struct {
				SignatureID     string    `json:"signatureId"`
				ReturnImageType ImageType `json:"returnImageType,omitempty"`
			}{signatureID, images})
			return body, nil, err
		},
	})
	if err != nil {
		return nil, err
	}
	r, err := decodeResult(resp.env.Data)
	if err != nil {
		return nil, malformed(OpGetResult, resp, err)
	}
	r.SignatureID = signatureID
	r.TransactionID = resp.env.TransactionID
	return r, nil
}

// decodeResult reads get-result's data. No data at all is a transaction that
// has no result yet (API §5.6). The two fields that decide over waiting and
// erasing must have the right type; all others may be anything.
func decodeResult(data json.RawMessage) (*Result, error) {
	if data == nil {
		return &Result{}, nil
	}
	members, err := object(data)
	if err != nil {
		return nil, err
	}
	overall, err := word(members, "overallResult")
	if err != nil {
		return nil, err
	}
	if overall == nil {
		overall, _ = word(members, "idvResult") // of another type it says nothing
	}
	code, err := word(members, "errorCode")
	if err != nil {
		return nil, err
	}
	return &Result{
		OverallResult:   overall,
		ErrorCode:       code,
		CountryCodeISO3: text(members["countryCodeIso3"]),
		FaceDetail:      decodeFaceDetail(members["faceDetail"]),
		InputParameters: decodeInputParameters(members["inputParameters"]),
		HoldsImages:     holdsImages(members),
	}, nil
}

// word decodes a field that must be a string where it is present. It reaches
// messages and logs, so it is made fit for them.
func word(members map[string]json.RawMessage, name string) (*string, error) {
	s, err := strict[string](members[name])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	shown := printable(value(s), maxCodeLen)
	if shown == "" {
		return nil, nil //nolint:nilnil // nil is the value of an absent field
	}
	return &shown, nil
}

func decodeFaceDetail(raw json.RawMessage) *FaceDetail {
	f := lenient[map[string]json.RawMessage](raw)
	if f == nil {
		return nil
	}
	m := *f
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

// decodeEvents accepts both spellings of the time: the vendor's example has
// createTimestmap, its field table createTimestamp (API §5.4).
func decodeEvents(raw json.RawMessage) []Event {
	var events []Event
	for _, item := range value(lenient[[]json.RawMessage](raw)) {
		m := lenient[map[string]json.RawMessage](item)
		if m == nil {
			continue
		}
		at := epochMillis((*m)["createTimestamp"])
		if at == nil {
			at = epochMillis((*m)["createTimestmap"])
		}
		events = append(events, Event{Event: text((*m)["event"]), Result: text((*m)["result"]), CreatedAt: at})
	}
	return events
}

// epochMillis decodes a time in epoch milliseconds; zero and below mean none.
func epochMillis(raw json.RawMessage) *time.Time {
	ms := integer(raw)
	if ms == nil || *ms <= 0 {
		return nil
	}
	t := time.UnixMilli(*ms).UTC()
	return &t
}

// holdsImages looks for pictures and videos by the names of the fields, known
// or not, because "no image left" lets a destroy end (API §6.3). A field is
// named by its whole path: "far" may stand within "images". The echoed request
// is left out: its URLs are the caller's own.
func holdsImages(members map[string]json.RawMessage) bool {
	for name, raw := range members {
		if name == "inputParameters" {
			continue
		}
		var v any
		if json.Unmarshal(raw, &v) != nil || anyImage(name, v) {
			return true
		}
	}
	return false
}

func anyImage(name string, v any) bool {
	switch v := v.(type) {
	case map[string]any:
		for key, member := range v {
			if anyImage(name+"."+key, member) {
				return true
			}
		}
	case []any:
		for _, item := range v {
			if anyImage(name, item) {
				return true
			}
		}
	case string:
		return v != "" && v != "ERROR" && mentions(name, "image", "video", "photo", "picture")
	}
	return false
}

// IsNotKnown reports whether err is get-result's answer that the API does not
// know the signature id (API §5.5). clear-data says the same in a message that
// may change; see [ClassifyClear].
func IsNotKnown(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Operation == OpGetResult && e.Code == CodeSignatureNotExist
}
