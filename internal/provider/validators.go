package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/advance-community/terraform-provider-advance/internal/env"
	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

func endpoint() validator.String {
	return tfutil.StringFunc("an absolute https URL, or http to a loopback host", env.CheckEndpoint)
}

// unlessEmpty accepts the empty string, which counts as absent, and leaves all
// other values to the validator.
type unlessEmpty struct{ validator.String }

func (v unlessEmpty) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.ValueString() != "" {
		v.String.ValidateString(ctx, req, resp)
	}
}

// aboveZero is a bound that the library's AtLeast cannot express.
type aboveZero struct{}

func (aboveZero) Description(context.Context) string         { return "must be above 0" }
func (aboveZero) MarkdownDescription(context.Context) string { return "must be above 0" }

func (v aboveZero) ValidateFloat64(_ context.Context, req validator.Float64Request, resp *validator.Float64Response) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() || req.ConfigValue.ValueFloat64() > 0 {
		return
	}
	resp.Diagnostics.AddAttributeError(req.Path, "Invalid Attribute Value", "Attribute "+req.Path.String()+" must be above 0.")
}
