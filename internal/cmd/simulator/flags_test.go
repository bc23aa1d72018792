package main

import (
	"encoding/json"
	"flag"
	"maps"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// TestHelp_namesEachFlag checks that no flag is missing in the help or in the
// guide's table, and that these name no other.
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
	if documented := guideTable(t, "-"); !maps.Equal(want, documented) {
		t.Errorf("the guide has the flags %v, want %v", documented, want)
	}
}

func TestOptions_names(t *testing.T) {
	t.Parallel()
	for listen, want := range map[string]string{
		"127.0.0.1:8787": "a.test 127.0.0.1",
		"sim.test:0":     "a.test sim.test",
		":8787":          "a.test",
		"0.0.0.0:8787":   "a.test", // It is no address that a client could ask for.
		"[::]:8787":      "a.test",
	} {
		if got := strings.Join(options{listen: listen, hosts: []string{"a.test"}}.names(), " "); got != want {
			t.Errorf("-listen %s: %q, want %q", listen, got, want)
		}
	}
}

// TestGuide_namesEachSwitch is the same for the switches of -behaviour.
func TestGuide_namesEachSwitch(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(simulator.Behaviour{})
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		t.Fatal(err)
	}
	documented := guideTable(t, "")
	for name := range fields {
		if documented[name] != 1 {
			t.Errorf("the guide's table has no switch %s", name)
		}
	}
	for name := range documented {
		if _, ok := fields[name]; !ok && strings.Contains(name, "_") {
			t.Errorf("there is no switch %s", name)
		}
	}
}

// guideTable returns how often the first column of a table in the guide has each
// name in code style that begins with prefix, which is left out.
func guideTable(t *testing.T, prefix string) map[string]int {
	t.Helper()
	guide, err := os.ReadFile("../../../templates/guides/simulator.md")
	if err != nil {
		t.Fatal(err)
	}
	names := make(map[string]int)
	for line := range strings.Lines(string(guide)) {
		cells := strings.SplitN(line, "|", 3)
		if len(cells) < 3 || cells[0] != "" {
			continue
		}
		for _, match := range regexp.MustCompile("`"+prefix+"([a-z_-]+)[` ]").FindAllStringSubmatch(cells[1], -1) {
			names[match[1]]++
		}
	}
	return names
}
