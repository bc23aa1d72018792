// Package buildinfo tells from which source a program was built, for its flag
// -version.
package buildinfo

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Line returns one line about the running program: its name and version, the
// commit, and the version of Go and the platform that it was built for.
func Line(program, version string) string {
	var settings []debug.BuildSetting
	if info, ok := debug.ReadBuildInfo(); ok {
		settings = info.Settings
	}
	return fmt.Sprintf("%s %s (commit %s, %s, %s/%s)", program, version, commit(settings), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// commit returns the id of the commit that the go command has recorded in a
// program, with "-modified" if the work tree had changes. It is "unknown" for a
// program that was not built in a work tree.
func commit(settings []debug.BuildSetting) string {
	id, modified := "unknown", ""
	for _, s := range settings {
		switch {
		case s.Key == "vcs.revision":
			id = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			modified = "-modified"
		}
	}
	return id + modified
}
