package provider_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// networkFaults are errors of net/http for a connection that cannot be made or
// trusted. They occur before the request's body is read.
var networkFaults = map[string]error{
	"connection-refused": &net.OpError{
		Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 443},
		Err: os.NewSyscallError("connect", syscall.ECONNREFUSED),
	},
	"no-such-host": &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "api.example.com", IsNotFound: true}},
	"dial-timeout": &net.OpError{
		Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 443}, Err: os.ErrDeadlineExceeded,
	},
	"tls-handshake":         &net.OpError{Op: "remote error", Err: tls.AlertError(40)},
	"proxy-refused":         advance.ErrProxyRefused, // what the client's own transport makes of it
	"proxy-url":             advance.ErrProxyURL,
	"proxy":                 &net.OpError{Op: "proxyconnect", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)},
	"untrusted-certificate": &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}},
}

// faultyNetwork is a transport that counts requests, keeps their tokens, and
// fails the requests of one operation.
type faultyNetwork struct {
	next http.RoundTripper

	mu     sync.Mutex
	err    error  // for the next requests of the operation
	call   string // that operation
	left   int    // how many of them; negative: all
	sent   map[string]int
	tokens []string
}

func (n *faultyNetwork) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := n.send(r); err != nil {
		if r.Body != nil {
			_ = r.Body.Close()
		}
		return nil, err
	}
	return n.next.RoundTrip(r)
}

// send notes a request, and returns an error if it is not to be sent.
func (n *faultyNetwork) send(r *http.Request) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	call := path.Base(r.URL.Path)
	n.sent[call]++
	if token := r.Header.Get("X-ACCESS-TOKEN"); token != "" {
		n.tokens = append(n.tokens, token)
	}
	if n.err == nil || n.call != call || n.left == 0 {
		return nil
	}
	n.left--
	return n.err
}

// clear ends the fault.
func (n *faultyNetwork) clear() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.left = 0
}

// times returns how often an operation was sent.
func (n *faultyNetwork) times(call string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.sent[call]
}

// faultConfig configures a session that passes immediately. Its confidential
// values contain "secret-", which occurs nowhere else.
var faultConfig = prototest.Object{
	"return_url":      "https://app.example.com/ok?secret-return",
	"fail_return_url": "https://app.example.com/fail?secret-fail-return",
	"callback_url":    "https://app.example.com/callback?key=secret-callback",
	"user_id":         "sim-pass-secret-user",
	"region":          "PHL",
}

// faultRun is one step of Terraform with a fault in one operation.
type faultRun struct {
	faultCell
	column faultColumn
	row    faultRow
	kind   string
	lasts  bool
	effect bool // the call has taken effect when the fault occurs
}

// runs returns the runs of a row's cell, each with what is expected of it.
func (r faultRow) runs(c faultColumn, kind string) []faultRun {
	cell := r.cell(c)
	effects := []bool{cell.honest}
	if r.class.lost && !cell.honest && (c == inGenerate || c == inClear) {
		effects = []bool{false, true}
	}
	var runs []faultRun
	for _, lasts := range []bool{true, false} {
		for _, effect := range effects {
			run := faultRun{faultCell: cell, column: c, row: r, kind: kind, lasts: lasts, effect: effect}
			switch {
			case lasts:
			case cell.tries == sentOnce:
				continue // the same run: it is sent once anyway
			case effect && c == inClear:
				// The second attempt finds nothing left to erase.
				run.tries, run.ends, run.reads = sentTwice, endsGone, "no erasure was confirmed to this run"
			case cell.tries == askedTwice:
				run.ends, run.at = endsWell, ""
			default:
				run.tries, run.ends, run.at = sentTwice, endsWell, ""
			}
			runs = append(runs, run)
		}
	}
	return runs
}

func (r faultRun) name() string {
	name := "once"
	if r.lasts {
		name = "lasting"
	}
	if r.effect {
		name += " after the effect"
	}
	return faultColumnInfo[r.column].name + "/" + r.kind + "/" + name
}

// execute runs the step of Terraform.
func (r faultRun) execute(ctx context.Context, server *prototest.Server, resource *prototest.Resource) prototest.Diagnostics {
	switch r.column {
	case inResult:
		return resource.Refresh(ctx)
	case inSource:
		_, diags := server.ReadDataSource(ctx, "advance_liveness_result", prototest.Object{"signature_id": resource.Values()["signature_id"]})
		return diags
	case inResults:
		_, diags := server.ReadDataSource(ctx, "advance_liveness_results", prototest.Object{"signature_ids": prototest.Object{"a": resource.Values()["signature_id"]}})
		return diags
	case inClear:
		return resource.Destroy(ctx)
	default:
		return resource.Configure(ctx, faultConfig)
	}
}

// inject makes the fault occur from now on.
func (r faultRun) inject(t *testing.T, sim *simulator.Simulator, network *faultyNetwork) {
	t.Helper()
	count := 1
	if r.lasts {
		count = -1
	}
	if err := networkFaults[r.kind]; err != nil {
		network.mu.Lock()
		defer network.mu.Unlock()
		network.err, network.call, network.left = err, faultColumnInfo[r.column].call, count
		return
	}
	fault := r.row.with
	fault.Operation, fault.Kind, fault.Count, fault.AfterEffect = faultColumnInfo[r.column].operation, r.kind, count, r.effect
	if err := sim.Inject(fault); err != nil {
		t.Fatal(err)
	}
}

// faultAuditLine holds the fields of an audit event that these tests read.
type faultAuditLine struct {
	Event       string `json:"event"`
	SignatureID string `json:"signature_id"`
	Code        string `json:"code"`
}

func readFaultLog(t *testing.T, file string) (lines []faultAuditLine, content string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for text := range bytes.Lines(data) {
		var line faultAuditLine
		if err := json.Unmarshal(text, &line); err != nil {
			t.Fatalf("a line of the audit log is torn: %q", text)
		}
		lines = append(lines, line)
	}
	return lines, string(data)
}

// test executes the run and checks everything that it leaves.
func (r faultRun) test(t *testing.T, file string) {
	t.Helper()
	sim := simulator.New(simulator.Config{})
	// Each step of Terraform is another process of the provider.
	start := func(transport http.RoundTripper) *prototest.Server {
		return prototest.Configured(t, transport, prototest.Object{"audit_log": file})
	}
	server := start(sim.Transport())
	resource := server.NewResource(typeName)
	if r.column != inToken && r.column != inGenerate {
		if diags := resource.Configure(t.Context(), faultConfig); diags.HasError() {
			t.Fatalf("creating a session before the fault: %s", diags)
		}
		if diags := resource.Refresh(t.Context()); len(diags) > 0 {
			t.Fatalf("refreshing the session before the fault: %s", diags)
		}
	}
	before := resource.Values()
	earlier, _ := readFaultLog(t, file)

	network := &faultyNetwork{next: sim.Transport(), sent: map[string]int{}}
	server = start(network)
	resource = resource.On(server)
	r.inject(t, sim, network)
	started := time.Now()
	diags := r.execute(t.Context(), server, resource)
	took := time.Since(started)
	synctest.Wait()

	lines, content := readFaultLog(t, file)
	state := stateOf(resource)
	r.checkTries(t, network, took)
	r.checkWords(t, sim, diags, text(before["signature_id"]), network.times(faultColumnInfo[r.column].call))
	if want := faultEndings[r.ends][r.column].state; state != want {
		t.Errorf("the state has %s, want %s", state, want)
	}
	if state == aSession && before != nil && !reflect.DeepEqual(resource.Values(), before) {
		t.Errorf("the state is %v, want it as it was, %v", resource.Values(), before)
	}
	r.checkLog(t, sim, lines[len(earlier):])
	r.checkSessions(t, sim, lines, resource)
	for _, text := range []string{diags.String(), content} {
		r.checkNoSecret(t, text, network.tokens)
	}
	if r.ends == endsFailed || r.ends == endsTainted {
		server = start(sim.Transport())
		r.checkAgain(t, sim, server, resource.On(server))
	}
}

// simulated returns the simulator's kinds of faults by name.
func simulated() map[string]simulator.FaultKind {
	kinds := map[string]simulator.FaultKind{}
	for _, kind := range simulator.FaultKinds() {
		kinds[kind.Kind] = kind
	}
	return kinds
}

// meets reports whether a kind of fault can occur in an operation.
func (c faultColumn) meets(kind string) bool {
	known, ok := simulated()[kind]
	return !ok || slices.Contains(known.Operations, faultColumnInfo[c].operation)
}

func TestFaultMatrix(t *testing.T) {
	t.Parallel()
	for _, group := range faultMatrix {
		for _, row := range group.rows {
			t.Run(strings.ReplaceAll(row.what, "/", "-"), func(t *testing.T) {
				t.Parallel()
				for _, kind := range row.kinds {
					for column := range faultColumns {
						if !column.meets(kind) {
							continue
						}
						for _, run := range row.runs(column, kind) {
							t.Run(run.name(), func(t *testing.T) {
								t.Parallel()
								file := filepath.Join(t.TempDir(), "audit.jsonl")
								synctest.Test(t, func(t *testing.T) { run.test(t, file) })
							})
						}
					}
				}
			})
		}
	}
}

// Every fault of the simulator and of networkFaults is in a row.
func TestFaultMatrix_complete(t *testing.T) {
	t.Parallel()
	met := map[string]bool{}
	for _, group := range faultMatrix {
		for _, row := range group.rows {
			for _, kind := range row.kinds {
				if _, ok := simulated()[kind]; !ok && networkFaults[kind] == nil {
					t.Errorf("row %q: there is no fault %q", row.what, kind)
				}
				met[kind] = true
			}
		}
	}
	for name := range simulated() {
		if !met[name] {
			t.Errorf("the simulator's fault %q is in no row: give it one", name)
		}
	}
	for name := range networkFaults {
		if !met[name] {
			t.Errorf("the fault %q is in no row", name)
		}
	}
}
