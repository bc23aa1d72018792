package advance

import (
	"context"
	"errors"
	"net/url"
)

// ClearData erases the personal data of a session's transaction (API §6). Only
// a nil error confirms the erasure; the transaction id is then the proof of it.
// [ClassifyClear] tells what an error means. Calling it again is safe.
func (c *Client) ClearData(ctx context.Context, signatureID string) (transactionID string, err error) {
	resp, err := c.do(ctx, request{
		op:  OpClearData,
		url: c.endpoint + pathClearData + "?signatureId=" + url.QueryEscape(signatureID),
	})
	return resp.env.TransactionID, err
}

// ClearState is what an answer of clear-data says of the data.
type ClearState int

// The states of an erasure.
const (
	ClearFailed       ClearState = iota // nothing is known of the data; the error says why
	ClearConfirmed                      // erased
	ClearInProcessing                   // an erasure is under way; ask again
	ClearNotFinished                    // can't be erased before the transaction is finished
	ClearNotExist                       // a hint, no proof, that there is nothing to erase
	ClearUnclear                        // the API refused, and its message does not tell why
)

// ClassifyClear decides what clear-data's outcome means. Three very different
// cases share PARAMETER_ERROR and differ only in a message that the vendor may
// change (API §6.2), so a message that has no known fragment, or two, is
// unclear: get-result has to settle it.
func ClassifyClear(err error) ClearState {
	if err == nil {
		return ClearConfirmed
	}
	var e *Error
	if !errors.As(err, &e) || e.Operation != OpClearData {
		return ClearFailed
	}
	switch e.Code {
	case CodeRequestInProcessing:
		return ClearInProcessing
	case CodeParameterError:
		return classifyClearMessage(e.Message)
	default:
		return ClearFailed
	}
}

func classifyClearMessage(message string) ClearState {
	found := ClearUnclear
	for _, known := range []struct {
		fragment string
		state    ClearState
	}{
		{"not exist", ClearNotExist},
		{"not finished", ClearNotFinished},
		{"empty", ClearFailed},
	} {
		if !mentions(message, known.fragment) {
			continue
		}
		if found != ClearUnclear {
			return ClearUnclear
		}
		found = known.state
	}
	return found
}
