package provider_test

import (
	"bufio"
	"bytes"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// hostileServer is a raw server in front of a simulator. It changes the bytes of
// answers.
type hostileServer struct {
	*simulator.Simulator

	mu     sync.Mutex
	mangle mangle // nil for an honest server
	token  string // of the latest call
	link   string // of the latest session
}

func newHostileServer() *hostileServer {
	return &hostileServer{Simulator: simulator.New(simulator.Config{AccessKey: secretAccessKey, SecretKey: secretSecretKey})}
}

// mangle returns what is sent of an operation's answer, immediately and a minute
// later, and whether that is another answer.
type mangle func(call string, raw []byte) (now, late []byte, changed bool)

// attack changes answers from now on. nil ends it.
func (h *hostileServer) attack(how mangle) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.mangle = how
}

// serve answers the requests of a connection, up to the first changed answer.
func (h *hostileServer) serve(conn net.Conn) {
	defer conn.Close()
	reader := bufio.NewReader(conn)
	for changed := false; !changed; {
		req, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		var now, late []byte
		now, late, changed = h.answer(req)
		_, _ = conn.Write(now) // The client may be gone.
		if late != nil {
			time.Sleep(time.Minute)
			_, _ = conn.Write(late)
		}
	}
}

var linkPattern = regexp.MustCompile(`"url":"(.*?)"`)

func (h *hostileServer) answer(req *http.Request) (now, late []byte, changed bool) {
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, req)
	response := recorder.Result()
	response.ContentLength = int64(recorder.Body.Len())
	response.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	link := linkPattern.FindSubmatch(recorder.Body.Bytes())
	var raw bytes.Buffer
	_ = response.Write(&raw) // A buffer takes everything.

	h.mu.Lock()
	defer h.mu.Unlock()
	h.token = req.Header.Get("X-ACCESS-TOKEN")
	if link != nil {
		h.link = string(link[1])
	}
	if h.mangle == nil {
		return raw.Bytes(), nil, false
	}
	return h.mangle(path.Base(req.URL.Path), raw.Bytes())
}

// Transport returns a transport to the server over connections in memory.
func (h *hostileServer) Transport() http.RoundTripper {
	return &http.Transport{
		DisableKeepAlives: true, // An idle connection would keep a bubble from its end.
		DialContext: func(context.Context, string, string) (net.Conn, error) {
			near, far := net.Pipe()
			go h.serve(far)
			return near, nil
		},
	}
}

// listen starts the server on a loopback port and returns its URL.
func (h *hostileServer) listen(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go h.serve(conn)
		}
	}()
	return "http://" + listener.Addr().String()
}
