package sessionargs

import (
	"errors"
	"fmt"
	"testing"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
)

func TestErrorAttribute(t *testing.T) {
	t.Parallel()
	const generate = advance.OpGenerateURL
	for _, test := range []struct {
		err  error
		want string // "" is nobody
	}{
		{&advance.Error{Operation: generate, Code: "REGION_WRONG", Message: "Region is wrong"}, "region"},
		{&advance.Error{Operation: generate, Code: "REGION_WRONG"}, "region"},
		{&advance.Error{Operation: generate, Code: "PARAMETER_ERROR", Message: "Invalid returnUrl, please check your returnUrl"}, "return_url"},
		{&advance.Error{Operation: generate, Code: "PARAMETER_ERROR", Message: "invalid returnurl,please check your RETURNURL."}, "return_url"},
		{&advance.Error{Operation: generate, Code: "PARAMETER_ERROR", Message: "Invalid failedReturnUrl, please check your failedReturnUrl"}, "fail_return_url"},
		{&advance.Error{Operation: generate, Code: "PARAMETER_ERROR", Message: "Invalid failReturnUrl"}, "fail_return_url"},
		{&advance.Error{Operation: generate, Code: "PARAMETER_ERROR", Message: "Product level is wrong"}, "product_level"},
		{&advance.Error{Operation: generate, Code: "PARAMETER_ERROR", Message: "Parameter should not be empty"}, ""},
		{&advance.Error{Operation: generate, Code: "PARAMETER_ERROR"}, ""},
		{&advance.Error{Operation: generate, Code: "ERROR", Message: "Invalid returnUrl"}, ""},
		{&advance.Error{Operation: advance.OpGetResult, Code: "PARAMETER_ERROR", Message: "Invalid returnUrl"}, ""},
		{&advance.Error{Operation: generate, Err: fmt.Errorf("minting: %w", &advance.Error{Operation: advance.OpGenerateToken, Code: "PARAMETER_ERROR", Message: "returnUrl"})}, ""},
		{errors.New("Invalid returnUrl"), ""},
		{fmt.Errorf("creating: %w", &advance.Error{Operation: generate, Code: "REGION_WRONG"}), "region"},
	} {
		at, ok := ErrorAttribute(test.err)
		if ok != (test.want != "") || at.String() != test.want {
			t.Errorf("ErrorAttribute(%v) = %q, %t; want %q", test.err, at, ok, test.want)
		}
	}
}
