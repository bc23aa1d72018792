package provider

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

func endpoint() validator.String {
	return tfutil.StringFunc("an absolute https URL, or http to a loopback host", checkEndpoint)
}

// checkEndpoint checks that a token may be sent to the URL s. Plain http is for a
// simulator on this machine only: elsewhere the token could be read in transit.
func checkEndpoint(s string) error {
	u, err := url.Parse(s)
	if err != nil || !u.IsAbs() || u.Opaque != "" || u.Hostname() == "" {
		return errors.New("must be an absolute URL such as \"https://api.advance.ai\"")
	}
	switch {
	case u.User != nil:
		return errors.New("must not have a user or password in it")
	case u.RawQuery != "", u.ForceQuery, u.Fragment != "", strings.Contains(s, "#"):
		return errors.New("must not have a query or a fragment")
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	case u.Scheme == "http":
		return errors.New("must be an https URL: http, which anyone on the way can read, is accepted for a loopback host only")
	default:
		return errors.New("must be an https URL")
	}
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
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
