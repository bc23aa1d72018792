package ui

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// get returns what ServeFile says to a request.
func get(method, path string) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	ServeFile(recorder, httptest.NewRequest(method, path, http.NoBody))
	return recorder
}

func TestServeFile(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/ui/page.css":     "text/css; charset=utf-8",
		"/ui/page.js":      "text/javascript; charset=utf-8",
		"/ui/dashboard.js": "text/javascript; charset=utf-8",
		"/ui/icon.svg":     "image/svg+xml",
	} {
		got := get(http.MethodGet, path)
		if got.Code != http.StatusOK || got.Header().Get("Content-Type") != want || got.Header().Get("X-Content-Type-Options") != "nosniff" || got.Body.Len() == 0 {
			t.Errorf("%s: %d, %v", path, got.Code, got.Header())
		}
	}
	for _, path := range []string{"/ui/", "/ui/none.css", "/ui/dashboard.html", "/ui/../ui.go", "/ui/../templates/head.html", "/ui//page.css", "/ui/page.css/"} {
		if got := get(http.MethodGet, path); got.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, got.Code)
		}
	}
	if got := get(http.MethodPost, "/ui/page.css"); got.Code != http.StatusMethodNotAllowed || got.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d, %v", got.Code, got.Header())
	}
}

func TestServeDashboard(t *testing.T) {
	t.Parallel()
	got := httptest.NewRecorder()
	ServeDashboard(got)
	if got.Code != http.StatusOK || !strings.Contains(got.Body.String(), "<title>Simulator") {
		t.Errorf("%d, %s", got.Code, got.Body)
	}
	policy := got.Header().Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none'; ") || !strings.HasSuffix(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
}

// Files that break the content security policy, or ask another host for
// something, are found by the browser tests only where these reach them.
func TestFiles_keepThePolicy(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"static", "templates"} {
		entries, err := files.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			body, err := files.ReadFile(dir + "/" + entry.Name())
			if err != nil {
				t.Fatal(err)
			}
			for _, forbidden := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", " style=", " onclick", "<style", "<script>", "https://", "@import", "eval("} {
				if strings.Contains(string(body), forbidden) {
					t.Errorf("%s has %q", entry.Name(), forbidden)
				}
			}
		}
	}
}
