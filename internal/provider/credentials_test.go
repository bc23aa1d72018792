package provider

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
)

func TestCheckCredential(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ credential, want string }{
		{"", ""},
		{"sampleaccesskey", ""},
		{"eyJ0.eyJz_-+/=.!#$%&()*,:;<>?@[]^{|}~\\", ""},
		{"key\n", "a newline at the end"},
		{"key\r\n", "a newline (carriage return) at the end"},
		{"key\n\n", "a newline at the end"},
		{"key \n", "a blank at the end"},
		{"\n", "a newline at the beginning"},
		{" key", "a blank at the beginning"},
		{"two words", "a blank as character 4"},
		{"k\tey", "a tab as character 2"},
		{"\ufeffkey", "a byte order mark at the beginning"},
		{"\ufeffkey\n", "a byte order mark at the beginning"},
		{"ke\u200by", "a zero-width space as character 3"},
		{"ke\u200dy", "an invisible character as character 3"},
		{"ke\u202ey", "an invisible character as character 3"},
		{"key\u00a0", "a no-break space at the end"},
		{"key\u2003", "a white space character at the end"},
		{"key\u0085", "a white space character at the end"},
		{`"key"`, "a quote at the beginning"},
		{"key'", "a quote at the end"},
		{"`key`", "a quote at the beginning"},
		{"\u201ckey\u201d", "a quote at the beginning"},
		{"k\x00y", "a control character as character 2"},
		{"key\x7f", "a control character at the end"},
		{"k\xffy", "a byte that is not UTF-8 as character 2"},
		{"k\u00e9\u00e9y", "a character outside ASCII as character 2"},
		{"k\U0001f511y", "a character outside ASCII as character 2"},
	} {
		err := checkCredential(test.credential)
		switch got := errText(err); {
		case (test.want == "") != (err == nil), !strings.Contains(got, test.want):
			t.Errorf("checkCredential(%q) = %q, want it to say %q", test.credential, got, test.want)
		case strings.Contains(got, "key ") || strings.Contains(got, "\u00e9"):
			t.Errorf("checkCredential(%q) shows a part of the value: %q", test.credential, got)
		}
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	s := types.StringValue
	for _, test := range []struct {
		name  string
		block model
		env   map[string]string
		want  advance.Credentials
		err   []string // each must be in the one error
	}{
		{
			name:  "the block's key pair",
			block: model{AccessKey: s("a"), SecretKey: s("s")},
			env:   map[string]string{envAccessKey: "ea", envSecretKey: "es", envAccessToken: "et"},
			want:  advance.Credentials{AccessKey: "a", SecretKey: "s"},
		},
		{
			name:  "the block's token before the environment's key pair",
			block: model{AccessToken: s("t")},
			env:   map[string]string{envAccessKey: "ea", envSecretKey: "es"},
			want:  advance.Credentials{AccessToken: "t"},
		},
		{
			name: "the environment's key pair before its token",
			env:  map[string]string{envAccessKey: "ea", envSecretKey: "es", envAccessToken: "et"},
			want: advance.Credentials{AccessKey: "ea", SecretKey: "es"},
		},
		{
			name: "the environment's token",
			env:  map[string]string{envAccessToken: "et"},
			want: advance.Credentials{AccessToken: "et"},
		},
		{
			name:  "a pair from both",
			block: model{AccessKey: s("a")},
			env:   map[string]string{envSecretKey: "es", envAccessToken: "et"},
			want:  advance.Credentials{AccessKey: "a", SecretKey: "es"},
		},
		{
			name:  "empty in the block is left out",
			block: model{AccessKey: s(""), SecretKey: s("s")},
			env:   map[string]string{envAccessKey: "ea"},
			want:  advance.Credentials{AccessKey: "ea", SecretKey: "s"},
		},
		{
			name: "nothing",
			err:  []string{"access_key", "secret_key", envAccessKey, envSecretKey, envAccessToken},
		},
		{
			name:  "no secret key",
			block: model{AccessKey: s("a")},
			err:   []string{"no secret_key", envSecretKey},
		},
		{
			name: "no access key",
			env:  map[string]string{envSecretKey: "es"},
			err:  []string{"no access_key", envAccessKey},
		},
		{
			name:  "half a pair beside a token",
			block: model{AccessKey: s("a")},
			env:   map[string]string{envAccessToken: "et"},
			err:   []string{"no secret_key", envSecretKey},
		},
		{
			name: "half a pair beside a token, all from the environment",
			env:  map[string]string{envAccessKey: "ea", envAccessToken: "et"},
			err:  []string{"no secret_key", envSecretKey},
		},
		{
			name:  "half a pair beside the block's token",
			block: model{AccessToken: s("t")},
			env:   map[string]string{envAccessKey: "ea\n"},
			want:  advance.Credentials{AccessToken: "t"},
		},
		{
			name: "a token that was refused is not missing",
			env:  map[string]string{envAccessToken: "token\n"},
			err:  []string{envAccessToken, "a newline at the end"},
		},
		{
			name:  "an access key that was refused is not missing",
			block: model{SecretKey: s("s")},
			env:   map[string]string{envAccessKey: "\ufeffea"},
			err:   []string{envAccessKey, "a byte order mark at the beginning"},
		},
		{
			name: "a secret key that was refused, and nothing else",
			env:  map[string]string{envSecretKey: "es\n", envAccessToken: "et"},
			err:  []string{envSecretKey, "a newline at the end"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var diags diag.Diagnostics
			got := test.block.credentials(func(name string) string { return test.env[name] }, &diags)
			if len(test.err) == 0 {
				if diff := cmp.Diff(test.want, got); diff != "" || diags.HasError() {
					t.Fatalf("credentials (-want +got):\n%s\ndiagnostics: %v", diff, diags)
				}
				return
			}
			if len(diags) != 1 {
				t.Fatalf("got %d diagnostics, want one error: %v", len(diags), diags)
			}
			for _, part := range test.err {
				if !strings.Contains(diags[0].Detail(), part) {
					t.Errorf("the error does not mention %q: %s", part, diags[0].Detail())
				}
			}
		})
	}
}
