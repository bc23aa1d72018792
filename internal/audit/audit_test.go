package audit_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/advance-community/terraform-provider-advance/internal/audit"
)

func TestFormat(t *testing.T) {
	t.Parallel()

	path := filepath.Join(t.TempDir(), "audit.jsonl")
	synctest.Test(t, func(t *testing.T) {
		log := open(t, path)
		for _, e := range []audit.Event{
			{Kind: audit.SessionCreated, SignatureID: "sig-1", TransactionID: "tx-1", BizID: "biz-1"},
			{Kind: audit.ClearFailed, SignatureID: "sig-1", TransactionID: "tx-2", BizID: "biz-1", Code: "PARAMETER_ERROR", Message: "not <finished>,\n\"yet\" \x1b\xff & so on"},
			{Kind: audit.DataCleared, SignatureID: "sig-1", TransactionID: "tx-3", BizID: "biz-1"},
			{Kind: audit.SessionGone, SignatureID: "sig-2"},
			{Kind: audit.SessionAbandoned, SignatureID: "sig-3", BizID: "ünï"},
		} {
			if err := log.Append(e); err != nil {
				t.Fatal(err)
			}
			time.Sleep(1500 * time.Millisecond) // of the bubble
		}
	})

	const rest = `"endpoint":"https://api.example.com/gateway","provider_version":"1.2.3"}` + "\n"
	want := `{"time":"2000-01-01T00:00:00Z","event":"session_created","signature_id":"sig-1","transaction_id":"tx-1","biz_id":"biz-1",` + rest +
		`{"time":"2000-01-01T00:00:01Z","event":"clear_failed","signature_id":"sig-1","transaction_id":"tx-2","biz_id":"biz-1","code":"PARAMETER_ERROR","message":"not <finished>,\n\"yet\" \u001b` + `\ufffd` + ` & so on",` + rest +
		`{"time":"2000-01-01T00:00:03Z","event":"data_cleared","signature_id":"sig-1","transaction_id":"tx-3","biz_id":"biz-1",` + rest +
		`{"time":"2000-01-01T00:00:04Z","event":"session_gone","signature_id":"sig-2",` + rest +
		`{"time":"2000-01-01T00:00:06Z","event":"session_abandoned","signature_id":"sig-3","biz_id":"ünï",` + rest
	if diff := cmp.Diff(want, readFile(t, path)); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
}

func TestLongMessage(t *testing.T) {
	t.Parallel()

	path := filepath.Join(t.TempDir(), "audit.jsonl")
	log := open(t, path)
	// Three bytes each, so that the cut falls into one of them.
	long := strings.Repeat("語", 500_000)
	if err := log.Append(audit.Event{Kind: audit.ClearFailed, SignatureID: "sig", Message: long}); err != nil {
		t.Fatal(err)
	}
	lines, torn := read(t, path)
	if len(lines) != 1 || len(torn) != 0 {
		t.Fatalf("%d lines whole, %d torn; want one and none", len(lines), len(torn))
	}
	got := lines[0].Message
	text, dots := strings.CutSuffix(got, "…")
	if !dots || !strings.HasPrefix(long, text) || !utf8.ValidString(got) || len(text) < 1000 || len(text) > 1024 {
		t.Errorf("a message of %d bytes, %q at its end; want it cut at about 1024 and marked", len(got), got[len(got)-12:])
	}
}

func TestOff(t *testing.T) {
	t.Parallel()

	var log *audit.Log
	if err := log.Append(audit.Event{Kind: audit.SessionCreated, SignatureID: "sig"}); err != nil {
		t.Errorf("a nil log: %v, want no error", err)
	}
}

func TestOpen_refuses(t *testing.T) {
	t.Parallel()

	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ name, path, want string }{
		{"no path", "", "the path is empty"},
		{"missing folder", filepath.Join(folder, "missing", "audit.jsonl"), "its folder does not exist"},
		{"directory", folder, "it is a directory"},
		{"device", os.DevNull, "it is not a regular file"},
		{"file for a folder", filepath.Join(file, "audit.jsonl"), ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			wantRefused(t, tc.path, tc.want)
		})
	}
}

// wantRefused checks that Open says which log it refuses and why, and makes
// nothing.
func wantRefused(t *testing.T, path, want string) {
	t.Helper()
	before, _ := os.Lstat(path)
	log, err := audit.Open(path, endpoint, version)
	if err == nil {
		t.Fatalf("opened %q, want an error", path)
	}
	if log != nil {
		t.Errorf("a log besides the error")
	}
	if got := err.Error(); !strings.HasPrefix(got, "audit log") || !strings.Contains(got, want) || strings.Count(got, path) > 1 && path != "" {
		t.Errorf("error %q, want it to name the log once, and to say %q", got, want)
	}
	after, _ := os.Lstat(path)
	if before != nil && (after == nil || after.Mode() != before.Mode() || after.Size() != before.Size()) || before == nil && after != nil {
		t.Errorf("%s was changed", path)
	}
}

func TestOpen_keepsWhatIsThere(t *testing.T) {
	t.Parallel()

	path := filepath.Join(t.TempDir(), "audit.jsonl")
	for i := range 3 {
		if err := appendMany(open(t, path), strconv.Itoa(i), 2, func(string) {}); err != nil {
			t.Fatal(err)
		}
	}
	lines, torn := read(t, path)
	if len(torn) != 0 {
		t.Errorf("torn lines: %q", torn)
	}
	wantEvents(t, lines, []string{"0", "1", "2"}, 2)
}

func TestRelativePath(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	log := open(t, "audit.jsonl")
	t.Chdir(t.TempDir())
	if err := appendMany(log, "a", 1, func(string) {}); err != nil {
		t.Fatal(err)
	}
	lines, _ := read(t, filepath.Join(folder, "audit.jsonl"))
	wantEvents(t, lines, []string{"a"}, 1)
}

// A crash can leave any beginning of a line, even all of it but its newline.
func TestTornLastLine(t *testing.T) {
	t.Parallel()

	const whole = `{"time":"2026-01-02T03:04:05Z","event":"session_created","signature_id":"torn.0","endpoint":"e","provider_version":"v"}`
	for _, before := range []string{"", whole + "\n", "\x00\x00\x00"} {
		for _, cut := range []int{1, len(whole) / 2, len(whole) - 1, len(whole)} {
			t.Run(fmt.Sprintf("%d bytes after %d", cut, len(before)), func(t *testing.T) {
				t.Parallel()
				path := filepath.Join(t.TempDir(), "audit.jsonl")
				if err := os.WriteFile(path, []byte(before+whole[:cut]), 0o600); err != nil {
					t.Fatal(err)
				}
				log := open(t, path)
				if got := readFile(t, path); got != before+whole[:cut] {
					t.Fatalf("Open made %q of the log", got)
				}
				if err := appendMany(log, "next", 2, func(string) {}); err != nil {
					t.Fatal(err)
				}
				rest, ok := strings.CutPrefix(readFile(t, path), before+whole[:cut]+"\n{")
				if !ok {
					t.Fatalf("what was there is not kept as a line of its own:\n%s", readFile(t, path))
				}
				if n := strings.Count(rest, "\n"); n != 2 || !strings.HasSuffix(rest, "}\n") {
					t.Errorf("%d lines after the repaired one, want the 2 that were appended:\n%s", n, rest)
				}
				lines, _ := read(t, path)
				wantEvents(t, lines[len(lines)-2:], []string{"next"}, 2)
			})
		}
	}
}

func TestManyGoroutines(t *testing.T) {
	t.Parallel()

	path := filepath.Join(t.TempDir(), "audit.jsonl")
	var names []string
	var group sync.WaitGroup
	// Two logs of one file, as two provider blocks have it.
	for _, log := range []*audit.Log{open(t, path), open(t, path)} {
		for range 8 {
			name := strconv.Itoa(len(names))
			names = append(names, name)
			group.Go(func() {
				if err := appendMany(log, name, 50, func(string) {}); err != nil {
					t.Error(err)
				}
			})
		}
	}
	group.Wait()
	lines, torn := read(t, path)
	if len(torn) != 0 {
		t.Errorf("torn lines: %q", torn)
	}
	wantEvents(t, lines, names, 50)
}

func TestManyProcesses(t *testing.T) {
	t.Parallel()

	const processes, goroutines, each = 8, 4, 150
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	var started []*process
	var names []string
	for p := range processes {
		started = append(started, startWriter(t, path, strconv.Itoa(p), goroutines, each))
		for g := range goroutines {
			names = append(names, fmt.Sprintf("%d.%d", p, g))
		}
	}
	for _, p := range started {
		p.start.Close()
	}
	var group sync.WaitGroup
	for _, p := range started {
		group.Go(func() {
			if n := len(p.ids(goroutines*each + 1)); n != goroutines*each {
				t.Errorf("a process appended %d events, want %d", n, goroutines*each)
			}
			if err := p.Wait(); err != nil {
				t.Errorf("%v: %s", err, &p.errors)
			}
		})
	}
	group.Wait()

	lines, torn := read(t, path)
	if len(torn) != 0 {
		t.Errorf("torn lines: %q", torn)
	}
	wantEvents(t, lines, names, each)
}

// Killed at any moment, a process loses no event whose Append has returned,
// leaves no lock behind, and tears at most the last line.
func TestKilled(t *testing.T) {
	t.Parallel()

	path := filepath.Join(t.TempDir(), "audit.jsonl")
	appended := map[string]bool{}
	for i := range 10 {
		name := "killed" + strconv.Itoa(i)
		p := startWriter(t, path, name, 3, 1_000_000)
		p.start.Close()
		ids := p.ids(1 + 7*i)
		if err := p.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, p.ids(1_000_000)...)
		if err := p.Wait(); err == nil {
			t.Fatal("the writer ended by itself")
		}
		for _, id := range ids {
			appended[id] = true
		}

		// Of what this one left, the last line alone may be torn.
		content := readFile(t, path)
		if end := strings.LastIndexByte(content, '\n'); end >= 0 {
			content = content[:end]
		}
		for l := range strings.SplitSeq(content, "\n") {
			if !json.Valid([]byte(l)) && !strings.HasPrefix(l, "half of ") {
				t.Fatalf("a torn line, not the last one: %q", l)
			}
		}

		// A kill hardly ever falls into a write; so every other time this
		// leaves what it would.
		if i%2 == 0 {
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteString("half of " + name); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if err := appendMany(open(t, path), "after"+strconv.Itoa(i), 1, func(id string) { appended[id] = true }); err != nil {
			t.Fatal(err)
		}
	}

	lines, torn := read(t, path)
	for _, l := range lines {
		delete(appended, l.SignatureID)
	}
	if len(appended) != 0 {
		t.Errorf("appended, and not in the log: %v", appended)
	}
	var half int
	for _, s := range torn {
		if strings.HasPrefix(s, "half of ") {
			half++
		}
	}
	if half != 5 {
		t.Errorf("%d of 5 torn lines are on a line of their own: %q", half, torn)
	}
	if !strings.HasSuffix(readFile(t, path), "}\n") {
		t.Errorf("the log does not end in a whole line")
	}
}
