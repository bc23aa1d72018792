package ui

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// fallback is the language of a visitor whose languages the page does not have.
const fallback = "en"

// Languages are the languages of the H5 page, as values of a lang attribute.
var Languages = []string{"bn", "en", "es", "fil", "id", "ms", "th", "vi", "zh"}

// ChooseLanguage returns the language of a page (API §9.4): that of the session
// where the page has it, otherwise the one that the browser prefers, otherwise
// English. Tags match by their primary language: en-US is en, and zh-Hant is zh.
func ChooseLanguage(requested, acceptLanguage string) string {
	wanted, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil {
		wanted = nil
	}
	if tag, err := language.Parse(requested); err == nil {
		wanted = append([]language.Tag{tag}, wanted...)
	}
	for _, tag := range wanted {
		base, confidence := tag.Base()
		if confidence == language.Exact && slices.Contains(Languages, base.String()) {
			return base.String()
		}
	}
	return fallback
}

// texts are the texts of the page in one language, by key.
type texts map[string]string

// allTexts are the texts by language.
var allTexts = readTexts()

func readTexts() map[string]texts {
	all := make(map[string]texts)
	for _, name := range Languages {
		body, err := fs.ReadFile(files, "texts/"+name+".json")
		if err != nil { // Embedded.
			panic("ui: " + err.Error())
		}
		var read texts
		if err := json.Unmarshal(body, &read); err != nil {
			panic(fmt.Sprintf("ui: texts of %s: %v", name, err))
		}
		all[name] = read
	}
	return all
}

// T returns the text with this key. Each {name} in it is replaced with the value
// that follows the name in values.
func (t texts) T(key string, values ...string) string {
	text, ok := t[key]
	if !ok {
		panic("ui: no text " + key)
	}
	for i := 0; i+1 < len(values); i += 2 {
		text = strings.ReplaceAll(text, "{"+values[i]+"}", values[i+1])
	}
	return text
}
