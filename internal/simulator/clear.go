package simulator

// handleClear answers clear-data. The id comes in the query string, and there
// is no body (API §6).
func (s *Simulator) handleClear(req request) reply {
	if len(req.body) > 0 {
		return clientError(messageBadRequest)
	}
	id := req.URL.Query().Get("signatureId")
	if id == "" {
		return refusal(codeParameterError, messageClearEmpty)
	}
	answer := s.clear(id)
	answer.signatureID = id
	return answer
}

// clear erases a session's personal data, at once or after a while.
func (s *Simulator) clear(id string) reply {
	found, ok := s.find(id)
	switch {
	case !ok:
		return refusal(codeParameterError, messageClearNotExist)
	case found.state == StateIssued:
		return refusal(codeParameterError, messageNotFinished)
	case found.state == StateCleared:
		return s.clearAgain(found)
	case !found.eraseAt.IsZero():
		return refusal(codeInProcessing, messageInProcessing)
	case s.behaviour.ProcessingWindow > 0:
		found.eraseAt = s.now().Add(s.behaviour.ProcessingWindow)
		return refusal(codeInProcessing, messageInProcessing)
	}
	found.erase()
	return success(nil)
}

// clearAgain answers for a session that is cleared already. An erasure that
// took a while is confirmed once, whatever the behaviour after that is.
func (s *Simulator) clearAgain(x *session) reply {
	if x.unconfirmed {
		x.unconfirmed = false
		return success(nil)
	}
	if s.behaviour.AfterClear == AfterClearSuccess {
		return success(nil)
	}
	return refusal(codeParameterError, messageClearNotExist)
}
