package advance

import (
	"context"
	"errors"
	"net/url"
)

// ClearData erases the personal data of a session's transaction (API §6). Only
// a nil error confirms the erasure; the transaction id is the proof of it.
// [ClassifyClear] says what an error means. Calling it again is safe.
// confidential holds what an error must not quote, such as the session's user id
// and URLs.
func (c *Client) ClearData(ctx context.Context, signatureID string, confidential ...string) (transactionID string, err error) {
	resp, err := c.do(ctx, request{
		op:    clearData,
		url:   c.endpoint + clearData.path + "?signatureId=" + url.QueryEscape(signatureID),
		build: func() (any, []string) { return nil, confidential },
	})
	return resp.env.TransactionID, err
}

// ClearState is what a response of clear-data says about the data.
type ClearState int

// The states of an erasure.
const (
	ClearFailed       ClearState = iota // nothing is known about the data; the error says why
	ClearConfirmed                      // erased
	ClearInProcessing                   // being erased; ask again
	ClearNotFinished                    // cannot be erased before the transaction is finished
	ClearNotExist                       // a hint, not a proof, that there is nothing to erase
	ClearUnclear                        // refused, and the message does not say why
)

// ClassifyClear returns what an error of [Client.ClearData] means. Three very
// different cases share PARAMETER_ERROR and differ only in the message, which
// the vendor may change (API §6.2). A message with none of the known
// fragments, or with two, is unclear: get-result has to decide.
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

// clearFragments are in the messages of PARAMETER_ERROR (API §6.1).
var clearFragments = map[string]ClearState{
	"not exist":    ClearNotExist,
	"not finished": ClearNotFinished,
	"empty":        ClearFailed,
}

func classifyClearMessage(message string) ClearState {
	found := ClearUnclear
	for fragment, state := range clearFragments {
		if !mentions(message, fragment) {
			continue
		}
		if found != ClearUnclear {
			return ClearUnclear
		}
		found = state
	}
	return found
}
