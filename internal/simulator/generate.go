package simulator

import (
	"regexp"

	"golang.org/x/text/language"
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

var bizCodePattern = regexp.MustCompile(`^[A-Za-z0-9]{1,32}$`)

// validRegion reports whether a region is a country's ISO 3166-1 alpha-3 code,
// and not one that was withdrawn or is free for private use. The API does not say
// which countries it supports (API §9.3).
func validRegion(text string) bool {
	region, err := language.ParseRegion(text) // also takes lower case and two letters
	return err == nil && region.IsCountry() && region.ISO3() == text &&
		region == region.Canonicalize() && !region.IsPrivateUse()
}

// generateURL answers generate-liveness-detection-url.
func (s *store) generateURL(req request, in fields) reply {
	if refused, bad := checkParameters(in); bad {
		return refused
	}
	created := s.newSession(req.account, in)
	answer := success(map[string]any{
		"signatureId": created.id,
		"url":         baseURL(req.Request) + created.pagePath(),
		"expiredTime": s.apiMillis(created.expires),
	})
	answer.signatureID = created.id
	return answer
}

// checkParameters returns the refusal that the parameters earn, if they do. An
// optional parameter may be empty, which is as if it were left out.
func checkParameters(in fields) (refused reply, bad bool) {
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
	if level := in.text("productLevel"); level != "" && level != "STANDARD" && level != "PRO" {
		return refusal(codeParameterError, messageProductLevel), true
	}
	if !validRegion(in.text("region")) {
		return refusal(codeRegionWrong, messageRegion), true
	}
	return reply{}, false
}
