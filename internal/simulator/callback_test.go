package simulator

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// receiverURL is a callback URL whose parts must not be shown.
const receiverURL = "http://name:word@receiver.example/hook?key=hidden"

// receiver is a transport that stands in for the receivers of callbacks. It
// notes when it was called, and by default it answers 200.
type receiver struct {
	answer func(n int, r *http.Request) (status int, err error) // n counts from 1 on

	mu     sync.Mutex
	start  time.Time
	times  []time.Duration
	bodies []string
}

func newReceiver() *receiver { return &receiver{start: time.Now()} }

// RoundTrip implements http.RoundTripper.
func (v *receiver) RoundTrip(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	v.mu.Lock()
	v.times = append(v.times, time.Since(v.start))
	v.bodies = append(v.bodies, string(body))
	n := len(v.times)
	v.mu.Unlock()
	status := http.StatusOK
	if v.answer != nil {
		var err error
		if status, err = v.answer(n, r); err != nil {
			return nil, err
		}
	}
	response := &http.Response{StatusCode: status, Header: http.Header{}, Body: http.NoBody, Request: r}
	response.Header.Set("Location", "http://elsewhere.example/")
	return response, nil
}

// calls returns when the receiver was called, in seconds from the start.
func (v *receiver) calls() []int {
	v.mu.Lock()
	defer v.mu.Unlock()
	var seconds []int
	for _, at := range v.times {
		seconds = append(seconds, int(at.Seconds()))
	}
	return seconds
}

// wantCalls checks when the receiver was called.
func (v *receiver) wantCalls(t *testing.T, want ...int) {
	t.Helper()
	synctest.Wait()
	if got := v.calls(); !slices.Equal(got, want) {
		t.Errorf("called at %v s, want %v", got, want)
	}
}

// withReceiver runs a test with fake time, a simulator that sends callbacks, and
// their receiver.
func withReceiver(t *testing.T, test func(t *testing.T, h *harness, v *receiver)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		v := newReceiver()
		test(t, newMemory(t, Config{CallbackTransport: v}).login(), v)
	})
}

// withCallback makes a session with a callback URL and returns its id.
func (h *harness) withCallback() string {
	h.t.Helper()
	return h.generate(map[string]any{"callbackUrl": receiverURL}).SignatureID
}

func TestCallback_request(t *testing.T) {
	t.Parallel()
	type seen struct{ method, uri, contentType, body string }
	got := make(chan seen, 10)
	site := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- seen{r.Method, r.RequestURI, r.Header.Get("Content-Type"), string(body)}
	}))
	defer site.Close()
	h := newServer(t, Config{CallbackTransport: new(http.Transport)}).login()
	defer h.sim.Close()
	events, cancel := h.sim.Subscribe()
	defer cancel()
	id := h.generate(map[string]any{"userId": "sim-pass", "callbackUrl": site.URL + "/hook?key=hidden"}).SignatureID
	want := seen{"POST", "/hook?key=hidden", "application/json", `{"signatureId":"` + id + `","type":"COMPLETED"}`}
	if got := <-got; got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for event := range events {
		if event.Name == EventCallback {
			break
		}
	}
	var deliveries []map[string]any
	h.ask("GET", "callbacks", "", 200, &deliveries)
	var session map[string]any
	h.ask("GET", "sessions/"+id, "", 200, &session)
	wantDelivery := map[string]any{
		"time": session["finished_at"], "signature_id": id, "attempt": 1.0, "http_status": 200.0, "error": "",
		"next_attempt_at": nil, "url": site.URL + "/hook",
	}
	ignoreTime := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == `["time"]` }, cmp.Ignore())
	if diff := cmp.Diff([]map[string]any{wantDelivery}, deliveries, ignoreTime); diff != "" {
		t.Errorf("callbacks (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(any(wantDelivery), session["callback"], ignoreTime); diff != "" {
		t.Errorf("callback of the session (-want +got):\n%s", diff)
	}
}

func TestCallback_results(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		behaviour Behaviour
		outcome   Outcome
		want      []int
	}{
		"pass":              {outcome: Outcome{Result: ResultPass}, want: []int{0}},
		"fail":              {outcome: Outcome{Result: ResultFail}, want: []int{0}},
		"incomplete":        {outcome: Outcome{Result: ResultIncomplete}},
		"twice":             {Behaviour{Callback: CallbackTwice}, Outcome{Result: ResultPass}, []int{0, 0}},
		"twice, incomplete": {behaviour: Behaviour{Callback: CallbackTwice}, outcome: Outcome{Result: ResultIncomplete}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withReceiver(t, func(t *testing.T, h *harness, v *receiver) {
				h.sim.SetBehaviour(test.behaviour)
				h.finish(h.withCallback(), test.outcome)
				time.Sleep(time.Hour)
				v.wantCalls(t, test.want...)
			})
		})
	}
}

func TestCallback_retries(t *testing.T) {
	t.Parallel()
	withReceiver(t, func(t *testing.T, h *harness, v *receiver) {
		v.answer = func(n int, r *http.Request) (int, error) {
			switch n {
			case 1:
				return 500, nil
			case 2:
				return 204, nil // Only 200 counts.
			case 3:
				return 302, nil
			case 4:
				<-r.Context().Done()
				return 0, r.Context().Err()
			}
			return 0, errors.New("connection refused")
		}
		id := h.withCallback()
		h.finish(id, Outcome{Result: ResultPass})
		time.Sleep(time.Hour)
		v.wantCalls(t, 0, 1, 3, 7, 7+10+8)
		var got []string
		history, _ := h.sim.History(id)
		for _, entry := range history {
			if entry.Kind == HistoryCallback {
				got = append(got, fmt.Sprint(int(entry.Time.Sub(v.start).Seconds()), " ", entry.Text))
			}
		}
		want := []string{
			"0 attempt 1: HTTP 500; the next attempt is in 1s",
			"1 attempt 2: HTTP 204; the next attempt is in 2s",
			"3 attempt 3: HTTP 302; the next attempt is in 4s",
			"17 attempt 4: no response within 10s; the next attempt is in 8s",
			"25 attempt 5: connection refused; given up",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("history (-want +got):\n%s", diff)
		}
		for i, delivery := range h.sim.Deliveries() {
			if delivery.Attempt != i+1 || (delivery.NextAttemptAt == nil) != (i == 4) || delivery.URL != "http://receiver.example/hook" {
				t.Errorf("delivery %+v", delivery)
			}
		}
	})
}

// TestCallback_stops shows what ends a callback that is retried: the second
// attempt, after a second, does not come.
func TestCallback_stops(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(h *harness, id string){
		"forgotten": func(h *harness, id string) { h.sim.Forget(id) },
		"reset":     func(h *harness, _ string) { h.sim.Reset() },
		"erased":    func(h *harness, id string) { h.want(OpClear, id, "SUCCESS", "OK") },
		"closed":    func(h *harness, _ string) { h.sim.Close() },
	} {
		t.Run(name+", while it waits", func(t *testing.T) {
			t.Parallel()
			withReceiver(t, func(t *testing.T, h *harness, v *receiver) {
				v.answer = func(int, *http.Request) (int, error) { return 500, nil }
				id := h.withCallback()
				h.finish(id, Outcome{Result: ResultPass})
				synctest.Wait()
				stop(h, id)
				time.Sleep(time.Hour)
				v.wantCalls(t, 0)
				for _, delivery := range h.sim.Deliveries() {
					if name != "closed" && (delivery.NextAttemptAt != nil || delivery.URL != "") {
						t.Errorf("delivery %+v", delivery)
					}
				}
			})
		})
		t.Run(name+", while it is under way", func(t *testing.T) {
			t.Parallel()
			withReceiver(t, func(t *testing.T, h *harness, v *receiver) {
				v.answer = func(_ int, r *http.Request) (int, error) {
					select {
					case <-time.After(5 * time.Second):
						return 500, nil
					case <-r.Context().Done():
						return 0, r.Context().Err()
					}
				}
				id := h.withCallback()
				h.finish(id, Outcome{Result: ResultPass})
				synctest.Wait()
				stop(h, id)
				time.Sleep(time.Hour)
				v.wantCalls(t, 0)
				for _, delivery := range h.sim.Deliveries() {
					if delivery.NextAttemptAt != nil || delivery.URL != "" {
						t.Errorf("delivery %+v", delivery)
					}
				}
			})
		})
	}
}

func TestCallback_plannedOutcome(t *testing.T) {
	t.Parallel()
	withReceiver(t, func(t *testing.T, h *harness, v *receiver) {
		h.plan(PlannedOutcome{Outcome: Outcome{Result: ResultPass}, After: 30, Count: 2})
		h.withCallback()
		time.Sleep(time.Minute)
		v.wantCalls(t, 30)
		h.withCallback()
		h.sim.Advance(time.Minute)
		v.wantCalls(t, 30, 60)
	})
}

func TestCallback_sendAgain(t *testing.T) {
	t.Parallel()
	withReceiver(t, func(t *testing.T, h *harness, v *receiver) {
		v.answer = func(n int, _ *http.Request) (int, error) { return map[bool]int{true: 500, false: 200}[n == 1], nil }
		id := h.withCallback()
		h.finish(id, Outcome{Result: ResultPass})
		synctest.Wait()
		var begun Delivery
		h.ask("POST", "sessions/"+id+"/callback", "", 202, &begun) // Takes the place of the retry.
		if begun.SignatureID != id || begun.Attempt != 1 || begun.HTTPStatus != 0 || begun.NextAttemptAt == nil || begun.URL != "http://receiver.example/hook" {
			t.Errorf("delivery %+v", begun)
		}
		time.Sleep(time.Hour)
		v.wantCalls(t, 0, 0)
		if deliveries := h.sim.Deliveries(); len(deliveries) != 2 || deliveries[0].NextAttemptAt != nil || deliveries[1].HTTPStatus != 200 {
			t.Errorf("deliveries %+v", deliveries)
		}
		h.login()
		h.ask("POST", "sessions/"+h.withCallback()+"/callback", "", 202, nil) // An unfinished one is sent too.
		h.ask("POST", "sessions/"+h.generate(nil).SignatureID+"/callback", "", 409, nil)
		h.ask("POST", "sessions/none/callback", "", 404, nil)
	})
}

func TestCallback_off(t *testing.T) {
	t.Parallel()
	h := newServer(t, Config{}).login()
	id := h.withCallback()
	h.finish(id, Outcome{Result: ResultPass})
	h.ask("POST", "sessions/"+id+"/callback", "", 409, nil)
	var deliveries []Delivery
	h.ask("GET", "callbacks", "", 200, &deliveries)
	if deliveries == nil || len(deliveries) != 0 {
		t.Errorf("callbacks %+v", deliveries)
	}
}

func TestCallback_keepsTheNewest(t *testing.T) {
	t.Parallel()
	s := New(Config{CallbackTransport: newReceiver()}).store
	s.deliver = func(*callback) {}
	x := s.newSession(defaultAccount, fields{"callbackUrl": receiverURL})
	for range maxDeliveries + 1 {
		_, _ = s.sendCallback(x)
		s.attempted(x.callbacks[0], 200, "")
	}
	if len(s.deliveries) != maxDeliveries || len(x.callbacks) != 0 {
		t.Errorf("%d deliveries, %d callbacks", len(s.deliveries), len(x.callbacks))
	}
}

// TestCallback_fewAtTheSameTime also shows that Close ends them all.
func TestCallback_fewAtTheSameTime(t *testing.T) {
	t.Parallel()
	withReceiver(t, func(t *testing.T, h *harness, v *receiver) {
		var now, most atomic.Int64
		v.answer = func(_ int, r *http.Request) (int, error) {
			most.Store(max(most.Load(), now.Add(1)))
			defer now.Add(-1)
			select {
			case <-time.After(time.Second):
				return 200, nil
			case <-r.Context().Done():
				return 0, r.Context().Err()
			}
		}
		const sessions = 10 * poolSize
		for range sessions {
			h.finish(h.withCallback(), Outcome{Result: ResultPass})
		}
		time.Sleep(5500 * time.Millisecond)
		if most.Load() != poolSize || len(h.sim.Deliveries()) != sessions/2 {
			t.Errorf("%d at the same time, %d sent", most.Load(), len(h.sim.Deliveries()))
		}
		h.sim.Close()
		if now.Load() != 0 {
			t.Errorf("%d go on after Close", now.Load())
		}
		h.finish(h.withCallback(), Outcome{Result: ResultPass})
		time.Sleep(time.Hour)
		if calls := len(v.calls()); calls != sessions/2+poolSize {
			t.Errorf("%d calls, want none after Close", calls)
		}
	})
}

func TestCallback_forgottenWhileQueued(t *testing.T) {
	t.Parallel()
	withReceiver(t, func(t *testing.T, h *harness, v *receiver) {
		v.answer = func(int, *http.Request) (int, error) {
			time.Sleep(time.Second)
			return 200, nil
		}
		for range poolSize {
			h.finish(h.withCallback(), Outcome{Result: ResultPass})
		}
		id := h.withCallback()
		h.finish(id, Outcome{Result: ResultPass})
		h.sim.Forget(id)
		time.Sleep(time.Hour)
		if calls := len(v.calls()); calls != poolSize {
			t.Errorf("%d calls, want %d", calls, poolSize)
		}
	})
}

func TestCallback_showsNoSecret(t *testing.T) {
	t.Parallel()
	withReceiver(t, func(t *testing.T, h *harness, v *receiver) {
		v.answer = func(int, *http.Request) (int, error) { return 0, errors.New("broken") }
		id := h.withCallback()
		h.finish(id, Outcome{Result: ResultPass})
		time.Sleep(time.Hour)
		for _, path := range []string{"callbacks", "sessions/" + id + "/history"} {
			_, body := h.get(h.base + controlPrefix + path)
			for _, secret := range []string{"hidden", "key=", "name", "word"} {
				if strings.Contains(body, secret) {
					t.Errorf("%s shows %s: %s", path, secret, body)
				}
			}
		}
	})
}
