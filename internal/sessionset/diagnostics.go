package sessionset

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/advance-community/terraform-provider-advance/internal/erase"
	"github.com/advance-community/terraform-provider-advance/internal/sessionargs"
	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

// createDiagnostics returns what a create says about the keys that it could not
// make sessions for: warnings, unless none was made.
func createDiagnostics(failures map[string]error, made int) diag.Diagnostics {
	if made == 0 {
		return makeDiagnostics(failures, diag.SeverityError, "No session was made.")
	}
	return makeDiagnostics(failures, diag.SeverityWarning, fmt.Sprintf(
		"Made and saved in the state: %s. \"complete\" is false, and the next apply makes the missing ones.", sessions(made)))
}

// updateDiagnostics returns the errors about the keys that an update could not
// make sessions for.
func updateDiagnostics(failures map[string]error) diag.Diagnostics {
	return makeDiagnostics(failures, diag.SeverityError,
		"What was made is in the state. A session that was to be replaced stays until its successor is made. \"complete\" is false, and the next apply makes the missing ones.")
}

// makeDiagnostics returns a diagnostic for each thing that the API said. It is
// on the argument that was refused, if the API names one.
func makeDiagnostics(failures map[string]error, severity diag.Severity, consequence string) (diags diag.Diagnostics) {
	for _, f := range tfutil.GroupFailures(failures) {
		situation := fmt.Sprintf("%s could not be made, of the keys %s.", sessions(len(f.Keys)), tfutil.KeyList(f.Keys))
		if errors.Is(f.Err, errNoLink) {
			situation = fmt.Sprintf("The API made %s but gave no link, of the keys %s. They cannot be used. Their ids are in \"uncleared\".", sessions(len(f.Keys)), tfutil.KeyList(f.Keys))
		}
		for _, key := range f.Keys {
			if lost := sessionargs.LostAnswer(failures[key]); lost != "" {
				situation += lost
				break
			}
		}
		detail := tfutil.Detail(situation+" "+consequence, f.Err)
		diags.Append(newDiagnostic(severity, "Unable to Create Liveness Sessions", detail, f.Err))
	}
	return diags
}

func newDiagnostic(severity diag.Severity, summary, detail string, err error) diag.Diagnostic {
	at, onArgument := sessionargs.ErrorAttribute(err)
	switch {
	case severity == diag.SeverityWarning && onArgument:
		return diag.NewAttributeWarningDiagnostic(at, summary, detail)
	case severity == diag.SeverityWarning:
		return diag.NewWarningDiagnostic(summary, detail)
	case onArgument:
		return diag.NewAttributeErrorDiagnostic(at, summary, detail)
	default:
		return diag.NewErrorDiagnostic(summary, detail)
	}
}

// erasedDiagnostics returns the warnings about sessions that were dropped from
// the state, or stay there, without an erasure. Each is named.
func erasedDiagnostics(erasures []*erasure) (diags diag.Diagnostics) {
	if gone := those(erasures, func(e *erasure) bool { return e.outcome == erase.Gone }); len(gone) > 0 {
		diags.AddWarning("Liveness Sessions Were Gone", fmt.Sprintf(
			"The API does not know %s any more, or holds no image there, so there was nothing to erase. The data was erased or dropped before, or by a call of this run whose answer was lost; no erasure was confirmed to this run: %s.",
			sessions(len(gone)), list(gone, len(gone))))
	}
	if abandoned := those(erasures, func(e *erasure) bool { return e.outcome == erase.Abandoned }); len(abandoned) > 0 {
		diags.AddWarning("Liveness Sessions Abandoned", fmt.Sprintf(
			"deletion_policy \"abandon\" dropped %s from the state: not finished, so the data was not erased. The last one ends by itself at about %s. To erase the data later, run the sweep with the audit log, or import each session by its id as an advance_liveness_session and destroy it: %s.",
			sessions(len(abandoned)), tfutil.Clock(latest(abandoned)), list(abandoned, len(abandoned))))
	}
	if left := those(erasures, func(e *erasure) bool { return e.left }); len(left) > 0 {
		diags.AddWarning("Liveness Sessions Not Cleared Yet", fmt.Sprintf(
			"The API erases no unfinished session, so it keeps the data of %s that this run replaced or removed. The ids are in \"uncleared\". Once a refresh has seen the end of a session, the plan erases it. The last one is finished at the latest at about %s, when its link expires: %s.",
			sessions(len(left)), tfutil.Clock(latest(left)), list(left, maxListed)))
	}
	return diags
}

// deleteErrors returns the errors about sessions whose erasure a destroy could
// not confirm.
func deleteErrors(erasures []*erasure, policy erase.Policy, now time.Time) diag.Diagnostics {
	return erasureErrors(erasures, "timeouts.delete", func(err error, expiry time.Time) string {
		return tfutil.WaysOut(err, policy, expiry, !expiry.IsZero() && now.After(expiry), stateRm)
	})
}

// updateErasureErrors returns the errors about sessions whose erasure an update
// could not confirm.
func updateErasureErrors(erasures []*erasure, now time.Time) diag.Diagnostics {
	return erasureErrors(erasures, "timeouts.update", func(err error, expiry time.Time) string {
		if !isUnfinished(err) {
			return ""
		}
		return fmt.Sprintf("Apply again after %s, when they are finished at the latest, or set deletion_policy = \"wait\", which leaves them in \"uncleared\" until a refresh has seen them finished.", tfutil.Clock(expiry))
	})
}

// erasureErrors returns an error for each reason why erasures were not
// confirmed. next says what to do about it.
func erasureErrors(erasures []*erasure, timeout string, next func(err error, expiry time.Time) string) (diags diag.Diagnostics) {
	errs := map[string]error{}
	for _, e := range erasures {
		if e.err != nil {
			errs[e.session.id] = e.err
		}
	}
	for _, f := range groups(errs, those(erasures, func(e *erasure) bool { return e.err != nil })) {
		situation := fmt.Sprintf("The erasure of %s is not confirmed, so the state keeps the ids: %s.", sessions(len(f.sessions)), list(f.sessions, maxListed))
		detail := tfutil.EraseDetail(situation, next(f.err, latest(f.sessions)), timeout, f.err)
		diags.AddError("Unable to Erase Liveness Sessions", f.detail(detail, situation))
	}
	return diags
}

// failure is what the API said of some sessions.
type failure struct {
	sessions []*session // in the order of their signature ids
	err      error      // of the first
}

// groups groups errors, by signature id, of some of the sessions.
func groups(errs map[string]error, all []*session) []failure {
	byID := make(map[string]*session, len(all))
	for _, one := range all {
		byID[one.id] = one
	}
	var failures []failure
	for _, f := range tfutil.GroupFailures(errs) {
		failed := make([]*session, len(f.Keys))
		for i, id := range f.Keys {
			failed[i] = byID[id]
		}
		failures = append(failures, failure{failed, f.Err})
	}
	return failures
}

// detail returns text, or that of an answer from another origin, which proves
// nothing.
func (f failure) detail(text, situation string) string {
	var elsewhere *erase.OriginError
	if !errors.As(f.err, &elsewhere) {
		return text
	}
	return tfutil.Paragraphs(situation, tfutil.OriginMismatch(f.sessions[0].id, elsewhere.Made, elsewhere.Asked, elsewhere.Err, stateRm))
}

// stateRm is the last way out of a set with a session that cannot be erased.
const stateRm = "If you know that the data of all sessions of the set is erased, remove the set from the state with terraform state rm. That makes no call and erases nothing."

// those returns the sessions of the erasures that are wanted.
func those(erasures []*erasure, wanted func(*erasure) bool) (found []*session) {
	for _, e := range erasures {
		if wanted(e) {
			found = append(found, e.session)
		}
	}
	return found
}

// sessions returns a number of sessions for a diagnostic.
func sessions(n int) string {
	if n == 1 {
		return "1 session"
	}
	return fmt.Sprintf("%d sessions", n)
}

// list names up to most sessions, and says how many more there are.
func list(all []*session, most int) string {
	listed := make([]string, 0, min(len(all), most))
	for _, one := range all[:min(len(all), most)] {
		if one.key == "" {
			listed = append(listed, one.id)
		} else {
			listed = append(listed, fmt.Sprintf("%s (key %q)", one.id, one.key))
		}
	}
	text := strings.Join(listed, ", ")
	if more := len(all) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// latest returns when the last link of the sessions expires.
func latest(all []*session) time.Time {
	last := slices.MaxFunc(all, func(a, b *session) int { return strings.Compare(a.expiresAt, b.expiresAt) })
	return sessionargs.Expiry(last.expiresAt)
}
