package advance

import (
	"testing"
	"time"
)

func TestBackoff(t *testing.T) {
	t.Parallel()

	delays := newDelays()
	bound := 500 * time.Millisecond
	for i := range 50 {
		if d := delays.NextBackOff(); d < 0 || d > bound {
			t.Errorf("delay %d: got %v, want 0 to %v", i+1, d, bound)
		}
		bound = min(2*bound, 30*time.Second)
	}
}

func TestAllowanceTake(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name       string
		op         Operation
		maxRetries int
		verdicts   []verdict
		want       []bool
	}{
		{"no retries", OpGetResult, 0, []verdict{throttled, unreachable, unknown}, []bool{false, false, false}},
		{"one retry", OpGetResult, 1, []verdict{unknown, unknown}, []bool{true, false}},
		{"kinds share the retries", OpGetResult, 3, []verdict{throttled, unknown, unreachable, throttled}, []bool{true, true, true, false}},
		{"generate-url, unknown", OpGenerateURL, 5, []verdict{unknown, unknown, unknown}, []bool{true, true, false}},
		{"generate-url, one retry", OpGenerateURL, 1, []verdict{unknown, unknown}, []bool{true, false}},
		{"generate-url, no retries", OpGenerateURL, 0, []verdict{unknown}, []bool{false}},
		{
			"generate-url, refusals are no unknowns", OpGenerateURL, 5,
			[]verdict{throttled, unknown, unreachable, unknown, throttled, throttled},
			[]bool{true, true, true, true, true, false},
		},
		{
			"generate-url, a refusal after the last unknown", OpGenerateURL, 3,
			[]verdict{unknown, unknown, unknown, throttled},
			[]bool{true, true, false, true},
		},
		{"one renewal, which is no retry", OpGetResult, 0, []verdict{tokenRefused, tokenRefused}, []bool{true, false}},
		{"one mend, which is no retry", OpGenerateToken, 0, []verdict{clockRefused, clockRefused}, []bool{true, false}},
		{"renewal leaves the retries", OpGetResult, 1, []verdict{tokenRefused, throttled, throttled}, []bool{true, true, false}},
		{"never", OpGetResult, 20, []verdict{refused, accepted}, []bool{false, false}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			a := newAllowance(test.op, test.maxRetries)
			for i, v := range test.verdicts {
				if got := a.take(v); got != test.want[i] {
					t.Errorf("take %d, of verdict %d: got %t, want %t", i+1, v, got, test.want[i])
				}
			}
		})
	}
}
