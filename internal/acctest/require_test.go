package acctest

import "testing"

func TestParseVersion(t *testing.T) {
	t.Parallel()
	for output, want := range map[string]string{
		"Terraform v1.11.4\non linux_amd64\n":                "Terraform 1.11.4",
		"\nWarning: no file\n\nOpenTofu v1.12.6\non linux\n": "OpenTofu 1.12.6",
		"Terraform v1.16.0-rc1\n":                            "Terraform 1.16.0-rc1",
	} {
		got, err := parseVersion([]byte(output))
		if err != nil {
			t.Errorf("parseVersion(%q): %v", output, err)
		} else if s := got.tool + " " + got.version.String(); s != want {
			t.Errorf("parseVersion(%q) = %s, want %s", output, s, want)
		}
	}
	if got, err := parseVersion([]byte("command not found")); err == nil {
		t.Errorf("parseVersion of no version = %v, want an error", got)
	}
}
