package erase

import (
	"fmt"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
)

// settle decides what a refusal by clear-data was about, because only a message
// that may change tells (API §6.2). hint is what that message says:
// ClearNotExist or ClearUnclear. res and err are what get-result says.
//
// It returns ClearNotExist if the data is proved to be gone and
// ClearNotFinished if it is too early to erase. Everything else is an error:
// a doubt is never "done".
func settle(hint advance.ClearState, refusal error, res *advance.Result, err error) (advance.ClearState, error) {
	switch {
	case advance.IsNotKnown(err):
		return advance.ClearNotExist, nil
	case err != nil:
		return advance.ClearFailed, fmt.Errorf("asking get-result what the refusal by clear-data is about: %w", err)
	case !res.Finished() && hint == advance.ClearUnclear:
		return advance.ClearNotFinished, nil
	case res.Finished() && !res.HoldsImages && hint == advance.ClearNotExist:
		return advance.ClearNotExist, nil
	case res.HoldsImages:
		return advance.ClearFailed, &UnconfirmedError{Refusal: refusal, Seen: "an image or video of the person"}
	default:
		return advance.ClearFailed, &UnconfirmedError{Refusal: refusal, Seen: fmt.Sprintf("that the API still knows the transaction (%s)", res.State())}
	}
}

// describe says for the log what get-result answered.
func describe(res *advance.Result, err error) string {
	switch {
	case advance.IsNotKnown(err):
		return "not known"
	case res == nil:
		return "failed"
	default:
		return res.State()
	}
}

// conclusion says for the log what [settle] returned.
func conclusion(state advance.ClearState) string {
	switch state {
	case advance.ClearNotExist:
		return "gone"
	case advance.ClearNotFinished:
		return "not finished"
	default:
		return "not confirmed"
	}
}
