package tfutil

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
)

// maxRefusals is the number of refusals in a row, for a reason that all keys
// share, after which ForEach makes no more calls.
const maxRefusals = 10

// ErrNotTried is the error of a key that [ForEach] left out, because the API had
// refused others for a reason that all share.
var ErrNotTried = errors.New("not tried, because the API refused others before it for a reason that holds for all")

// ForEach calls f for each key, in their order and up to parallelism at the same
// time, and returns the errors of those that failed.
//
// isShared reports whether the API would refuse the other keys for the same
// reason, as [advance.IsAccountWide] does. After ten such errors in a row ForEach
// calls f for no other key, and the rest fail with ErrNotTried. Until a call ends
// in another way, it has no more than ten in flight, so that an account that may
// do nothing costs ten calls.
func ForEach(ctx context.Context, keys []string, parallelism int, isShared func(error) bool, f func(ctx context.Context, key string) error) map[string]error {
	r := &fanOut{keys: keys, parallelism: parallelism, isShared: isShared, errs: map[string]error{}}
	r.do = func(key string) { r.done(key, f(ctx, key)) }
	r.mu.Lock()
	r.start()
	r.mu.Unlock()
	r.running.Wait()
	for _, key := range r.keys {
		r.errs[key] = ErrNotTried
	}
	return r.errs
}

// fanOut is the state of one ForEach.
type fanOut struct {
	parallelism int
	isShared    func(error) bool
	do          func(key string)
	running     sync.WaitGroup

	mu       sync.Mutex
	keys     []string // not started yet
	inFlight int
	refusals int  // shared, in a row
	open     bool // a call has ended in another way
	errs     map[string]error
}

// start starts as many calls as may be in flight now. mu must be held.
func (r *fanOut) start() {
	for len(r.keys) > 0 && r.inFlight < r.limit() {
		key := r.keys[0]
		r.keys = r.keys[1:]
		r.inFlight++
		r.running.Go(func() { r.do(key) })
	}
}

// limit returns how many calls may be in flight now.
func (r *fanOut) limit() int {
	switch {
	case r.refusals >= maxRefusals:
		return 0
	case r.open:
		return r.parallelism
	default:
		return min(r.parallelism, maxRefusals-r.refusals)
	}
}

// done takes note of a call that has ended, and starts the next ones.
func (r *fanOut) done(key string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inFlight--
	if err != nil {
		r.errs[key] = err
	}
	switch {
	case r.refusals == maxRefusals: // ended, whatever the last calls in flight bring
	case r.isShared(err):
		r.refusals++
	default:
		r.refusals, r.open = 0, true
	}
	r.start()
}

// maxFailures is the number of kinds of failures that are told apart.
const maxFailures = 10

// Failure is what the API said of some keys.
type Failure struct {
	Keys []string // sorted
	Err  error    // of the first of Keys
}

// GroupFailures groups what [ForEach] returned by what the API said. From the
// eleventh kind on, all are in one group with an error of no call.
func GroupFailures(errs map[string]error) []Failure {
	var failures []Failure
	index := map[string]int{}
	for _, key := range slices.Sorted(maps.Keys(errs)) {
		err, kind := errs[key], failureKind(errs[key])
		i, ok := index[kind]
		switch {
		case ok:
		case len(failures) < maxFailures:
			i = len(failures)
			failures = append(failures, Failure{Err: err})
		default:
			i = maxFailures
			if len(failures) == maxFailures {
				failures = append(failures, Failure{Err: errors.New("they failed in other ways, which are not listed one by one")})
			}
		}
		index[kind] = i
		failures[i].Keys = append(failures[i].Keys, key)
	}
	return failures
}

// failureKind returns the same text for errors that tell a user the same. It
// leaves out what differs from call to call.
func failureKind(err error) string {
	e := innermost(err)
	if e == nil {
		return err.Error()
	}
	reason := cause(err)
	var late *advance.RetryAfterError
	if errors.As(e.Err, &late) {
		reason = "late" // without its times
	}
	return fmt.Sprintf("%s\n%s\n%s\n%d\n%s", e.Operation, e.Code, e.Message, e.HTTPStatus, reason)
}

// maxListedKeys is the number of keys that a diagnostic lists.
const maxListedKeys = 10

// KeyList lists up to ten keys, and says how many more there are.
func KeyList(keys []string) string {
	listed := quotedList(keys[:min(len(keys), maxListedKeys)])
	if more := len(keys) - maxListedKeys; more > 0 {
		return fmt.Sprintf("%s and %d more", listed, more)
	}
	return listed
}
