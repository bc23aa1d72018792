package session_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// audited is a env with an audit log.
func audited(t *testing.T, f func(t *testing.T, e env, log string)) {
	t.Helper()
	log := filepath.Join(t.TempDir(), "audit.jsonl")
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Config{})
		f(t, env{sim, prototest.Configured(t, sim.Transport(), prototest.Object{"audit_log": log})}, log)
	})
}

// events are the lines of an audit log.
func events(t *testing.T, log string) (lines []map[string]string) {
	t.Helper()
	content, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(content) {
		var event map[string]string
		if err := json.Unmarshal(line, &event); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		lines = append(lines, event)
	}
	return lines
}

// account is the fingerprint of the simulator's account. It is kept in private
// state and in audit logs, so it may never change.
const account = "648b3325670d7a7d"

// Each thing that becomes of a session is one line.
func TestAuditLog(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		policy string
		end    func(t *testing.T, e env, r *prototest.Resource)
		want   map[string]string // the last line, besides what is on each
		op     simulator.Operation
	}{
		"erased": {
			end: func(t *testing.T, e env, r *prototest.Resource) {
				e.finish(t, r, simulator.ResultPass)
				destroy(t, e, r)
			},
			want: map[string]string{"event": "data_cleared"},
			op:   simulator.OpClear,
		},
		"unfinished": {
			policy: "fail",
			end:    func(t *testing.T, e env, r *prototest.Resource) { destroy(t, e, r) },
			want:   map[string]string{"event": "clear_failed", "code": "PARAMETER_ERROR", "message": "Transaction is not finished"},
			op:     simulator.OpClear,
		},
		"not to be settled": {
			end: func(t *testing.T, e env, r *prototest.Resource) {
				e.finish(t, r, simulator.ResultPass)
				e.inject(t, simulator.Fault{Operation: simulator.OpClear, Kind: "clear-not-exist"})
				destroy(t, e, r)
			},
			want: map[string]string{"event": "clear_failed", "code": "PARAMETER_ERROR", "message": "SignatureId is not exist"},
			op:   simulator.OpClear,
		},
		"abandoned": {
			policy: "abandon",
			end:    func(t *testing.T, e env, r *prototest.Resource) { destroy(t, e, r) },
			want:   map[string]string{"event": "session_abandoned"},
			op:     simulator.OpClear,
		},
		"gone": {
			end: func(t *testing.T, e env, r *prototest.Resource) {
				e.Forget(idOf(r))
				prototest.WantWarning(t, r.Refresh(t.Context()), "Liveness Session Is Gone") // which is no event
				destroy(t, e, r)
			},
			want: map[string]string{"event": "session_gone"},
			op:   simulator.OpResult,
		},
		"gone, and blanked": {
			end: func(t *testing.T, e env, r *prototest.Resource) {
				e.finish(t, r, simulator.ResultPass)
				refresh(t, r)
				e.SetBehaviour(simulator.Behaviour{AfterClear: simulator.AfterClearBlanked})
				e.inject(t, simulator.Fault{Operation: simulator.OpClear, Kind: "reset", AfterEffect: true})
				destroy(t, e, r)
			},
			want: map[string]string{"event": "session_gone"},
			op:   simulator.OpResult,
		},
		"refused": {
			end: func(t *testing.T, e env, r *prototest.Resource) {
				e.inject(t, simulator.Fault{Operation: simulator.OpClear, Kind: "iam-country", Count: -1})
				destroy(t, e, r)
			},
			want: map[string]string{"event": "clear_failed", "code": "IAM_FAILED", "message": "Account not authorized for this country"},
			op:   simulator.OpClear,
		},
		"quoted": {
			end: func(t *testing.T, e env, r *prototest.Resource) {
				e.inject(t, simulator.Fault{Operation: simulator.OpClear, Kind: "quoting", Code: "ACCESS_DENIED", Count: -1})
				wantNothingConfidential(t, destroy(t, e, r).String())
			},
			want: map[string]string{"event": "clear_failed", "code": "ACCESS_DENIED", "message": "Refused: [redacted] [redacted] [redacted] [redacted]"},
			op:   simulator.OpClear,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			audited(t, func(t *testing.T, e env, log string) {
				config := full(nil)
				if test.policy != "" {
					config["deletion_policy"] = test.policy
				}
				r := e.create(t, config)
				id := idOf(r)
				if text(r, "biz_id") != "order-1" {
					t.Fatalf("biz_id is %q", text(r, "biz_id"))
				}
				each := map[string]string{
					"time": time.Now().UTC().Format(time.RFC3339), "signature_id": id, "biz_id": "order-1",
					"endpoint": "http://127.0.0.1", "account": account, "provider_version": prototest.Version,
				}
				created := map[string]string{"event": "session_created", "transaction_id": text(r, "transaction_id")}
				test.end(t, e, r)
				last := map[string]string{}
				if test.op != "" {
					for _, call := range e.Calls() {
						if call.Operation == test.op {
							last["transaction_id"] = call.TransactionID
						}
					}
				}
				for name, v := range each {
					created[name], last[name] = v, v
				}
				last["time"] = time.Now().UTC().Format(time.RFC3339)
				for name, v := range test.want {
					last[name] = v
				}
				if diff := cmp.Diff([]map[string]string{created, last}, events(t, log)); diff != "" {
					t.Errorf("audit log (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// A session is noted whatever else is wrong with it, and not when there is
// none.
func TestAuditLog_createErrors(t *testing.T) {
	t.Parallel()
	audited(t, func(t *testing.T, e env, log string) {
		e.inject(t, simulator.Fault{Operation: simulator.OpGenerate, Kind: "region-wrong"}, simulator.Fault{Operation: simulator.OpGenerate, Kind: "no-url"})
		r := e.server.NewResource(typeName)
		prototest.WantError(t, r.Configure(t.Context(), full(nil)), "REGION_WRONG")
		prototest.WantError(t, r.Configure(t.Context(), full(nil)), "Without Link")
		if got := events(t, log); len(got) != 1 || got[0]["signature_id"] != idOf(r) {
			t.Errorf("got %v, want the one session", got)
		}
	})
}

// A line that can't be written undoes nothing: it is a warning.
func TestAuditLog_breaks(t *testing.T) {
	t.Parallel()
	audited(t, func(t *testing.T, e env, log string) {
		if err := os.RemoveAll(filepath.Dir(log)); err != nil {
			t.Fatal(err)
		}
		r := e.server.NewResource(typeName)
		diags := r.Configure(t.Context(), full(nil))
		prototest.WantWarning(t, diags, "Unable to Write Audit Log", "session_created", idOf(r))
		if _, ok := e.Session(idOf(r)); !ok || r.Tainted {
			t.Errorf("got session %q, tainted %t; want the one that was made", idOf(r), r.Tainted)
		}
		e.finish(t, r, simulator.ResultPass)
		prototest.WantWarning(t, destroy(t, e, r), "Unable to Write Audit Log", "data_cleared")
		if r.Exists() {
			t.Error("the session is still in the state")
		}
	})
}

// "Not known" from another account proves nothing, which is a failed erasure.
func TestAuditLog_originMismatch(t *testing.T) {
	t.Parallel()
	audited(t, func(t *testing.T, e env, log string) {
		r := e.create(t, full(nil))
		foreign := simulator.New(simulator.Config{KeyPairs: []simulator.KeyPair{otherPair}})
		block := blockOf(otherPair)
		block["audit_log"] = log
		prototest.WantError(t, r.On(prototest.Configured(t, foreign.Transport(), block)).Destroy(t.Context()), "by another account")
		got := events(t, log)
		if len(got) != 2 || got[1]["event"] != "clear_failed" || got[1]["signature_id"] != idOf(r) ||
			got[1]["code"] != "SIGNATURE_NOT_EXIST" || got[1]["transaction_id"] == "" || got[1]["account"] == account ||
			!strings.Contains(got[1]["message"], "not known to be made at this endpoint by this account") {
			t.Errorf("audit log is %v, want clear_failed with the reason after session_created", got)
		}
	})
}

// The log holds nothing confidential.
func TestAuditLog_nothingConfidential(t *testing.T) {
	t.Parallel()
	audited(t, func(t *testing.T, e env, log string) {
		r := e.create(t, full(prototest.Object{"deletion_policy": "fail"}))
		destroy(t, e, r)
		content, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		wantNothingConfidential(t, string(content))
	})
}
