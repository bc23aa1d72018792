package audit

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// Append returns when the line is synced: each line is written before the sync,
// and a sync that fails is an error.
func TestAppend_synced(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	log, err := Open(path, "https://api.example.com", "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	closed, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	if err := log.sync(closed); !errors.Is(err, os.ErrClosed) {
		t.Errorf("sync of a closed file: %v, want the error of (*os.File).Sync", err)
	}

	var sizes []int64
	failed := errors.New("the disk failed")
	log.sync = func(f *os.File) error {
		info, err := f.Stat()
		if err != nil {
			t.Error(err)
			return err
		}
		sizes = append(sizes, info.Size())
		if len(sizes) == 2 {
			return failed
		}
		return nil
	}
	if err := log.Append(Event{Kind: SessionCreated, SignatureID: "1"}); err != nil {
		t.Error(err)
	}
	if err := log.Append(Event{Kind: DataCleared, SignatureID: "1"}); !errors.Is(err, failed) {
		t.Errorf("got %v, want the error of the sync", err)
	}
	if len(sizes) != 2 || sizes[0] == 0 || sizes[1] <= sizes[0] {
		t.Errorf("synced at sizes %v, want once after each line", sizes)
	}
}
