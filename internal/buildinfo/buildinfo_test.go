package buildinfo

import (
	"regexp"
	"runtime"
	"runtime/debug"
	"testing"
)

func TestLine(t *testing.T) {
	t.Parallel()

	want := regexp.MustCompile(`^a-program 1\.2\.3 \(commit \S+, ` + regexp.QuoteMeta(runtime.Version()) + `, \w+/\w+\)$`)
	if got := Line("a-program", "1.2.3"); !want.MatchString(got) {
		t.Errorf("got %q, want a match of %s", got, want)
	}
}

func TestCommit(t *testing.T) {
	t.Parallel()

	revision := debug.BuildSetting{Key: "vcs.revision", Value: "0123abc"}
	for name, test := range map[string]struct {
		settings []debug.BuildSetting
		want     string
	}{
		"not from a work tree": {[]debug.BuildSetting{{Key: "GOOS", Value: "linux"}}, "unknown"},
		"a commit":             {[]debug.BuildSetting{{Key: "vcs.modified", Value: "false"}, revision}, "0123abc"},
		"a modified work tree": {[]debug.BuildSetting{{Key: "vcs.modified", Value: "true"}, revision}, "0123abc-modified"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			if got := commit(test.settings); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
