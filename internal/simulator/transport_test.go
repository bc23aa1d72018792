package simulator

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
)

func TestTransportTraces(t *testing.T) {
	t.Parallel()
	h := newMemory(t, Config{})
	var events []string
	note := func(event string) { events = append(events, event) }
	trace := &httptrace.ClientTrace{
		GetConn: func(host string) { note("get " + host) },
		GotConn: func(info httptrace.GotConnInfo) {
			if info.Reused {
				note("reused")
			} else {
				note("new")
			}
		},
		WroteHeaders:         func() { note("headers") },
		WroteRequest:         func(httptrace.WroteRequestInfo) { note("request") },
		GotFirstResponseByte: func() { note("answer") },
	}
	for range 2 {
		r := h.request(OpToken, "{}")
		if _, _, err := h.do(r.WithContext(httptrace.WithClientTrace(r.Context(), trace))); err != nil {
			t.Fatal(err)
		}
	}
	got := strings.Join(events, ",")
	want := "get simulator.test,new,headers,request,answer,get simulator.test,reused,headers,request,answer"
	if got != want {
		t.Errorf("events %s, want %s", got, want)
	}
}

func TestTransportConnections(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := New(Config{Latency: 1})
		h := &harness{t: t, sim: sim, client: &http.Client{Transport: sim.Transport()}, base: "https://simulator.test"}
		var wait sync.WaitGroup
		for range 5 {
			wait.Go(func() { h.call(OpToken, "{}") })
		}
		wait.Wait()
		h.call(OpToken, "{}")
		if got := sim.Connections(); got != 5 {
			t.Errorf("%d connections", got)
		}
		h.client = &http.Client{Transport: sim.Transport()}
		if made := h.login().generate(nil); !strings.HasPrefix(made.URL, "https://simulator.test/idvs/") {
			t.Errorf("url %q", made.URL)
		}
		if got := sim.Connections(); got != 6 {
			t.Errorf("%d connections", got)
		}
	})
}

func TestTransportErrors(t *testing.T) {
	t.Parallel()
	h := newMemory(t, Config{})
	h.inject(Fault{Operation: OpToken, Kind: "reset"})
	if _, _, err := h.do(h.request(OpToken, "{}")); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("reset: %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("no longer wanted")
	cancel(reason)
	if _, _, err := h.do(h.request(OpToken, "{}").WithContext(ctx)); !errors.Is(err, reason) {
		t.Errorf("cancelled: %v", err)
	}
	if got := h.sim.CallCount(OpToken); got != 1 {
		t.Errorf("%d calls", got)
	}
	r := h.request(OpToken, "")
	r.Body = io.NopCloser(errorReader{reason})
	if _, _, err := h.do(r); !errors.Is(err, reason) {
		t.Errorf("unreadable body: %v", err)
	}
}

type errorReader struct{ err error }

func (r errorReader) Read([]byte) (int, error) { return 0, r.err }

func TestTransportStreams(t *testing.T) {
	t.Parallel()
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/short":
			w.Header().Set("Content-Length", "10")
			_, _ = io.WriteString(w, "abc")
		case "/late":
			_, _ = io.WriteString(w, "abc")
			w.WriteHeader(http.StatusTeapot)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		case "/flush":
			w.WriteHeader(http.StatusAccepted)
			_ = http.NewResponseController(w).Flush()
			_ = http.NewResponseController(w).Flush()
			w.Header().Set("X-Late", "1")
		case "/silent":
		}
	})
	synctest.Test(t, func(t *testing.T) {
		client := &http.Client{Transport: &transport{handler: handler}}
		get := func(ctx context.Context, path string) (*http.Response, error) {
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://a.test"+path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			return client.Do(r)
		}
		if response, err := get(t.Context(), "/short"); err == nil {
			t.Errorf("a short body: %v", response.Status)
			response.Body.Close()
		}
		response, err := get(t.Context(), "/flush")
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(response.Body); err != nil || len(body) != 0 || response.StatusCode != 202 || response.Header.Get("X-Late") != "" {
			t.Errorf("%q, %v, %v", body, err, response)
		}
		response.Body.Close()

		response, err = get(t.Context(), "/silent")
		if err != nil || response.StatusCode != 200 {
			t.Fatalf("%v, %v", response, err)
		}
		response.Body.Close()

		ctx, cancel := context.WithCancel(t.Context())
		response, err = get(ctx, "/late")
		if err != nil || response.StatusCode != 200 {
			t.Fatalf("%v, %v", response, err)
		}
		cancel()
		if _, err := io.ReadAll(response.Body); !errors.Is(err, context.Canceled) {
			t.Errorf("reading after the context has ended: %v", err)
		}
		response.Body.Close()

		response, err = get(t.Context(), "/late")
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close() // Unread: the handler still ends.
		if _, err := response.Body.Read(make([]byte, 1)); !errors.Is(err, errClosedBody) {
			t.Errorf("reading after closing: %v", err)
		}
	})
}
