package erase

import (
	"fmt"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
)

// evidence is what is known of a transaction that clear-data refused to erase
// in words that may change (API §6.2).
type evidence struct {
	hint    advance.ClearState // what the message of the refusal says: ClearNotExist or ClearUnclear
	refusal error

	// What get-result says.
	res *advance.Result
	err error

	// mustBeFinished: the transaction is finished, whatever get-result shows
	// of it.
	mustBeFinished bool

	// made is where the session was made, and asked is where "not known" comes
	// from.
	made, asked Origin

	// seen: a SUCCESS of get-result has proved that asked sees the session.
	seen bool
}

// settle decides what the refusal was about. It returns ClearNotExist if the
// data is proved to be gone, and ClearNotFinished if it is too early to erase.
// Everything else is an error: a doubt is never "done".
func (e evidence) settle() (advance.ClearState, error) {
	switch {
	case advance.IsNotKnown(e.err) && (e.seen || e.made.Same(e.asked)):
		return advance.ClearNotExist, nil
	case advance.IsNotKnown(e.err):
		return advance.ClearFailed, &OriginError{Made: e.made, Asked: e.asked, Err: e.err}
	case e.err != nil:
		return advance.ClearFailed, fmt.Errorf("asking get-result what the refusal by clear-data is about: %w", e.err)
	case !e.res.Finished() && e.hint == advance.ClearUnclear:
		return advance.ClearNotFinished, nil
	case e.res.HoldsImages:
		return advance.ClearFailed, &UnconfirmedError{Refusal: e.refusal, Seen: "an image or video of the person", HoldsImages: true}
	case e.hint == advance.ClearNotExist && (e.res.Finished() || e.mustBeFinished):
		return advance.ClearNotExist, nil
	default:
		return advance.ClearFailed, &UnconfirmedError{Refusal: e.refusal, Seen: fmt.Sprintf("that the API still knows the transaction (%s)", e.res.State())}
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

// conclusion says for the log what [evidence.settle] returned.
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
