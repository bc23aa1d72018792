package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"

	"github.com/advance-community/terraform-provider-advance/internal/env"
)

// addProblems adds what is wrong with the settings. The provider block can say
// what the environment does not.
func addProblems(problems []env.Problem, diags *diag.Diagnostics) {
	for _, p := range problems {
		detail := p.Detail
		if p.InBlock != "" {
			detail += " Or set " + p.InBlock + " in the provider block."
		}
		diags.AddAttributeError(path.Root(p.Argument), p.Summary, detail)
	}
}

// credentialsValidator checks the credentials of the block.
type credentialsValidator struct{}

func (credentialsValidator) Description(context.Context) string {
	return "access_token cannot be set together with access_key or secret_key, and keys and tokens are printable ASCII without blanks or quotes"
}

func (v credentialsValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

// ValidateProvider implements [provider.ConfigValidator]. No error about a
// character is on its attribute, because Terraform would then print the line with
// the value.
func (credentialsValidator) ValidateProvider(ctx context.Context, req provider.ValidateConfigRequest, resp *provider.ValidateConfigResponse) {
	var block model
	resp.Diagnostics.Append(req.Config.Get(ctx, &block)...)
	if resp.Diagnostics.HasError() {
		return
	}
	accessKey, secretKey, token := block.AccessKey.ValueString(), block.SecretKey.ValueString(), block.AccessToken.ValueString()
	for _, argument := range []struct{ name, value string }{
		{"access_key", accessKey},
		{"secret_key", secretKey},
		{"access_token", token},
	} {
		if err := env.CheckCredential(argument.value); err != nil {
			resp.Diagnostics.AddError("Invalid Attribute Value", fmt.Sprintf("Attribute %s %s.", argument.name, err))
		}
	}
	if token != "" && (accessKey != "" || secretKey != "") && !resp.Diagnostics.HasError() {
		resp.Diagnostics.AddAttributeError(path.Root("access_token"), "Invalid Attribute Combination",
			"access_token cannot be set together with access_key or secret_key. Remove the token or the keys. An empty string counts as absent.")
	}
}
