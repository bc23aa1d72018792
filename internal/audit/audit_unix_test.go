//go:build unix

package audit_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gofrs/flock"

	"github.com/advance-community/terraform-provider-advance/internal/audit"
)

// A process with envSmallDisk set cannot make a file larger than smallDisk:
// a full disk that needs neither a disk nor rights.
const (
	envSmallDisk = "AUDIT_TEST_SMALL_DISK"
	smallDisk    = 1000
)

func init() {
	if os.Getenv(envSmallDisk) == "" {
		return
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		panic(err)
	}
	limit.Cur = smallDisk
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		panic(err)
	}
}

func TestFullDisk(t *testing.T) {
	t.Parallel()

	path := filepath.Join(t.TempDir(), "audit.jsonl")
	p := startWriter(t, path, "full", 1, 100, envSmallDisk+"=1")
	p.start.Close()
	ids := p.ids(100)
	if err := p.Wait(); err == nil {
		t.Fatalf("%d lines went onto a disk of %d bytes", len(ids), smallDisk)
	}
	want := "audit log " + path + ": write: " + syscall.EFBIG.Error() + "\n"
	if got := p.errors.String(); !strings.HasPrefix(got, want) { // "go test -cover" has no space either
		t.Errorf("the writer's error is %q, want %q", got, want)
	}

	// The part of the line that there was space for is removed again.
	content := readFile(t, path)
	if !strings.HasSuffix(content, "}\n") || len(content) == smallDisk {
		t.Errorf("the log of %d bytes does not end in a whole line:\n%s", len(content), content)
	}
	lines, torn := read(t, path)
	if len(ids) == 0 || len(torn) != 0 {
		t.Errorf("%d lines appended, %q torn; want some and none", len(ids), torn)
	}
	wantEvents(t, lines, []string{"full.0"}, len(ids))

	// Once there is space again, appending goes on.
	if err := appendMany(open(t, path), "space", 1, func(string) {}); err != nil {
		t.Fatal(err)
	}
	lines, torn = read(t, path)
	if len(torn) != 0 {
		t.Errorf("torn lines: %q", torn)
	}
	wantEvents(t, lines[len(lines)-1:], []string{"space"}, 1)
}

// A torn line that cannot be repaired for lack of space stays as it is.
func TestFullDisk_withTornLine(t *testing.T) {
	t.Parallel()

	path := filepath.Join(t.TempDir(), "audit.jsonl")
	torn := strings.Repeat("x", smallDisk-2)
	if err := os.WriteFile(path, []byte(torn), 0o600); err != nil {
		t.Fatal(err)
	}
	p := startWriter(t, path, "full", 1, 1, envSmallDisk+"=1")
	p.start.Close()
	if err := p.Wait(); err == nil {
		t.Fatal("a line went onto a full disk")
	}
	if got := readFile(t, path); got != torn {
		t.Errorf("the log's end is %q, want it untouched", got[smallDisk-10:])
	}
}

func TestMode(t *testing.T) {
	t.Parallel()

	path := filepath.Join(t.TempDir(), "audit.jsonl")
	wantMode := func(want fs.FileMode) {
		t.Helper()
		info, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != want {
			t.Errorf("mode %v, want %v", info.Mode(), want)
		}
	}
	log := open(t, path)
	wantMode(0o600)

	// Made anew by an append, too.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := appendMany(log, "a", 1, func(string) {}); err != nil {
		t.Fatal(err)
	}
	wantMode(0o600)

	// That others can read it is the owner's decision.
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := appendMany(open(t, path), "b", 1, func(string) {}); err != nil {
		t.Fatal(err)
	}
	wantMode(0o644)

	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("%v lie in the folder (%v), want the log alone", entries, err)
	}
}

// unsafePlaces are what must not be at a log's path, and how to put it there.
var unsafePlaces = []struct {
	name, want string
	put        func(path string) error
}{
	{"symlink", "symbolic link", func(path string) error {
		target := path + ".target"
		return errors.Join(os.WriteFile(target, nil, 0o600), os.Symlink(target, path))
	}},
	{"dangling symlink", "symbolic link", func(path string) error { return os.Symlink(path+".target", path) }},
	{"FIFO", "not a regular file", func(path string) error { return syscall.Mkfifo(path, 0o600) }},
	{"directory", "it is a directory", func(path string) error { return os.Mkdir(path, 0o700) }},
	{"group can write", "its mode is 0620", func(path string) error {
		return errors.Join(os.WriteFile(path, nil, 0o600), os.Chmod(path, 0o620))
	}},
	{"others can write", "its mode is 0602", func(path string) error {
		return errors.Join(os.WriteFile(path, nil, 0o600), os.Chmod(path, 0o602))
	}},
}

func TestOpen_refusesUnsafePlaces(t *testing.T) {
	t.Parallel()

	for _, tc := range unsafePlaces {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "audit.jsonl")
			if err := tc.put(path); err != nil {
				t.Fatal(err)
			}
			wantRefused(t, path, tc.want)
			if info, err := os.Stat(path + ".target"); err == nil && info.Size() != 0 {
				t.Errorf("the link's target was written to")
			}
		})
	}
}

func TestAppend_refusesUnsafePlaces(t *testing.T) {
	t.Parallel()

	for _, tc := range unsafePlaces {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "audit.jsonl")
			log := open(t, path)
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if err := tc.put(path); err != nil {
				t.Fatal(err)
			}
			err := log.Append(audit.Event{Kind: audit.SessionCreated, SignatureID: "sig"})
			if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Count(err.Error(), path) != 1 {
				t.Errorf("error %v, want it to name the log once, and to say %q", err, tc.want)
			}
			if info, err := os.Stat(path + ".target"); err == nil && info.Size() != 0 {
				t.Errorf("the link's target was written to")
			}
		})
	}
}

func TestReadOnly(t *testing.T) {
	t.Parallel()

	folder := t.TempDir()
	dropRights(t, folder)
	path := filepath.Join(folder, "audit.jsonl")
	log := open(t, path)
	if err := os.Chmod(folder, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(folder, 0o700) })

	// A log that is there needs no more of its folder.
	if err := appendMany(log, "a", 1, func(string) {}); err != nil {
		t.Errorf("in a read-only folder: %v", err)
	}
	wantRefused(t, filepath.Join(folder, "new.jsonl"), "open: permission denied")
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, path, "open: permission denied")
}

// However many wait for a lock that nobody gives back, all of them give up
// after the same ten seconds.
func TestStuckLock(t *testing.T) {
	t.Parallel()

	path := filepath.Join(t.TempDir(), "audit.jsonl")
	log := open(t, path)
	stuck := flock.New(path)
	if ok, err := stuck.TryLock(); !ok {
		t.Fatalf("could not lock the log: %v", err)
	}
	t.Cleanup(func() { _ = stuck.Close() })

	synctest.Test(t, func(t *testing.T) {
		log := open(t, path)
		start := time.Now()
		var group sync.WaitGroup
		for range 5 {
			group.Go(func() {
				err := log.Append(audit.Event{Kind: audit.SessionCreated, SignatureID: "sig"})
				if err == nil || !strings.Contains(err.Error(), "another process keeps it locked") {
					t.Errorf("error %v, want it to say that the log is locked", err)
				}
			})
		}
		group.Wait()
		if took := time.Since(start); took < 10*time.Second || took > 11*time.Second {
			t.Errorf("gave up after %v, want 10 s", took)
		}
	})
	if content := readFile(t, path); content != "" {
		t.Errorf("written past the lock: %q", content)
	}

	if err := stuck.Close(); err != nil {
		t.Fatal(err)
	}
	if err := appendMany(log, "free", 1, func(string) {}); err != nil {
		t.Error(err)
	}
}

// A log that is put away while an append waits for its lock is not written to
// any more, least of all under the lock of its successor.
func TestRotated_whileWaiting(t *testing.T) {
	t.Parallel()

	for _, tc := range []struct {
		name    string
		succeed func(path string) error
	}{
		{"moved", func(string) error { return nil }},
		{"replaced", func(path string) error { return os.WriteFile(path, nil, 0o600) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "audit.jsonl")
			synctest.Test(t, func(t *testing.T) {
				log := open(t, path)
				holder := flock.New(path)
				if ok, err := holder.TryLock(); !ok {
					t.Fatalf("could not lock the log: %v", err)
				}
				defer holder.Close()

				done := make(chan error)
				go func() { done <- appendMany(log, "late", 1, func(string) {}) }()
				synctest.Wait() // until it waits for the lock
				if err := errors.Join(os.Rename(path, path+".1"), tc.succeed(path)); err != nil {
					t.Fatal(err)
				}
				if err := <-done; err != nil {
					t.Fatal(err)
				}
			})
			lines, _ := read(t, path)
			wantEvents(t, lines, []string{"late"}, 1)
			if content := readFile(t, path+".1"); content != "" {
				t.Errorf("the rotated log was written to: %q", content)
			}
		})
	}
}
