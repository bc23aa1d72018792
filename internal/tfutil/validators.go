package tfutil

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// StringFunc returns a validator that calls check on known values. The error's
// text follows the attribute's name, and must not quote the value: diagnostics
// are logged, and some values are personal.
func StringFunc(description string, check func(string) error) validator.String {
	return stringFunc{description, check}
}

type stringFunc struct {
	description string
	check       func(string) error
}

func (v stringFunc) Description(context.Context) string         { return v.description }
func (v stringFunc) MarkdownDescription(context.Context) string { return v.description }

func (v stringFunc) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if err := v.check(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid Attribute Value",
			"Attribute "+req.Path.String()+" "+err.Error()+".")
	}
}

// NotBlank accepts strings with anything but white space in them.
func NotBlank() validator.String {
	return StringFunc("must not be empty", func(s string) error {
		if strings.TrimSpace(s) == "" {
			return errors.New("must not be empty")
		}
		return nil
	})
}

// DurationAtLeast accepts Go durations of lowest or more.
func DurationAtLeast(lowest time.Duration) validator.String {
	return duration("must be a Go duration of at least "+lowest.String()+", such as \"15s\" or \"10m\"",
		func(d time.Duration) bool { return d >= lowest })
}

// DurationAboveZero accepts Go durations above zero.
func DurationAboveZero() validator.String {
	return duration("must be a Go duration above zero, such as \"30s\" or \"75m\"",
		func(d time.Duration) bool { return d > 0 })
}

func duration(description string, allowed func(time.Duration) bool) validator.String {
	return StringFunc(description, func(s string) error {
		d, err := time.ParseDuration(s)
		if err != nil || !allowed(d) {
			return errors.New(description)
		}
		return nil
	})
}
