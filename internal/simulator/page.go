package simulator

import (
	"bytes"
	"crypto/hmac"
	"embed"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// pagePrefix is the path of the H5 page, as on the API's own host.
const pagePrefix = "/idvs/"

//go:embed web
var web embed.FS

var pageTemplates = template.Must(template.ParseFS(web, "web/*.html"))

// pageAssets are the files that the page loads.
var pageAssets = map[string]string{
	"style.css": "text/css; charset=utf-8",
	"leave.js":  "text/javascript; charset=utf-8",
}

// pageOutcome is what a button of the page stands for.
type pageOutcome struct {
	outcome   Outcome
	errorCode string // for failReturnUrl (API §10.1); "" goes to returnUrl
	submitted bool   // whether a capture was submitted, for the iframe's message
}

// pageOutcomes are the buttons. The error codes that the page tells are a name
// space of their own, which is not that of get-result.
var pageOutcomes = map[string]pageOutcome{
	"pass":    {Outcome{Result: ResultPass}, "", true},
	"fail":    {Outcome{Result: ResultFail}, "LIVENESS_TRY_COUNT_EXCEED", true},
	"attack":  {Outcome{Result: ResultFail, ErrorCode: "LIVENESS_ATTACK"}, "LIVENESS_ATTACK", true},
	"give-up": {Outcome{Result: ResultIncomplete}, "NO_PERMISSION", false},
}

// view is what a template of the page shows.
type view struct {
	Title   string
	Text    string
	Dark    bool
	Details []detail
	Code    string // of the iframe's message
	Status  string // of the iframe's message
}

// detail is one line of what the page says about its session.
type detail struct{ Name, Value string }

// visit is somebody's way to a session through its link.
type visit struct {
	id        string
	state     string
	expired   bool
	iframe    bool
	dark      bool
	returnURL string
	failURL   string
	details   []detail
}

// servePage serves the H5 page and its assets.
func (s *Simulator) servePage(w http.ResponseWriter, r *http.Request) {
	if name := strings.TrimPrefix(r.URL.Path, pagePrefix); name != "" {
		serveAsset(w, r, name)
		return
	}
	found, ok := s.openVisit(r.URL.Query())
	if !ok {
		showNotice(w, http.StatusNotFound, found, "Unknown link", "This link belongs to no session. It may be incomplete, or the session was forgotten.")
		return
	}
	if found.state != StateIssued {
		showEnded(w, found)
		return
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		show(w, http.StatusOK, found, "session.html", view{Title: "Liveness check", Details: found.details})
	case http.MethodPost:
		s.endVisit(w, r, found)
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		showNotice(w, http.StatusMethodNotAllowed, found, "Not possible", "This page can only be read, or ended with one of its buttons.")
	}
}

// serveAsset serves a file that the page loads.
func serveAsset(w http.ResponseWriter, r *http.Request, name string) {
	contentType, ok := pageAssets[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	body, err := web.ReadFile("web/" + name)
	if err != nil { // Embedded above.
		panic("simulator: " + err.Error())
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	writeBody(w, http.StatusOK, contentType, body)
}

// pagePath returns the path and query of the session's link.
func (x *session) pagePath() string {
	return pagePrefix + "?token=" + url.QueryEscape(x.linkToken) + "&signatureId=" + url.QueryEscape(x.id)
}

func (s *Simulator) openVisit(query url.Values) (visit, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store.visit(query)
}

// visit finds the session that a link's query names, if its token fits too.
func (s *store) visit(query url.Values) (visit, bool) {
	found, ok := s.find(query.Get("signatureId"))
	if !ok || !hmac.Equal([]byte(query.Get("token")), []byte(found.linkToken)) {
		return visit{}, false
	}
	iframe, _ := found.params["iframeEnabled"].(bool)
	return visit{
		id:        found.id,
		state:     found.state,
		expired:   !s.now().Before(found.expires),
		iframe:    iframe,
		dark:      found.params.text("prefersColorScheme") == "dark",
		returnURL: found.params.text("returnUrl"),
		failURL:   found.params.text("failReturnUrl"),
		details:   found.details(),
	}, true
}

// details returns what the page says about its session.
func (x *session) details() []detail {
	details := []detail{{"Session", x.id}}
	for _, field := range []struct{ label, name string }{
		{"User", "userId"},
		{"Business id", "bizId"},
		{"Region", "region"},
		{"Goes on to", "returnUrl"},
		{"Goes on failure to", "failReturnUrl"},
	} {
		details = append(details, detail{field.label, x.params.text(field.name)})
	}
	details = append(details, detail{"Liveness type", x.livenessType()})
	return append(details, detail{"Open until", x.expires.Format(time.RFC3339)})
}

// endVisit ends the session the way that a button says, and sends the browser
// on its way.
func (s *Simulator) endVisit(w http.ResponseWriter, r *http.Request, from visit) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	chosen, ok := pageOutcomes[r.PostFormValue("outcome")]
	if !ok {
		showNotice(w, http.StatusBadRequest, from, "Unknown button", "The page was sent with none of its buttons.")
		return
	}
	err := s.Finish(from.id, chosen.outcome)
	switch {
	case errors.Is(err, ErrAlreadyFinished), errors.Is(err, ErrUnknownSession):
		showEnded(w, from)
	case err != nil: // The outcomes above are valid.
		panic("simulator: " + err.Error())
	case from.iframe:
		showLeave(w, from, chosen)
	default:
		leave(w, r, from, chosen)
	}
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
func leave(w http.ResponseWriter, r *http.Request, from visit, chosen pageOutcome) {
	if !validReturnURL(from.returnURL) || !validReturnURL(from.failURL) {
		showNotice(w, http.StatusInternalServerError, from, "No way on", "The session has no URL that may be returned to.")
		return
	}
	setPageHeaders(w, from)
	http.Redirect(w, r, from.target(chosen), http.StatusSeeOther)
}

// showLeave shows the page that posts the iframe's message (API §10.3).
func showLeave(w http.ResponseWriter, from visit, chosen pageOutcome) {
	v := view{Title: "Done", Code: codeSuccess, Status: "UNSUBMITTED"}
	if chosen.errorCode != "" {
		v.Code = chosen.errorCode
	}
	if chosen.submitted {
		v.Status = "SUBMITTED"
	}
	show(w, http.StatusOK, from, "leave.html", v)
}

// showEnded says that a session can no longer be ended here.
func showEnded(w http.ResponseWriter, from visit) {
	if from.expired {
		showNotice(w, http.StatusGone, from, "Link expired", "This link has expired. Please ask for a new one.")
		return
	}
	showNotice(w, http.StatusGone, from, "Already finished", "This session has finished already. There is nothing left to do here.")
}

// showNotice shows a page that only says something.
func showNotice(w http.ResponseWriter, status int, from visit, title, text string) {
	show(w, status, from, "notice.html", view{Title: title, Text: text})
}

// show shows one of the page's templates.
func show(w http.ResponseWriter, status int, from visit, name string, v view) {
	v.Dark = from.dark
	var page bytes.Buffer
	if err := pageTemplates.ExecuteTemplate(&page, name, v); err != nil { // They are embedded and tested.
		panic("simulator: " + err.Error())
	}
	setPageHeaders(w, from)
	writeBody(w, status, htmlType, page.Bytes())
}

// setPageHeaders sets the headers that keep the page and its link to itself.
func setPageHeaders(w http.ResponseWriter, from visit) {
	ancestors := "'none'"
	if from.iframe {
		ancestors = "*"
	}
	header := w.Header()
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'"+
		"; form-action 'self'"+from.formTargets()+"; frame-ancestors "+ancestors)
	header.Set("Referrer-Policy", "no-referrer") // The link bears a token.
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
}

// plainHost is a host that can stand in a content security policy.
var plainHost = regexp.MustCompile(`^[A-Za-z0-9.-]+(:\d+)?$`)

// formTargets returns the sources that the form may be redirected to: browsers
// apply form-action to redirects as well. A URL that is not of the web, or whose
// host is not plain, is let through by its scheme.
func (v visit) formTargets() string {
	var sources strings.Builder
	for _, target := range []string{v.returnURL, v.failURL} {
		parsed, ok := parseURL(target)
		if !ok || !validReturnURL(target) {
			continue
		}
		source := parsed.Scheme + ":"
		if (parsed.Scheme == "http" || parsed.Scheme == "https") && plainHost.MatchString(parsed.Host) {
			source += "//" + parsed.Host
		}
		sources.WriteString(" " + source)
	}
	return sources.String()
}
