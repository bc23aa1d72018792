package simulator

import (
	"fmt"
	"strings"
)

// Results that a session can end with.
const (
	ResultPass       = "PASS"
	ResultFail       = "FAIL"
	ResultIncomplete = "INCOMPLETE"
)

// Outcome is how a session ends.
type Outcome struct {
	Result string `json:"result"` // PASS, FAIL or INCOMPLETE.

	// ErrorCode defaults to SUCCESS for a PASS, to RISK_STRATEGY_HIT for a FAIL
	// (LIVENESS_ATTACK with a score below 50), and to USER_TIMEOUT for an
	// INCOMPLETE.
	ErrorCode string `json:"error_code"`

	// Score is the liveness score, 0 to 100. By default it suits the error
	// code: 99 for a PASS, 12.5 for a LIVENESS_ATTACK, 87.5 for any other FAIL.
	Score *float64 `json:"score"`

	// AttackType is 1 (presentation), 2 (injection) or 3 (unsure). By default
	// it is 1 with a score below 50, and otherwise none.
	AttackType *int `json:"attack_type"`

	// FlowCategory is the flow that was used. By default it is the one that the
	// session's liveness type stands for.
	FlowCategory string `json:"flow_category"`

	// Captured says whether pictures were submitted. By default they were,
	// except with INCOMPLETE.
	Captured *bool `json:"captured"`
}

// magicOutcome returns how a session of this user ends by itself. It does so
// the moment that it is issued.
func magicOutcome(userID string) (Outcome, bool) {
	switch {
	case strings.HasPrefix(userID, "sim-pass"):
		return Outcome{Result: ResultPass}, true
	case strings.HasPrefix(userID, "sim-fail"):
		return Outcome{Result: ResultFail}, true
	case strings.HasPrefix(userID, "sim-attack"):
		return Outcome{Result: ResultFail, ErrorCode: "LIVENESS_ATTACK"}, true
	case strings.HasPrefix(userID, "sim-timeout"):
		return Outcome{Result: ResultIncomplete}, true
	}
	return Outcome{}, false
}

// validate refuses outcomes that the API could not report.
func (o Outcome) validate() error {
	switch o.Result {
	case ResultPass:
		if o.ErrorCode != "" && o.ErrorCode != codeSuccess {
			return fmt.Errorf("error_code %q is impossible with the result PASS", o.ErrorCode)
		}
	case ResultFail, ResultIncomplete:
		if o.ErrorCode == codeSuccess {
			return fmt.Errorf("error_code SUCCESS is impossible with the result %s", o.Result)
		}
	default:
		return fmt.Errorf("result %q is none of PASS, FAIL and INCOMPLETE", o.Result)
	}
	if o.Score != nil && !(*o.Score >= 0 && *o.Score <= 100) {
		return fmt.Errorf("score %v is not between 0 and 100", *o.Score)
	}
	if o.AttackType != nil && (*o.AttackType < 1 || *o.AttackType > 3) {
		return fmt.Errorf("attack_type %d is none of 1, 2 and 3", *o.AttackType)
	}
	return nil
}

// withDefaults fills in what an outcome leaves open.
func (o Outcome) withDefaults(livenessType string) Outcome {
	if o.ErrorCode == "" {
		o.ErrorCode = o.defaultErrorCode()
	}
	if o.Score == nil {
		o.Score = new(o.defaultScore())
	}
	if o.AttackType == nil && *o.Score < attackScore {
		o.AttackType = new(1)
	}
	if o.FlowCategory == "" {
		o.FlowCategory = flowCategory(livenessType)
	}
	if o.Captured == nil {
		o.Captured = new(o.Result != ResultIncomplete)
	}
	return o
}

// attackScore is the liveness score below which the API sees an attack.
const attackScore = 50

func (o Outcome) defaultErrorCode() string {
	switch {
	case o.Result == ResultPass:
		return codeSuccess
	case o.Result == ResultIncomplete:
		return "USER_TIMEOUT"
	case o.Score != nil && *o.Score < attackScore:
		return "LIVENESS_ATTACK"
	}
	return "RISK_STRATEGY_HIT"
}

func (o Outcome) defaultScore() float64 {
	switch {
	case o.Result == ResultPass:
		return 99
	case o.ErrorCode == "LIVENESS_ATTACK":
		return 12.5
	}
	return 87.5
}

// flowCategory returns the flow that a liveness type stands for (API §9.1). A
// customer's own type is taken for the default one.
func flowCategory(livenessType string) string {
	switch livenessType {
	case "DISTANT_NEAR_ACTION":
		return "DISTANT_CLOSE_ACTION"
	case "ACTION", "SILENT":
		return livenessType
	}
	return "DISTANT_CLOSE"
}
