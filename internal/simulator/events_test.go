package simulator

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// serverEvent is one server-sent event.
type serverEvent struct{ name, data string }

// events opens the event stream and returns a function that returns the next
// event, ok is false once the stream has ended.
func (h *harness) events(ctx context.Context) (next func() (event serverEvent, ok bool)) {
	h.t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, h.base+controlPrefix+"events", http.NoBody)
	if err != nil {
		h.t.Fatal(err)
	}
	response, err := h.client.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { response.Body.Close() })
	if got := response.Header.Get("Content-Type"); got != "text/event-stream" {
		h.t.Errorf("Content-Type %q", got)
	}
	lines := bufio.NewScanner(response.Body)
	return func() (event serverEvent, ok bool) {
		for lines.Scan() {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch {
			case name == "event":
				event.name = value
			case name == "data":
				event.data = value
			case name == "" && value == "" && event.name != "":
				return event, true
			}
		}
		return event, false
	}
}

func TestEvents_stream(t *testing.T) {
	t.Parallel()
	for name, start := range transportsUnderTest {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := start(t, Config{})
			next := h.events(t.Context())
			want := func(name string, parts ...string) {
				t.Helper()
				event, ok := next()
				if !ok || event.name != name {
					t.Fatalf("event %+v, want %s", event, name)
				}
				for _, part := range parts {
					if !strings.Contains(event.data, part) {
						t.Errorf("%s has no %s: %s", name, part, event.data)
					}
				}
			}
			h.login()
			want("call", `"operation":"token"`)
			id := h.generate(nil).SignatureID
			want("history", `{"signature_id":"`+id+`","time":"`, `"kind":"state","text":"created"}`)
			want("session", `"signature_id":"`+id+`"`, `"url":"`+h.base+`/idvs/?token=`)
			want("call", `"operation":"generate"`)
			want("history", `"kind":"call"`)
			h.finish(id, Outcome{Result: ResultPass})
			want("history", "finished as PASS")
			want("session", `"state":"finished"`, `"picture_url":"`+h.base+`/media/`)
			h.sim.SetSkew(time.Second)
			want("clock", `"now":`, `"api_now":`)
			h.sim.Advance(time.Second)
			want("clock")
			h.inject(Fault{Operation: OpToken, Kind: "error"})
			want("faults", `[{"operation":"token","kind":"error","count":1,`)
			h.sim.ClearFaults()
			want("faults", `[]`)
			h.sim.SetBehaviour(Behaviour{MessageDrift: true})
			want("behaviour", `"message_drift":true`)
			h.sim.Forget(id)
			want("forgotten", `{"signature_id":"`+id+`"}`)
			h.sim.Reset()
			want("behaviour", `"message_drift":false`)
			want("reset", `{}`)
			h.sim.Close()
			if event, ok := next(); ok {
				t.Errorf("event after Close: %+v", event)
			}
			if event, ok := h.events(t.Context())(); ok {
				t.Errorf("event of a stream that was opened after Close: %+v", event)
			}
		})
	}
}

// TestEvents_keepAlive also shows that a stream brings about what is due, and
// that it ends with its client.
func TestEvents_keepAlive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newMemory(t, Config{LinkLifetime: time.Minute}).login()
		id := h.generate(nil).SignatureID
		ctx, cancel := context.WithCancel(t.Context())
		next := h.events(ctx)
		for _, name := range []string{"history", "session"} {
			if event, ok := next(); !ok || event.name != name || !strings.Contains(event.data, id) {
				t.Errorf("event %+v, want %s", event, name)
			}
		}
		cancel()
		if event, ok := next(); ok {
			t.Errorf("event after the end: %+v", event)
		}
		synctest.Wait()
		if left := len(h.sim.hub.subscribers); left != 0 {
			t.Errorf("%d subscribers are left", left)
		}
	})
}

func TestEvents_movedClock(t *testing.T) {
	t.Parallel()
	h := newMemory(t, Config{}).login()
	h.generate(nil)
	events, cancel := h.sim.Subscribe()
	defer cancel()
	h.sim.Advance(DefaultLinkLifetime)
	for _, want := range []string{EventClock, EventHistory, EventSession} {
		select {
		case event := <-events:
			if event.Name != want {
				t.Errorf("event %+v, want %s", event, want)
			}
		default:
			t.Errorf("no event %s", want)
		}
	}
}

func TestEvents_slowSubscriber(t *testing.T) {
	t.Parallel()
	sim := New(Config{})
	events, cancel := sim.Subscribe()
	for range eventBuffer {
		sim.Advance(0)
	}
	sim.SetSkew(0) // One too many.
	sim.ClearFaults()
	for _, want := range []string{EventReset, EventFaults} {
		if event := <-events; event.Name != want {
			t.Errorf("event %+v, want %s", event, want)
		}
	}
	cancel()
	sim.ClearFaults()
	if len(events) != 0 {
		t.Error("an event after the end of the subscription")
	}
}
