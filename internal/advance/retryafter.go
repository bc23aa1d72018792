package advance

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter bounds a pause so that adding it to a time can't overflow; it
// is far beyond every operation's deadline, which ends the operation anyway.
const maxRetryAfter = 365 * 24 * time.Hour

// retryAfterHeader finds the Retry-After header, also by the name that the
// spelling of API §8.1 ("Retry-After :10s") gives it: the blank is part of it.
func retryAfterHeader(h http.Header) string {
	for name, values := range h {
		if len(values) > 0 && strings.EqualFold(strings.TrimSpace(name), "Retry-After") {
			return values[0]
		}
	}
	return ""
}

// parseRetryAfter reads a Retry-After header in each form of API §8.1: "10",
// "10s", " 10 s", ":10s" and an HTTP date, which is seen from now on the
// server's clock. It reports false for anything else.
func parseRetryAfter(header string, now time.Time) (time.Duration, bool) {
	s := strings.TrimSpace(strings.TrimLeft(header, ": \t"))
	if s == "" {
		return 0, false
	}
	if at, err := http.ParseTime(s); err == nil {
		return min(max(at.Sub(now), 0), maxRetryAfter), true
	}
	s = strings.TrimSpace(strings.TrimSuffix(strings.ToLower(s), "s"))
	seconds, err := strconv.ParseFloat(s, 64)
	if err != nil || !(seconds >= 0) || math.IsInf(seconds, 0) {
		return 0, false
	}
	if seconds >= maxRetryAfter.Seconds() {
		return maxRetryAfter, true
	}
	return time.Duration(seconds * float64(time.Second)), true
}
