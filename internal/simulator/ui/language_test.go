package ui

import (
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestChooseLanguage(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ requested, accept, want string }{
		{"", "", "en"},
		{"th", "", "th"},
		{"th", "id", "th"},
		{"en-US", "id", "en"},
		{"EN_us", "id", "en"},
		{"zh-Hans", "", "zh"},
		{"zh-Hant-TW", "", "zh"},
		{"fil", "", "fil"},
		{"tl", "", "fil"}, // Tagalog: the older tag of the same language.
		{"bn-BD", "", "bn"},
		{"fr", "", "en"},
		{"fr", "ms-MY,en;q=0.5", "ms"},
		{"not a tag", "vi", "vi"},
		{"", "fr-FR, es;q=0.4, id;q=0.8", "id"},
		{"", "fr, de", "en"},
		{"", "*", "en"},
		{"", "th;q=nonsense", "en"},
		{"id", "th;q=nonsense", "id"},
		{"", strings.Repeat("x-", 5000), "en"},
		{"und", "es", "es"},
	} {
		if got := ChooseLanguage(test.requested, test.accept); got != test.want {
			t.Errorf("ChooseLanguage(%.40q, %.40q) = %s, want %s", test.requested, test.accept, got, test.want)
		}
	}
}

var placeholder = regexp.MustCompile(`\{[^}]*\}`)

func TestTexts(t *testing.T) {
	t.Parallel()
	entries, err := fs.ReadDir(files, "texts")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, entry := range entries {
		found = append(found, strings.TrimSuffix(entry.Name(), ".json"))
	}
	if diff := cmp.Diff(Languages, found); diff != "" {
		t.Errorf("Languages and the files differ:\n%s", diff)
	}
	english := allTexts["en"]
	for name, translated := range allTexts {
		if diff := cmp.Diff(slices.Sorted(maps.Keys(english)), slices.Sorted(maps.Keys(translated))); diff != "" {
			t.Errorf("keys of %s (-en +%s):\n%s", name, name, diff)
		}
		for key, text := range translated {
			if strings.TrimSpace(text) != text || text == "" {
				t.Errorf("%s: %s is %q", name, key, text)
			}
			if diff := cmp.Diff(placeholder.FindAllString(english[key], -1), placeholder.FindAllString(text, -1)); diff != "" {
				t.Errorf("%s: placeholders of %s differ:\n%s", name, key, diff)
			}
		}
	}
}

// Every page in every language: a text that a template asks for is there, and
// each text is asked for.
func TestPage_everyText(t *testing.T) {
	t.Parallel()
	for _, name := range Languages {
		var shown strings.Builder
		page := Page{Language: name, Frame: true}
		for _, show := range []func(http.ResponseWriter){
			func(w http.ResponseWriter) { page.ShowCheck(w, allDetails, allChoices, nil) },
			func(w http.ResponseWriter) { page.ShowLeave(w, Message{Code: "{code}"}) },
			func(w http.ResponseWriter) { page.ShowNotice(w, 410, NoticeUnknown) },
			func(w http.ResponseWriter) { page.ShowNotice(w, 410, NoticeExpired) },
			func(w http.ResponseWriter) { page.ShowNotice(w, 410, NoticeFinished) },
			func(w http.ResponseWriter) { page.ShowNotice(w, 410, NoticeCleared) },
			func(w http.ResponseWriter) { page.ShowNotice(w, 400, NoticeWrongOutcome) },
			func(w http.ResponseWriter) { page.ShowNotice(w, 400, NoticeWrongPicture) },
			func(w http.ResponseWriter) { page.ShowNotice(w, 500, NoticeWrongTarget) },
			func(w http.ResponseWriter) { page.ShowNotice(w, 405, NoticeMethod) },
		} {
			recorder := httptest.NewRecorder()
			show(recorder)
			if !strings.Contains(recorder.Body.String(), `<html lang="`+name+`"`) {
				t.Errorf("%s: the lang attribute is wrong: %s", name, recorder.Body)
			}
			shown.WriteString(recorder.Body.String())
		}
		for key, text := range allTexts[name] {
			if !strings.Contains(shown.String(), text) {
				t.Errorf("%s: no page shows %s, %q", name, key, text)
			}
		}
	}
}

var allDetails = []Detail{
	{"session", ""}, {"user", ""}, {"business", ""}, {"region", ""}, {"return", ""}, {"fail", ""}, {"type", ""}, {"expires", ""},
}

var allChoices = []Choice{
	{OutcomePass, ""}, {OutcomeFail, ""}, {OutcomeAttack, ""}, {OutcomeGiveUp, ""}, {OutcomeCamera, ""},
}
