package advance

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// The queue is served in the order of arrival.
func TestLimiter_fair(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(1)
		var mu sync.Mutex
		var order []int
		var callers sync.WaitGroup
		for i := range 8 {
			callers.Go(func() {
				if _, err := l.acquire(t.Context()); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				order = append(order, i)
			})
			synctest.Wait() // the next one comes when this one is in the queue
		}
		callers.Wait()
		if !slices.IsSorted(order) {
			t.Errorf("served in the order %v", order)
		}
	})
}

// requests_per_second holds whatever the API allows.
func TestLimiter_ceiling(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(4)
		started := time.Now()
		for range 9 {
			sent, err := l.acquire(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			l.onSuccess(sent)
		}
		if got := time.Since(started); got != 2*time.Second {
			t.Errorf("nine calls took %s, want 2s", got)
		}
	})
}

// A caller in the queue gives up at its own deadline, and those behind it are
// served.
func TestLimiter_deadlines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(0)
		started := time.Now()
		l.onThrottled(started, time.Minute, true)

		served := make(chan time.Duration)
		go func() {
			if _, err := l.acquire(t.Context()); err != nil {
				t.Error(err)
			}
			served <- time.Since(started)
		}()
		synctest.Wait()

		short, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err := l.acquire(short)
		var late *RetryAfterError
		if !errors.As(err, &late) || time.Since(started) != 0 {
			t.Errorf("got %v after %v, want a RetryAfterError immediately", err, time.Since(started))
		} else if !late.Until.Equal(started.Add(time.Minute)) || !late.Deadline.Equal(started.Add(10*time.Second)) {
			t.Errorf("the error names %v and %v", late.Until, late.Deadline)
		}

		interrupted, interrupt := context.WithCancel(t.Context())
		left := make(chan error)
		go func() {
			_, err := l.acquire(interrupted)
			left <- err
		}()
		synctest.Wait()
		interrupt()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("interrupted in the queue: got %v, want context.Canceled", err)
		}
		if got := <-served; got != time.Minute {
			t.Errorf("the first one was served after %v, want 1m", got)
		}
	})
}

func TestLimiter_blockedUntil(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, started := newLimiter(0), time.Now()
		for _, test := range []struct {
			name  string
			pause time.Duration
			asked bool
			want  time.Duration
		}{
			{"a pause of the client's own", 300 * time.Millisecond, false, 300 * time.Millisecond},
			{"a long one is cut", time.Minute, false, maxRecovery / 8},
			{"a pause that the API asked for", 10 * time.Second, true, 10 * time.Second},
			{"a shorter one does not end it", time.Second, true, 10 * time.Second},
		} {
			if got := l.onThrottled(started, test.pause, test.asked).Sub(started); got != test.want {
				t.Errorf("%s: blocked for %s, want %s", test.name, got, test.want)
			}
		}
		if _, err := l.acquire(t.Context()); err != nil || time.Since(started) != 10*time.Second {
			t.Errorf("acquired after %s (%v), want 10s", time.Since(started), err)
		}
	})
}
