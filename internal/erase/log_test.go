package erase_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/advance-community/terraform-provider-advance/internal/erase"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// Each question to get-result is logged with what it settled.
func TestRun_debug(t *testing.T) {
	t.Parallel()
	type line struct {
		Message string
		Fields  map[string]any
	}
	const isFinished, whatAbout = "erasure asked whether the transaction is finished", "erasure asked what the refusal by clear-data is about"
	for name, test := range map[string]struct {
		state   sessionState
		refusal string // of clear-data, once
		result  string // of get-result, once
		want    []line
	}{
		"cleared": {state: passed},
		"waiting": {state: unfinished, want: []line{
			{isFinished, map[string]any{"get_result": "INCOMPLETE, not finished", "clear_data_is_due": false}},
			{isFinished, map[string]any{"get_result": "PASS, SUCCESS", "clear_data_is_due": true}},
		}},
		"gone":          {state: forgotten, want: []line{{whatAbout, map[string]any{"get_result": "not known", "conclusion": "gone"}}}},
		"not confirmed": {state: passed, refusal: "clear-not-exist", want: []line{{whatAbout, map[string]any{"get_result": "PASS, SUCCESS", "conclusion": "not confirmed"}}}},
		"not finished": {state: unfinished, refusal: "parameter-error", want: []line{
			{whatAbout, map[string]any{"get_result": "INCOMPLETE, not finished", "conclusion": "not finished"}},
			{isFinished, map[string]any{"get_result": "INCOMPLETE, not finished", "clear_data_is_due": false}},
			{isFinished, map[string]any{"get_result": "PASS, SUCCESS", "clear_data_is_due": true}},
		}},
		"not known yet": {state: gaveUp, refusal: "parameter-error", result: "iam-country", want: []line{{whatAbout, map[string]any{"get_result": "failed", "conclusion": "not confirmed"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				job := e.job(t, erase.PolicyWait)
				e.prepare(t, job, test.state)
				if test.refusal != "" {
					e.inject(t, simulator.Fault{Operation: simulator.OpClear, Kind: test.refusal})
				}
				if test.result != "" {
					e.inject(t, simulator.Fault{Operation: simulator.OpResult, Kind: test.result})
				}
				if test.state == unfinished {
					time.AfterFunc(2*time.Second, func() { e.finish(t, job, simulator.ResultPass) })
				}
				var got []line
				job.Debug = func(_ context.Context, message string, fields ...map[string]any) {
					got = append(got, line{message, fields[0]})
				}
				_, _ = e.run(t, job, time.Hour)
				for i := range test.want {
					test.want[i].Fields["signature_id"] = job.SignatureID
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("log (-want +got):\n%s", diff)
				}
			})
		})
	}
}
