package audit_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/advance-community/terraform-provider-advance/internal/audit"
)

// entry returns a line of a log, at a second of one minute.
func entry(second int, kind audit.Kind, id, account string) string {
	return fmt.Sprintf(`{"time":"2026-03-01T10:00:%02dZ","event":%q,"signature_id":%q,"account":%q,"endpoint":%q,"provider_version":"1.2.3"}`,
		second, kind, id, account, endpoint)
}

// logOf writes a log of lines, the last one with its newline, and returns its
// path.
func logOf(t testing.TB, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFold(t *testing.T) {
	t.Parallel()
	at := func(second int) time.Time { return time.Date(2026, 3, 1, 10, 0, second, 0, time.UTC) }
	created := func(second int, account string) string { return entry(second, audit.SessionCreated, "a", account) }
	event := func(second int, kind audit.Kind, account string) string { return entry(second, kind, "a", account) }

	for name, test := range map[string]struct {
		logs [][]string
		want audit.Session
		log  int // index of the log that has the last event
	}{
		"created": {
			logs: [][]string{{created(1, "mine")}},
			want: audit.Session{CreatedAt: at(1), Account: "mine", OwnerKnown: true, Last: audit.SessionCreated},
		},
		"erased": {
			logs: [][]string{{created(1, "mine"), event(2, audit.ClearFailed, "mine"), event(3, audit.DataCleared, "mine")}},
			want: audit.Session{CreatedAt: at(1), Account: "mine", OwnerKnown: true, Last: audit.DataCleared, Erased: true},
		},
		"gone, and a failure of another process after that": {
			logs: [][]string{{created(1, "mine"), event(2, audit.SessionGone, "mine"), event(3, audit.ClearFailed, "mine")}},
			want: audit.Session{CreatedAt: at(1), Account: "mine", OwnerKnown: true, Last: audit.ClearFailed, Erased: true},
		},
		"erased in a log that is read first": {
			logs: [][]string{{event(9, audit.DataCleared, "mine")}, {created(1, "mine")}},
			want: audit.Session{CreatedAt: at(1), Account: "mine", OwnerKnown: true, Last: audit.DataCleared, Erased: true},
		},
		"the latest event of two logs": {
			logs: [][]string{{created(1, "mine"), event(2, audit.ClearFailed, "mine")}, {event(3, audit.SessionAbandoned, "mine")}},
			want: audit.Session{CreatedAt: at(1), Account: "mine", OwnerKnown: true, Last: audit.SessionAbandoned},
			log:  1,
		},
		"the last line of one log, though a clock was set back": {
			logs: [][]string{{created(9, "mine"), event(2, audit.ClearFailed, "mine")}},
			want: audit.Session{CreatedAt: at(9), Account: "mine", OwnerKnown: true, Last: audit.ClearFailed},
		},
		"a failure by another account does not make it the owner": {
			logs: [][]string{{created(1, "mine"), event(2, audit.ClearFailed, "other")}},
			want: audit.Session{CreatedAt: at(1), Account: "mine", OwnerKnown: true, Last: audit.ClearFailed},
		},
		"nor of a session whose account is not known": {
			logs: [][]string{{created(1, ""), event(2, audit.ClearFailed, "other")}},
			want: audit.Session{CreatedAt: at(1), OwnerKnown: true, Last: audit.ClearFailed},
		},
		"without its creation, a failure does not prove the owner": {
			logs: [][]string{{event(2, audit.ClearFailed, "mine")}},
			want: audit.Session{Account: "mine", Last: audit.ClearFailed},
		},
		"without its creation, an abandonment does": {
			logs: [][]string{{event(2, audit.ClearFailed, "other"), event(3, audit.SessionAbandoned, "mine")}},
			want: audit.Session{Account: "mine", OwnerKnown: true, Last: audit.SessionAbandoned},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var paths []string
			for _, lines := range test.logs {
				paths = append(paths, logOf(t, lines...))
			}
			sessions, unreadable, err := audit.Fold(paths...)
			if err != nil || unreadable != 0 || len(sessions) != 1 {
				t.Fatalf("Fold = %d sessions, %d unreadable, %v; want one session", len(sessions), unreadable, err)
			}
			test.want.SignatureID, test.want.Endpoint, test.want.Log = "a", endpoint, paths[test.log]
			if diff := cmp.Diff(&test.want, sessions[0], cmpopts.IgnoreUnexported(audit.Session{})); diff != "" {
				t.Errorf("session (-want +got):\n%s", diff)
			}
		})
	}
}

// An unreadable line costs that line only, and is counted.
func TestFold_unreadable(t *testing.T) {
	t.Parallel()
	whole := entry(1, audit.SessionCreated, "a", "mine")
	for name, test := range map[string]struct {
		line string
		want int
	}{
		"torn":                        {whole[:40], 1},
		"too long":                    {strings.Repeat("x", 200<<10), 1},
		"of no session":               {`{"time":"2026-03-01T10:00:00Z","event":"data_cleared"}`, 1},
		"of an unknown kind of event": {entry(2, "session_sold", "a", "mine"), 1},
		"without a time":              {`{"event":"data_cleared","signature_id":"a"}`, 1},
		"empty":                       {"", 0},
		"with a carriage return":      {entry(2, audit.ClearFailed, "a", "mine") + "\r", 0},
	} {
		path := logOf(t, whole, test.line, entry(3, audit.SessionAbandoned, "a", "mine"))
		sessions, unreadable, err := audit.Fold(path)
		if err != nil || unreadable != test.want || len(sessions) != 1 || sessions[0].Last != audit.SessionAbandoned {
			t.Errorf("a line %s: Fold = %+v, %d unreadable, %v; want %d unreadable and the last event read", name, sessions, unreadable, err, test.want)
		}
	}

	if _, _, err := audit.Fold(filepath.Join(t.TempDir(), "missing.jsonl")); err == nil {
		t.Error("no error for a log that does not exist")
	}
	if _, _, err := audit.Fold(t.TempDir()); err == nil {
		t.Error("no error for a folder")
	}
}

// What Append writes is what Read reads.
func TestRead_append(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	want := audit.Event{
		Kind: audit.ClearFailed, SignatureID: "a", TransactionID: "t", BizID: "b", Account: "mine",
		Code: "ERROR", Message: strings.Repeat("\x01", 1000),
	}
	if err := open(t, path).Append(want); err != nil {
		t.Fatal(err)
	}
	var got []audit.Entry
	if unreadable, err := audit.Read(path, func(e audit.Entry) { got = append(got, e) }); err != nil || unreadable != 0 {
		t.Fatalf("%d unreadable, %v", unreadable, err)
	}
	if len(got) != 1 || got[0].Event != want || got[0].Endpoint != endpoint || time.Since(got[0].Time) > time.Minute {
		t.Errorf("read %+v, want %+v", got, want)
	}
}
