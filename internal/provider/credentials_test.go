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
	for credential, ok := range map[string]bool{
		"sampleaccesskey": true,
		"two words":       true,
		"key\n":           false,
		" key":            false,
		"k\x00y":          false,
	} {
		if err := checkCredential(credential); (err == nil) != ok {
			t.Errorf("checkCredential(%q) = %v, want ok %t", credential, err, ok)
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
			name: "a newline from a file",
			env:  map[string]string{envAccessToken: "token\n"},
			err:  []string{envAccessToken, "newline"},
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
