package session

import (
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
)

// blame finds the argument that the API objects to, where it says so (API
// §4.4). The message for fail_return_url spells the name of a legacy field.
func blame(err error) (path.Path, bool) {
	var e *advance.Error
	if !errors.As(err, &e) || e.Operation != advance.OpGenerateURL {
		return path.Empty(), false
	}
	if e.Code == advance.CodeRegionWrong {
		return path.Root("region"), true
	}
	if e.Code != advance.CodeParameterError {
		return path.Empty(), false
	}
	message := strings.ToLower(e.Message)
	for _, known := range []struct{ fragment, attribute string }{
		{"failedreturnurl", "fail_return_url"},
		{"failreturnurl", "fail_return_url"},
		{"returnurl", "return_url"},
		{"product level", "product_level"},
	} {
		if strings.Contains(message, known.fragment) {
			return path.Root(known.attribute), true
		}
	}
	return path.Empty(), false
}
