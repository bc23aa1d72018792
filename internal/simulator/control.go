package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// controlPrefix is the path of the control API.
const controlPrefix = "/simulator/v1/"

// Errors that the control API answers with before it looks at the body.
var (
	errNoPath      = errors.New("the control API has no such path")
	errCrossOrigin = errors.New("a page of another origin may not do this")
	errNoBody      = errors.New("there is none")
)

// badRequest is an error that the caller of the control API has made.
type badRequest struct{ error }

// Unwrap returns what was wrong.
func (e badRequest) Unwrap() error { return e.error }

// action does what a call of the control API asks for and returns what to
// answer, as JSON; nil answers with no content, and an http.HandlerFunc answers
// by itself.
type action func(r *http.Request) (any, error)

// newControl returns the control API.
func (s *Simulator) newControl() http.Handler {
	mux := http.NewServeMux()
	for path, methods := range map[string]map[string]action{
		"sessions":                         {http.MethodGet: s.controlSessions, http.MethodPost: s.controlNewSession},
		"sessions/{signature_id}":          {http.MethodGet: s.controlSession, http.MethodDelete: s.controlForget},
		"sessions/{signature_id}/finish":   {http.MethodPost: s.controlFinish},
		"sessions/{signature_id}/history":  {http.MethodGet: s.controlHistory},
		"sessions/{signature_id}/callback": {http.MethodPost: s.controlSendCallback},
		"callbacks":                        {http.MethodGet: s.controlCallbacks},
		"webhook":                          {http.MethodGet: s.controlWebhook, http.MethodPost: s.controlSetWebhook},
		"clock":                            {http.MethodGet: s.controlClock, http.MethodPost: s.controlSetClock},
		"faults":                           {http.MethodGet: s.controlFaults, http.MethodPost: s.controlInject, http.MethodDelete: s.controlClearFaults},
		"faults/kinds":                     {http.MethodGet: controlFaultKinds},
		"outcomes":                         {http.MethodGet: s.controlOutcomes, http.MethodPost: s.controlPlan, http.MethodDelete: s.controlClearOutcomes},
		"calls":                            {http.MethodGet: s.controlCalls},
		"events":                           {http.MethodGet: s.controlEvents},
		"behaviour":                        {http.MethodGet: s.controlBehaviour, http.MethodPost: s.controlSetBehaviour},
		"reset":                            {http.MethodPost: s.controlReset},
	} {
		mux.Handle(controlPrefix+path, methodHandler(methods))
	}
	mux.HandleFunc(controlPrefix, func(w http.ResponseWriter, _ *http.Request) {
		writeError(w, http.StatusNotFound, errNoPath)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store") // Answers have links that bear tokens.
		w.Header().Set("X-Content-Type-Options", "nosniff")
		mux.ServeHTTP(w, r)
	})
}

// sameOrigin lets no page of another origin change anything: a simulator on a
// developer's machine is within reach of their browser.
func sameOrigin(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writeError(w, http.StatusForbidden, errCrossOrigin)
	}))
	return protection.Handler(next)
}

// unlinked is [sameOrigin] for what no page links to. The protection lets GET
// pass, which has an effect on the API too: it is in the record of calls, and
// uses up a fault and the rate limit.
func unlinked(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		checked := *r
		checked.Method = http.MethodPost
		if protection.Check(&checked) != nil {
			writeError(w, http.StatusForbidden, errCrossOrigin)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// methodHandler runs the action that a request's method stands for.
func methodHandler(methods map[string]action) http.Handler {
	if get, ok := methods[http.MethodGet]; ok {
		methods[http.MethodHead] = get // net/http leaves out the body.
	}
	allowed := make([]string, 0, len(methods))
	for method := range methods {
		allowed = append(allowed, method)
	}
	slices.Sort(allowed)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		act, ok := methods[r.Method]
		if !ok {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			writeError(w, http.StatusMethodNotAllowed, fmt.Errorf("method %s is not allowed here", r.Method))
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		value, err := act(r)
		if err != nil {
			writeError(w, errorStatus(err), err)
			return
		}
		if answer, ok := value.(http.HandlerFunc); ok {
			answer(w, r)
			return
		}
		writeJSON(w, value)
	})
}

// withStatus answers with a value as JSON and another status than 200.
func withStatus(status int, value any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		writeBody(w, status, jsonType, append(mustJSON(value), '\n'))
	}
}

// errorStatus returns the HTTP status for an error.
func errorStatus(err error) int {
	var bad badRequest
	switch {
	case errors.Is(err, ErrUnknownSession):
		return http.StatusNotFound
	case errors.Is(err, ErrAlreadyFinished), errors.Is(err, ErrNoReceiver), errors.Is(err, ErrCallbacksOff):
		return http.StatusConflict
	case errors.As(err, &bad):
		return http.StatusBadRequest
	}
	return http.StatusInternalServerError
}

func writeJSON(w http.ResponseWriter, value any) {
	if value == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	writeBody(w, http.StatusOK, jsonType, append(mustJSON(value), '\n'))
}

func writeError(w http.ResponseWriter, status int, err error) {
	writeBody(w, status, jsonType, append(mustJSON(map[string]string{"error": err.Error()}), '\n'))
}

// decode reads the request's body, one JSON object with known names only.
func decode(r *http.Request, into any) error {
	err := decodeStrict(r.Body, into)
	var wrongType *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.EOF):
		err = errNoBody
	case errors.As(err, &wrongType):
		err = typeError(wrongType)
	}
	return badRequest{fmt.Errorf("reading the body: %w", err)}
}

// typeError says the same as err without the names of Go's types.
func typeError(err *json.UnmarshalTypeError) error {
	if err.Field == "" {
		return fmt.Errorf("it is a JSON %s, want an object", err.Value)
	}
	field := err.Field[strings.LastIndex(err.Field, ".")+1:] // without the path through embedded structs
	return fmt.Errorf("%s cannot be a JSON %s", field, err.Value)
}

// decodeStrict reads one JSON object with known names only.
func decodeStrict(from io.Reader, into any) error {
	decoder := json.NewDecoder(from)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return errors.New("more than one JSON value")
	}
	return nil
}

func (s *Simulator) controlClock(*http.Request) (any, error) {
	return s.clock(), nil
}

// controlSetClock moves the clocks and answers with what they show. What the
// body leaves out stays as it is.
func (s *Simulator) controlSetClock(r *http.Request) (any, error) {
	var in struct {
		Advance Seconds  `json:"advance_seconds"`
		Skew    *Seconds `json:"skew_seconds"`
	}
	if err := decode(r, &in); err != nil {
		return nil, err
	}
	if !in.Advance.within(0) {
		return nil, badRequest{fmt.Errorf("advance_seconds is %v, want 0 to a century", in.Advance)}
	}
	if in.Skew != nil && !in.Skew.within(-century) {
		return nil, badRequest{fmt.Errorf("skew_seconds is %v, want a century at most", *in.Skew)}
	}
	if in.Skew != nil {
		s.SetSkew(in.Skew.Duration())
	}
	s.Advance(in.Advance.Duration())
	return s.clock(), nil
}

// clock returns what the control API tells about the clocks.
func (s *Simulator) clock() map[string]time.Time {
	return map[string]time.Time{"now": s.Now(), "api_now": s.apiNow()}
}

func (s *Simulator) controlFaults(*http.Request) (any, error) {
	return s.Faults(), nil
}

func (s *Simulator) controlInject(r *http.Request) (any, error) {
	var fault Fault
	if err := decode(r, &fault); err != nil {
		return nil, err
	}
	if err := s.Inject(fault); err != nil {
		return nil, badRequest{err}
	}
	return nil, nil
}

func (s *Simulator) controlClearFaults(*http.Request) (any, error) {
	s.ClearFaults()
	return nil, nil
}

func controlFaultKinds(*http.Request) (any, error) {
	return FaultKinds(), nil
}

func (s *Simulator) controlOutcomes(*http.Request) (any, error) {
	return s.PlannedOutcomes(), nil
}

func (s *Simulator) controlPlan(r *http.Request) (any, error) {
	planned := PlannedOutcome{Count: 1}
	if err := decode(r, &planned); err != nil {
		return nil, err
	}
	if err := planned.validate(); err != nil {
		return nil, badRequest{err}
	}
	return nil, s.PlanOutcome(planned)
}

func (s *Simulator) controlClearOutcomes(*http.Request) (any, error) {
	s.ClearPlannedOutcomes()
	return nil, nil
}

func (s *Simulator) controlCalls(*http.Request) (any, error) {
	return s.Calls(), nil
}

func (s *Simulator) controlCallbacks(*http.Request) (any, error) {
	return s.Deliveries(), nil
}

func (s *Simulator) controlEvents(*http.Request) (any, error) {
	return http.HandlerFunc(s.serveEvents), nil
}

func (s *Simulator) controlBehaviour(*http.Request) (any, error) {
	return s.Behaviour(), nil
}

// controlSetBehaviour changes the switches that the body names and answers with
// all of them.
func (s *Simulator) controlSetBehaviour(r *http.Request) (any, error) {
	behaviour := s.Behaviour()
	if err := decode(r, &behaviour); err != nil {
		return nil, err
	}
	behaviour = behaviour.withDefaults()
	if err := behaviour.validate(); err != nil {
		return nil, badRequest{fmt.Errorf("behaviour: %w", err)}
	}
	s.SetBehaviour(behaviour)
	return s.Behaviour(), nil
}

func (s *Simulator) controlReset(*http.Request) (any, error) {
	s.Reset()
	return nil, nil
}
