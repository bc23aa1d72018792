package ui

import (
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"
)

// Page is how the H5 page looks to its visitor, whatever it shows.
type Page struct {
	Language string // One of [Languages].
	Dark     bool
	Frame    bool // The page may be shown in a frame of any site.

	// FormTargets are the sources, as in a Content-Security-Policy, that the
	// form may be redirected to. Browsers apply form-action to redirects as well.
	FormTargets []string
}

// Detail is one line of what the page says about its session. Name is the end
// of a text's key: "detail_" + Name.
type Detail struct{ Name, Value string }

// Notice is what a page without a form says: the texts "notice_" + Notice +
// "_title" and "_text".
type Notice string

// The notices.
const (
	NoticeUnknown      Notice = "unknown"  // The link belongs to no session.
	NoticeExpired      Notice = "expired"  // The link was not used in time.
	NoticeFinished     Notice = "finished" // The session has its result.
	NoticeCleared      Notice = "cleared"  // The session's data was erased.
	NoticeWrongOutcome Notice = "outcome"  // The form was sent with none of its buttons.
	NoticeWrongPicture Notice = "picture"  // The form was sent with a picture that cannot be used.
	NoticeWrongTarget  Notice = "target"   // The session has no URL that may be returned to.
	NoticeMethod       Notice = "method"   // The page was asked with another HTTP method.
)

// Outcome is one of the ways in which the page can end a check, as the value of
// its button. The texts are "outcome_" + Outcome.
type Outcome string

// The outcomes.
const (
	OutcomePass   Outcome = "pass"
	OutcomeFail   Outcome = "fail"
	OutcomeAttack Outcome = "attack"
	OutcomeGiveUp Outcome = "give-up"
	OutcomeCamera Outcome = "camera"
)

// Choice is one button of the page.
type Choice struct {
	Outcome Outcome
	Effect  string // What the application will get: a result and an error code.
}

// Message is what a page in a frame posts to the page around it (API §10.3).
type Message struct {
	Code             string
	SubmissionStatus string
}

// view is what a template gets.
type view struct {
	Page
	texts
	Title   string
	Text    string
	Details []Detail
	Choices []Choice
	StandIn template.URL
	Message Message
}

// ShowCheck shows the form that takes a picture and ends the check. The stand-in
// is the JPEG that is used where no picture is taken.
func (p Page) ShowCheck(w http.ResponseWriter, details []Detail, choices []Choice, standIn []byte) {
	v := p.view()
	v.Title = v.T("title")
	v.Details, v.Choices = details, choices
	v.StandIn = template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(standIn)) //nolint:gosec // The JPEG is the simulator's own.
	p.show(w, http.StatusOK, "check.html", v)
}

// ShowNotice shows a page that only says something.
func (p Page) ShowNotice(w http.ResponseWriter, status int, notice Notice) {
	v := p.view()
	v.Title = v.T("notice_" + string(notice) + "_title")
	v.Text = v.T("notice_" + string(notice) + "_text")
	p.show(w, status, "notice.html", v)
}

// ShowLeave shows the page that posts a message to the page around it.
func (p Page) ShowLeave(w http.ResponseWriter, message Message) {
	v := p.view()
	v.Title = v.T("leave_title")
	v.Message = message
	p.show(w, http.StatusOK, "leave.html", v)
}

// SetHeaders sets the headers that keep the page and its link to itself. The
// page's redirect needs them too.
func (p Page) SetHeaders(header http.Header) {
	ancestors := "'none'"
	if p.Frame {
		ancestors = "*"
	}
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'"+
		"; form-action "+strings.Join(append([]string{"'self'"}, p.FormTargets...), " ")+"; frame-ancestors "+ancestors)
	header.Set("Permissions-Policy", permissions)
	setCommonHeaders(header)
}

func (p Page) view() view {
	return view{Page: p, texts: allTexts[p.Language]}
}

func (p Page) show(w http.ResponseWriter, status int, name string, v view) {
	p.SetHeaders(w.Header())
	write(w, status, render(name, v))
}
