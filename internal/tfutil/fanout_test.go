package tfutil

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
)

var (
	errRefused = &advance.Error{Operation: advance.OpGetResult, Code: advance.CodeAccountDisabled}
	errOther   = &advance.Error{Operation: advance.OpGetResult, Code: advance.CodeError, Temporary: true}
)

func numberedKeys(n int) []string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprintf("k%05d", i)
	}
	return keys
}

// fanOutRun is a ForEach whose calls take a second each. It must run in a bubble.
type fanOutRun struct {
	answer func(call int) error // of the call with this number, from 0

	mu           sync.Mutex
	called       []string
	inFlight     int
	mostInFlight int
	atFirst      int // most in flight before any call had ended
	ended        int
}

func (r *fanOutRun) forEach(t *testing.T, keys []string, parallelism int) map[string]error {
	t.Helper()
	return ForEach(t.Context(), keys, parallelism, advance.IsAccountWide, func(_ context.Context, key string) error {
		r.mu.Lock()
		call := len(r.called)
		r.called = append(r.called, key)
		r.inFlight++
		r.mostInFlight = max(r.mostInFlight, r.inFlight)
		if r.ended == 0 {
			r.atFirst = r.mostInFlight
		}
		r.mu.Unlock()
		time.Sleep(time.Second)
		err := r.answer(call)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.inFlight--
		r.ended++
		return err
	})
}

func TestForEach(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		keys, parallelism   int
		answer              func(call int) error
		calls               int // made
		failed, notTried    int
		mostInFlight, first int
		took                time.Duration
	}{
		"no keys":       {0, 100, succeed, 0, 0, 0, 0, 0, 0},
		"one":           {1, 100, succeed, 1, 0, 0, 1, 1, time.Second},
		"one at a time": {5, 1, succeed, 5, 0, 0, 1, 1, 5 * time.Second},
		"ten until the first has ended, then all": {
			110, 100, succeed, 110, 0, 0, 100, 10, 2 * time.Second,
		},
		"the account is refused": {
			1000, 100, func(int) error { return errRefused }, 10, 10, 990, 10, 10, time.Second,
		},
		"the account is refused, three at a time": {
			1000, 3, func(int) error { return errRefused }, 10, 10, 990, 3, 3, 4 * time.Second,
		},
		"the account is refused after the first": {
			1000, 1, func(call int) error {
				if call < 5 {
					return nil
				}
				return errRefused
			}, 15, 10, 985, 1, 1, 15 * time.Second,
		},
		"other failures in between are not in a row": {
			30, 1, func(call int) error {
				if call%10 == 9 {
					return errOther
				}
				return errRefused
			}, 30, 30, 0, 1, 1, 30 * time.Second,
		},
		"other failures only": {
			110, 100, func(int) error { return errOther }, 110, 110, 0, 100, 10, 2 * time.Second,
		},
		"the account is refused after ten, and one slow call succeeds": {
			1000, 100, func(call int) error {
				switch {
				case call < 10:
					return nil
				case call == 50:
					time.Sleep(time.Second)
					return nil
				default:
					return errRefused
				}
			}, 119, 108, 881, 100, 10, 3 * time.Second, // nine were started before the tenth refusal
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := &fanOutRun{answer: tc.answer}
				keys := numberedKeys(tc.keys)
				started := time.Now()
				errs := r.forEach(t, keys, tc.parallelism)
				var notTried int
				for _, err := range errs {
					if errors.Is(err, ErrNotTried) {
						notTried++
					}
				}
				if len(r.called) != tc.calls || len(errs)-notTried != tc.failed || notTried != tc.notTried {
					t.Errorf("%d calls, %d failures and %d not tried; want %d, %d and %d",
						len(r.called), len(errs)-notTried, notTried, tc.calls, tc.failed, tc.notTried)
				}
				if r.mostInFlight != tc.mostInFlight || r.atFirst != tc.first {
					t.Errorf("%d in flight, and %d at first; want %d and %d", r.mostInFlight, r.atFirst, tc.mostInFlight, tc.first)
				}
				if took := time.Since(started); took != tc.took {
					t.Errorf("took %s, want %s", took, tc.took)
				}
				slices.Sort(r.called)
				if len(slices.Compact(slices.Clone(r.called))) != len(r.called) {
					t.Error("a key was called twice")
				}
			})
		})
	}
}

func succeed(int) error { return nil }

func TestGroupFailures(t *testing.T) {
	t.Parallel()
	refusal := func(code, message, transactionID string) error {
		return &advance.Error{Operation: advance.OpGetResult, Code: code, Message: message, TransactionID: transactionID, HTTPStatus: 200, Attempts: 1}
	}
	late := func(s int64) error {
		return &advance.Error{Operation: advance.OpGetResult, Err: &advance.RetryAfterError{Until: time.Unix(s, 0), Deadline: time.Unix(s-1, 0)}}
	}
	errs := map[string]error{
		"b": refusal("ERROR", "Server error", "t2"),
		"a": refusal("ERROR", "Server error", "t1"),
		"c": refusal("ERROR", "Another", "t3"),
		"d": fmt.Errorf("reading: %w", refusal("ERROR", "Another", "t4")),
		"e": late(10),
		"f": late(20),
		"g": ErrNotTried,
		"h": ErrNotTried,
		"i": &advance.Error{Operation: advance.OpGetResult, Err: &advance.Error{Operation: advance.OpGenerateToken, Code: "ERROR", Message: "Another", HTTPStatus: 200}},
	}
	want := []Failure{
		{[]string{"a", "b"}, errs["a"]},
		{[]string{"c", "d"}, errs["c"]},
		{[]string{"e", "f"}, errs["e"]},
		{[]string{"g", "h"}, ErrNotTried},
		{[]string{"i"}, errs["i"]},
	}
	if diff := cmp.Diff(want, GroupFailures(errs), cmpopts.EquateErrors()); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	if got := GroupFailures(nil); got != nil {
		t.Errorf("groups of nothing are %v", got)
	}
}

// A message that differs for each key gives no more than eleven groups.
func TestGroupFailures_all(t *testing.T) {
	t.Parallel()
	errs := map[string]error{}
	for _, key := range numberedKeys(1000) {
		errs[key] = &advance.Error{Operation: advance.OpGetResult, Code: "ERROR", Message: key}
	}
	groups := GroupFailures(errs)
	if len(groups) != 11 {
		t.Fatalf("%d groups, want 11", len(groups))
	}
	last := groups[10]
	var call *advance.Error
	if len(last.Keys) != 990 || last.Keys[0] != "k00010" || errors.As(last.Err, &call) {
		t.Errorf("the last group has %d keys from %s on, and the error %v", len(last.Keys), last.Keys[0], last.Err)
	}
}

func TestKeyList(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{
		1:  `"k00000"`,
		2:  `"k00000", "k00001"`,
		10: `"k00000", "k00001", "k00002", "k00003", "k00004", "k00005", "k00006", "k00007", "k00008", "k00009"`,
		12: `"k00000", "k00001", "k00002", "k00003", "k00004", "k00005", "k00006", "k00007", "k00008", "k00009" and 2 more`,
	} {
		if got := KeyList(numberedKeys(n)); got != want {
			t.Errorf("%d keys: got %s, want %s", n, got, want)
		}
	}
}
