package sessionset

import (
	"context"
	"fmt"
	"sync"

	"github.com/google/uuid"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/audit"
	"github.com/advance-community/terraform-provider-advance/internal/erase"
	"github.com/advance-community/terraform-provider-advance/internal/sessionargs"
	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

// errNoLink is the cause if the API made a session and gave no link for it.
var errNoLink = fmt.Errorf("%w: it has no link", advance.ErrMalformed)

// errSameID is the cause if the API gave a session the id of another one.
var errSameID = fmt.Errorf("%w: its signature id is that of another session of the set", advance.ErrMalformed)

// isShared reports whether generate-url would refuse each session of the set for
// the same reason: the account, or an argument that is sent for all.
func isShared(err error) bool {
	_, onArgument := sessionargs.ErrorAttribute(err)
	return onArgument || advance.IsAccountWide(err)
}

// makeSessions makes a session for each key, side by side, and puts them into s
// in the place of the ones before. It returns the errors of those that failed. A
// session without a link goes to the uncleared ones, so that its id is not lost.
func makeSessions(ctx context.Context, data *tfutil.ProviderData, log *auditLog, plan *model, s *set, keys []string) map[string]error {
	userIDs := plan.UserIDs.Elements()
	var mu sync.Mutex
	ids := map[string]bool{}
	for _, one := range s.all() {
		ids[one.id] = true
	}
	return tfutil.ForEach(ctx, keys, plan.parallelism(), isShared, func(ctx context.Context, key string) error {
		userID := text(userIDs, key)
		one := &session{key: key, bizID: uuid.NewString(), digest: digest(&plan.Arguments, userID)}
		made, err := data.Client.GenerateURL(ctx, plan.Request(userID, one.bizID))
		if err != nil {
			return err
		}
		// The API can't be asked for the id again, and the state is saved when
		// all sessions are made: nothing may come before this line.
		log.record(audit.Event{Kind: audit.SessionCreated, SignatureID: made.SignatureID, TransactionID: made.TransactionID, BizID: one.bizID})
		one.id, one.url, one.expiresAt = made.SignatureID, made.URL, sessionargs.FormatExpiry(made.ExpiresAt)
		one.Marks = erase.Marks{Origin: data.Origin(), Unfinished: true}
		one.confidential = plan.Confidential(userID, one.url)

		mu.Lock()
		defer mu.Unlock()
		if ids[one.id] {
			return &advance.Error{Operation: advance.OpGenerateURL, TransactionID: made.TransactionID, Err: errSameID}
		}
		ids[one.id] = true
		if made.URL == "" {
			s.uncleared[one.id] = one
			return &advance.Error{Operation: advance.OpGenerateURL, TransactionID: made.TransactionID, Err: errNoLink}
		}
		s.retire(key)
		s.current[key] = one
		return nil
	})
}
