package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/audit"
	"github.com/advance-community/terraform-provider-advance/internal/erase"
)

func TestChoice_decide(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	here := erase.Origin{Endpoint: "https://api.advance.ai", Account: "mine"}
	for name, test := range map[string]struct {
		session audit.Session // of here, where it does not say
		choice  choice
		want    outcome
	}{
		"created":                         {audit.Session{Last: audit.SessionCreated, CreatedAt: now.Add(-30 * day)}, choice{}, notTaken},
		"created long ago":                {audit.Session{Last: audit.SessionCreated, CreatedAt: now.Add(-day)}, choice{createdBefore: day}, open},
		"created not so long ago":         {audit.Session{Last: audit.SessionCreated, CreatedAt: now.Add(-day + time.Second)}, choice{createdBefore: day}, notTaken},
		"created at a time nobody knows":  {audit.Session{Last: audit.SessionCreated}, choice{createdBefore: day}, notTaken},
		"created in the future":           {audit.Session{Last: audit.SessionCreated, CreatedAt: now.Add(day)}, choice{createdBefore: day}, notTaken},
		"abandoned":                       {audit.Session{Last: audit.SessionAbandoned, CreatedAt: now}, choice{}, open},
		"abandoned, with -created-before": {audit.Session{Last: audit.SessionAbandoned, CreatedAt: now}, choice{createdBefore: day}, open},
		"failed":                          {audit.Session{Last: audit.ClearFailed}, choice{}, open},
		"erased":                          {audit.Session{Last: audit.DataCleared, Erased: true, CreatedAt: now.Add(-day)}, choice{createdBefore: time.Hour}, notTaken},
		"erased, and failed after that":   {audit.Session{Last: audit.ClearFailed, Erased: true}, choice{}, notTaken},
		"named":                           {audit.Session{Last: audit.SessionAbandoned}, choice{except: map[string]bool{"a": true}}, kept},
		"named, and made elsewhere":       {audit.Session{Last: audit.SessionAbandoned, Endpoint: "http://127.0.0.1"}, choice{except: map[string]bool{"a": true}}, kept},
		"named, and not due":              {audit.Session{Last: audit.SessionCreated}, choice{except: map[string]bool{"a": true}}, notTaken},
		"another one named":               {audit.Session{Last: audit.SessionAbandoned}, choice{except: map[string]bool{"b": true}}, open},
		"made elsewhere":                  {audit.Session{Last: audit.SessionAbandoned, Endpoint: "http://127.0.0.1"}, choice{}, otherEndpoint},
		"of another account":              {audit.Session{Last: audit.SessionAbandoned, Account: "theirs"}, choice{}, otherAccount},
		"of an account nobody knows":      {audit.Session{Last: audit.SessionAbandoned, Account: "unknown"}, choice{}, open},
		"of another account, not asked yet": {
			audit.Session{Last: audit.SessionAbandoned, Account: "theirs"}, choice{here: erase.Origin{Endpoint: here.Endpoint}}, open,
		},
	} {
		s, c := test.session, test.choice
		s.SignatureID, c.now = "a", now
		if s.Endpoint == "" {
			s.Endpoint = here.Endpoint
		}
		switch s.Account {
		case "":
			s.Account = here.Account
		case "unknown":
			s.Account = ""
		}
		if c.here == (erase.Origin{}) {
			c.here = here
		}
		if got := c.decide(&s); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// A link is taken as expired only when no link can live that long.
func TestExpiry(t *testing.T) {
	t.Parallel()
	created := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		created time.Time
		after   time.Duration
		want    time.Time
	}{
		{created, 2 * time.Hour, time.Time{}},
		{created, day - time.Second, time.Time{}},
		{created, day, created.Add(day)},
		{created, 30 * day, created.Add(day)},
		{time.Time{}, 30 * day, time.Time{}},
	} {
		got := expiry(&audit.Session{CreatedAt: test.created}, created.Add(test.after))
		if !got.Equal(test.want) {
			t.Errorf("created %s, %s later: %s, want %s", test.created, test.after, got, test.want)
		}
	}
}

// On a terminal the progress is taken off before each line. A line stays one
// line, whatever a log has in it.
func TestReporter_terminal(t *testing.T) {
	t.Parallel()
	for terminal, want := range map[bool]string{
		true:  clearLine + "1 of 2 sessions" + clearLine + "2 of 2 sessions" + clearLine + "sweep: 1 erased, 1 failed\n",
		false: "sweep: 1 erased, 1 failed\n",
	} {
		var stdout, stderr bytes.Buffer
		r := &reporter{program: program{stdout: &stdout, stderr: &stderr, terminal: terminal}}
		r.expect(2)
		r.report(report{SignatureID: "a\nb", Outcome: erased, AuditLog: "log"})
		r.report(report{SignatureID: "c", Outcome: failed, AuditLog: "log", Code: "ERROR", Message: "\x1b[2J", TransactionID: "t"})
		if got := r.finish(); got != exitLeft {
			t.Errorf("exit status %d, want %d", got, exitLeft)
		}
		if got := stderr.String(); got != want {
			t.Errorf("terminal %t: standard error is %q, want %q", terminal, got, want)
		}
		const lines = "erased         a\ufffdb (log)\nfailed         c (log): ERROR: \ufffd[2J (transaction id t)\n"
		if got := stdout.String(); got != lines {
			t.Errorf("terminal %t: standard output is %q, want %q", terminal, got, lines)
		}
	}
}
