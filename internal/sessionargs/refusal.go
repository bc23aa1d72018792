package sessionargs

import (
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
)

// LostAnswer returns a sentence, after a space, about a session that a failed
// generate-url may have left behind. It is empty if there is none.
func LostAnswer(err error) string {
	var e *advance.Error
	if !errors.As(err, &e) || !e.OutcomeUnknown {
		return ""
	}
	return " At least one answer was lost, so the API may have made a session whose id and link nobody holds. It holds no face, only the parameters that were sent, and it ends within the hour."
}

// refusals are the answers of generate-url that name an argument (API §4.4). The
// message for fail_return_url has the name of a legacy field.
var refusals = []struct{ code, fragment, attribute string }{
	{advance.CodeRegionWrong, "", "region"},
	{advance.CodeParameterError, "failedreturnurl", "fail_return_url"},
	{advance.CodeParameterError, "failreturnurl", "fail_return_url"},
	{advance.CodeParameterError, "returnurl", "return_url"},
	{advance.CodeParameterError, "product level", "product_level"},
}

// ErrorAttribute returns the argument that generate-url refused, if the API
// names one.
func ErrorAttribute(err error) (at path.Path, found bool) {
	var e *advance.Error
	if !errors.As(err, &e) || e.Operation != advance.OpGenerateURL {
		return path.Empty(), false
	}
	for _, r := range refusals {
		if e.Code == r.code && strings.Contains(strings.ToLower(e.Message), r.fragment) {
			return path.Root(r.attribute), true
		}
	}
	return path.Empty(), false
}
