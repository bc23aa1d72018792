package simulator

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
	"weak"
)

// TestLoad_manySessions makes 1,000 sessions at the same time over a real
// network, ends each with a picture, and erases them. User ids and pictures are
// large, so that memory that an erasure does not give back shows. It is not
// parallel: it counts goroutines and memory.
func TestLoad_manySessions(t *testing.T) { //nolint:paralleltest // See above.
	const sessions, large = 1000, 8 << 10
	before := runtime.NumGoroutine()
	var received sync.WaitGroup
	received.Add(sessions)
	site := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { received.Done() }))
	sim := New(Config{CallbackTransport: &http.Transport{MaxIdleConnsPerHost: poolSize}})
	server := httptest.NewServer(sim)
	client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 100, MaxIdleConnsPerHost: 100}, CheckRedirect: dontFollow}
	h := (&harness{t: t, sim: sim, client: client, base: server.URL}).login()

	picture := jpegOf(t, 8, 8)
	picture += strings.Repeat("\x00", large-len(picture))
	ids := make([]string, sessions)
	inParallel := func(do func(i int)) {
		var all sync.WaitGroup
		for i := range sessions {
			all.Go(func() { do(i) })
		}
		all.Wait()
	}
	inParallel(func(i int) {
		made := h.generate(map[string]any{"userId": strings.Repeat("u", large), "callbackUrl": site.URL})
		ids[i] = made.SignatureID
		if response, body := h.sendPicture(made.URL, "pass", picture); response.StatusCode != http.StatusSeeOther {
			t.Errorf("%d, %s", response.StatusCode, body)
		}
	})
	received.Wait()
	held := heap()
	inParallel(func(i int) { h.want(OpClear, ids[i], "SUCCESS", "OK") })
	if freed := held - heap(); freed < sessions*large*3/2 {
		t.Errorf("the erasure has freed %d bytes, want about %d", freed, sessions*large*2)
	}
	for _, session := range sim.Sessions() {
		if session.HoldsPersonalData || session.State != StateCleared {
			t.Fatalf("session %s is %s", session.SignatureID, session.State)
		}
	}

	next := h.events(t.Context())
	sim.Close()
	for open := true; open; {
		_, open = next()
	}
	client.CloseIdleConnections()
	server.Close()
	site.Close()
	waitUntil(t, "the goroutines have ended", func() bool { return runtime.NumGoroutine() <= before })
}

// heap returns how many bytes are in use after a garbage collection.
func heap() int {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int(stats.HeapAlloc)
}

// waitUntil waits for a condition that comes true by itself, soon.
func waitUntil(t *testing.T, what string, isTrue func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !isTrue(); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("waited too long until %s", what)
		}
	}
}

// TestLoad_forgottenSessionIsFreed shows that no timer, callback or map keeps a
// session that was forgotten.
func TestLoad_forgottenSessionIsFreed(t *testing.T) {
	t.Parallel()
	h := newServer(t, Config{CallbackTransport: newReceiver()}).login()
	defer h.sim.Close()
	h.plan(PlannedOutcome{Outcome: Outcome{Result: ResultPass}, After: 3600})
	id := h.withCallback()
	h.ask("POST", "sessions/"+id+"/callback", "", 202, nil)
	h.want(OpClear, id, "PARAMETER_ERROR", messageNotFinished)
	kept := weak.Make(h.sim.store.sessions[id])
	if kept.Value() == nil {
		t.Fatal("the session is gone already")
	}
	h.sim.Forget(id)
	waitUntil(t, "the session is freed", func() bool {
		runtime.GC()
		return kept.Value() == nil
	})
}
