package simulator

import (
	"net/http"
	"slices"
	"time"
)

// Call is one API call that the simulator was asked. It holds no secrets.
type Call struct {
	Time          time.Time `json:"time"`
	Operation     Operation `json:"operation"`   // Empty for a path that the API does not have.
	Code          string    `json:"code"`        // Empty where a fault answered with no envelope.
	Message       string    `json:"message"`     // Of the envelope.
	HTTPStatus    int       `json:"http_status"` // 0 where the connection broke instead.
	SignatureID   string    `json:"signature_id"`
	TransactionID string    `json:"transaction_id"`
	Fault         string    `json:"fault"` // Kind of the fault that was injected; usually empty.
}

// Calls returns all API calls so far, in the order in which they took effect.
// What the control API and the H5 page were asked is not among them.
func (s *Simulator) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Call{}, s.calls...)
}

// CallCount returns how many calls of one operation there were, whatever became
// of them.
func (s *Simulator) CallCount(operation Operation) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[operation]
}

// Connections returns how many client connections API calls came on, told apart
// by their remote addresses.
func (s *Simulator) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.peers)
}

// record adds a call to the record.
func (s *Simulator) record(req request, answer reply, fault string) {
	call := Call{
		Time:          s.now(),
		Operation:     req.operation,
		Code:          answer.code,
		Message:       answer.message,
		HTTPStatus:    answer.status,
		SignatureID:   answer.signatureID,
		TransactionID: answer.transactionID,
		Fault:         fault,
	}
	if call.HTTPStatus == 0 && !slices.Contains(brokenKinds, fault) {
		call.HTTPStatus = http.StatusOK
	}
	if call.SignatureID == "" {
		call.SignatureID = req.signatureID()
	}
	s.calls = append(s.calls, call)
	s.counts[req.operation]++
	s.peers[req.RemoteAddr] = true
}
