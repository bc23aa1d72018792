package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDependencies compares the tables in CONTRIBUTING.md with go.mod and with
// the packages that are linked into the provider.
func TestDependencies(t *testing.T) {
	t.Parallel()

	direct, linked := dependencyTables(t)
	var wantDirect, wantLinked []string
	var module struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	if err := json.Unmarshal(goOutput(t, "mod", "edit", "-json"), &module); err != nil {
		t.Fatal(err)
	}
	inProvider := strings.Fields(string(goOutput(t, "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", ".")))
	for _, r := range module.Require {
		isLinked := slices.Contains(inProvider, r.Path)
		switch {
		case !r.Indirect && isLinked:
			wantDirect = append(wantDirect, r.Path+" yes")
		case !r.Indirect:
			wantDirect = append(wantDirect, r.Path+" no")
		case isLinked:
			wantLinked = append(wantLinked, r.Path)
		}
	}
	if diff := cmp.Diff(wantDirect, direct); diff != "" {
		t.Errorf("direct dependencies in go.mod (-) and in CONTRIBUTING.md (+):\n%s", diff)
	}
	if diff := cmp.Diff(wantLinked, linked); diff != "" {
		t.Errorf("indirect dependencies in the provider (-) and in CONTRIBUTING.md (+):\n%s", diff)
	}
}

// dependencyTables returns the rows of the tables: each direct dependency with
// "yes" or "no" for whether it is in the provider, and each indirect one in it.
func dependencyTables(t *testing.T) (direct, linked []string) {
	t.Helper()

	text, err := os.ReadFile("CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Dependencies\n")
	section, _, _ = strings.Cut(section, "\n## ")
	row := regexp.MustCompile("(?m)^\\| `([^`]+/[^`]+)` \\|(?: (yes|no) \\|)? [^|]+ \\|$")
	for _, match := range row.FindAllStringSubmatch(section, -1) {
		if match[2] == "" {
			linked = append(linked, match[1])
		} else {
			direct = append(direct, match[1]+" "+match[2])
		}
	}
	return direct, linked
}

func goOutput(t *testing.T, args ...string) []byte {
	t.Helper()

	output, err := exec.CommandContext(t.Context(), "go", args...).Output()
	if err != nil {
		t.Fatalf("go %s: %v", strings.Join(args, " "), err)
	}
	return output
}
