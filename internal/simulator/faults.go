package simulator

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Fault is something that goes wrong with the next calls of one operation.
type Fault struct {
	Operation Operation `json:"operation"`
	Kind      string    `json:"kind"` // One of [FaultKinds].

	// Count is how many calls meet the fault. 0 is taken for 1; a negative
	// number is for ever, that is until [Simulator.ClearFaults] or
	// [Simulator.Reset].
	Count int `json:"count"`

	// AfterEffect lets the call take effect before the fault replaces its
	// answer: a lost answer. Otherwise the call has no effect.
	AfterEffect bool `json:"after_effect"`

	Skip        int    `json:"skip"`         // How many calls pass before the fault begins.
	SignatureID string `json:"signature_id"` // Only calls about this session; for result and clear.

	Code       string `json:"code"`        // Envelope code, instead of the kind's own.
	Message    string `json:"message"`     // Envelope message, instead of the kind's own.
	HTTPStatus int    `json:"http_status"` // HTTP status of an answer, instead of the kind's own.

	// RetryAfter is the text of the Retry-After header, "none" for no header.
	// By default, kinds that throttle have that of the behaviour, and the
	// others have none.
	RetryAfter string `json:"retry_after"`

	// Location is where the kind redirect points to. By default it is a path
	// that the API does not have, so that following it leaves a call without an
	// operation in the record.
	Location string `json:"location"`
}

// FaultKind describes a kind of fault.
type FaultKind struct {
	Kind        string      `json:"kind"`
	Description string      `json:"description"`
	Operations  []Operation `json:"operations"` // Those that it can be injected into.
}

// allOperations are the operations that most faults can be injected into.
var allOperations = []Operation{OpToken, OpGenerate, OpResult, OpClear}

// Inject makes something go wrong. Faults of one operation wait in line: each
// call meets the first one that is for it. It fails for an unknown operation or
// kind, and for a fault that its operation cannot have.
func (s *Simulator) Inject(fault Fault) error {
	if err := fault.validate(); err != nil {
		return fmt.Errorf("injecting a fault: %w", err)
	}
	if fault.Count == 0 {
		fault.Count = 1
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &fault)
	return nil
}

// ClearFaults takes all faults away.
func (s *Simulator) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// FaultKinds returns all kinds of faults, sorted by name.
func FaultKinds() []FaultKind {
	kinds := make([]FaultKind, 0, len(faultKinds))
	for name, kind := range faultKinds {
		kinds = append(kinds, FaultKind{
			Kind:        name,
			Description: kind.description,
			Operations:  slices.Clone(kind.operations),
		})
	}
	slices.SortFunc(kinds, func(a, b FaultKind) int { return strings.Compare(a.Kind, b.Kind) })
	return kinds
}

// validate refuses faults that could never strike as they were meant.
func (f Fault) validate() error {
	if !slices.Contains(allOperations, f.Operation) {
		return fmt.Errorf("unknown operation %q", f.Operation)
	}
	kind, ok := faultKinds[f.Kind]
	if !ok {
		return fmt.Errorf("unknown kind %q", f.Kind)
	}
	if !slices.Contains(kind.operations, f.Operation) {
		return fmt.Errorf("kind %q is not for operation %q", f.Kind, f.Operation)
	}
	if f.Kind == kindEnvelope && f.Code == "" {
		return fmt.Errorf("kind %q needs a code", f.Kind)
	}
	if f.SignatureID != "" && f.Operation != OpResult && f.Operation != OpClear {
		return fmt.Errorf("operation %q is not about a signature id", f.Operation)
	}
	if f.Skip < 0 {
		return errors.New("skip is below 0")
	}
	if f.HTTPStatus != 0 && (f.HTTPStatus < 200 || f.HTTPStatus > 599) {
		return fmt.Errorf("HTTP status %d is not between 200 and 599", f.HTTPStatus)
	}
	return nil
}

// takeFault returns the fault that strikes a call, or nil.
func (s *Simulator) takeFault(operation Operation, id string) *Fault {
	for i, fault := range s.faults {
		if fault.Operation != operation || (fault.SignatureID != "" && fault.SignatureID != id) {
			continue
		}
		if fault.Skip > 0 {
			fault.Skip--
			continue
		}
		if fault.Count > 0 {
			fault.Count--
		}
		if fault.Count == 0 {
			s.faults = slices.Delete(s.faults, i, i+1)
		}
		return fault
	}
	return nil
}

// retryAfterOf returns the Retry-After header that a fault's answer has.
func (s *Simulator) retryAfterOf(fault Fault, answer reply) string {
	switch {
	case fault.RetryAfter == RetryAfterNone:
		return ""
	case fault.RetryAfter != "":
		return fault.RetryAfter
	case faultKinds[fault.Kind].throttles || answer.status == http.StatusTooManyRequests:
		return s.behaviour.retryAfter()
	}
	return ""
}
