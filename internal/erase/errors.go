package erase

import (
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
)

// PendingError says that an erasure ended before the API confirmed it.
type PendingError struct {
	State   advance.ClearState // ClearNotFinished or ClearInProcessing
	Waited  time.Duration
	Refusal error // of clear-data
	Err     error // what ended the wait; nil if the policy does not wait
}

func (e *PendingError) Error() string {
	if e.State == advance.ClearInProcessing {
		return "the erasure is still in processing"
	}
	return "the transaction is not finished"
}

// Unwrap returns what ended the wait.
func (e *PendingError) Unwrap() error { return e.Err }

// UnconfirmedError says that clear-data refused, and that get-result does not
// prove that there is nothing to erase.
type UnconfirmedError struct {
	Refusal error  // of clear-data
	Seen    string // by get-result, to follow "get-result shows"
}

func (e *UnconfirmedError) Error() string {
	return "clear-data refused, and get-result shows " + e.Seen
}
