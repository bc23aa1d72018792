package advance

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"path"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// rawServer answers requests over connections in memory with bytes that need
// not be HTTP.
type rawServer struct {
	op     Operation
	answer []string // to op, with a pause before each part but the first
	pause  time.Duration
}

func (s *rawServer) dial(context.Context, string, string) (net.Conn, error) {
	near, far := net.Pipe()
	go s.serve(far)
	return near, nil
}

func (s *rawServer) serve(conn net.Conn) {
	defer conn.Close()
	req, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return
	}
	if _, err := io.Copy(io.Discard, req.Body); err != nil {
		return
	}
	op := Operation(path.Base(req.URL.Path))
	if op != s.op {
		_, _ = io.WriteString(conn, rawAnswer(succeededBy(op)))
		return
	}
	for i, part := range s.answer {
		if i > 0 {
			time.Sleep(s.pause)
		}
		if _, err := io.WriteString(conn, part); err != nil {
			return
		}
	}
}

// rawAnswer is a response with what no error may quote in each of its parts.
func rawAnswer(body string) string {
	return fmt.Sprintf("HTTP/1.1 200 phrase-secret\r\nX-Header: header-secret\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

func succeededBy(op Operation) string {
	return envelopeOf(CodeSuccess, "OK", map[Operation]string{
		OpGenerateToken: `{"token":"token-secret"}`,
		OpGenerateURL:   `{"signatureId":"ed8b21c0c87ad617","url":"https://h5.example/?token=link-secret"}`,
		OpGetResult:     `{"signatureId":"ed8b21c0c87ad617","overallResult":"FAIL","faceDetail":{"faceImage":"image-secret"}}`,
		OpClearData:     `null`,
	}[op])
}

// refusedBy is a refusal that quotes what the client knows.
func refusedBy(op Operation) string {
	if op == OpGenerateToken {
		return `{"code":"PARAMETER_ERROR","message":"not with sampleaccesskey, samplesecretkey"}`
	}
	return `{"code":"PARAMETER_ERROR","message":"not with token-secret, user-4711, callback-secret"}`
}

var hostileSecrets = []string{
	sampleAccessKey, sampleSecretKey, "token-secret", "user-4711", "callback-secret",
	"link-secret", "image-secret", "phrase-secret", "header-secret",
}

// distortions are what may become of an answer on its way. Each is applied at
// each offset.
var distortions = map[string]func(answer string, at int) []string{
	"cut":     func(answer string, at int) []string { return []string{answer[:at]} },
	"doubled": func(answer string, at int) []string { return []string{answer[:at] + answer} },
	"delayed": func(answer string, at int) []string { return []string{answer[:at], answer[at:]} },
	"changed": func(answer string, at int) []string {
		changed := []byte(answer)
		changed[at] ^= byte(1 + rand.IntN(255))
		return []string{string(changed)}
	},
	"without a head": func(answer string, at int) []string {
		_, body, _ := strings.Cut(answer, "\r\n\r\n")
		return []string{body[min(at, len(body)):]}
	},
	"body doubled": func(answer string, at int) []string {
		_, body, _ := strings.Cut(answer, "\r\n\r\n")
		return []string{rawAnswer(body[:min(at, len(body))] + body)}
	},
	"random": func(_ string, at int) []string {
		random := make([]byte, at)
		for i := range random {
			random[i] = byte(rand.IntN(256))
		}
		return []string{string(random)}
	},
	"random body": func(_ string, at int) []string {
		random := make([]byte, at)
		for i := range random {
			random[i] = byte(rand.IntN(256))
		}
		return []string{rawAnswer(string(random))}
	},
}

// Whatever comes over the network, the client neither panics nor hangs, takes
// nothing for a success that is not one, and quotes nothing of it.
func TestHostile(t *testing.T) {
	t.Parallel()

	for _, op := range []Operation{OpGenerateToken, OpGenerateURL, OpGetResult, OpClearData} {
		for base, body := range map[string]string{"success": succeededBy(op), "refusal": refusedBy(op)} {
			for name, distort := range distortions {
				t.Run(fmt.Sprintf("%s/%s/%s", op, base, name), func(t *testing.T) {
					t.Parallel()

					synctest.Test(t, func(t *testing.T) {
						answer := rawAnswer(body)
						for at := range len(answer) {
							pause := []time.Duration{time.Second, time.Hour}[at%2]
							s := &rawServer{op: op, answer: distort(answer, at), pause: pause}
							testHostile(t, s, base == "success", fmt.Sprintf("at %d, pause %s: %q", at, pause, s.answer))
						}
						time.Sleep(2 * time.Hour) // Until each server has ended.
					})
				})
			}
		}
	}
}

func testHostile(t *testing.T, s *rawServer, mayWork bool, what string) {
	t.Helper()
	var told attempts
	transport := &http.Transport{DialContext: s.dial, DisableKeepAlives: true}
	c := newClient(t, transport, watch(&told), maxRetries(0), func(cfg *Config) {
		cfg.Endpoint = "http://api.example"
		if s.op != OpGenerateToken {
			cfg.Credentials.AccessToken = "token-secret" // No call to mint one.
		}
	})
	var err error
	switch s.op {
	case OpGenerateURL:
		var session *Session
		if session, err = c.GenerateURL(t.Context(), sampleRequest()); err == nil && len(session.SignatureID) != len("ed8b21c0c87ad617") {
			t.Errorf("%s: got session %+v", what, session)
		}
	case OpClearData:
		_, err = c.ClearData(t.Context(), "ed8b21c0c87ad617", "user-4711", "https://app.example/?auth=callback-secret")
	default:
		var r *Result
		r, err = c.GetResult(t.Context(), "ed8b21c0c87ad617", "", "user-4711", "https://app.example/?auth=callback-secret")
		if err == nil && r.Passed() || IsNotKnown(err) {
			t.Errorf("%s: got %+v, %v, want neither a pass nor an unknown session", what, r, err)
		}
	}
	if err == nil && !mayWork {
		t.Errorf("%s: got a success of a refusal", what)
	}
	texts := []string{fmt.Sprintf("%+v", told.list)}
	for e := err; e != nil; e = errors.Unwrap(e) {
		texts = append(texts, fmt.Sprintf("%v %+v", e, e))
	}
	for _, text := range texts {
		for _, secret := range hostileSecrets {
			if strings.Contains(text, secret) {
				t.Errorf("%s: got %q in %q", what, secret, text)
			}
		}
	}
}
