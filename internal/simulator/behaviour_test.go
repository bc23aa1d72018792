package simulator

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestBehaviour_rateLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newMemory(t, Config{RateLimit: 20})
		served := func(n int) (count int) {
			for range n {
				if h.call(OpToken, tokenBody(time.Now())).Code == "SUCCESS" {
					count++
				}
			}
			return count
		}
		if got := served(40); got != 20 { // The burst: a second's worth.
			t.Errorf("%d served in a row", got)
		}
		time.Sleep(250 * time.Millisecond)
		if got := served(40); got != 5 {
			t.Errorf("%d served after a quarter of a second", got)
		}
		refused := h.want(OpResult, "", "SERVICE_BUSY", messageRateLimit)
		if refused.status != 200 || refused.header.Get("Retry-After") != "10s" {
			t.Errorf("%d, %v", refused.status, refused.header)
		}
		h.sim.SetBehaviour(Behaviour{RateLimit: 2, RateLimitStatus: 429, RetryAfter: " 1 s"})
		refused = h.want(OpClear, "0", "SERVICE_BUSY", messageRateLimit)
		if refused.status != 429 || !strings.Contains(refused.header.Get("Retry-After"), "1 s") {
			t.Errorf("%d, %v", refused.status, refused.header)
		}
		time.Sleep(time.Minute)
		if got := served(40); got != 2 {
			t.Errorf("%d served in a row with the lower limit", got)
		}
		time.Sleep(500 * time.Millisecond)
		if got := served(40); got != 1 {
			t.Errorf("%d served after half a second with the lower limit", got)
		}
		h.sim.SetBehaviour(Behaviour{})
		if got := served(40); got != 40 {
			t.Errorf("%d served without a limit", got)
		}
		h.sim.SetBehaviour(Behaviour{RateLimit: 3})
		if got := served(40); got != 3 {
			t.Errorf("%d served in a row with a limit of 3 instead of none", got)
		}
	})
}

func TestBehaviour_throttledCallMeetsNoFault(t *testing.T) {
	t.Parallel()
	h := newMemory(t, Config{RateLimit: 0.001})
	h.want(OpToken, "{}", "PARAMETER_ERROR", messageEmpty)
	h.inject(Fault{Operation: OpToken, Kind: "error"})
	h.want(OpToken, "{}", "SERVICE_BUSY", messageRateLimit)
	h.sim.SetBehaviour(Behaviour{})
	h.want(OpToken, "{}", "ERROR", "Server error")
}

func TestBehaviour_latency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newMemory(t, Config{Latency: 2 * time.Second})
		elapsed := func() time.Duration {
			start := time.Now()
			h.call(OpToken, "{}")
			return time.Since(start)
		}
		if got := elapsed(); got != 2*time.Second {
			t.Errorf("took %v", got)
		}
		var rounds [2][]time.Duration
		for i := range rounds {
			h.sim.SetBehaviour(Behaviour{LatencyMin: 1, LatencyMax: 3})
			for range 50 {
				rounds[i] = append(rounds[i], elapsed())
			}
		}
		if !slices.Equal(rounds[0], rounds[1]) {
			t.Error("the latencies are another sequence after SetBehaviour")
		}
		slices.Sort(rounds[0])
		if lowest, highest := rounds[0][0], rounds[0][49]; lowest < time.Second || lowest > 2*time.Second || highest > 3*time.Second || highest < 2*time.Second {
			t.Errorf("latencies from %v to %v, want them spread from 1s to 3s", lowest, highest)
		}

		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		h.sim.SetBehaviour(Behaviour{LatencyMin: 3600})
		_, _, err := h.do(h.request(OpToken, tokenBody(time.Now())).WithContext(ctx))
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a cancelled call: %v", err)
		}
	})
}

func TestBehaviour_refused(t *testing.T) {
	t.Parallel()
	for _, b := range []Behaviour{
		{AfterClear: "gone"}, {Pending: "x"}, {FaceDetail: "x"}, {EventTime: "x"}, {FaceVideo: "x"}, {EchoParameters: "x"},
		{Callback: "x"}, {ClientErrorStatus: "400"},
		{RateLimitStatus: 503}, {RateLimit: -1}, {RateLimit: math.NaN()}, {RateLimit: 1e300}, {LatencyMax: -1}, {ProcessingWindow: 1e10},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("SetBehaviour(%+v) did not panic", b)
				}
			}()
			New(Config{}).SetBehaviour(b)
		}()
	}
}

func TestBehaviour_set(t *testing.T) {
	t.Parallel()
	var got Behaviour
	for _, field := range []struct{ name, value string }{
		{"after_clear", "blanked"}, {"message_drift", "true"}, {"processing_window_seconds", "1.5"}, {"rate_limit", "20"},
		{"rate_limit_status", "429"}, {"retry_after", "10"}, {"client_error_status", "200"},
	} {
		if err := got.Set(field.name, field.value); err != nil {
			t.Error(err)
		}
	}
	want := Behaviour{
		AfterClear: AfterClearBlanked, MessageDrift: true, ProcessingWindow: 1.5, RateLimit: 20, RateLimitStatus: 429, RetryAfter: "10",
	}.withDefaults()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, field := range []struct{ name, value string }{
		{"after_clear", "gone"}, {"after_clear", "null"}, {"nothing", "1"}, {"", ""}, {"message_drift", "yes"}, {"rate_limit", "-1"},
		{"rate_limit", ""}, {"rate_limit", "fast"}, {"rate_limit", `1,"pending":"null-data"`}, {"rate_limit", "1}{"}, {`a"b`, "1"},
	} {
		if err := got.Set(field.name, field.value); err == nil || !strings.Contains(err.Error(), field.name) {
			t.Errorf("Set(%q, %q) = %v, want an error that names the switch", field.name, field.value, err)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("after errors (-want +got):\n%s", diff)
	}
}

func TestBehaviour_clientErrorStatus(t *testing.T) {
	t.Parallel()
	h := newMemory(t, Config{})
	check := func(spelled bool, method, path, body string, want int) {
		t.Helper()
		r := h.request(OpToken, body)
		r.Method, r.URL.Path = method, path
		got, _, err := h.do(r)
		if err != nil || got.Code != "CLIENT_ERROR" {
			t.Fatalf("%+v, %v", got, err)
		}
		if !spelled {
			want = 200
		}
		if got.status != want {
			t.Errorf("%s %s: status %d, want %d", method, path, got.status, want)
		}
	}
	for _, spelled := range []bool{false, true} {
		if spelled {
			h.sim.SetBehaviour(Behaviour{ClientErrorStatus: ClientErrorReal})
		}
		check(spelled, "POST", pathOf(OpToken), "{", 400)
		check(spelled, "POST", "/nothing", "{}", 404)
		check(spelled, "PUT", pathOf(OpToken), "{}", 405)
		h.inject(Fault{Operation: OpToken, Kind: "client-error"})
		check(spelled, "POST", pathOf(OpToken), "{}", 400)
		h.inject(Fault{Operation: OpToken, Kind: "client-error", HTTPStatus: 418})
		check(true, "POST", pathOf(OpToken), "{}", 418)
		h.inject(Fault{Operation: OpToken, Kind: "client-error", Message: "Bad Request"})
		check(true, "POST", pathOf(OpToken), "{}", 200)
	}
}

func TestBehaviour_messageDrift(t *testing.T) {
	t.Parallel()
	h := newMemory(t, Config{}).login()
	h.sim.SetBehaviour(Behaviour{MessageDrift: true})
	h.want(OpClear, "none", "PARAMETER_ERROR", "signatureId is not exist.")
	h.want(OpGenerate, encode(sessionParams(map[string]any{"callbackUrl": "a"})), "PARAMETER_ERROR", "Parameter error, please check you input")
	id := h.generateDrifted()
	h.want(OpClear, id, "PARAMETER_ERROR", "The transaction is not finished.")
}

// generateDrifted makes a session where SUCCESS does not say "OK".
func (h *harness) generateDrifted() string {
	h.t.Helper()
	got := h.call(OpGenerate, encode(sessionParams(nil)))
	var made link
	unmarshal(h.t, got.Data, &made)
	return made.SignatureID
}
