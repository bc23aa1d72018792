package simulator

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
)

func TestStore_keepsTheNewestCalls(t *testing.T) {
	t.Parallel()
	sim := New(Config{})
	const more = 10
	for i := range maxCalls + more {
		answer := success(nil)
		answer.transactionID = strconv.Itoa(i)
		sim.store.record(request{Request: new(http.Request), operation: operations[0]}, answer, "")
	}
	calls := sim.Calls()
	if len(calls) != maxCalls || calls[0].TransactionID != strconv.Itoa(more) {
		t.Errorf("%d calls from %s on, want the newest %d", len(calls), calls[0].TransactionID, maxCalls)
	}
	if got := sim.CallCount(operations[0].name); got != maxCalls+more {
		t.Errorf("CallCount = %d, want all %d", got, maxCalls+more)
	}
}

// A client may send a whole megabyte as a signature id.
func TestStore_keepsNoLongIDs(t *testing.T) {
	t.Parallel()
	h := newMemory(t, Config{}).login()
	for _, id := range []string{strings.Repeat("a", maxID), strings.Repeat("a", maxID+1)} {
		h.want(OpResult, resultBody(id), "SIGNATURE_NOT_EXIST", messageNotExist)
		want := id
		if len(id) > maxID {
			want = ""
		}
		if calls := h.sim.Calls(); calls[len(calls)-1].SignatureID != want {
			t.Errorf("%d bytes: recorded as %q", len(id), calls[len(calls)-1].SignatureID)
		}
	}
}

func TestStore_dropsOldSessions(t *testing.T) {
	t.Parallel()
	sim := New(Config{})
	add := func(id, state string) {
		sim.store.add(&session{id: id, state: state, expires: sim.Now().Add(sim.config.LinkLifetime)})
	}
	add("issued", StateIssued)
	add("finished", StateFinished)
	add("cleared", StateCleared)
	for i := range maxSessions - 3 {
		add(strconv.Itoa(i), StateFinished)
	}
	check := func(when string, want map[string]bool) {
		t.Helper()
		for id, kept := range want {
			if _, ok := sim.Session(id); ok != kept {
				t.Errorf("%s: session %s is kept: %v, want %v", when, id, ok, kept)
			}
		}
		if got := len(sim.Sessions()); got != maxSessions {
			t.Errorf("%s: %d sessions, want %d", when, got, maxSessions)
		}
	}
	check("at the bound", map[string]bool{"issued": true, "finished": true, "cleared": true, "0": true})
	add("one more", StateIssued)
	check("one above", map[string]bool{"issued": true, "finished": false, "cleared": true, "0": true})
	add("two more", StateIssued)
	check("two above", map[string]bool{"issued": true, "cleared": false, "0": true, "one more": true})

	sim.Advance(sim.config.LinkLifetime) // The oldest has expired, and so ended.
	add("three more", StateIssued)
	check("after an hour", map[string]bool{"issued": false, "0": true, "three more": true})
}

func TestStore_neverDropsIssuedSessions(t *testing.T) {
	t.Parallel()
	s := New(Config{}).store
	for i := range maxSessions + 1 {
		s.add(&session{id: strconv.Itoa(i), state: StateIssued, expires: s.now().Add(century)})
	}
	if len(s.order) != maxSessions+1 || len(s.sessions) != maxSessions+1 {
		t.Errorf("%d sessions, want all of them", len(s.order))
	}
}
