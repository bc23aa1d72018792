package main

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/audit"
	"github.com/advance-community/terraform-provider-advance/internal/env"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// A thousand sessions of every kind: what is due is erased, and only that.
func TestSweep_thousand(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, w fixture) {
		lost := w.passed(t, 150, w.client)
		time.Sleep(day + time.Hour)
		cleared := w.passed(t, 250, w.client)
		for _, id := range cleared {
			if _, err := w.client.ClearData(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			w.log(t, endpoint, audit.Event{Kind: audit.DataCleared, SignatureID: id, Account: w.client.Account()})
		}
		abandonedIDs := w.passed(t, 200, w.client, audit.SessionAbandoned)
		failedIDs := w.passed(t, 100, w.client, audit.ClearFailed)
		live := w.passed(t, 100, w.client)
		named := w.passed(t, 50, w.client, audit.SessionAbandoned)
		foreign := w.passed(t, 50, w.other, audit.SessionAbandoned)
		late := w.create(t, 50, w.client, audit.SessionAbandoned)
		var elsewhere []string
		for _, id := range w.passed(t, 50, w.client) {
			id += "-elsewhere"
			w.log(t, "https://api.example.com", audit.Event{Kind: audit.SessionAbandoned, SignatureID: id})
			elsewhere = append(elsewhere, id)
		}
		state, err := json.Marshal(map[string]any{"values": map[string]any{"ids": named[:25], "keys": map[string]any{}, "one": named[25]}})
		if err != nil {
			t.Fatal(err)
		}
		byKey, err := json.Marshal(map[string]any{"uncleared": keys(named[26:])})
		if err != nil {
			t.Fatal(err)
		}
		args := []string{"-json", "-except", writeFile(t, string(state)), "-except", writeFile(t, string(byKey))}
		left := map[outcome][]string{kept: named, otherAccount: foreign, otherEndpoint: elsewhere, unfinished: late}
		with := func(o outcome, ids ...string) map[outcome][]string {
			want := map[outcome][]string{o: ids}
			for k, v := range left {
				want[k] = v
			}
			return want
		}

		calls := len(w.Calls())
		dry := w.sweep(t.Context(), append(args, "-dry-run")...)
		dry.want(t, exitLeft, map[outcome][]string{
			open: slices.Concat(abandonedIDs, failedIDs, late, foreign), kept: named, otherEndpoint: elsewhere,
		})
		if n := len(w.Calls()) - calls; n != 0 {
			t.Errorf("the dry run made %d calls", n)
		}

		w.sweep(t.Context(), args...).want(t, exitLeft, with(erased, slices.Concat(abandonedIDs, failedIDs)...))
		w.wantState(t, "cleared", slices.Concat(cleared, abandonedIDs, failedIDs)...)
		w.wantState(t, "finished", slices.Concat(lost, live, named, foreign)...)

		args = append(args, "-created-before", "24h")
		w.sweep(t.Context(), args...).want(t, exitLeft, with(erased, lost...))
		w.wantState(t, "cleared", lost...)
		if n := w.lines(t, audit.DataCleared); n != 250+200+100+150 {
			t.Errorf("the log has %d erasures, want one of each session", n)
		}
		if n := w.lines(t, audit.ClearFailed); n != 100 {
			t.Errorf("the log has %d failures, want the 100 from before: an unfinished session is none", n)
		}

		w.sweep(t.Context(), args...).want(t, exitLeft, left)
		delete(left, unfinished)
		w.sweep(t.Context(), append(args, "-wait")...).want(t, exitDone, with(erased, late...))
		calls = w.CallCount(simulator.OpClear)
		w.sweep(t.Context(), append(args, "-wait")...).want(t, exitDone, map[outcome][]string{
			kept: named, otherEndpoint: elsewhere, otherAccount: foreign,
		})
		if n := w.CallCount(simulator.OpClear) - calls; n != 0 {
			t.Errorf("%d calls though nothing was left", n)
		}
		w.wantState(t, "cleared", late...)
		w.wantState(t, "finished", slices.Concat(live, named, foreign)...)
	})
}

func keys(ids []string) map[string]string {
	m := map[string]string{}
	for _, id := range ids {
		m[id] = "2026-03-01T10:00:00Z"
	}
	return m
}

// A sweep that is stopped has recorded what it erased, and nothing else; the
// next one does the rest.
func TestSweep_stopped(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, w fixture) {
		ids := w.passed(t, 350, w.client, audit.SessionAbandoned)
		w.SetBehaviour(simulator.Behaviour{LatencyMin: 1})
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		first := w.sweep(ctx, "-json")
		recorded := w.lines(t, audit.DataCleared)
		if first.status != exitLeft || recorded == 0 || recorded == len(ids) {
			t.Errorf("exit status %d with %d of %d recorded, want %d with a part; standard error:\n%s", first.status, recorded, len(ids), exitLeft, first.stderr)
		}
		if n := w.lines(t, audit.ClearFailed); n != 0 {
			t.Errorf("%d sessions count as failed, want none", n)
		}
		if second := w.sweep(t.Context()); second.status != exitDone {
			t.Errorf("exit status %d, want %d; standard error:\n%s", second.status, exitDone, second.stderr)
		}
		w.wantState(t, "cleared", ids...)
		w.sweep(t.Context(), "-json").want(t, exitDone, nil)
	})
}

// Two sweeps at the same time both find everything erased.
func TestSweep_two(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, w fixture) {
		ids := w.passed(t, 120, w.client, audit.SessionAbandoned)
		w.SetBehaviour(simulator.Behaviour{LatencyMin: 1})
		var sweeps sync.WaitGroup
		for range 2 {
			sweeps.Go(func() {
				if s := w.sweep(t.Context()); s.status != exitDone {
					t.Errorf("exit status %d, want %d; standard error:\n%s", s.status, exitDone, s.stderr)
				}
			})
		}
		sweeps.Wait()
		w.wantState(t, "cleared", ids...)
		if n := w.lines(t, audit.DataCleared) + w.lines(t, audit.SessionGone); n != 2*len(ids) {
			t.Errorf("the log has %d ends, want two of each session", n)
		}
		w.sweep(t.Context(), "-json").want(t, exitDone, nil)
	})
}

// The events of an erasure go to the log with the session's last event, with
// all that is known.
func TestSweep_twoLogs(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, w fixture) {
		ids := w.passed(t, 1, w.client)
		first := w.path
		time.Sleep(time.Minute)
		w.path = t.TempDir() + "/second.jsonl"
		w.log(t, endpoint, audit.Event{Kind: audit.ClearFailed, SignatureID: ids[0]})
		w.sweep(t.Context(), "-json", "-audit-log", w.path, "-audit-log", first).want(t, exitDone, map[outcome][]string{erased: ids})

		var last audit.Entry
		if _, err := audit.Read(w.path, func(e audit.Entry) { last = e }); err != nil {
			t.Fatal(err)
		}
		if last.Kind != audit.DataCleared || last.BizID != "order-1" || last.Account != w.client.Account() || last.TransactionID == "" || last.Endpoint != endpoint {
			t.Errorf("the last event of the second log is %+v", last)
		}
	})
}

// "Not known" is "gone" only for an account that is known to have seen it.
func TestSweep_forgotten(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, w fixture) {
		ours := w.passed(t, 1, w.client, audit.SessionAbandoned)
		w.log(t, endpoint, audit.Event{Kind: audit.SessionAbandoned, SignatureID: "nobody", Account: ""})
		w.log(t, endpoint, audit.Event{Kind: audit.ClearFailed, SignatureID: "failed", Account: w.client.Account()})
		w.Forget(ours[0])
		w.sweep(t.Context(), "-json").want(t, exitLeft, map[outcome][]string{gone: ours, failed: {"nobody", "failed"}})
		w.sweep(t.Context(), "-json").want(t, exitLeft, map[outcome][]string{failed: {"nobody", "failed"}})
	})
}

func TestSweep_unreadable(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, w fixture) {
		w.path = writeFile(t, `{"time":"2026-03-01T10:00:00Z","event":"session_cre`)
		w.variables[env.AuditLog] = w.path
		s := w.sweep(t.Context(), "-json")
		s.want(t, exitLeft, nil)
		if !strings.Contains(s.stderr, "1 lines of the logs could not be read") {
			t.Errorf("standard error says %q", s.stderr)
		}
	})
}

// Refused credentials end the sweep before anything was erased or recorded.
func TestSweep_credentials(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(fixture){
		"a wrong secret key": func(w fixture) { w.variables[env.SecretKey] = "wrong" },
		"a token that is not renewable": func(w fixture) {
			delete(w.variables, env.AccessKey)
			delete(w.variables, env.SecretKey)
			w.variables[env.AccessToken] = w.MintToken(simulator.Account{CustomerID: 1, AccountID: 1}, time.Hour)
			w.RevokeTokens()
		},
		"no credentials":      func(w fixture) { delete(w.variables, env.AccessKey); delete(w.variables, env.SecretKey) },
		"half a pair":         func(w fixture) { delete(w.variables, env.SecretKey) },
		"a bad access key":    func(w fixture) { w.variables[env.AccessKey] = "key\n" },
		"a bad endpoint":      func(w fixture) { w.variables[env.Endpoint] = "http://api.example.com" },
		"a log that is wrong": func(w fixture) { w.variables[env.AuditLog] = w.path + ".missing" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, w fixture) {
				ids := w.passed(t, 5, w.client, audit.SessionAbandoned)
				prepare(w)
				if s := w.sweep(t.Context()); s.status != exitUsage || s.stderr == "" {
					t.Errorf("exit status %d, want %d; standard error:\n%s", s.status, exitUsage, s.stderr)
				}
				w.wantState(t, "finished", ids...)
				if n := w.lines(t, audit.ClearFailed); n != 0 {
					t.Errorf("%d failures were recorded", n)
				}
			})
		})
	}
}

// While no token can be minted, each session is told and none is recorded.
func TestSweep_outage(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, w fixture) {
		ids := w.passed(t, 3, w.client, audit.SessionAbandoned)
		if err := w.Inject(simulator.Fault{Operation: simulator.OpToken, Kind: "http-500", Count: -1}); err != nil {
			t.Fatal(err)
		}
		w.sweep(t.Context(), "-json").want(t, exitLeft, map[outcome][]string{failed: ids})
		if n := w.lines(t, audit.ClearFailed); n != 0 {
			t.Errorf("%d failures were recorded", n)
		}
	})
}

func TestRun_usage(t *testing.T) {
	t.Parallel()
	log := writeFile(t, "")
	for name, test := range map[string]struct {
		args  []string
		stdin string
		want  string // of standard error
	}{
		"no log":                  {nil, "", env.AuditLog},
		"an argument":             {[]string{"-audit-log", log, "more"}, "", `unexpected argument "more"`},
		"an unknown flag":         {[]string{"-force"}, "", "-force"},
		"everything":              {[]string{"-audit-log", log, "-created-before", "0s"}, "", "above 0"},
		"no duration":             {[]string{"-audit-log", log, "-created-before", "1d"}, "", "duration"},
		"no such state":           {[]string{"-audit-log", log, "-except", log + ".missing"}, "", "no such file"},
		"an empty state":          {[]string{"-audit-log", log, "-except", "-"}, "", "it is empty"},
		"a torn state":            {[]string{"-audit-log", log, "-except", "-"}, `{"values": {"id": "a"`, "terraform show -json"},
		"a state for people":      {[]string{"-audit-log", log, "-except", "-"}, "# advance_liveness_session.a:", "terraform show -json"},
		"a string for a state":    {[]string{"-audit-log", log, "-except", "-"}, `"a"`, "no JSON object"},
		"a state and an appendix": {[]string{"-audit-log", log, "-except", "-"}, `{"id": "a"} x`, "terraform show -json"},
	} {
		var stdout, stderr bytes.Buffer
		p := program{getenv: func(string) string { return "" }, stdin: strings.NewReader(test.stdin), stdout: &stdout, stderr: &stderr}
		if got := p.run(t.Context(), append([]string{"-dry-run"}, test.args...)); got != exitUsage || !strings.Contains(stderr.String(), test.want) {
			t.Errorf("%s: exit status %d and %q, want %d and %q", name, got, stderr.String(), exitUsage, test.want)
		}
		if stdout.Len() > 0 {
			t.Errorf("%s: standard output has %q", name, stdout.String())
		}
	}

	var stderr bytes.Buffer
	p := program{getenv: func(string) string { return "" }, stdin: strings.NewReader(`{"id": "a"}`), stdout: &stderr, stderr: &stderr}
	if got := p.run(t.Context(), []string{"-dry-run", "-audit-log", log, "-except", "-"}); got != exitDone {
		t.Errorf("a dry run over an empty log: exit status %d, want 0: %s", got, &stderr)
	}
	if got := p.run(t.Context(), []string{"-h"}); got != exitDone || !strings.Contains(stderr.String(), "-created-before") {
		t.Errorf("-h: exit status %d and %q", got, &stderr)
	}
	if got := p.run(t.Context(), []string{"-version"}); got != exitDone || !strings.Contains(stderr.String(), "terraform-provider-advance-sweep dev (commit ") {
		t.Errorf("-version: exit status %d and %q", got, &stderr)
	}
}
