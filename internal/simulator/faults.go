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

	// Count is how many calls meet the fault. 0 is taken for 1; with a negative
	// number all do, until [Simulator.ClearFaults] or [Simulator.Reset].
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

// inject puts a valid fault at the end of the line.
func (s *store) inject(fault Fault) {
	fill(&fault.Count, 1)
	s.faults = append(s.faults, &fault)
	s.hub.publish(Event{Name: EventFaults})
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
func (s *store) takeFault(operation Operation, id string) *Fault {
	for i, fault := range s.faults {
		if fault.Operation != operation || (fault.SignatureID != "" && fault.SignatureID != id) {
			continue
		}
		s.hub.publish(Event{Name: EventFaults}) // Its figures change.
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

// fail returns the answer to a call that a fault strikes.
func (s *store) fail(f Fault, req request) reply {
	kind := faultKinds[f.Kind]
	struck := strike{fault: f, store: s, req: req}
	if f.AfterEffect || kind.alters {
		struck.normal = s.perform(req)
	}
	answer := kind.answer(struck)
	fill(&answer.signatureID, struck.normal.signatureID)
	if f.HTTPStatus != 0 {
		answer.status = f.HTTPStatus
	}
	if kind.throttles || answer.status == http.StatusTooManyRequests {
		answer.retryAfter = s.behaviour.RetryAfter
	}
	if f.RetryAfter != "" {
		answer.retryAfter = f.RetryAfter
	}
	return answer
}
