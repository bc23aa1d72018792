package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestTakeUsage(t *testing.T) {
	t.Parallel()

	path := filepath.Join(t.TempDir(), "usage")
	if provider, shims, err := takeUsage(path); err != nil || provider != (usage{}) || shims != (usage{}) {
		t.Errorf("without a file: %v, %v, error %v", provider, shims, err)
	}
	for _, line := range []processUsage{
		{usage{time.Second, 30}, usage{time.Millisecond, 5}},
		{usage{2 * time.Second, 20}, usage{time.Millisecond, 7}},
	} {
		if err := appendUsage(path, line); err != nil {
			t.Fatal(err)
		}
	}
	provider, shims, err := takeUsage(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := (usage{3 * time.Second, 30}); provider != want {
		t.Errorf("provider: %v, want %v", provider, want)
	}
	if want := (usage{2 * time.Millisecond, 7}); shims != want {
		t.Errorf("shims: %v, want %v", shims, want)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the file is still there: the next command would count it too")
	}
}

func TestTakeUsage_torn(t *testing.T) {
	t.Parallel()

	path := filepath.Join(t.TempDir(), "usage")
	if err := os.WriteFile(path, []byte(`{"Provider":`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := takeUsage(path); err == nil {
		t.Error("want an error")
	}
}
