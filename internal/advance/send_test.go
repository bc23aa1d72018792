package advance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSend_errorText(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name  string
		reply reply
		want  string
	}{
		{"code", refuse("REGION_WRONG", "Region is wrong"), "clear-data: REGION_WRONG: Region is wrong (transaction id 0123456789abcdef)"},
		{"HTML", reply{body: "<html>"}, "clear-data: HTTP 200 OK with a body that is not the API's JSON envelope"},
		{"HTTP 407", reply{status: 407}, "clear-data: the proxy of HTTPS_PROXY refused to connect"},
		{"HTTP 404", reply{status: 404}, "clear-data: HTTP 404 Not Found with a body that is not the API's JSON envelope"},
		{"HTTP 302", reply{status: 302}, "clear-data: HTTP 302 Found redirects elsewhere, which is not followed because the token would go along"},
		{"connection refused", reply{refuse: errRefused}, "clear-data: connection refused"},
		{"connection reset", reply{reset: errReset}, "clear-data: connection reset by peer"},
		{"cut off", reply{body: "{", cut: true}, "clear-data: connection closed before the end of the response"},
		{"timeout", reply{think: time.Hour}, "clear-data: no response within the request timeout of 30s"},
		{
			"last response explains", reply{body: envelopeOf("RETRY_LATER", "Query failed\nfor now", "null")},
			"clear-data: RETRY_LATER: Query failed for now (transaction id 0123456789abcdef)",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			synctest.Test(t, func(t *testing.T) {
				// What an earlier response said is no longer shown.
				api := &fakeAPI{script: map[Operation][]reply{OpClearData: {throttle("0"), test.reply}}}
				err := call(t.Context(), newClient(t, api), OpClearData)
				if err == nil || err.Error() != test.want {
					t.Errorf("got error %v, want %q", err, test.want)
				}
			})
		})
	}
}

func TestReadBody_largest(t *testing.T) {
	t.Parallel()

	data, err := readBody(repeat(MaxResponseBytes))
	if err != nil || len(data) != MaxResponseBytes {
		t.Errorf("got %d bytes, %v, want %d", len(data), err, MaxResponseBytes)
	}
}

// counter counts what is read.
type counter struct {
	from io.Reader
	n    int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.n += int64(n)
	return n, err
}

// A response that is too large is not asked for again, because the next one
// would be as large. One of generate-url may leave a session behind.
func TestSend_tooLarge(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		body := &counter{from: repeat(2 * MaxResponseBytes)}
		api := &fakeAPI{script: map[Operation][]reply{OpGenerateURL: {{stream: body}}}}
		err := call(t.Context(), newClient(t, api), OpGenerateURL)
		if e := errorOf(t, err); !errors.Is(err, ErrTooLarge) || e.Attempts != 1 || !e.OutcomeUnknown {
			t.Errorf("got %+v, want ErrTooLarge of an unknown outcome after 1 attempt", e)
		}
		if body.n != MaxResponseBytes+1 {
			t.Errorf("got %d bytes read, want %d: one over the limit is enough", body.n, MaxResponseBytes+1)
		}
	})
}

func TestSend_redirect(t *testing.T) {
	t.Parallel()

	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, op := range []Operation{OpGenerateToken, OpGenerateURL, OpGetResult, OpClearData} {
			t.Run(fmt.Sprintf("%d/%s", status, op), func(t *testing.T) {
				t.Parallel()

				synctest.Test(t, func(t *testing.T) {
					api := &fakeAPI{script: map[Operation][]reply{op: {{
						status: status,
						header: http.Header{"Location": {"https://elsewhere.example/" + string(op)}},
					}, succeed(madeSession)}}}
					err := call(t.Context(), newClient(t, api), op)
					if err == nil || !strings.Contains(err.Error(), "redirects elsewhere") {
						t.Errorf("got error %v, want one about a redirect", err)
					}
					api.wantCount(t, op, 1)
					for _, s := range api.requests("") {
						if !strings.HasPrefix(s.URL, "https://api.example/") {
							t.Errorf("got a request to %s, want none but to the endpoint", s.URL)
						}
					}
				})
			})
		}
	}
}

func TestSend_request(t *testing.T) {
	t.Parallel()

	const business = "https://api.example/intl/openapi/identity-risk/idvs-h5/ekyc/v1/"
	minimal := SessionRequest{ReturnURL: "https://a.example/ok?x=1&y=2", FailReturnURL: "myapp://fail", BizID: "b", UserID: "u", Region: "PHL"}
	tests := []struct {
		name string
		op   Operation
		call func(context.Context, *Client) error
		url  string
		body string // "" for none
	}{
		{
			"generate-token", OpGenerateToken,
			func(ctx context.Context, c *Client) error { return call(ctx, c, OpGetResult) },
			"https://api.example/openapi/auth/ticket/v1/generate-token",
			fmt.Sprintf(`{"accessKey":"sampleaccesskey","periodSecond":3600,"signature":%q,"timestamp":946684800000}`,
				sign(sampleAccessKey, sampleSecretKey, 946684800000)),
		},
		{
			"generate-url", OpGenerateURL,
			func(ctx context.Context, c *Client) error { _, err := c.GenerateURL(ctx, minimal); return err },
			business + "generate-liveness-detection-url",
			`{"returnUrl":"https://a.example/ok?x=1&y=2","failReturnUrl":"myapp://fail","bizId":"b","userId":"u","region":"PHL"}`,
		},
		{
			"get-result", OpGetResult,
			func(ctx context.Context, c *Client) error { _, err := c.GetResult(ctx, "ed8b", ""); return err },
			business + "get-result", `{"signatureId":"ed8b"}`,
		},
		{
			"get-result with images", OpGetResult,
			func(ctx context.Context, c *Client) error {
				_, err := c.GetResult(ctx, "ed8b", ImageBase64)
				return err
			},
			business + "get-result", `{"signatureId":"ed8b","returnImageType":"BASE64"}`,
		},
		{
			"clear-data", OpClearData,
			func(ctx context.Context, c *Client) error { _, err := c.ClearData(ctx, "ed8b21c0c87ad617"); return err },
			business + "clear-data?signatureId=ed8b21c0c87ad617", "",
		},
		{
			"clear-data of an odd id", OpClearData,
			func(ctx context.Context, c *Client) error { _, err := c.ClearData(ctx, "a b&c=d/é#%?"); return err },
			business + "clear-data?signatureId=a+b%26c%3Dd%2F%C3%A9%23%25%3F", "",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			synctest.Test(t, func(t *testing.T) {
				api := &fakeAPI{script: map[Operation][]reply{OpGenerateURL: {succeed(madeSession)}}}
				if err := test.call(t.Context(), newClient(t, api)); err != nil {
					t.Fatal(err)
				}
				requests := api.requests(test.op)
				if len(requests) != 1 {
					t.Fatalf("got %d requests, want 1", len(requests))
				}
				got := requests[0]
				if got.Method != http.MethodPost || got.URL != test.url {
					t.Errorf("got %s %s, want POST %s", got.Method, got.URL, test.url)
				}
				header := http.Header{"Accept": {"application/json"}, "User-Agent": {"tests/1"}}
				if test.op != OpGenerateToken {
					header.Set("X-ACCESS-TOKEN", "token-1")
				}
				if test.body != "" {
					header.Set("Content-Type", "application/json")
				}
				if diff := cmp.Diff(header, got.Header); diff != "" {
					t.Errorf("header (-want +got):\n%s", diff)
				}
				if got.ContentLength != int64(len(got.Body)) {
					t.Errorf("got content length %d of %d bytes", got.ContentLength, len(got.Body))
				}
				wantJSON(t, got.Body, test.body)
				if strings.Contains(got.Body, "null") {
					t.Errorf("got a null in %s", got.Body)
				}
				if strings.Contains(got.Body, sampleSecretKey) {
					t.Error("got the secret key in the request")
				}
			})
		})
	}
}

// wantJSON compares a body by its values, numbers as they are written.
func wantJSON(t *testing.T, got, want string) {
	t.Helper()
	if want == "" {
		if got != "" {
			t.Errorf("got body %s, want none", got)
		}
		return
	}
	decode := func(s string) any {
		var v any
		d := json.NewDecoder(strings.NewReader(s))
		d.UseNumber()
		if err := d.Decode(&v); err != nil {
			t.Fatalf("decoding %s: %v", s, err)
		}
		return v
	}
	if diff := cmp.Diff(decode(want), decode(got)); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

// openBodies counts the response bodies that are not closed.
type openBodies struct {
	http.RoundTripper
	n int
}

func (o *openBodies) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := o.RoundTripper.RoundTrip(r)
	if err == nil {
		o.n++
		resp.Body = &countedBody{resp.Body, o}
	}
	return resp, err
}

type countedBody struct {
	io.ReadCloser
	open *openBodies
}

func (b *countedBody) Close() error {
	b.open.n--
	return b.ReadCloser.Close()
}

func TestSend_closesBody(t *testing.T) {
	t.Parallel()

	for name, rp := range map[string]reply{
		"success":   succeed("null"),
		"error":     refuse("REGION_WRONG", ""),
		"HTML":      {status: 404, body: "<html>"},
		"cut off":   {body: "{", cut: true},
		"too large": {stream: repeat(MaxResponseBytes + 1)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			transport := &openBodies{RoundTripper: &fakeAPI{script: map[Operation][]reply{OpGetResult: {rp}}}}
			_ = call(t.Context(), newClient(t, transport, givenToken, maxRetries(0)), OpGetResult)
			if transport.n != 0 {
				t.Errorf("got %d open bodies after the call, want none", transport.n)
			}
		})
	}
}
