package simulator

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSession_linkExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newMemory(t, Config{LinkLifetime: 30 * time.Minute}).login()
		start := time.Now()
		made := h.generate(nil)
		if want := start.Add(30 * time.Minute).UnixMilli(); made.ExpiredTime != want {
			t.Errorf("expiredTime %d, want %d", made.ExpiredTime, want)
		}
		time.Sleep(30*time.Minute - time.Nanosecond)
		got := h.result(made.SignatureID)
		if got["overallResult"] != "INCOMPLETE" || got["idvResult"] != "INCOMPLETE" || got["errorCode"] != nil {
			t.Errorf("pending: %v", got)
		}
		h.want(OpClear, made.SignatureID, "PARAMETER_ERROR", messageNotFinished)
		h.sim.Advance(-time.Hour) // Does nothing.
		h.sim.Advance(time.Nanosecond)
		got = h.result(made.SignatureID)
		if got["overallResult"] != "INCOMPLETE" || got["errorCode"] != "USER_TIMEOUT" || got["faceDetail"] != nil {
			t.Errorf("expired: %v", got)
		}
		if err := h.sim.Finish(made.SignatureID, Outcome{Result: ResultPass}); !errors.Is(err, ErrAlreadyFinished) {
			t.Errorf("Finish = %v", err)
		}
		h.want(OpClear, made.SignatureID, "SUCCESS", "OK")
		if session, _ := h.sim.Session(made.SignatureID); session.State != StateCleared || session.ErrorCode != "USER_TIMEOUT" {
			t.Errorf("session: %+v", session)
		}
	})
}

func TestSession_magicUsers(t *testing.T) {
	t.Parallel()
	for userID, want := range map[string]Session{
		"sim-pass":      {State: StateFinished, OverallResult: "PASS", ErrorCode: "SUCCESS", HoldsPersonalData: true, Score: new(99.0)},
		"sim-pass-7":    {State: StateFinished, OverallResult: "PASS", ErrorCode: "SUCCESS", HoldsPersonalData: true, Score: new(99.0)},
		"sim-fail":      {State: StateFinished, OverallResult: "FAIL", ErrorCode: "RISK_STRATEGY_HIT", HoldsPersonalData: true, Score: new(87.5)},
		"sim-attack":    {State: StateFinished, OverallResult: "FAIL", ErrorCode: "LIVENESS_ATTACK", HoldsPersonalData: true, Score: new(12.5)},
		"sim-timeout-x": {State: StateFinished, OverallResult: "INCOMPLETE", ErrorCode: "USER_TIMEOUT"},
		"a-sim-pass":    {State: StateIssued},
	} {
		h := newMemory(t, Config{}).login()
		made := h.generate(map[string]any{"userId": userID})
		got, ok := h.sim.Session(made.SignatureID)
		if !ok {
			t.Fatalf("%s: no session", userID)
		}
		want.SignatureID = made.SignatureID
		want.CreatedAt, want.ExpiresAt = got.CreatedAt, got.CreatedAt.Add(time.Hour)
		if want.State == StateFinished {
			want.FinishedAt = &got.CreatedAt
		}
		want.InputParameters = sessionParams(map[string]any{"userId": userID})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", userID, diff)
		}
	}
}

func TestSession_forgetAndReset(t *testing.T) {
	t.Parallel()
	h := newMemory(t, Config{RateLimit: 1000}).login()
	first, second := h.generate(nil).SignatureID, h.generate(nil).SignatureID
	if sessions := h.sim.Sessions(); len(sessions) != 2 || sessions[0].SignatureID != first {
		t.Errorf("sessions %+v", sessions)
	}
	if !h.sim.Forget(first) || h.sim.Forget(first) {
		t.Error("Forget is wrong about what there was")
	}
	h.want(OpResult, resultBody(first), "SIGNATURE_NOT_EXIST", messageNotExist)
	h.want(OpClear, first, "PARAMETER_ERROR", messageClearNotExist)
	if sessions := h.sim.Sessions(); len(sessions) != 1 || sessions[0].SignatureID != second {
		t.Errorf("sessions %+v", sessions)
	}

	h.inject(Fault{Operation: OpToken, Kind: "error", Count: -1})
	h.sim.SetBehaviour(Behaviour{AfterClear: AfterClearSuccess})
	h.sim.SetSkew(time.Hour)
	h.sim.Advance(48 * time.Hour)
	h.sim.Reset()
	if len(h.sim.Sessions()) != 0 || len(h.sim.Calls()) != 0 || h.sim.CallCount(OpGenerate) != 0 || h.sim.Connections() != 0 {
		t.Error("something is left after Reset")
	}
	if b := h.sim.Behaviour(); b.AfterClear != AfterClearNotExist || b.RateLimit != 1000 {
		t.Errorf("behaviour %+v", b)
	}
	h.want(OpResult, resultBody(second), "IAM_FAILED", messageTokenExpired)
	h.login()
	if drift := time.Since(h.sim.Now()); drift.Abs() > time.Minute {
		t.Errorf("the clock is off by %v", drift)
	}
}
