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
func createDiagnostics(failures map[string]error, total, made int) diag.Diagnostics {
	if made == 0 {
		return makeDiagnostics(failures, total, diag.SeverityError, "No session was made.")
	}
	return makeDiagnostics(failures, total, diag.SeverityWarning,
		"What was made is in the state. \"complete\" is false, and the next apply makes the missing ones.")
}

// updateDiagnostics returns the errors about the keys that an update could not
// make sessions for.
func updateDiagnostics(failures map[string]error, total int) diag.Diagnostics {
	return makeDiagnostics(failures, total, diag.SeverityError,
		"What was made is in the state. A session that was to be replaced stays until its successor is made. \"complete\" is false, and the next apply makes the missing ones.")
}

// makeDiagnostics returns a diagnostic for each thing that the API said. It is
// on the argument that was refused, if the API names one. consequence says in
// full sentences what holds now.
func makeDiagnostics(failures map[string]error, total int, severity diag.Severity, consequence string) (diags diag.Diagnostics) {
	for _, f := range tfutil.GroupFailures(failures) {
		situation := fmt.Sprintf("%s could not be made: %s.", of(len(f.Keys), total), tfutil.KeyList(f.Keys))
		if errors.Is(f.Err, errNoLink) {
			situation = fmt.Sprintf("The API gave no link for %s, so they cannot be used: %s. Their ids are in \"uncleared\".", of(len(f.Keys), total), tfutil.KeyList(f.Keys))
		}
		detail := tfutil.Detail(situation+lostAnswer(f.Keys, failures)+" "+consequence, f.Err)
		diags.Append(newDiagnostic(severity, "Unable to Create Liveness Sessions", detail, f.Err))
	}
	return diags
}

// lostAnswer returns the sentence about lost answers, if there was one for a key.
func lostAnswer(keys []string, failures map[string]error) string {
	for _, key := range keys {
		if text := sessionargs.LostAnswer(failures[key]); text != "" {
			return text
		}
	}
	return ""
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

// erasedDiagnostics returns the warnings about sessions that left the state, or
// stay there, without an erasure. Those that left are all named.
func erasedDiagnostics(erasures []*erasure) (diags diag.Diagnostics) {
	total := len(erasures)
	if gone := those(erasures, func(e *erasure) bool { return e.outcome == erase.Gone }); len(gone) > 0 {
		diags.AddWarning("Liveness Sessions Were Gone", fmt.Sprintf(
			"The API does not know %s any more, or holds no image of them, so there was nothing to erase. They were erased or dropped before, or by a call of this run whose answer was lost; no erasure was confirmed to this run: %s.",
			of(len(gone), total), list(gone, len(gone))))
	}
	if abandoned := those(erasures, func(e *erasure) bool { return e.outcome == erase.Abandoned }); len(abandoned) > 0 {
		diags.AddWarning("Liveness Sessions Abandoned", fmt.Sprintf(
			"%s were not finished, so their data was not erased: deletion_policy \"abandon\" dropped them from the state. %s To erase their data later, run the sweep with the audit log, or import each by its id as an advance_liveness_session and destroy it. They are: %s.",
			of(len(abandoned), total), finishedBy(abandoned), list(abandoned, len(abandoned))))
	}
	if left := those(erasures, func(e *erasure) bool { return e.left }); len(left) > 0 {
		diags.AddWarning("Liveness Sessions Not Cleared Yet", fmt.Sprintf(
			"%s that are no longer wanted are not finished, and the API erases no unfinished session: %s. Their ids are in \"uncleared\". Once a refresh has seen that they are finished, the plan erases them. %s",
			of(len(left), total), list(left, maxListed), finishedBy(left)))
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
// could not confirm. They are uncleared, so the next apply tries them again.
func updateErasureErrors(erasures []*erasure) diag.Diagnostics {
	return erasureErrors(erasures, "timeouts.update", func(err error, expiry time.Time) string {
		var pending *erase.PendingError
		var unconfirmed *erase.UnconfirmedError
		switch {
		case isUnfinished(err):
			return fmt.Sprintf("Apply again after %s, when they are finished at the latest, or set deletion_policy = \"wait\", which leaves them in \"uncleared\" until a refresh has seen them finished.", tfutil.Clock(expiry))
		case errors.As(err, &pending):
			return "Apply again later, or set a longer timeouts.update."
		case errors.As(err, &unconfirmed):
			return "Apply again later. If that does not help, ask the vendor's support with the transaction id. " + stateRm
		default:
			return "" // the general advice about a failed call
		}
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
		situation := fmt.Sprintf("The erasure of %s is not confirmed, so they stay in the state: %s.", of(len(f.sessions), len(erasures)), list(f.sessions, maxListed))
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

// of returns a number of sessions for a diagnostic.
func of(n, total int) string { return fmt.Sprintf("%d of %d sessions", n, total) }

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
