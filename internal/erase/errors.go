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
	Trouble error // of the last call, if that failed temporarily; nil otherwise
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
	Refusal     error  // of clear-data
	Seen        string // by get-result, to follow "get-result shows"
	HoldsImages bool   // whether it shows an image or video
}

func (e *UnconfirmedError) Error() string {
	return "clear-data refused, and get-result shows " + e.Seen
}

// OriginError says that the API does not know the session, which proves
// nothing: it was made elsewhere, or by an account that is not known.
type OriginError struct {
	Made, Asked Origin
	Err         error // of get-result
}

func (e *OriginError) Error() string {
	return "the API does not know the session, which is not known to be made at this endpoint by this account"
}

// Unwrap returns the answer of get-result.
func (e *OriginError) Unwrap() error { return e.Err }
