package provider_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"
	"github.com/hashicorp/terraform-plugin-log/tfsdklogtest"

	"github.com/advance-community/terraform-provider-advance/internal/acctest"
	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// hostileStep is the distance between the offsets that are tried in an answer,
// unless all tests are asked for.
const hostileStep = 97

// manglings are what a hostile server does to the bytes of an answer, at an
// offset. quote is confidential. What is returned as late is sent a minute later
// than the rest.
var manglings = []struct {
	name   string
	mangle func(raw []byte, at int, quote string) (now, late []byte)
}{
	{"cut", func(raw []byte, at int, _ string) (now, late []byte) { return raw[:at], nil }},
	{"doubled", func(raw []byte, at int, _ string) (now, late []byte) { return concat(raw[:at], raw), nil }},
	{"delayed", func(raw []byte, at int, _ string) (now, late []byte) { return raw[:at], raw[at:] }},
	{"quoting", func(raw []byte, at int, quote string) (now, late []byte) {
		return concat(raw[:at], []byte(quote), raw[at:]), nil
	}},
	{"quoting alone", func(raw []byte, at int, quote string) (now, late []byte) { return concat([]byte(quote), raw[at:]), nil }},
	{"random inside", func(raw []byte, at int, _ string) (now, late []byte) {
		return concat(raw[:at], randomBytes(at, 1+at%40), raw[at:]), nil
	}},
	{"random to the end", func(raw []byte, at int, _ string) (now, late []byte) {
		return concat(raw[:at], randomBytes(at, len(raw)-at)), nil
	}},
}

func concat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// randomBytes returns n bytes that are the same for each seed.
func randomBytes(seed, n int) []byte {
	source := rand.New(rand.NewPCG(uint64(seed), 0))
	var b []byte
	for len(b) < n {
		b = binary.LittleEndian.AppendUint64(b, source.Uint64())
	}
	return b[:n]
}

const hostileUser = "sim-fail-secret-user-44c9"

// hostileConfig configures a session that fails immediately.
var hostileConfig = prototest.Object{
	"return_url":      secretReturn,
	"fail_return_url": secretFailReturn,
	"callback_url":    secretCallback,
	"user_id":         hostileUser,
	"region":          "PHL",
	"deletion_policy": "fail", // An outage ends it.
}

// Whatever bytes the API sends, in place of which answer and from which offset
// on, no secret gets into a text, and nothing is claimed that is not true.
func TestHostileServer(t *testing.T) {
	t.Parallel()
	for column := range faultColumns {
		for _, honest := range []bool{true, false} {
			for _, m := range manglings {
				t.Run(fmt.Sprintf("%s/%s/honest=%t", faultColumnInfo[column].name, m.name, honest), func(t *testing.T) {
					t.Parallel()
					audit := filepath.Join(t.TempDir(), "audit.jsonl")
					synctest.Test(t, func(t *testing.T) {
						h := &hostileRun{hostileServer: newHostileServer(), column: column, honest: honest, audit: audit}
						h.all(t, m.mangle)
					})
				})
			}
		}
	}
}

// hostileRun is a hostile server and one operation, and the provider with a log
// at TRACE.
type hostileRun struct {
	*hostileServer

	column faultColumn
	honest bool   // the answers that are changed are good ones
	audit  string // path of the audit log
	length int    // of the operation's latest answer
	log    bytes.Buffer
	server *prototest.Server
}

// all runs the operation with each offset of its answer.
func (h *hostileRun) all(t *testing.T, mangle func(raw []byte, at int, quote string) (now, late []byte)) {
	ctx := tfsdklogtest.RootLogger(tflogtest.RootLogger(t.Context(), &h.log), &h.log)
	h.start(t)
	step := hostileStep
	if thorough() {
		step = 1
	}
	for at := 0; at <= h.length; at += step {
		if h.column == inToken {
			h.start(t) // with no token yet
		}
		r := h.server.NewResource(typeName)
		if h.column != inToken && h.column != inGenerate {
			if diags := r.Configure(ctx, hostileConfig); diags.HasError() {
				t.Fatalf("creating a session before the attack: %s", diags)
			}
		}
		if !h.honest {
			h.refuse(t)
		}
		h.attack(func(call string, raw []byte) (now, late []byte, changed bool) {
			if call != faultColumnInfo[h.column].call {
				return raw, nil, false
			}
			h.length = len(raw)
			now, late = mangle(raw, min(at, len(raw)), h.quote(inHead(raw, at)))
			return now, late, true
		})
		h.run(ctx, t, at, r)
		h.attack(nil)
		h.ClearFaults()
	}
	time.Sleep(2 * time.Minute) // for the late parts
	h.checkAudit(t)
}

// inHead reports whether an offset is in the head of an answer.
func inHead(raw []byte, at int) bool { return at <= bytes.Index(raw, []byte("\r\n\r\n")) }

func (h *hostileRun) start(t *testing.T) {
	t.Helper()
	h.server = prototest.Configured(t, h.Transport(), prototest.Object{
		"access_key": secretAccessKey, "secret_key": secretSecretKey, "audit_log": h.audit, "max_retries": 1,
	})
}

// quote returns what is confidential. The texts of the API are shown, without
// what the call and the state have; all else in an answer is not shown.
func (h *hostileRun) quote(everything bool) string {
	parts := []string{h.token, secretAccessKey, secretSecretKey}
	if everything || h.column != inToken && !h.column.isSource() {
		parts = append(parts, secretCallback, secretReturn, secretFailReturn, hostileUser)
	}
	if everything || h.column == inResult || h.column == inClear {
		parts = append(parts, h.link)
	}
	return strings.Join(parts, " ")
}

// refuse lets the API refuse all calls of the operation, without an effect.
func (h *hostileRun) refuse(t *testing.T) {
	t.Helper()
	fault := simulator.Fault{Operation: faultColumnInfo[h.column].operation, Kind: "quoting", Count: -1}
	if h.column.isSource() {
		fault.Kind = "parameter-error"
	}
	if err := h.Inject(fault); err != nil {
		t.Fatal(err)
	}
}

// run executes the step of Terraform that calls the operation, and checks what
// it says.
func (h *hostileRun) run(ctx context.Context, t *testing.T, at int, r *prototest.Resource) {
	t.Helper()
	before := r.Values()
	var diags prototest.Diagnostics
	switch h.column {
	case inResult:
		diags = r.Refresh(ctx)
		if !reflect.DeepEqual(r.Values(), before) {
			t.Errorf("offset %d: the refresh changed the state to %v", at, r.Values())
		}
	case inSource:
		var result prototest.Object
		result, diags = h.server.ReadDataSource(ctx, "advance_liveness_result",
			prototest.Object{"signature_id": before["signature_id"], "return_image_type": "URL"})
		if !diags.HasError() && (result["passed"] != false || result["overall_result"] != simulator.ResultFail) {
			t.Errorf("offset %d: a false result: %v", at, result)
		}
	case inResults:
		var state prototest.Object
		state, diags = h.server.ReadDataSource(ctx, "advance_liveness_results",
			prototest.Object{"signature_ids": prototest.Object{"a": before["signature_id"]}})
		if diags.HasError() {
			break
		}
		result, _ := state["results"].(prototest.Object)["a"].(prototest.Object)
		if result["passed"] != false || result["overall_result"] != simulator.ResultFail {
			t.Errorf("offset %d: a false result: %v", at, state)
		}
	case inClear:
		diags = r.Destroy(ctx)
		if session, _ := h.Session(text(before["signature_id"])); !r.Exists() && session.State != simulator.StateCleared {
			t.Errorf("offset %d: the session left the state, and it is %s; got:\n%s", at, session.State, diags)
		}
	default:
		diags = r.Configure(ctx, hostileConfig)
		if _, known := h.Session(text(r.Values()["signature_id"])); r.Exists() && !known {
			t.Errorf("offset %d: the state has a session that the API does not know", at)
		}
	}
	if !h.honest && !diags.HasError() {
		t.Errorf("offset %d: success, and the API refused the call", at)
	}
	if found := hostileSecrets.FindString(diags.String() + h.log.String()); found != "" {
		t.Errorf("offset %d: there is %q in:\n%s\n%s", at, found, diags, around(h.log.String(), found))
	}
	h.log.Reset()
}

// hostileSecrets matches what no text may contain: the confidential arguments,
// links, tokens, signatures and links to images.
var hostileSecrets = regexp.MustCompile(`secret-|token=|eyJ|[0-9a-f]{64}|/media/`)

// With the real Terraform and a log at TRACE, which also has what net/http's own
// logger writes: neither the log nor the terminal nor the audit log has a secret.
func TestAccProvider_hostileServer(t *testing.T) {
	t.Parallel()
	h := &hostileRun{hostileServer: newHostileServer(), column: inSource}
	config := hostileTerraformConfig(h.listen(t))
	tf := acctest.NewTerraform(t, config)
	h.audit = filepath.Join(tf.Dir, "audit.jsonl")
	log := filepath.Join(tf.Dir, "log.txt")
	tf.Setenv("TF_LOG_PROVIDER", "TRACE")
	tf.Setenv("TF_LOG_PATH", log)

	// Every second answer is changed, each time in another way and from another
	// offset on.
	var calls int
	h.attack(func(_ string, raw []byte) (now, late []byte, changed bool) {
		calls++
		if calls%2 == 0 {
			return raw, nil, false
		}
		m := manglings[calls/2%len(manglings)]
		at := calls * 31 % len(raw)
		switch m.name {
		case "delayed":
			return concat(raw, []byte(h.quote(true))), nil, true // more than the Content-Length says
		case "quoting alone":
			return []byte(h.quote(true)), nil, true // no head
		}
		now, _ = m.mangle(raw, at, h.quote(inHead(raw, at)))
		return now, nil, true
	})
	var printed string
	for _, command := range []string{"apply", "apply", "destroy"} {
		output, _ := tf.Try(command, "-auto-approve")
		printed += output
	}
	h.attack(nil)
	printed += tf.Run("destroy", "-auto-approve")

	h.checkAudit(t)
	content, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(content), "transport_error") {
		t.Error("the log has no failed attempt")
	}
	if found := hostileSecrets.FindString(string(content)); found != "" {
		t.Errorf("the log has %q: %s", found, around(string(content), found))
	}
	// Terraform itself shows user id and return URLs.
	for _, shown := range []string{secretReturn, secretFailReturn, hostileUser} {
		printed = strings.ReplaceAll(printed, shown, "")
	}
	if found := hostileSecrets.FindString(printed); found != "" {
		t.Errorf("the terminal has %q: %s", found, around(printed, found))
	}
}

func hostileTerraformConfig(endpoint string) string {
	return fmt.Sprintf(`
provider "advance" {
  endpoint    = %q
  access_key  = %q
  secret_key  = %q
  audit_log   = "audit.jsonl"
  max_retries = 2
}

resource "advance_liveness_session" "test" {
  count           = 10
  return_url      = %q
  fail_return_url = %q
  callback_url    = %q
  user_id         = %q
  region          = "PHL"
  deletion_policy = "fail"
}

data "advance_liveness_result" "test" {
  count             = 10
  signature_id      = advance_liveness_session.test[count.index].signature_id
  return_image_type = "URL"
}
`, endpoint, secretAccessKey, secretSecretKey, secretReturn, secretFailReturn, secretCallback, hostileUser)
}

// checkAudit checks that the audit log has no secret and no false erasure.
func (h *hostileRun) checkAudit(t *testing.T) {
	t.Helper()
	lines, content := readFaultLog(t, h.audit)
	if found := hostileSecrets.FindString(content); found != "" {
		t.Errorf("the audit log has %q: %s", found, around(content, found))
	}
	for _, line := range lines {
		session, _ := h.Session(line.SignatureID)
		if erased := line.Event == "data_cleared" || line.Event == "session_gone"; erased && session.State != simulator.StateCleared {
			t.Errorf("the audit log has %s of session %s, and it is %q", line.Event, line.SignatureID, session.State)
		}
	}
}
