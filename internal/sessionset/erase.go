package sessionset

import (
	"context"
	"errors"
	"sync"

	"github.com/hashicorp/terraform-plugin-log/tflog"
	"golang.org/x/time/rate"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/erase"
	"github.com/advance-community/terraform-provider-advance/internal/sessionargs"
	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

// waitRate is the most calls a second for all sessions that are waited for.
const waitRate = 5

// eraser erases sessions of a set.
type eraser struct {
	data        *tfutil.ProviderData
	log         *auditLog
	policy      erase.Policy
	parallelism int

	// leavesUnfinished: what the policy "wait" would wait for is left for a
	// later run. An update must not keep new links from the user for an hour.
	leavesUnfinished bool
}

// erasure is the erasure of one session, and how it ended.
type erasure struct {
	session *session
	job     *erase.Job
	outcome erase.Outcome
	err     error
	left    bool // not finished, and left for a later run
}

// run erases sessions side by side. All are tried once before any is waited for,
// because most can be erased then. The wait is slow, so that thousands of
// sessions do not make hundreds of calls a second.
func (e *eraser) run(ctx context.Context, sessions []*session) []*erasure {
	erasures := make([]*erasure, len(sessions))
	ids, byID := make([]string, len(sessions)), make(map[string]*erasure, len(sessions))
	for i, one := range sessions {
		erasures[i] = &erasure{session: one, job: e.job(one)}
		ids[i], byID[one.id] = one.id, erasures[i]
	}
	notTried := tfutil.ForEach(ctx, ids, e.parallelism, advance.IsAccountWide, func(ctx context.Context, id string) error {
		outcome, err := byID[id].job.Try(ctx)
		e.ended(byID[id], outcome, err)
		if advance.IsAccountWide(err) {
			return err
		}
		return nil // whatever it was, it is no reason to try fewer at the same time
	})
	for id, err := range notTried {
		if errors.Is(err, tfutil.ErrNotTried) {
			e.ended(byID[id], 0, err)
		}
	}

	limiter := rate.NewLimiter(waitRate, 1)
	var waiting sync.WaitGroup
	for _, one := range erasures {
		if one.outcome != 0 || one.err != nil || one.left {
			continue
		}
		one.job.Limiter = limiter
		waiting.Go(func() {
			outcome, err := one.job.Run(ctx)
			e.ended(one, outcome, err)
		})
	}
	waiting.Wait()
	return erasures
}

func (e *eraser) job(one *session) *erase.Job {
	policy := e.policy
	if e.leavesUnfinished && policy == erase.PolicyWait {
		policy = erase.PolicyFail // which ended tells apart
	}
	return &erase.Job{
		Client:       e.data.Client,
		SignatureID:  one.id,
		Policy:       policy,
		Origin:       one.Origin,
		ExpiresAt:    sessionargs.Expiry(one.expiresAt),
		Ended:        one.Ended,
		Confidential: one.confidential,
		Debug:        tflog.Debug,
	}
}

// ended takes note of how a try or a wait ended, and writes it to the audit log.
// An outcome of 0 without an error is no end yet.
func (e *eraser) ended(one *erasure, outcome erase.Outcome, err error) {
	one.outcome, one.err = outcome, err
	switch {
	case outcome == 0 && err == nil:
		return
	case e.leavesUnfinished && e.policy == erase.PolicyWait && isUnfinished(err):
		one.err, one.left = nil, true
		return
	}
	event := one.job.AuditEvent(outcome, err)
	event.BizID = one.session.bizID
	e.log.record(event)
}

// isUnfinished reports whether an erasure ended because the transaction is not
// finished and the policy does not wait.
func isUnfinished(err error) bool {
	var pending *erase.PendingError
	return errors.As(err, &pending) && pending.State == advance.ClearNotFinished && pending.Err == nil
}

// settle drops from s what was erased, gone or abandoned, and marks what was
// left. The rest stays as it is.
func (s *set) settle(erasures []*erasure) {
	for _, e := range erasures {
		switch {
		case e.outcome != 0:
			s.remove(e.session)
		case e.left:
			// Not Expired either, or the plan would try again before a refresh.
			e.session.Unfinished, e.session.Gone, e.session.Expired = true, false, false
		}
	}
}
