package simulator

// clearData answers clear-data: it erases a session's personal data,
// immediately or after a while. The id comes in the query string, and there is
// no body (API §6).
func (s *store) clearData(req request, in fields) reply {
	id := in.text("signatureId")
	if id == "" {
		return refusal(codeParameterError, messageClearEmpty)
	}
	if len(req.body) > 0 {
		return clientError(messageBadRequest)
	}
	found, ok := s.findOf(req.account, id)
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
		found.eraseAt = s.now().Add(s.behaviour.ProcessingWindow.Duration())
		return refusal(codeInProcessing, messageInProcessing)
	}
	s.erase(found, s.now())
	return success(nil)
}

// clearAgain answers for a session that is cleared already. An erasure that
// took a while is confirmed once, whatever the behaviour after that is.
func (s *store) clearAgain(x *session) reply {
	if x.unconfirmed {
		x.unconfirmed = false
		return success(nil)
	}
	if s.behaviour.AfterClear == AfterClearSuccess {
		return success(nil)
	}
	return refusal(codeParameterError, messageClearNotExist)
}
