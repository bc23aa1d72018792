package simulator

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ask makes a call of the control API.
func (h *harness) ask(method, path, body string, status int, into any) http.Header {
	h.t.Helper()
	response, text := h.fetch(method, h.base+controlPrefix+path, "", body)
	if response.StatusCode != status {
		h.t.Fatalf("%s %s %s: status %d, want %d: %s", method, path, body, response.StatusCode, status, text)
	}
	if into != nil {
		unmarshal(h.t, []byte(text), into)
	}
	return response.Header
}

func TestControl_history(t *testing.T) {
	t.Parallel()
	h := newServer(t, Config{}).login()
	id := h.generate(nil).SignatureID
	h.inject(Fault{Operation: OpResult, Kind: "http-500"})
	h.inject(Fault{Operation: OpResult, Kind: "reset"})
	for range 2 {
		_, _, _ = h.do(h.request(OpResult, resultBody(id)))
	}
	h.finish(id, Outcome{Result: ResultFail})
	h.want(OpClear, id, "SUCCESS", "OK")
	var history []struct{ Time, Kind, Text string }
	h.ask("GET", "sessions/"+id+"/history", "", 200, &history)
	var lines []string
	for _, entry := range history {
		lines = append(lines, entry.Kind+" "+entry.Text)
	}
	want := []string{
		"state created",
		"call generate: SUCCESS, OK",
		"call result: HTTP 500, no envelope (fault http-500)",
		"call result: the connection broke (fault reset)",
		"state finished as FAIL, RISK_STRATEGY_HIT",
		"state personal data erased",
		"call clear: SUCCESS, OK",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}

	for range maxHistory {
		h.sim.store.note(id, HistoryPage, "opened")
	}
	if history, err := h.sim.History(id); err != nil || len(history) != maxHistory || history[0].Kind != HistoryPage {
		t.Errorf("%d entries, %v", len(history), err)
	}
}
