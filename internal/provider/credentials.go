package provider

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
)

// credentials applies the order of precedence: the block; then, from the
// environment, the key pair before the token, because a key pair can mint a new
// token. Half a key pair is an error even beside a token of the environment: it
// was meant to be used.
func (m model) credentials(getenv func(string) string, diags *diag.Diagnostics) advance.Credentials {
	if token := m.AccessToken.ValueString(); token != "" {
		return advance.Credentials{AccessToken: token}
	}
	accessKey := fromEnvironment(m.AccessKey, envAccessKey, getenv, checkCredential, path.Root("access_key"), diags)
	secretKey := fromEnvironment(m.SecretKey, envSecretKey, getenv, checkCredential, path.Root("secret_key"), diags)
	switch {
	case diags.HasError():
		return advance.Credentials{} // A value that was refused is not missing.
	case accessKey != "" && secretKey != "":
		return advance.Credentials{AccessKey: accessKey, SecretKey: secretKey}
	case accessKey != "":
		missingCredential(diags, "secret_key", envSecretKey, "access_key")
		return advance.Credentials{}
	case secretKey != "":
		missingCredential(diags, "access_key", envAccessKey, "secret_key")
		return advance.Credentials{}
	}
	token := fromEnvironment(m.AccessToken, envAccessToken, getenv, checkCredential, path.Root("access_token"), diags)
	if token == "" && !diags.HasError() {
		diags.AddAttributeError(path.Root("access_key"), "Missing Credentials", fmt.Sprintf(
			"The provider has no credentials for the ADVANCE.AI API. Set access_key and secret_key in the provider block, or %s and %s in the environment; "+
				"or give a token from elsewhere, as access_token or %s.", envAccessKey, envSecretKey, envAccessToken))
	}
	return advance.Credentials{AccessToken: token}
}

func missingCredential(diags *diag.Diagnostics, missing, environment, given string) {
	diags.AddAttributeError(path.Root(missing), "Missing Credentials", fmt.Sprintf(
		"The provider has %s but no %s, and one is of no use without the other. Set %s in the provider block, or %s in the environment.",
		given, missing, missing, environment))
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
		if err := checkCredential(argument.value); err != nil {
			resp.Diagnostics.AddError("Invalid Attribute Value", fmt.Sprintf("Attribute %s %s.", argument.name, err))
		}
	}
	if token != "" && (accessKey != "" || secretKey != "") && !resp.Diagnostics.HasError() {
		resp.Diagnostics.AddAttributeError(path.Root("access_token"), "Invalid Attribute Combination",
			"access_token cannot be set together with access_key or secret_key. Remove the token or the keys. An empty string counts as absent.")
	}
}

// checkCredential finds a character that no key or token has, before the API
// refuses it with a message about signatures. Its error shows nothing of s, only
// what kind of character stands where.
func checkCredential(s string) error {
	isBad := func(r rune) bool { return badCharacter(r) != "" }
	at := strings.IndexFunc(s, isBad)
	if at < 0 {
		return nil
	}
	place := fmt.Sprintf("as character %d", utf8.RuneCountInString(s[:at])+1)
	switch {
	case at == 0:
		place = "at the beginning"
	case strings.TrimRightFunc(s, isBad) == s[:at]:
		place = "at the end"
	}
	r, _ := utf8.DecodeRuneInString(s[at:])
	return fmt.Errorf("has %s %s: keys and tokens are printable ASCII without blanks or quotes. Remove the character. "+
		"It often comes from a file; trimspace() removes white space at both ends", badCharacter(r), place)
}

// badCharacter returns the kind of a character that no key or token has, "" for
// one that they may have. It names a character only if nobody can see it: others
// may belong to a secret.
func badCharacter(r rune) string {
	switch r {
	case '\n':
		return "a newline"
	case '\r':
		return "a newline (carriage return)"
	case '\t':
		return "a tab"
	case ' ':
		return "a blank"
	case '\u00a0', '\u202f':
		return "a no-break space"
	case '\u200b':
		return "a zero-width space"
	case '\ufeff':
		return "a byte order mark"
	case utf8.RuneError:
		return "a byte that is not UTF-8"
	}
	switch {
	case unicode.In(r, unicode.Quotation_Mark), r == '`':
		return "a quote"
	case unicode.IsSpace(r):
		return "a white space character"
	case unicode.IsControl(r):
		return "a control character"
	case unicode.Is(unicode.Cf, r):
		return "an invisible character"
	case r > unicode.MaxASCII:
		return "a character outside ASCII"
	default:
		return ""
	}
}
