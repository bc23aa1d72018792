package session_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// wantIdentity fails unless the identity is the signature id.
func wantIdentity(t *testing.T, r *prototest.Resource, id string) {
	t.Helper()
	if diff := cmp.Diff(prototest.Object{"signature_id": id}, r.IdentityValues()); diff != "" {
		t.Errorf("identity (-want +got):\n%s", diff)
	}
}

// The identity is the signature id for the session's life, and another session
// has another one.
func TestIdentity_life(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, minimal(nil))
		first := idOf(r)
		wantIdentity(t, r, first)
		e.finish(t, r, simulator.ResultPass)
		refresh(t, r)
		wantIdentity(t, r, first)
		prototest.WantNothing(t, r.Configure(t.Context(), minimal(prototest.Object{"deletion_policy": "fail"})))
		wantIdentity(t, r, first)
		prototest.WantNothing(t, r.Configure(t.Context(), minimal(prototest.Object{"region": "THA"})))
		if idOf(r) == first {
			t.Fatal("the session was not replaced")
		}
		wantIdentity(t, r, idOf(r))
		e.finish(t, r, simulator.ResultPass)
		destroy(t, e, r)
		if got := r.IdentityValues(); got != nil {
			t.Errorf("identity after the destroy is %v, want none", got)
		}
	})
}

// A session that is saved with an error has its identity too.
func TestIdentity_tainted(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		e.inject(t, simulator.Fault{Operation: simulator.OpGenerate, Kind: "no-url"})
		r := e.server.NewResource(typeName)
		prototest.WantError(t, r.Configure(t.Context(), minimal(nil)), "Liveness Session Without Link")
		wantIdentity(t, r, idOf(r))
	})
}

// States of older versions have no identity. Whatever comes first adds it,
// without an error and without a change.
func TestIdentity_upgrade(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]func(t *testing.T, e env, r *prototest.Resource){
		"read": func(t *testing.T, _ env, r *prototest.Resource) { refresh(t, r) },
		"read of a session that is gone": func(t *testing.T, e env, r *prototest.Resource) {
			e.Forget(idOf(r))
			prototest.WantWarning(t, r.Refresh(t.Context()), "Liveness Session Is Gone")
		},
		"read without a configured provider": func(t *testing.T, e env, r *prototest.Resource) {
			*r = *r.On(e.another(t, prototest.Object{"endpoint": prototest.Unknown}))
			refresh(t, r)
		},
		"update without a read": func(t *testing.T, _ env, r *prototest.Resource) {
			prototest.WantNothing(t, r.Configure(t.Context(), minimal(prototest.Object{"deletion_policy": "fail"})))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				r := e.create(t, minimal(nil))
				id := idOf(r)
				r.Identity = nil
				prototest.WantEmptyPlan(t, r, minimal(nil))
				first(t, e, r)
				wantIdentity(t, r, id)
			})
		})
	}
	t.Run("destroy", func(t *testing.T) {
		t.Parallel()
		withFakeTime(t, func(t *testing.T, e env) {
			r := e.create(t, minimal(nil))
			r.Identity = nil
			time.Sleep(2 * time.Hour)
			prototest.WantNothing(t, destroy(t, e, r))
		})
	})
}

// An import by identity gives what an import by id gives.
func TestIdentity_import(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		made := e.create(t, minimal(nil))
		byID, byIdentity := e.imported(t), e.server.NewResource(typeName)
		prototest.WantNothing(t, byIdentity.ImportByIdentity(t.Context(), prototest.Object{"signature_id": idOf(made)}))
		prototest.WantEmptyPlan(t, byIdentity, minimal(nil))
		wantIdentity(t, byID, idOf(made))
		wantIdentity(t, byIdentity, idOf(made))
		if diff := cmp.Diff(byID.Values(), byIdentity.Values()); diff != "" {
			t.Errorf("state (-by id +by identity):\n%s", diff)
		}
	})
}

func TestIdentity_importErrors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ id, want string }{
		"an unknown id": {"0000000000000000", "does not know a session 0000000000000000"},
		"an empty id":   {"", "signature id, which is empty"},
		"a blank id":    {" ", "signature id, which is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				byID, byIdentity := e.server.NewResource(typeName), e.server.NewResource(typeName)
				prototest.WantError(t, byID.Import(t.Context(), test.id), "Unable to Import Liveness Session", test.want)
				prototest.WantError(t, byIdentity.ImportByIdentity(t.Context(), prototest.Object{"signature_id": test.id}), "Unable to Import Liveness Session", test.want)
			})
		})
	}
}
