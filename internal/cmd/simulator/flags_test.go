package main

import (
	"flag"
	"maps"
	"os"
	"regexp"
	"slices"
	"testing"
)

// TestHelp_namesEachFlag checks that no flag is missing in the help or in the
// guide, and that these name no other.
func TestHelp_namesEachFlag(t *testing.T) {
	t.Parallel()
	want := make(map[string]int)
	newFlags(new(options)).VisitAll(func(f *flag.Flag) { want[f.Name] = 1 })
	grouped := make(map[string]int)
	for _, group := range helpGroups {
		for _, name := range group.flags {
			grouped[name]++
		}
	}
	if !maps.Equal(want, grouped) {
		t.Errorf("the help has the flags %v, want %v", grouped, want)
	}
	guide, err := os.ReadFile("../../../templates/guides/simulator.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := make(map[string]int)
	for _, match := range regexp.MustCompile("(?m)^\\| `-([a-z-]+)[` ]").FindAllSubmatch(guide, -1) {
		documented[string(match[1])]++
	}
	if !maps.Equal(want, documented) {
		t.Errorf("the guide has the flags %q, want %q", slices.Sorted(maps.Keys(documented)), slices.Sorted(maps.Keys(want)))
	}
}
