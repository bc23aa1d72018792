package simulator

import (
	"encoding/base64"
	"maps"
	"net/http"
	"time"
)

var resultFields = map[string]fieldType{
	"signatureId":     textField,
	"returnImageType": textField,
}

// getResult answers get-result.
func (s *store) getResult(req request, in fields) reply {
	if in.missing("signatureId") {
		return refusal(codeParameterError, messageEmpty)
	}
	imageType := in.text("returnImageType")
	if imageType != "" && imageType != "URL" && imageType != "BASE64" {
		return refusal(codeParameterError, messageParameter)
	}
	return s.resultOf(req, in.text("signatureId"), imageType == "BASE64")
}

// resultOf returns what get-result says of a session.
func (s *store) resultOf(req request, id string, inline bool) reply {
	found, ok := s.findOf(req.account, id)
	if !ok || (found.state == StateCleared && s.behaviour.AfterClear == AfterClearNotExist) {
		return refusal(codeSignatureNotExist, messageNotExist)
	}
	if found.state == StateIssued && s.behaviour.Pending == PendingNullData {
		return success(nil)
	}
	data := map[string]any{
		"signatureId":     found.id,
		"errorCode":       nil,
		"faceDetail":      nil,
		"countryCodeIso3": found.params["region"],
		"inputParameters": s.echo(found),
	}
	verdict := s.verdict(found)
	data["overallResult"], data["idvResult"] = verdict, verdict
	if found.state != StateIssued {
		data["errorCode"] = found.outcome.ErrorCode
	}
	if found.state != StateIssued && *found.outcome.Captured {
		data["faceDetail"] = s.faceDetail(req.Request, found, inline)
	}
	return success(data)
}

// verdict returns the overall result; nil is a null.
func (s *store) verdict(x *session) any {
	switch {
	case x.state != StateIssued:
		return x.outcome.Result
	case s.behaviour.Pending == PendingNullResult:
		return nil
	}
	return ResultIncomplete
}

// echo returns inputParameters. What an erasure has taken away is null.
func (s *store) echo(x *session) any {
	if s.behaviour.EchoParameters == EchoNone {
		return nil
	}
	echoed := maps.Clone(map[string]any(x.params))
	echoed["ignoreFailWhenJump"] = false
	if s.behaviour.EchoParameters == EchoDocumented {
		delete(echoed, "livenessType")
		delete(echoed, "iframeEnabled")
	}
	if x.state == StateCleared {
		for _, name := range personalFields {
			echoed[name] = nil
		}
	}
	return echoed
}

// faceDetail returns what the liveness check found (API §5.4). The pictures are
// null once they were erased.
func (s *store) faceDetail(r *http.Request, x *session, inline bool) map[string]any {
	verdict := ResultPass
	if *x.outcome.Score < attackScore {
		verdict = ResultFail
	}
	detail := map[string]any{
		"faceResult":         verdict,
		"faceImageFar":       nil,
		"faceImageNear":      nil,
		"auditImageUrl":      nil,
		"faceLivenessScore":  *x.outcome.Score,
		"livenessAttackType": x.outcome.AttackType,
		"eventDetails":       s.events(x),
	}
	if s.behaviour.FaceDetail == FaceDetailFull {
		s.addFullDetail(detail, x)
	} else {
		delete(detail, "livenessAttackType")
	}
	if x.captured {
		s.addPictures(r, detail, x, inline)
	}
	return detail
}

// addFullDetail adds the fields that only the newer pages of the API know.
func (s *store) addFullDetail(detail map[string]any, x *session) {
	detail["livenessType"] = x.livenessType()
	detail["livenessFlowCategory"] = x.outcome.FlowCategory
	detail["faceVideoUrl"] = nil
	for _, name := range []string{"faceImage", "silentImage"} {
		detail[name] = nil
	}
	for _, name := range []string{"faceImageTime", "faceImageFarTime", "faceImageNearTime", "silentImageTime"} {
		detail[name] = nil
	}
}

func (x *session) livenessType() string {
	if name := x.params.text("livenessType"); name != "" {
		return name
	}
	return "DISTANT_NEAR"
}

// addPictures adds the pictures that the flow took, each where the older shape
// or the newer one has a field for it.
func (s *store) addPictures(r *http.Request, detail map[string]any, x *session, inline bool) {
	full := s.behaviour.FaceDetail == FaceDetailFull
	taken := s.apiMillis(x.ended)
	for _, shot := range shots(x.outcome.FlowCategory) {
		if _, ok := detail[shot.field]; !ok {
			continue
		}
		detail[shot.field] = s.picture(r, x, shot.picture, inline)
		if full {
			detail[shot.field+"Time"] = taken
		}
	}
	detail["auditImageUrl"] = s.mediaLink(r, x.id, auditName)
	if full {
		detail["faceVideoUrl"] = s.video(r, x)
	}
}

// shot is a picture in the field that shows it.
type shot struct{ field, picture string }

// shots returns the pictures that a flow takes (API §9.1). The main picture is
// the far one where there is one, and the silent one otherwise.
func shots(category string) []shot {
	if category == "SILENT" || category == "ACTION" {
		return []shot{{"faceImage", pictureSilent}, {"silentImage", pictureSilent}}
	}
	return []shot{{"faceImage", pictureFar}, {"faceImageFar", pictureFar}, {"faceImageNear", pictureNear}}
}

// picture returns a picture as a fresh link or as base64.
func (s *store) picture(r *http.Request, x *session, name string, inline bool) string {
	if !inline {
		return s.mediaLink(r, x.id, name)
	}
	return base64.StdEncoding.EncodeToString(x.picture(name))
}

// video returns faceVideoUrl in its four ways.
func (s *store) video(r *http.Request, x *session) any {
	switch s.behaviour.FaceVideo {
	case FaceVideoNone:
		return nil
	case FaceVideoLink:
		return s.mediaLink(r, x.id, videoName)
	}
	return s.behaviour.FaceVideo
}

// events returns eventDetails. The one name is that of the API's example.
func (s *store) events(x *session) []map[string]any {
	return []map[string]any{{
		"event":               "FE_DOCUMENT_SCAN",
		"result":              ResultPass,
		s.behaviour.EventTime: s.apiMillis(x.ended.Add(-time.Second)),
	}}
}
