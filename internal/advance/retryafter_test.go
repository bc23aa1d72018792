package advance

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

var retryAfterNow = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestParseRetryAfter(t *testing.T) {
	t.Parallel()

	const none = -1
	tests := []struct {
		header string
		want   time.Duration // none where the header says nothing
	}{
		// The forms of API §8.1.
		{"10", 10 * time.Second},
		{"10s", 10 * time.Second},
		{" 10 s", 10 * time.Second},
		{":10s", 10 * time.Second},
		{"Mon, 23 Nov 2026 12:01:30 GMT", 90 * time.Second},

		{": 10s ", 10 * time.Second},
		{"\t:\t10\ts", 10 * time.Second},
		{"10S", 10 * time.Second},
		{"0", 0},
		{"0s", 0},
		{"1.5", 1500 * time.Millisecond},
		{":Mon, 23 Nov 2026 12:01:30 GMT", 90 * time.Second},
		{"Monday, 23-Nov-26 12:00:05 GMT", 5 * time.Second},
		{"Mon Nov 23 12:00:05 2026", 5 * time.Second},
		{"Mon, 23 Nov 2026 11:59:00 GMT", 0},
		{"Sat, 01 Jan 0001 00:00:00 GMT", 0},
		{"Fri, 31 Dec 9999 23:59:59 GMT", maxRetryAfter},
		{"31535999", maxRetryAfter - time.Second},
		{"31536000", maxRetryAfter},
		{"99999999999999999999", maxRetryAfter},
		{"1e300", maxRetryAfter},

		{"", none},
		{" ", none},
		{":", none},
		{"s", none},
		{"-1", none},
		{"-1s", none},
		{"-Inf", none},
		{"Inf", none},
		{"+infinity", none},
		{"NaN", none},
		{"1e999", none},
		{"soon", none},
		{"10 minutes", none},
		{"10ms", none},
		{"10,20", none},
		{"Mon, 23 Nov 2026", none},
		{strings.Repeat("9", 400), none},
	}
	for _, test := range tests {
		t.Run(test.header, func(t *testing.T) {
			t.Parallel()

			got, ok := parseRetryAfter(test.header, retryAfterNow)
			if ok != (test.want != none) {
				t.Fatalf("got %v, %t, want %v", got, ok, test.want)
			}
			if ok && got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestRetryAfterHeader(t *testing.T) {
	t.Parallel()

	tests := map[string]struct {
		header http.Header
		want   string
	}{
		"none":             {http.Header{"Date": {"now"}}, ""},
		"canonical":        {http.Header{"Retry-After": {"10s"}}, "10s"},
		"with a blank":     {http.Header{"Retry-After ": {"10s"}}, "10s"},
		"small letters":    {http.Header{"retry-after ": {"10s"}}, "10s"},
		"without a value":  {http.Header{"Retry-After": nil}, ""},
		"of another start": {http.Header{"X-Retry-After": {"10s"}}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			if got := retryAfterHeader(test.header); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func FuzzParseRetryAfter(f *testing.F) {
	for _, seed := range []string{
		"", "10", "10s", " 10 s", ":10s", "-1", "NaN", "Inf", "1e300", "0x1p10", "1_000",
		"Mon, 23 Nov 2026 12:01:30 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "soon",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		pause, ok := parseRetryAfter(header, retryAfterNow)
		if !ok && pause != 0 {
			t.Errorf("parseRetryAfter(%q): got a pause of %v where the header says nothing", header, pause)
		}
		if pause < 0 || pause > maxRetryAfter {
			t.Errorf("parseRetryAfter(%q): got a pause of %v, want 0 to %v", header, pause, maxRetryAfter)
		}
		// Whatever stands in for the colon and the blanks says nothing.
		if again, okAgain := parseRetryAfter(" : "+header+" ", retryAfterNow); again != pause || okAgain != ok {
			t.Errorf("parseRetryAfter(%q): got %v, %t, but %v, %t with a colon and blanks around it", header, pause, ok, again, okAgain)
		}
	})
}
