package simulator

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestTransport_connections(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := New(Config{Latency: time.Second})
		h := &harness{t: t, sim: sim, client: &http.Client{Transport: sim.Transport()}, base: "https://simulator.test"}
		var wait sync.WaitGroup
		for range 5 {
			wait.Go(func() { h.call(OpToken, "{}") })
		}
		wait.Wait()
		if got := sim.Connections(); got != 5 {
			t.Errorf("%d connections, want 5", got)
		}
		h.client = &http.Client{Transport: sim.Transport()}
		h.call(OpToken, "{}")
		if got := sim.Connections(); got != 6 {
			t.Errorf("%d connections, want 6", got)
		}
	})
}

func TestTransport_errors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newMemory(t, Config{})
		h.inject(Fault{Operation: OpToken, Kind: "reset"})
		if _, _, err := h.do(h.request(OpToken, "{}")); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("reset: %v", err)
		}
		h.inject(Fault{Operation: OpToken, Kind: "cut-off"})
		if _, _, err := h.do(h.request(OpToken, "{}")); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("cut-off: %v", err)
		}
	})
}

// A bubble with a goroutine that is left over fails its test.
func TestTransport_leavesNoGoroutine(t *testing.T) {
	t.Parallel()
	for name, use := range map[string]func(*harness){
		"answered": func(h *harness) { h.call(OpToken, "{}") },
		"closed unread": func(h *harness) {
			h.inject(Fault{Operation: OpToken, Kind: "huge"})
			response, err := h.client.Do(h.request(OpToken, "{}"))
			if err != nil {
				h.t.Fatal(err)
			}
			response.Body.Close()
		},
		"given up": func(h *harness) {
			h.inject(Fault{Operation: OpToken, Kind: "timeout"})
			h.client.Timeout = time.Second
			if _, _, err := h.do(h.request(OpToken, "{}")); err == nil {
				h.t.Error("the call was answered")
			}
		},
		"not a request": func(h *harness) {
			r := h.request(OpToken, "{}")
			r.Body = io.NopCloser(io.MultiReader(strings.NewReader("{"), errorReader{}))
			if _, _, err := h.do(r); !errors.Is(err, errBroken) || h.sim.CallCount(OpToken) != 0 {
				h.t.Errorf("%v, %d calls", err, h.sim.CallCount(OpToken))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { use(newMemory(t, Config{})) })
		})
	}
}

var errBroken = errors.New("broken")

type errorReader struct{}

func (errorReader) Read([]byte) (int, error) { return 0, errBroken }
