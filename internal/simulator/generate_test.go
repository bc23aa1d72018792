package simulator

import (
	"strings"
	"testing"
)

func TestGenerate_parameters(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		changes map[string]any
		code    string // "" is SUCCESS
		message string
	}{
		"minimal": {},
		"all": {changes: map[string]any{
			"callbackUrl": "http://app.example.com/callback?auth=1", "language": "en-US", "prefersColorScheme": "dark",
			"bizCode": "WhiteCard", "iframeEnabled": true, "productLevel": "PRO", "livenessType": "login", "ignoreFailWhenJump": true,
		}},
		"empty options": {changes: map[string]any{
			"callbackUrl": "", "language": "", "prefersColorScheme": "", "bizCode": "", "productLevel": "", "livenessType": "",
		}},
		"odd scheme":       {changes: map[string]any{"prefersColorScheme": "sepia"}},
		"no returnUrl":     {map[string]any{"returnUrl": nil}, "PARAMETER_ERROR", messageEmpty},
		"no failReturnUrl": {map[string]any{"failReturnUrl": ""}, "PARAMETER_ERROR", messageEmpty},
		"no bizId":         {map[string]any{"bizId": nil}, "PARAMETER_ERROR", messageEmpty},
		"no userId":        {map[string]any{"userId": ""}, "PARAMETER_ERROR", messageEmpty},
		"no region":        {map[string]any{"region": nil}, "PARAMETER_ERROR", messageEmpty},
		"bad returnUrl":    {map[string]any{"returnUrl": "javascript:alert(1)"}, "PARAMETER_ERROR", messageReturnURL},
		"bad failReturn":   {map[string]any{"failReturnUrl": "myapp:"}, "PARAMETER_ERROR", messageFailReturnURL},
		"app callback":     {map[string]any{"callbackUrl": "myapp://callback"}, "PARAMETER_ERROR", messageParameter},
		"bizCode sign":     {map[string]any{"bizCode": "a-b"}, "PARAMETER_ERROR", messageParameter},
		"bizCode long":     {map[string]any{"bizCode": strings.Repeat("a", 33)}, "PARAMETER_ERROR", messageParameter},
		"lower region":     {map[string]any{"region": "phl"}, "REGION_WRONG", messageRegion},
		"short region":     {map[string]any{"region": "PH"}, "REGION_WRONG", messageRegion},
		"no such region":   {map[string]any{"region": "XXX"}, "REGION_WRONG", messageRegion},
		"product level":    {map[string]any{"productLevel": "ADVANCED"}, "PARAMETER_ERROR", messageProductLevel},
		"text for bool":    {map[string]any{"iframeEnabled": "true"}, "CLIENT_ERROR", messageBadRequest},
		"number for text":  {map[string]any{"userId": 1}, "CLIENT_ERROR", messageBadRequest},
		"object for text":  {map[string]any{"userId": map[string]any{}}, "CLIENT_ERROR", messageBadRequest},
		"unknown field":    {map[string]any{"failedReturnUrl": "https://a.example"}, "CLIENT_ERROR", messageBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newMemory(t, Config{}).login()
			code, message := test.code, test.message
			if code == "" {
				code, message = "SUCCESS", "OK"
			}
			h.want(OpGenerate, encode(sessionParams(test.changes)), code, message)
			if made := len(h.sim.Sessions()); (made == 1) != (code == "SUCCESS") {
				t.Errorf("%d sessions", made)
			}
		})
	}
}

func TestGenerate_refusesNull(t *testing.T) {
	t.Parallel()
	h := newMemory(t, Config{}).login()
	for name := range generateFields {
		body := strings.TrimSuffix(encode(sessionParams(map[string]any{name: nil})), "}") + `,"` + name + `":null}`
		h.want(OpGenerate, body, "CLIENT_ERROR", messageBadRequest)
	}
}
