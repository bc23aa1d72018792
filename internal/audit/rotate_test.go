package audit_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/advance-community/terraform-provider-advance/internal/audit"
)

func TestVanished(t *testing.T) {
	t.Parallel()

	folder := filepath.Join(t.TempDir(), "logs")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "audit.jsonl")
	log := open(t, path)

	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	err := log.Append(audit.Event{Kind: audit.SessionCreated, SignatureID: "sig"})
	if want := "audit log " + path + ": its folder does not exist"; !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}

	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := appendMany(log, "back", 1, func(string) {}); err != nil {
		t.Fatal(err)
	}
	lines, _ := read(t, path)
	wantEvents(t, lines, []string{"back"}, 1)
}

func TestRotated(t *testing.T) {
	t.Parallel()

	folder := t.TempDir()
	path := filepath.Join(folder, "audit.jsonl")
	log, other := open(t, path), open(t, path)

	// Each file that is full is put away immediately, while others are appending.
	rotate := make(chan struct{}, 1)
	done := make(chan struct{})
	var rotated []string
	go func() {
		defer close(done)
		for range rotate {
			to := fmt.Sprintf("%s.%d", path, len(rotated))
			if err := os.Rename(path, to); err != nil {
				if !errors.Is(err, fs.ErrNotExist) {
					t.Error(err)
				}
				continue
			}
			rotated = append(rotated, to)
		}
	}()
	names := []string{"a", "b", "c", "d"}
	var group sync.WaitGroup
	for i, name := range names {
		log := []*audit.Log{log, other}[i%2]
		group.Go(func() {
			err := appendMany(log, name, 50, func(id string) {
				if strings.HasSuffix(id, "5") {
					select {
					case rotate <- struct{}{}:
					default:
					}
				}
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	close(rotate)
	<-done
	if len(rotated) == 0 {
		t.Fatal("the log was not rotated once")
	}

	// From the oldest file to the newest, each event is there, once and in
	// order.
	var all []line
	for _, file := range append(rotated, path) {
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			continue // the last append was before the last rotation
		}
		lines, torn := read(t, file)
		if len(torn) != 0 {
			t.Errorf("torn lines in %s: %q", file, torn)
		}
		all = append(all, lines...)
	}
	wantEvents(t, all, names, 50)
}
