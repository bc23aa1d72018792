package advance

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter bounds a delay, so that adding it to a time does not overflow.
// No operation has a deadline as far ahead.
const maxRetryAfter = 365 * 24 * time.Hour

// retryAfterHeader returns the Retry-After header. A blank before the colon, as
// in the spelling of API §8.1 ("Retry-After :10s"), is part of its name.
func retryAfterHeader(h http.Header) string {
	for name, values := range h {
		if len(values) > 0 && strings.EqualFold(strings.TrimSpace(name), "Retry-After") {
			return values[0]
		}
	}
	return ""
}

// parseRetryAfter parses a Retry-After header in any form of API §8.1: "10",
// "10s", " 10 s", ":10s" or an HTTP date. now is the time by the API's clock. It
// reports false for anything else.
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
