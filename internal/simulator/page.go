package simulator

import (
	"crypto/hmac"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/simulator/ui"
)

// pagePrefix is the path of the H5 page, as on the API's own host.
const pagePrefix = "/idvs/"

// pageOutcome is what a button of the page stands for.
type pageOutcome struct {
	name      ui.Outcome
	outcome   Outcome
	errorCode string // for failReturnUrl (API §10.1); "" goes to returnUrl
	submitted bool   // whether a capture was submitted, for the iframe's message
}

// pageOutcomes are the buttons, in order. The error codes that the page tells
// are a name space of their own, which is not that of get-result.
var pageOutcomes = []pageOutcome{
	{ui.OutcomePass, Outcome{Result: ResultPass}, "", true},
	{ui.OutcomeFail, Outcome{Result: ResultFail}, "LIVENESS_TRY_COUNT_EXCEED", true},
	{ui.OutcomeAttack, Outcome{Result: ResultFail, ErrorCode: "LIVENESS_ATTACK"}, "LIVENESS_ATTACK", true},
	{ui.OutcomeGiveUp, Outcome{Result: ResultIncomplete}, "NO_PERMISSION", false},
	{ui.OutcomeCamera, Outcome{Result: ResultIncomplete}, "CAMERA_ISSUE", false},
}

// pageEvents are what the page's script tells of, for the session's history.
var pageEvents = map[string]string{
	"live":        "camera started",
	"denied":      "camera not allowed",
	"missing":     "no camera found",
	"unsupported": "no camera offered by the browser",
	"failed":      "camera does not work",
	"taken":       "picture taken",
}

// pageOutcomeOf returns the outcome of the button with this name.
func pageOutcomeOf(name string) (pageOutcome, bool) {
	for _, chosen := range pageOutcomes {
		if string(chosen.name) == name {
			return chosen, true
		}
	}
	return pageOutcome{}, false
}

// choices returns the page's buttons.
func choices() []ui.Choice {
	choices := make([]ui.Choice, len(pageOutcomes))
	for i, chosen := range pageOutcomes {
		choices[i] = ui.Choice{Outcome: chosen.name, Effect: chosen.outcome.Result}
		if chosen.errorCode != "" {
			choices[i].Effect += " · " + chosen.errorCode
		}
	}
	return choices
}

// visit is somebody's way to a session through its link.
type visit struct {
	id        string
	notice    ui.Notice // why the session cannot be ended here; "" where it can
	language  string    // that was asked for with the session
	iframe    bool
	dark      bool
	returnURL string
	failURL   string
	details   []ui.Detail
}

// page returns how the page looks to this visitor.
func (v visit) page(r *http.Request) ui.Page {
	return ui.Page{
		Language:    ui.ChooseLanguage(v.language, r.Header.Get("Accept-Language")),
		Dark:        v.dark,
		Frame:       v.iframe,
		FormTargets: v.formTargets(),
	}
}

// servePage serves the H5 page.
func (s *Simulator) servePage(w http.ResponseWriter, r *http.Request) {
	found := s.openVisit(r)
	page := found.page(r)
	switch {
	case r.URL.Path != pagePrefix || found.notice == ui.NoticeUnknown:
		page.ShowNotice(w, http.StatusNotFound, ui.NoticeUnknown)
	case found.notice != "":
		page.ShowNotice(w, http.StatusGone, found.notice)
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		s.notePage(found.id, "opened")
		page.ShowCheck(w, found.details, choices(), draw(found.id, pictureFar))
	case r.Method == http.MethodPost && r.URL.Query().Has("event"):
		s.notePage(found.id, pageEvents[r.URL.Query().Get("event")])
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodPost:
		s.endVisit(w, r, found)
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		page.ShowNotice(w, http.StatusMethodNotAllowed, ui.NoticeMethod)
	}
}

// pagePath returns the path and query of the session's link.
func (x *session) pagePath() string {
	return pagePrefix + "?token=" + url.QueryEscape(x.linkToken) + "&signatureId=" + url.QueryEscape(x.id)
}

func (s *Simulator) openVisit(r *http.Request) visit {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store.visit(r.URL.Query())
}

// visit finds the session that a link's query names, if its token fits too.
func (s *store) visit(query url.Values) visit {
	found, ok := s.find(query.Get("signatureId"))
	if !ok || !hmac.Equal([]byte(query.Get("token")), []byte(found.linkToken)) {
		return visit{notice: ui.NoticeUnknown}
	}
	iframe, _ := found.params["iframeEnabled"].(bool)
	return visit{
		id:        found.id,
		notice:    found.notice(),
		language:  found.params.text("language"),
		iframe:    iframe,
		dark:      found.params.text("prefersColorScheme") == "dark",
		returnURL: found.params.text("returnUrl"),
		failURL:   found.params.text("failReturnUrl"),
		details:   found.details(),
	}
}

// notice returns why the session cannot be ended any more, "" while it can.
func (x *session) notice() ui.Notice {
	switch {
	case x.state == StateCleared:
		return ui.NoticeCleared
	case x.state == StateFinished && x.ended.Before(x.expires):
		return ui.NoticeFinished
	case x.state == StateFinished:
		return ui.NoticeExpired
	}
	return ""
}

// details returns what the page says about its session.
func (x *session) details() []ui.Detail {
	return []ui.Detail{
		{Name: "user", Value: x.params.text("userId")},
		{Name: "business", Value: x.params.text("bizId")},
		{Name: "region", Value: x.params.text("region")},
		{Name: "type", Value: x.livenessType()},
		{Name: "return", Value: x.params.text("returnUrl")},
		{Name: "fail", Value: x.params.text("failReturnUrl")},
		{Name: "session", Value: x.id},
		{Name: "expires", Value: x.expires.Format(time.RFC3339)},
	}
}

// endVisit ends the session the way that a button says, and sends the browser
// on its way.
func (s *Simulator) endVisit(w http.ResponseWriter, r *http.Request, from visit) {
	page := from.page(r)
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	capture, err := postedPicture(r)
	if err != nil {
		page.ShowNotice(w, http.StatusBadRequest, ui.NoticeWrongPicture)
		return
	}
	chosen, ok := pageOutcomeOf(r.PostFormValue("outcome"))
	if !ok {
		page.ShowNotice(w, http.StatusBadRequest, ui.NoticeWrongOutcome)
		return
	}
	err = s.submit(from.id, chosen, capture)
	switch {
	case errors.Is(err, ErrAlreadyFinished), errors.Is(err, ErrUnknownSession): // It was not, a moment ago.
		page.ShowNotice(w, http.StatusGone, ui.NoticeFinished)
	case err != nil: // The outcomes above are valid.
		panic("simulator: " + err.Error())
	case from.iframe:
		page.ShowLeave(w, chosen.message())
	default:
		from.leave(w, r, chosen)
	}
}

// told returns what a session's history says of an outcome.
func (o pageOutcome) told(capture []byte) string {
	switch {
	case !o.submitted:
		return "ended: " + string(o.name)
	case capture == nil:
		return "submitted: " + string(o.name) + ", with the drawn face"
	}
	return "submitted: " + string(o.name) + ", with the picture that was taken"
}

// notePage adds to a session's history what happened on its page, if anything.
func (s *Simulator) notePage(id, text string) {
	if text == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store.note(id, HistoryPage, text)
}

// target returns where the browser goes after an outcome.
func (v visit) target(chosen pageOutcome) string {
	if chosen.errorCode == "" {
		return v.returnURL
	}
	return withErrorCode(v.failURL, chosen.errorCode)
}

// leave redirects to the session's URL. A redirect takes app schemes too, which
// html/template would not put into a link. The URL was checked when the session
// was made; it is the one thing here that must never be wrong, so it is checked
// once more, without what was added to its length.
func (v visit) leave(w http.ResponseWriter, r *http.Request, chosen pageOutcome) {
	page := v.page(r)
	if !validReturnURL(v.returnURL) || !validReturnURL(v.failURL) {
		page.ShowNotice(w, http.StatusInternalServerError, ui.NoticeWrongTarget)
		return
	}
	page.SetHeaders(w.Header())
	http.Redirect(w, r, v.target(chosen), http.StatusSeeOther)
}

// message returns what the page tells the page around it (API §10.3).
func (o pageOutcome) message() ui.Message {
	message := ui.Message{Code: codeSuccess, SubmissionStatus: "UNSUBMITTED"}
	if o.errorCode != "" {
		message.Code = o.errorCode
	}
	if o.submitted {
		message.SubmissionStatus = "SUBMITTED"
	}
	return message
}

// formTargets returns the sources that the form may be redirected to: the web,
// and the app schemes of the session's URLs. It names no hosts, because browsers
// apply form-action to all redirects that follow, and an application may send the
// person on to another host.
func (v visit) formTargets() []string {
	sources := []string{"https:", "http:"}
	for _, target := range []string{v.returnURL, v.failURL} {
		parsed, ok := parseURL(target)
		if !ok || !validReturnURL(target) {
			continue
		}
		if source := parsed.Scheme + ":"; !slices.Contains(sources, source) {
			sources = append(sources, source)
		}
	}
	return sources
}
