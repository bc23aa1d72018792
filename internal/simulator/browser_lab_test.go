package simulator_test

import (
	"bytes"
	"encoding/json"
	"image/jpeg"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/advance-community/terraform-provider-advance/internal/simulator"
	"github.com/advance-community/terraform-provider-advance/internal/simulator/browsertest"
)

// site is an application that uses the API, on a host of its own.
type site struct {
	URL       string
	callbacks chan string // signature ids
}

// newSite starts an application. /embed?url=... shows a page in a frame.
func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{callbacks: make(chan string, 10)}
	mux := http.NewServeMux()
	page := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = io.WriteString(w, `<!DOCTYPE html><title>Application</title><link rel="icon" href="data:,">`+body)
		}
	}
	mux.HandleFunc("/ok", page("<h1>Welcome</h1>"))
	mux.HandleFunc("/elsewhere", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, strings.Replace(s.URL, "127.0.0.1", browsertest.FarHost, 1)+"/ok", http.StatusFound)
	})
	mux.HandleFunc("/fail", page("<h1>Sorry</h1>"))
	mux.HandleFunc("/embed", page(`<iframe id="check" allow="autoplay; camera" width="800" height="900"></iframe><script>
		addEventListener("message", (event) => { window.messages = [...(window.messages ?? []), {origin: event.origin, data: event.data}] });
		const frame = document.getElementById("check");
		frame.addEventListener("load", () => { window.loads = (window.loads ?? 0) + 1; });
		frame.src = new URLSearchParams(location.search).get("url");
	</script>`))
	mux.HandleFunc("/callback", func(_ http.ResponseWriter, r *http.Request) {
		var body struct{ SignatureID string }
		_ = json.NewDecoder(r.Body).Decode(&body)
		s.callbacks <- body.SignatureID
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// lab is a simulator, an application, and a way to ask the simulator over HTTP.
type lab struct {
	t    *testing.T
	sim  *simulator.Simulator
	URL  string
	site *site
}

func newLab(t *testing.T) *lab {
	t.Helper()
	sim := simulator.New(simulator.Config{CallbackTransport: http.DefaultTransport})
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	t.Cleanup(sim.Close) // Before the server's, which waits for event streams.
	return &lab{t, sim, server.URL, newSite(t)}
}

// session is what the control API tells about a session.
type session struct {
	SignatureID   string  `json:"signature_id"`
	State         string  `json:"state"`
	OverallResult string  `json:"overall_result"`
	ErrorCode     string  `json:"error_code"`
	URL           string  `json:"url"`
	PictureURL    *string `json:"picture_url"`
}

// ask asks the control API.
func (l *lab) ask(method, path string, body, into any) {
	l.t.Helper()
	encoded, err := json.Marshal(body)
	if err != nil {
		l.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(l.t.Context(), method, l.URL+"/simulator/v1/"+path, bytes.NewReader(encoded))
	if err != nil {
		l.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		l.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode >= 300 {
		l.t.Fatalf("%s %s: %d, %s, %v", method, path, response.StatusCode, text, err)
	}
	if into != nil {
		if err := json.Unmarshal(text, into); err != nil {
			l.t.Fatalf("%s %s: %v", method, path, err)
		}
	}
}

// newSession makes a session whose URLs are the application's, with some
// parameters changed.
func (l *lab) newSession(changes map[string]any) session {
	l.t.Helper()
	params := map[string]any{
		"user_id":         "jane-doe",
		"return_url":      l.site.URL + "/ok?order=7#done",
		"fail_return_url": l.site.URL + "/fail?order=7#done",
	}
	for name, value := range changes {
		params[name] = value
	}
	var made session
	l.ask(http.MethodPost, "sessions", params, &made)
	return made
}

func (l *lab) session(id string) (found session) {
	l.t.Helper()
	l.ask(http.MethodGet, "sessions/"+id, nil, &found)
	return found
}

// picture returns the size of the JPEG at a link.
func (l *lab) picture(link string) (width, height int) {
	l.t.Helper()
	config, err := jpeg.DecodeConfig(strings.NewReader(l.get(link, http.StatusOK)))
	if err != nil {
		l.t.Fatal(err)
	}
	return config.Width, config.Height
}

// get gets a link, which must answer with this status.
func (l *lab) get(link string, status int) string {
	l.t.Helper()
	r, err := http.NewRequestWithContext(l.t.Context(), http.MethodGet, link, http.NoBody)
	if err != nil {
		l.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		l.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != status {
		l.t.Fatalf("%s: %d, %v, want %d", link, response.StatusCode, err, status)
	}
	return string(body)
}

// open opens a session's page, which may lead to the application.
func (l *lab) open(browser *browsertest.Browser, link string) *browsertest.Page {
	l.t.Helper()
	page := browser.Open(l.t, l.URL, l.site.URL)
	page.Go(link)
	return page
}
