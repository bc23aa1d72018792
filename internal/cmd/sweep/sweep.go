package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/audit"
	"github.com/advance-community/terraform-provider-advance/internal/erase"
)

const (
	// parallelism is the number of erasures at the same time, without those
	// that wait. The client limits the calls to what the API allows.
	parallelism = 100

	// eraseTimeout is that of one erasure, the default of the provider.
	eraseTimeout = 75 * time.Minute

	// longestLink is the longest time that a link is believed to live.
	longestLink = 24 * time.Hour
)

// errRefused ends a sweep whose credentials the API refuses.
var errRefused = errors.New("the API refused the credentials")

// sweep erases sessions.
type sweep struct {
	client *advance.Client
	logs   map[string]*audit.Log // of the sessions that are open, by path
	wait   bool                  // for unfinished sessions
	out    *reporter
}

// openLogs opens the logs that get events. Nothing is erased that could not be
// recorded.
func (s *sweep) openLogs(c choice, sessions []*audit.Session) error {
	s.logs = map[string]*audit.Log{}
	var errs error
	c.each(sessions, func(session *audit.Session, o outcome) {
		if o != open || s.logs[session.Log] != nil {
			return
		}
		log, err := audit.Open(session.Log, s.client.Endpoint(), version)
		if err != nil {
			errs = err
		}
		s.logs[session.Log] = log
	})
	return errs
}

// run erases the sessions that are open and of the account in use, and returns
// the exit status.
func (s *sweep) run(ctx context.Context, c choice, sessions []*audit.Session) int {
	if err := s.client.Authenticate(ctx); err != nil {
		if refusesCredentials(err) {
			return s.out.refuse(fmt.Errorf("%w: %w", errRefused, err))
		}
		c.each(sessions, func(session *audit.Session, o outcome) {
			r := about(session, o)
			if o == open {
				r.Outcome, r.Message = failed, err.Error()
			}
			s.out.report(r)
		})
		return s.out.finish()
	}
	c.here = erase.OriginOf(s.client)
	var due []*audit.Session
	c.each(sessions, func(session *audit.Session, o outcome) {
		if o == open {
			due = append(due, session)
			return
		}
		s.out.report(about(session, o))
	})
	s.out.expect(len(due))

	// Each is tried once before any is waited for.
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if later := s.eraseAll(ctx, due, erase.PolicyFail, cancel); len(later) > 0 {
		s.out.note("waiting for %d unfinished sessions, for at most %s", len(later), eraseTimeout)
		s.eraseAll(ctx, later, erase.PolicyWait, cancel)
	}
	if cause := context.Cause(ctx); errors.Is(cause, errRefused) && s.out.counts[erased]+s.out.counts[gone] == 0 {
		return s.out.refuse(cause)
	}
	return s.out.finish()
}

// eraseAll erases sessions side by side, and returns those that are to be
// waited for.
func (s *sweep) eraseAll(ctx context.Context, sessions []*audit.Session, policy erase.Policy, cancel context.CancelCauseFunc) (later []*audit.Session) {
	waits := make([]bool, len(sessions))
	var group errgroup.Group
	if policy != erase.PolicyWait {
		group.SetLimit(parallelism)
	}
	for i, session := range sessions {
		group.Go(func() error {
			r, err := s.erase(ctx, session, policy)
			if refusesCredentials(err) {
				cancel(fmt.Errorf("%w: %w", errRefused, err))
			}
			if waits[i] = s.wait && policy == erase.PolicyFail && r.Outcome == unfinished; !waits[i] {
				s.out.report(r)
			}
			return nil
		})
	}
	_ = group.Wait() // The failures are in the reports.
	for i, session := range sessions {
		if waits[i] {
			later = append(later, session)
		}
	}
	return later
}

// erase erases one session's data and writes the event, if there is one. The
// error is that of the erasure.
func (s *sweep) erase(ctx context.Context, session *audit.Session, policy erase.Policy) (report, error) {
	if ctx.Err() != nil {
		r := about(session, failed)
		r.Message = "not tried: the sweep was ended before"
		return r, nil
	}
	job := &erase.Job{
		Client:      s.client,
		SignatureID: session.SignatureID,
		Policy:      policy,
		Origin:      originOf(session),
		ExpiresAt:   expiry(session, s.client.Now()),
	}
	timed, cancel := context.WithTimeout(ctx, eraseTimeout)
	defer cancel()
	result, err := job.Run(timed)
	event := job.AuditEvent(result, err)
	event.BizID, event.Account = session.BizID, s.client.Account()

	r := about(session, outcomeOf(result, err))
	r.Code, r.Message, r.TransactionID = event.Code, event.Message, event.TransactionID
	if !isRecorded(ctx, r.Outcome, policy, err) {
		return r, err
	}
	if problem := s.logs[session.Log].Append(event); problem != nil {
		s.out.warn(fmt.Errorf("the event %s of session %s is missing: %w", event.Kind, event.SignatureID, problem))
	}
	return r, err
}

// isRecorded reports whether the end of an erasure is an event. It is none when
// nothing was found out: the sweep ended first, the API refused the
// credentials, or it is too early and nobody waited.
func isRecorded(ctx context.Context, o outcome, policy erase.Policy, err error) bool {
	switch {
	case err == nil:
		return true
	case ctx.Err() != nil, refusesCredentials(err):
		return false
	default:
		return o != unfinished || policy == erase.PolicyWait
	}
}

// originOf returns where a session was made, as far as its log proves it.
func originOf(s *audit.Session) erase.Origin {
	origin := erase.Origin{Endpoint: s.Endpoint}
	if s.OwnerKnown {
		origin.Account = s.Account
	}
	return origin
}

// expiry returns a time by which a session's link has expired, zero while that
// is not certain: logs do not tell how long a link lives.
func expiry(s *audit.Session, now time.Time) time.Time {
	latest := s.CreatedAt.Add(longestLink)
	if s.CreatedAt.IsZero() || now.Before(latest) {
		return time.Time{}
	}
	return latest
}

func outcomeOf(result erase.Outcome, err error) outcome {
	var pending *erase.PendingError
	switch {
	case errors.As(err, &pending) && pending.State == advance.ClearNotFinished:
		return unfinished
	case err != nil:
		return failed
	case result == erase.Gone:
		return gone
	default:
		return erased
	}
}

// refusesCredentials reports whether an error is about the key pair or the
// token, so that no other session fares better.
func refusesCredentials(err error) bool {
	var e *advance.Error
	if !errors.As(err, &e) {
		return false
	}
	return errors.Is(e.Err, advance.ErrTokenNotRenewable) || e.Code == advance.CodeIAMFailed ||
		e.Operation == advance.OpGenerateToken && e.Code != "" && !e.Temporary ||
		refusesCredentials(e.Err)
}
