package simulator

import (
	"regexp"
	"slices"
)

var generateFields = map[string]fieldType{
	"returnUrl":          textField,
	"failReturnUrl":      textField,
	"callbackUrl":        textField,
	"bizId":              textField,
	"userId":             textField,
	"region":             textField,
	"language":           textField,
	"prefersColorScheme": textField,
	"bizCode":            textField,
	"iframeEnabled":      boolField,
	"productLevel":       textField,
	"livenessType":       textField,
	"ignoreFailWhenJump": boolField, // not documented for this API, so it has no effect (API §4.1)
}

var (
	regionPattern  = regexp.MustCompile(`^[A-Z]{3}$`)
	bizCodePattern = regexp.MustCompile(`^[A-Za-z0-9]{1,32}$`)
)

// wrongRegion looks like a region but is none: ISO 3166-1 leaves it to users.
const wrongRegion = "XXX"

// handleGenerate answers generate-liveness-detection-url.
func (s *Simulator) handleGenerate(req request) reply {
	in, ok := req.fields(generateFields)
	if !ok {
		return clientError(messageBadRequest)
	}
	if refused, bad := s.checkGenerate(in); bad {
		return refused
	}
	created := s.newSession(in)
	data := map[string]any{
		"signatureId": created.id,
		"url":         baseURL(req.Request) + created.pagePath(),
		"expiredTime": s.apiMillis(created.expires),
	}
	if s.behaviour.OmitExpiredTime {
		delete(data, "expiredTime")
	}
	answer := success(data)
	answer.signatureID = created.id
	return answer
}

// checkGenerate returns the refusal that the parameters earn, if they do. An
// optional parameter may be empty, which is as if it were left out.
func (s *Simulator) checkGenerate(in fields) (refused reply, bad bool) {
	if in.missing("returnUrl", "failReturnUrl", "bizId", "userId", "region") {
		return refusal(codeParameterError, messageEmpty), true
	}
	if !validReturnURL(in.text("returnUrl")) {
		return refusal(codeParameterError, messageReturnURL), true
	}
	if !validReturnURL(in.text("failReturnUrl")) {
		return refusal(codeParameterError, messageFailReturnURL), true
	}
	if callback := in.text("callbackUrl"); callback != "" && !validCallbackURL(callback) {
		return refusal(codeParameterError, messageParameter), true
	}
	if code := in.text("bizCode"); code != "" && !bizCodePattern.MatchString(code) {
		return refusal(codeParameterError, messageParameter), true
	}
	if level := in.text("productLevel"); level != "" && !slices.Contains(s.behaviour.ProductLevels, level) {
		return refusal(codeParameterError, messageProductLevel), true
	}
	return s.checkRegion(in.text("region"))
}

// checkRegion tells a region that does not exist from one that the account was
// not granted.
func (s *Simulator) checkRegion(region string) (refused reply, bad bool) {
	if !regionPattern.MatchString(region) || region == wrongRegion {
		return refusal(codeRegionWrong, messageRegion), true
	}
	if granted := s.behaviour.Regions; len(granted) > 0 && !slices.Contains(granted, region) {
		return refusal(codeIAMFailed, messageCountry), true
	}
	return reply{}, false
}
