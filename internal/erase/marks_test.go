package erase_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/erase"
)

func TestMarks_Update(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	past, future, unknown := now.Add(-time.Second), now.Add(time.Second), time.Time{}
	result := func(overall, code string) *advance.Result {
		res := &advance.Result{}
		if overall != "" {
			res.OverallResult = new(overall)
		}
		if code != "" {
			res.ErrorCode = new(code)
		}
		return res
	}
	for name, test := range map[string]struct {
		before erase.Marks
		seen   *advance.Result
		expiry time.Time
		want   erase.Marks
	}{
		"pending":                      {seen: result("INCOMPLETE", ""), expiry: future, want: erase.Marks{Unfinished: true}},
		"pending, nothing said":        {seen: result("", ""), expiry: future, want: erase.Marks{Unfinished: true}},
		"pending, a new word":          {seen: result("REVIEW", ""), expiry: future, want: erase.Marks{Unfinished: true}},
		"pending, expired":             {seen: result("INCOMPLETE", ""), expiry: past, want: erase.Marks{Unfinished: true, Expired: true}},
		"pending, expiry not known":    {seen: result("INCOMPLETE", ""), expiry: unknown, want: erase.Marks{Unfinished: true}},
		"at the very expiry":           {seen: result("INCOMPLETE", ""), expiry: now, want: erase.Marks{Unfinished: true}},
		"timed out":                    {seen: result("INCOMPLETE", "USER_TIMEOUT"), expiry: past, want: erase.Marks{Expired: true}},
		"given up before":              {seen: result("INCOMPLETE", "ERROR"), expiry: future, want: erase.Marks{}},
		"passed":                       {seen: result("PASS", "SUCCESS"), expiry: future, want: erase.Marks{Ended: true}},
		"passed, expired":              {seen: result("PASS", "SUCCESS"), expiry: past, want: erase.Marks{Ended: true}},
		"failed":                       {seen: result("FAIL", "LIVENESS_ATTACK"), expiry: past, want: erase.Marks{Ended: true}},
		"passed, then nothing is told": {before: erase.Marks{Ended: true}, seen: result("", ""), expiry: past, want: erase.Marks{Ended: true}},
		"no longer unfinished":         {before: erase.Marks{Unfinished: true}, seen: result("PASS", ""), expiry: future, want: erase.Marks{Ended: true}},
		"expired, then a late PASS":    {before: erase.Marks{Expired: true}, seen: result("PASS", ""), expiry: past, want: erase.Marks{Ended: true}},
		"gone, and known again":        {before: erase.Marks{Gone: true}, seen: result("PASS", ""), expiry: future, want: erase.Marks{Ended: true}},
		"the origin stays": {
			before: erase.Marks{Origin: erase.Origin{Endpoint: "e", Account: "1"}}, seen: result("PASS", ""), expiry: unknown,
			want: erase.Marks{Origin: erase.Origin{Endpoint: "e", Account: "1"}, Ended: true},
		},
	} {
		got := test.before
		got.Update(test.seen, test.before.Origin, test.expiry, now)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: marks (-want +got):\n%s", name, diff)
		}
	}
}
