package acctest

import "maps"

// RequestField is an argument of advance_liveness_session that the API has a
// field for (API §4.1).
type RequestField struct {
	Argument string // name in the configuration
	Field    string // name in the request
	Value    any    // a good value, a string or a bool
	Other    any    // another good value
	Required bool   // in the configuration
	Echoed   bool   // by get-result, as documented (API §5.2)
}

// RequestFields are all such arguments. The tests that concern each of them
// range over this table; a test fails where an argument has no row here.
var RequestFields = []RequestField{
	{Argument: "return_url", Field: "returnUrl", Value: "https://app.example.com/ok", Other: "https://app.example.com/other", Required: true, Echoed: true},
	{Argument: "fail_return_url", Field: "failReturnUrl", Value: "https://app.example.com/fail", Other: "myapp://callback/other", Required: true, Echoed: true},
	{Argument: "user_id", Field: "userId", Value: "user-1", Other: "user-2", Required: true, Echoed: true},
	{Argument: "region", Field: "region", Value: "PHL", Other: "THA", Required: true, Echoed: true},
	{Argument: "biz_id", Field: "bizId", Value: "order-1", Other: "order-2", Echoed: true},
	{Argument: "callback_url", Field: "callbackUrl", Value: "https://app.example.com/callback?key=secret", Other: "https://app.example.com/other", Echoed: true},
	{Argument: "language", Field: "language", Value: "en-US", Other: "fil", Echoed: true},
	{Argument: "prefers_color_scheme", Field: "prefersColorScheme", Value: "dark", Other: "light", Echoed: true},
	{Argument: "biz_code", Field: "bizCode", Value: "WhiteCard", Other: "Other1", Echoed: true},
	{Argument: "iframe_enabled", Field: "iframeEnabled", Value: false, Other: true},
	{Argument: "product_level", Field: "productLevel", Value: "PRO", Other: "STANDARD", Echoed: true},
	{Argument: "liveness_type", Field: "livenessType", Value: "login", Other: "SILENT"},
}

// RequiredArguments returns a configuration of the required arguments, with
// more in addition or instead. A nil value leaves an argument out.
func RequiredArguments(more map[string]any) map[string]any {
	return arguments(func(f RequestField) bool { return f.Required }, more)
}

// AllArguments returns a configuration of all [RequestFields], with more in
// addition or instead. A nil value leaves an argument out.
func AllArguments(more map[string]any) map[string]any {
	return arguments(func(RequestField) bool { return true }, more)
}

func arguments(wanted func(RequestField) bool, more map[string]any) map[string]any {
	config := map[string]any{}
	for _, f := range RequestFields {
		if wanted(f) {
			config[f.Argument] = f.Value
		}
	}
	maps.Copy(config, more)
	return config
}
