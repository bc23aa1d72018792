package simulator

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// mediaPrefix is the path that the links in results point to.
const mediaPrefix = "/media/"

// Names of what can be linked to, besides the pictures.
const (
	auditName = "audit.zip"
	videoName = "video.mjpeg"
)

// mediaLifetime is how long a link in a result lives (API §5.4).
const mediaLifetime = 24 * time.Hour

// mediaLink returns a link to a file of a session. Each one is new, as the
// API's are: a client must not take a changed link for a change.
func (s *store) mediaLink(r *http.Request, id, name string) string {
	path := id + "/" + name
	expires := strconv.FormatInt(s.now().Add(mediaLifetime).UnixMilli(), 10)
	nonce := newID()
	query := url.Values{
		"expires":   {expires},
		"nonce":     {nonce},
		"signature": {s.signMedia(path, expires, nonce)},
	}
	return baseURL(r) + mediaPrefix + path + "?" + query.Encode()
}

// signMedia returns what proves that a link was given out.
func (s *store) signMedia(path, expires, nonce string) string {
	mac := hmac.New(sha256.New, s.signKey)
	mac.Write([]byte(path + "\n" + expires + "\n" + nonce))
	return hex.EncodeToString(mac.Sum(nil))
}

// serveMedia serves what a link in a result points to.
func (s *Simulator) serveMedia(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	body, contentType, ok := s.openMedia(strings.TrimPrefix(r.URL.Path, mediaPrefix), r.URL.Query())
	if !ok {
		http.Error(w, "this link is wrong or has expired, or the data was cleared", http.StatusNotFound)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	writeBody(w, http.StatusOK, contentType, body)
}

func (s *Simulator) openMedia(path string, query url.Values) (body []byte, contentType string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store.media(path, query)
}

// media returns the file at a path, if the link's query is good for it and the
// file was not erased.
func (s *store) media(path string, query url.Values) (body []byte, contentType string, ok bool) {
	want := s.signMedia(path, query.Get("expires"), query.Get("nonce"))
	if !hmac.Equal([]byte(want), []byte(query.Get("signature"))) {
		return nil, "", false
	}
	expires, err := strconv.ParseInt(query.Get("expires"), 10, 64)
	if err != nil || s.now().UnixMilli() >= expires {
		return nil, "", false
	}
	id, name, _ := strings.Cut(path, "/")
	found, known := s.find(id)
	if !known || !found.captured {
		return nil, "", false
	}
	switch name {
	case auditName:
		return found.auditImages(), "application/zip", true
	case videoName:
		return found.video(), "video/x-motion-jpeg", true
	}
	return found.picture(name), "image/jpeg", true // Only names that were signed come here.
}
