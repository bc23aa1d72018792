package provider_test

import (
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

func stateOf(r *prototest.Resource) string {
	switch {
	case !r.Exists():
		return nothing
	case r.Tainted:
		return taintedSession
	default:
		return aSession
	}
}

// checkTries checks how often the operation was sent, with how many tokens, and
// how long it took.
func (r faultRun) checkTries(t *testing.T, network *faultyNetwork, took time.Duration) {
	t.Helper()
	sent := network.times(faultColumnInfo[r.column].call)
	switch {
	case r.tries == untilTimeout && (took != 75*time.Minute || sent < 100):
		t.Errorf("sent %d times in %s, want it to go on for 1h15m0s", sent, took)
	case r.tries == askedTwice && (took != 2*time.Second || sent != 2):
		t.Errorf("sent %d times in %s, want two calls in 2s", sent, took)
	case r.tries > 0 && sent != r.tries:
		t.Errorf("sent %d times, want %d", sent, r.tries)
	case r.tries == sentOnce && took != 0:
		t.Errorf("it took %s, want no wait", took)
	}
	// Retry-After is obeyed. Without it all retries take less than 20 s.
	pause, err := time.ParseDuration(strings.TrimSuffix(r.row.with.RetryAfter, "s") + "s")
	switch asked := err == nil; {
	case r.tries == untilTimeout, strings.Contains(r.row.what, "request_timeout"):
	case asked && took < time.Duration(sent-1)*pause:
		t.Errorf("sent %d times in %s, want pauses of %s", sent, took, pause)
	case !asked && r.row.with.HTTPStatus != http.StatusTooManyRequests && took > 20*time.Second:
		t.Errorf("it took %s, want less than 20s", took)
	}
	if r.column == inToken {
		return
	}
	tokens := 1 + int(took/(59*time.Minute)) // lifetime of a token minus the margin
	if sent > 1 && reflect.DeepEqual(r.row.class, faultTokenRefused) {
		tokens = 2
	}
	if got := network.times(faultColumnInfo[inToken].call); got != tokens {
		t.Errorf("minted %d tokens, want %d", got, tokens)
	}
}

// mayHaveMade is in the error when a response of generate-url was lost.
const mayHaveMade = "the API may have made a session whose id and link nobody holds"

// checkWords checks the diagnostics. id is the session's before the run.
func (r faultRun) checkWords(t *testing.T, sim *simulator.Simulator, diags prototest.Diagnostics, id string, sent int) {
	t.Helper()
	var warnings, failures int
	switch r.ends {
	case endsGone, endsMarked:
		warnings = 1
	case endsFailed, endsTainted:
		failures = 1
	default: // not a word
	}
	if len(diags.Errors()) != failures || len(diags.Warnings()) != warnings {
		t.Fatalf("want %d errors and %d warnings, got:\n%s", failures, warnings, diags)
	}
	if failures+warnings == 0 {
		return
	}
	wants := []string{r.reads}
	if r.ends == endsFailed {
		wants = append(wants, faultColumnInfo[r.column].summary)
		wants = append(wants, r.wordsOfTheAPI(sim)...)
		wants = append(wants, "Operation: "+faultColumnInfo[r.column].call)
		if r.tries > 0 {
			wants = append(wants, fmt.Sprintf("Attempts: %d", sent))
		}
	}
	if r.column == inClear {
		wants = append(wants, id)
	}
	read := diags.String()
	for _, want := range wants {
		if want == "" || !strings.Contains(read, want) {
			t.Errorf("want %q, got:\n%s", want, read)
		}
	}
	if got, want := strings.Contains(read, mayHaveMade), r.column == inGenerate && r.row.class.lost; got != want {
		t.Errorf("it says that %s: %t, want %t:\n%s", mayHaveMade, got, want, read)
	}
	if at := attributeOf(diags); at != r.at {
		t.Errorf("the error is on attribute %q, want %q", at, r.at)
	}
}

// wordsOfTheAPI returns what the error must quote from the last response.
func (r faultRun) wordsOfTheAPI(sim *simulator.Simulator) []string {
	calls := slices.DeleteFunc(sim.Calls(), func(call simulator.Call) bool {
		return call.Operation != faultColumnInfo[r.column].operation || call.Fault == ""
	})
	if len(calls) == 0 || calls[len(calls)-1].Code == "" {
		return nil
	}
	last := calls[len(calls)-1]
	message := confidential.ReplaceAllString(last.Message, "[redacted]")
	if r.kind == "quoting" { // The record of calls leaves out what was quoted.
		message += ": "
		if !r.column.isSource() {
			message += "[redacted]"
		}
	}
	return []string{"Error code: " + last.Code, "Message: " + message, "Transaction id: " + last.TransactionID}
}

func attributeOf(diags prototest.Diagnostics) string {
	at := diags[0].Attribute
	if at == nil {
		return ""
	}
	return strings.Trim(strings.TrimPrefix(at.String(), "AttributeName"), `()"`)
}

// checkLog checks the events that the run added to the audit log, and that each
// erasure in it was done.
func (r faultRun) checkLog(t *testing.T, sim *simulator.Simulator, lines []faultAuditLine) {
	t.Helper()
	var events []string
	for _, line := range lines {
		events = append(events, line.Event)
		session, known := sim.Session(line.SignatureID)
		if line.Event == "data_cleared" && (!known || session.State != simulator.StateCleared) {
			t.Errorf("the audit log says that session %s is cleared, and it is %q (known %t)", line.SignatureID, session.State, known)
		}
		if code := r.wordsOfTheAPI(sim); line.Event == "clear_failed" && len(code) > 0 && code[0] != "Error code: "+line.Code {
			t.Errorf("the audit log has the code %q, want the API's: %s", line.Code, code[0])
		}
	}
	if want := faultEndings[r.ends][r.column].events; !slices.Equal(events, want) {
		t.Errorf("the audit log got %q, want %q", events, want)
	}
}

// checkSessions checks that no session is lost whose response arrived, and that
// none left the state without an erasure.
func (r faultRun) checkSessions(t *testing.T, sim *simulator.Simulator, lines []faultAuditLine, resource *prototest.Resource) {
	t.Helper()
	owned := map[any]bool{}
	for _, line := range lines {
		owned[line.SignatureID] = true
	}
	if resource.Exists() && !owned[resource.Values()["signature_id"]] {
		t.Errorf("session %v is in the state and not in the audit log", resource.Values()["signature_id"])
	}
	var orphans int
	for _, session := range sim.Sessions() {
		if !owned[session.SignatureID] {
			orphans++
		}
		if r.column == inClear && !resource.Exists() && session.State != simulator.StateCleared {
			t.Errorf("session %s has left the state, and it is %s", session.SignatureID, session.State)
		}
	}
	want := 0
	if r.column == inGenerate && r.effect {
		want = 1
		if r.lasts {
			want = r.tries
		}
	}
	if orphans != want || orphans > 3 {
		t.Errorf("%d sessions are in neither the state nor the audit log, want %d, and never more than 3", orphans, want)
	}
}

// confidential matches the values of faultConfig, keys and signatures.
var confidential = regexp.MustCompile(`\S*secret-\S*|` + simulator.DefaultAccessKey + `|` + simulator.DefaultSecretKey + `|[0-9a-f]{64}`)

// secret matches what no text may contain: confidential values of faultConfig,
// keys, links, tokens and signatures.
var secret = regexp.MustCompile(`secret-|` + simulator.DefaultAccessKey + `|` + simulator.DefaultSecretKey + `|token=|eyJ|[0-9a-f]{64}`)

func (r faultRun) checkNoSecret(t *testing.T, text string, tokens []string) {
	t.Helper()
	if r.kind == "quoting" && r.column.isSource() {
		return
	}
	if found := secret.FindString(text); found != "" {
		t.Errorf("there is a secret, %q, in:\n%s", found, text)
	}
	for _, token := range tokens {
		if strings.Contains(text, token) {
			t.Errorf("there is a token in:\n%s", text)
		}
	}
}

// checkAgain checks that the same step succeeds when the fault is over.
func (r faultRun) checkAgain(t *testing.T, sim *simulator.Simulator, server *prototest.Server, resource *prototest.Resource) {
	t.Helper()
	sim.ClearFaults()
	diags := r.execute(t.Context(), server, resource)
	if diags.HasError() {
		t.Fatalf("without the fault, want no error, got:\n%s", diags)
	}
	if state, want := stateOf(resource), faultEndings[endsWell][r.column].state; state != want {
		t.Errorf("without the fault the state has %s, want %s", state, want)
	}
	if r.column != inClear {
		return
	}
	for _, session := range sim.Sessions() {
		if session.State != simulator.StateCleared {
			t.Errorf("session %s is %s after the second destroy, want it cleared", session.SignatureID, session.State)
		}
	}
}
