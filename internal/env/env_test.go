package env

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
)

func TestCredentials(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		given advance.Credentials
		env   map[string]string
		want  advance.Credentials
		err   []string // each must be in the one error
	}{
		{
			name:  "the given key pair",
			given: advance.Credentials{AccessKey: "a", SecretKey: "s"},
			env:   map[string]string{AccessKey: "ea", SecretKey: "es", AccessToken: "et"},
			want:  advance.Credentials{AccessKey: "a", SecretKey: "s"},
		},
		{
			name:  "the given token before the environment's key pair",
			given: advance.Credentials{AccessToken: "t"},
			env:   map[string]string{AccessKey: "ea", SecretKey: "es"},
			want:  advance.Credentials{AccessToken: "t"},
		},
		{
			name: "the environment's key pair before its token",
			env:  map[string]string{AccessKey: "ea", SecretKey: "es", AccessToken: "et"},
			want: advance.Credentials{AccessKey: "ea", SecretKey: "es"},
		},
		{
			name: "the environment's token",
			env:  map[string]string{AccessToken: "et"},
			want: advance.Credentials{AccessToken: "et"},
		},
		{
			name:  "a pair from both places",
			given: advance.Credentials{AccessKey: "a"},
			env:   map[string]string{SecretKey: "es", AccessToken: "et"},
			want:  advance.Credentials{AccessKey: "a", SecretKey: "es"},
		},
		{
			name:  "empty is left out",
			given: advance.Credentials{AccessKey: "", SecretKey: "s"},
			env:   map[string]string{AccessKey: "ea"},
			want:  advance.Credentials{AccessKey: "ea", SecretKey: "s"},
		},
		{
			name: "nothing",
			err:  []string{AccessKey, SecretKey, AccessToken},
		},
		{
			name:  "no secret key",
			given: advance.Credentials{AccessKey: "a"},
			err:   []string{"no secret_key", SecretKey},
		},
		{
			name: "no access key",
			env:  map[string]string{SecretKey: "es"},
			err:  []string{"no access_key", AccessKey},
		},
		{
			name:  "half a pair beside a token",
			given: advance.Credentials{AccessKey: "a"},
			env:   map[string]string{AccessToken: "et"},
			err:   []string{"no secret_key", SecretKey},
		},
		{
			name: "half a pair beside a token, all from the environment",
			env:  map[string]string{AccessKey: "ea", AccessToken: "et"},
			err:  []string{"no secret_key", SecretKey},
		},
		{
			name:  "half a pair beside the given token",
			given: advance.Credentials{AccessToken: "t"},
			env:   map[string]string{AccessKey: "ea\n"},
			want:  advance.Credentials{AccessToken: "t"},
		},
		{
			name: "a token that was refused is not missing",
			env:  map[string]string{AccessToken: "token\n"},
			err:  []string{AccessToken, "a newline at the end"},
		},
		{
			name:  "an access key that was refused is not missing",
			given: advance.Credentials{SecretKey: "s"},
			env:   map[string]string{AccessKey: "\ufeffea"},
			err:   []string{AccessKey, "a byte order mark at the beginning"},
		},
		{
			name: "a secret key that was refused, and nothing else",
			env:  map[string]string{SecretKey: "es\n", AccessToken: "et"},
			err:  []string{SecretKey, "a newline at the end"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, problems := Credentials(test.given, func(name string) string { return test.env[name] })
			if len(test.err) == 0 {
				if diff := cmp.Diff(test.want, got); diff != "" || problems != nil {
					t.Fatalf("credentials (-want +got):\n%s\nproblems: %v", diff, problems)
				}
				return
			}
			if len(problems) != 1 {
				t.Fatalf("got %d problems, want one: %v", len(problems), problems)
			}
			for _, part := range test.err {
				if !strings.Contains(problems[0].Detail, part) {
					t.Errorf("the error does not mention %q: %s", part, problems[0].Detail)
				}
			}
		})
	}
}
