// Package ui has what the simulator shows in a browser: the H5 page that an end
// user opens, and the dashboard. It holds their templates, texts, styles and
// scripts, all embedded, and knows nothing of sessions: the caller says what a
// page shows.
//
// The pages load only what this package serves. Their Content-Security-Policy
// allows no inline script, no inline style and no other host.
package ui

import (
	"bytes"
	"embed"
	"html/template"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
)

// Prefix is the path of the files that the pages load.
const Prefix = "/ui/"

//go:embed static templates texts
var files embed.FS

var templates = template.Must(template.New("").Option("missingkey=error").ParseFS(files, "templates/*.html"))

// permissions lets a page use the camera. A frame needs the permission of the
// page around it too.
const permissions = "camera=(self), microphone=(), geolocation=()"

// ServeFile serves a file that a page loads.
func ServeFile(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(r.URL.Path, Prefix)
	body, err := fs.ReadFile(files, "static/"+name)
	if err != nil || strings.HasSuffix(name, ".html") {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", contentType(name))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-cache") // Another version of the simulator may serve the same address.
	write(w, http.StatusOK, body)
}

// contentType returns the media type of a static file. The types do not come
// from package mime, which asks the operating system and may get it wrong.
func contentType(name string) string {
	switch {
	case strings.HasSuffix(name, ".css"):
		return "text/css; charset=utf-8"
	case strings.HasSuffix(name, ".js"):
		return "text/javascript; charset=utf-8"
	}
	return "image/svg+xml"
}

// ServeDashboard serves the dashboard. It is a static file: the browser asks the
// control API for all that it shows.
func ServeDashboard(w http.ResponseWriter) {
	body, err := files.ReadFile("static/dashboard.html")
	if err != nil { // Embedded above.
		panic("ui: " + err.Error())
	}
	header := w.Header()
	header.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'"+
		"; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	header.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
	setCommonHeaders(header)
	write(w, http.StatusOK, body)
}

// setCommonHeaders sets the headers that every HTML page of the simulator has.
func setCommonHeaders(header http.Header) {
	header.Set("Content-Type", "text/html; charset=utf-8")
	// A link to a session bears a token, so no other site may see it. Our own
	// server may: with "no-referrer" a browser sends the form with the origin
	// "null", which is refused as another site's.
	header.Set("Referrer-Policy", "same-origin")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
}

// render returns the page that a template makes of a view.
func render(name string, view any) []byte {
	var page bytes.Buffer
	if err := templates.ExecuteTemplate(&page, name, view); err != nil { // Embedded, and tested in every language.
		panic("ui: " + err.Error())
	}
	return page.Bytes()
}

func write(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body)
}
