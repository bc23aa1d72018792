package simulator

import (
	"errors"
	"fmt"
	"net/http"
)

func (s *Simulator) controlSessions(r *http.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store.settleAll()
	sessions := make([]Session, len(s.store.order))
	for i, x := range s.store.order {
		sessions[i] = s.store.view(r, x)
	}
	return sessions, nil
}

func (s *Simulator) controlSession(r *http.Request) (any, error) {
	return s.sessionOf(r, r.PathValue("signature_id"))
}

func (s *Simulator) sessionOf(r *http.Request, id string) (any, error) {
	found, ok := s.sessionFor(r, id)
	if !ok {
		return nil, fmt.Errorf("session %s: %w", id, ErrUnknownSession)
	}
	return found, nil
}

// sessionFor returns what the control API tells whoever sent r about a session,
// unless it was forgotten.
func (s *Simulator) sessionFor(r *http.Request, id string) (Session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.store.find(id)
	if !ok {
		return Session{}, false
	}
	return s.store.view(r, found), true
}

func (s *Simulator) controlForget(r *http.Request) (any, error) {
	id := r.PathValue("signature_id")
	if !s.Forget(id) {
		return nil, fmt.Errorf("session %s: %w", id, ErrUnknownSession)
	}
	return nil, nil
}

func (s *Simulator) controlFinish(r *http.Request) (any, error) {
	var outcome Outcome
	if err := decode(r, &outcome); err != nil {
		return nil, err
	}
	if err := outcome.validate(); err != nil {
		return nil, badRequest{err}
	}
	id := r.PathValue("signature_id")
	if err := s.Finish(id, outcome); err != nil {
		return nil, err
	}
	return s.sessionOf(r, id)
}

func (s *Simulator) controlHistory(r *http.Request) (any, error) {
	return s.History(r.PathValue("signature_id"))
}

func (s *Simulator) controlSendCallback(r *http.Request) (any, error) {
	begun, err := s.SendCallback(r.PathValue("signature_id"))
	if err != nil {
		return nil, err
	}
	return withStatus(http.StatusAccepted, begun), nil
}

// sample is a session to be made without the API. An empty field is left out.
type sample struct {
	UserID             string `json:"user_id"`
	BizID              string `json:"biz_id"`
	Region             string `json:"region"`
	ReturnURL          string `json:"return_url"`
	FailReturnURL      string `json:"fail_return_url"`
	CallbackURL        string `json:"callback_url"`
	Language           string `json:"language"`
	PrefersColorScheme string `json:"prefers_color_scheme"`
	IframeEnabled      *bool  `json:"iframe_enabled"`
	LivenessType       string `json:"liveness_type"`
	ProductLevel       string `json:"product_level"`
	BizCode            string `json:"biz_code"`
}

// params returns the sample's parameters of generate-url. What that requires and
// the sample leaves out gets a value; the end user goes to home at the end.
func (in sample) params(home string) fields {
	fill(&in.UserID, "sample-user")
	fill(&in.BizID, "sample-"+newID())
	fill(&in.Region, "PHL")
	fill(&in.ReturnURL, home)
	fill(&in.FailReturnURL, home)
	params := make(fields)
	for name, value := range map[string]string{
		"userId":             in.UserID,
		"bizId":              in.BizID,
		"region":             in.Region,
		"returnUrl":          in.ReturnURL,
		"failReturnUrl":      in.FailReturnURL,
		"callbackUrl":        in.CallbackURL,
		"language":           in.Language,
		"prefersColorScheme": in.PrefersColorScheme,
		"livenessType":       in.LivenessType,
		"productLevel":       in.ProductLevel,
		"bizCode":            in.BizCode,
	} {
		if value != "" {
			params[name] = value
		}
	}
	if in.IframeEnabled != nil {
		params["iframeEnabled"] = *in.IframeEnabled
	}
	return params
}

// controlNewSession makes a sample session. Its parameters are checked as those
// of generate-url are.
func (s *Simulator) controlNewSession(r *http.Request) (any, error) {
	var in sample
	if err := decode(r, &in); err != nil && !errors.Is(err, errNoBody) { // The body may be empty.
		return nil, err
	}
	params := in.params(baseURL(r) + "/")
	if refused, bad := checkParameters(params); bad {
		return nil, badRequest{fmt.Errorf("generate-url would refuse this: %s, %s", refused.code, refused.message)}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	created := s.store.newSession(s.config.KeyPairs[0].Account, params)
	return withStatus(http.StatusCreated, s.store.view(r, created)), nil
}
