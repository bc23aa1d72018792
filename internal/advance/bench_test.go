package advance

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// answers is an http.RoundTripper that answers each request with the same body.
// Unlike fakeAPI it keeps nothing.
type answers string

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
		r.Body.Close()
	}
	return &http.Response{
		StatusCode: http.StatusOK,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        http.Header{},
		ContentLength: int64(len(a)),
		Body:          io.NopCloser(strings.NewReader(string(a))),
		Request:       r,
	}, nil
}

// benchmarkClient returns a client whose calls are all answered with data.
func benchmarkClient(b *testing.B, data string) *Client {
	b.Helper()
	c, err := New(Config{
		Endpoint:       "https://api.example",
		Credentials:    Credentials{AccessToken: "given-token"},
		RequestTimeout: DefaultRequestTimeout,
		MaxRetries:     DefaultMaxRetries,
		UserAgent:      "benchmarks/1",
		Transport:      answers(envelopeOf(CodeSuccess, "OK", data)),
	})
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// BenchmarkCall is one call of each operation, without the network: what the
// call loop costs.
func BenchmarkCall(b *testing.B) {
	for op, data := range map[Operation]string{
		OpGenerateURL: madeSession,
		OpGetResult:   `{"signatureId":"ed8b21c0c87ad617","overallResult":"PASS","errorCode":"SUCCESS"}`,
		OpClearData:   "null",
	} {
		b.Run(string(op), func(b *testing.B) {
			c := benchmarkClient(b, data)
			b.ReportAllocs()
			for b.Loop() {
				if err := call(b.Context(), c, op); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkGetResult_base64 is a call whose response has four images, together
// 4 MiB of BASE64.
func BenchmarkGetResult_base64(b *testing.B) {
	image := base64.StdEncoding.EncodeToString(make([]byte, 3<<18))
	data := fmt.Sprintf(`{"signatureId":"ed8b21c0c87ad617","overallResult":"PASS","errorCode":"SUCCESS",`+
		`"faceDetail":{"faceImage":%[1]q,"faceImageFar":%[1]q,"faceImageNear":%[1]q,"silentImage":%[1]q}}`, image)
	c := benchmarkClient(b, data)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.GetResult(b.Context(), "ed8b21c0c87ad617", ImageBase64); err != nil {
			b.Fatal(err)
		}
	}
}
