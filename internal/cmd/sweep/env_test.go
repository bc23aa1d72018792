package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/audit"
	"github.com/advance-community/terraform-provider-advance/internal/env"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

const endpoint = "http://127.0.0.1"

// otherKeys is a key pair of another account.
var otherKeys = simulator.KeyPair{AccessKey: "otheraccesskey", SecretKey: "othersecretkey", Account: simulator.Account{CustomerID: 2, AccountID: 2}}

// fixture is a simulator, an account there, and an audit log.
type fixture struct {
	*simulator.Simulator
	client, other *advance.Client
	path          string
	variables     map[string]string
}

// withFakeTime runs f in a synctest bubble, where an hour costs nothing.
func withFakeTime(t *testing.T, f func(t *testing.T, w fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Config{KeyPairs: []simulator.KeyPair{otherKeys}})
		w := fixture{
			Simulator: sim,
			client:    clientOf(t, sim, simulator.DefaultAccessKey, simulator.DefaultSecretKey),
			other:     clientOf(t, sim, otherKeys.AccessKey, otherKeys.SecretKey),
			path:      filepath.Join(t.TempDir(), "audit.jsonl"),
			variables: map[string]string{
				env.Endpoint: endpoint, env.AccessKey: simulator.DefaultAccessKey, env.SecretKey: simulator.DefaultSecretKey,
			},
		}
		w.variables[env.AuditLog] = w.path
		f(t, w)
	})
}

func clientOf(t *testing.T, sim *simulator.Simulator, accessKey, secretKey string) *advance.Client {
	t.Helper()
	client, err := advance.New(advance.Config{
		Endpoint:       endpoint,
		Credentials:    advance.Credentials{AccessKey: accessKey, SecretKey: secretKey},
		TokenPeriod:    advance.DefaultTokenPeriod,
		RequestTimeout: advance.DefaultRequestTimeout,
		Transport:      sim.Transport(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// create makes n sessions and logs their creation, and the further events.
func (w fixture) create(t *testing.T, n int, client *advance.Client, further ...audit.Kind) (ids []string) {
	t.Helper()
	for range n {
		session, err := client.GenerateURL(t.Context(), advance.SessionRequest{
			ReturnURL: "https://app.example.com/ok", FailReturnURL: "https://app.example.com/fail", BizID: "order-1", UserID: "user-1", Region: "PHL",
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range append([]audit.Kind{audit.SessionCreated}, further...) {
			w.log(t, endpoint, audit.Event{Kind: kind, SignatureID: session.SignatureID, BizID: "order-1", Account: client.Account()})
		}
		ids = append(ids, session.SignatureID)
	}
	return ids
}

// passed is create, of sessions whose people have passed.
func (w fixture) passed(t *testing.T, n int, client *advance.Client, further ...audit.Kind) []string {
	t.Helper()
	ids := w.create(t, n, client, further...)
	for _, id := range ids {
		if err := w.Finish(id, simulator.Outcome{Result: simulator.ResultPass}); err != nil {
			t.Fatal(err)
		}
	}
	return ids
}

// log appends a line as the provider does, but does not sync it: there are
// thousands.
func (w fixture) log(t *testing.T, endpoint string, event audit.Event) {
	t.Helper()
	line, err := json.Marshal(struct {
		audit.Event
		Time     time.Time `json:"time"`
		Endpoint string    `json:"endpoint"`
	}{event, time.Now().UTC(), endpoint})
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(w.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(append(line, '\n')); err != nil {
		t.Fatal(err)
	}
}

// swept is how a run of the program ended.
type swept struct {
	status         int
	stdout, stderr string
}

func (w fixture) sweep(ctx context.Context, args ...string) swept {
	var stdout, stderr bytes.Buffer
	p := program{
		getenv:    func(name string) string { return w.variables[name] },
		stdin:     strings.NewReader(""),
		stdout:    &stdout,
		stderr:    &stderr,
		transport: w.Transport(),
	}
	status := p.run(ctx, args)
	return swept{status, stdout.String(), stderr.String()}
}

// want fails unless a run with -json ended with the status and told exactly
// these sessions.
func (s swept) want(t *testing.T, status int, want map[outcome][]string) {
	t.Helper()
	if s.status != status {
		t.Errorf("exit status %d, want %d; standard error:\n%s", s.status, status, s.stderr)
	}
	told := map[string]outcome{}
	for line := range strings.Lines(s.stdout) {
		var r report
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if told[r.SignatureID] != "" {
			t.Errorf("session %s is told twice", r.SignatureID)
		}
		told[r.SignatureID] = r.Outcome
	}
	for o, ids := range want {
		for _, id := range ids {
			if told[id] != o {
				t.Errorf("session %s is %q, want %q", id, told[id], o)
			}
			delete(told, id)
		}
	}
	for id, o := range told {
		t.Errorf("session %s is %q, and was not to be told", id, o)
	}
}

// wantState fails unless the API has exactly these sessions in a state.
func (w fixture) wantState(t *testing.T, state string, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if session, _ := w.Session(id); session.State != state {
			t.Errorf("session %s is %q at the API, want %q", id, session.State, state)
		}
	}
}

// lines returns how many events of a kind the log has.
func (w fixture) lines(t *testing.T, kind audit.Kind) (n int) {
	t.Helper()
	if _, err := audit.Read(w.path, func(e audit.Entry) {
		if e.Kind == kind {
			n++
		}
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func writeFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "show.json")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const day = 24 * time.Hour
