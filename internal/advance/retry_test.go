package advance

import (
	"testing"
	"time"
)

func TestBackoff(t *testing.T) {
	t.Parallel()

	delays := newBackOff()
	bound := 500 * time.Millisecond
	for i := range 50 {
		if d := delays.NextBackOff(); d < 0 || d > bound {
			t.Errorf("delay %d: got %v, want 0 to %v", i+1, d, bound)
		}
		bound = min(2*bound, 30*time.Second)
	}
}

func TestRetryBudget(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name       string
		op         operation
		maxRetries int
		classes    []attemptClass
		want       []bool
	}{
		{"no retries", getResult, 0, []attemptClass{throttled, notSent, ambiguous}, []bool{false, false, false}},
		{"one retry", getResult, 1, []attemptClass{ambiguous, ambiguous}, []bool{true, false}},
		{"classes share the retries", getResult, 3, []attemptClass{throttled, ambiguous, notSent, throttled}, []bool{true, true, true, false}},
		{"generate-url, ambiguous", generateURL, 5, []attemptClass{ambiguous, ambiguous, ambiguous}, []bool{true, true, false}},
		{"generate-url, one retry", generateURL, 1, []attemptClass{ambiguous, ambiguous}, []bool{true, false}},
		{"generate-url, no retries", generateURL, 0, []attemptClass{ambiguous}, []bool{false}},
		{
			"generate-url, throttling is not ambiguous", generateURL, 5,
			[]attemptClass{throttled, ambiguous, notSent, ambiguous, throttled, throttled},
			[]bool{true, true, true, true, true, false},
		},
		{
			"generate-url, throttled after the last ambiguous retry", generateURL, 3,
			[]attemptClass{ambiguous, ambiguous, ambiguous, throttled},
			[]bool{true, true, false, true},
		},
		{"one renewal, which is no retry", getResult, 0, []attemptClass{tokenRejected, tokenRejected}, []bool{true, false}},
		{"one clock fix, which is no retry", generateToken, 0, []attemptClass{clockSkewed, clockSkewed}, []bool{true, false}},
		{"renewal leaves the retries", getResult, 1, []attemptClass{tokenRejected, throttled, throttled}, []bool{true, true, false}},
		{"never", getResult, 20, []attemptClass{permanent, accepted}, []bool{false, false}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			b := newRetryBudget(test.op, test.maxRetries)
			for i, v := range test.classes {
				if got := b.use(v); got != test.want[i] {
					t.Errorf("use %d, of %s: got %t, want %t", i+1, v, got, test.want[i])
				}
			}
		})
	}
}
