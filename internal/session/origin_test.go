package session_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// Accounts and their keys. The first account has two key pairs.
var (
	otherAccount = simulator.Account{CustomerID: 7, AccountID: 8}
	secondPair   = simulator.KeyPair{AccessKey: "secondaccesskey", SecretKey: "secondsecretkey"}
	otherPair    = simulator.KeyPair{AccessKey: "otheraccesskey", SecretKey: "othersecretkey", Account: otherAccount}
)

func blockOf(pair simulator.KeyPair) prototest.Object {
	return prototest.Object{"access_key": pair.AccessKey, "secret_key": pair.SecretKey}
}

func blockOfToken(token string) prototest.Object {
	return prototest.Object{"access_key": nil, "secret_key": nil, "access_token": token}
}

// withAccounts is [withFakeTime] with a simulator that has both accounts.
func withAccounts(t *testing.T, f func(t *testing.T, e env)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Config{KeyPairs: []simulator.KeyPair{secondPair, otherPair}})
		f(t, env{sim, prototest.Configured(t, sim.Transport(), nil)})
	})
}

// opaque returns a token of an account whose claims cannot be read.
func (e env) opaque(account simulator.Account) string {
	behaviour := e.Behaviour()
	behaviour.OpaqueTokens = true
	e.SetBehaviour(behaviour)
	token := e.MintToken(account, 24*time.Hour)
	behaviour.OpaqueTokens = false
	e.SetBehaviour(behaviour)
	return token
}

// "Not known" from another origin proves nothing: neither a read nor a destroy
// believes it, and both say where the session was made.
func TestOriginMismatch_notKnown(t *testing.T) {
	t.Parallel()
	const byAnother = "was made at http://127.0.0.1 by another account."
	for name, test := range map[string]struct {
		block func(e env) prototest.Object
		want  []string
	}{
		"another endpoint": {
			block: func(env) prototest.Object { return prototest.Object{"endpoint": "http://127.0.0.1:81/gateway/"} },
			want:  []string{"http://127.0.0.1:81/gateway does not know", "was made at http://127.0.0.1.", "endpoint"},
		},
		"another key pair": {
			block: func(env) prototest.Object { return blockOf(otherPair) },
			want:  []string{byAnother},
		},
		"another account's token": {
			block: func(e env) prototest.Object { return blockOfToken(e.MintToken(otherAccount, time.Hour)) },
			want:  []string{byAnother},
		},
		"another account's opaque token": {
			block: func(e env) prototest.Object { return blockOfToken(e.opaque(otherAccount)) },
			want:  []string{"the access token does not tell whether it is of the same account"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withAccounts(t, func(t *testing.T, e env) {
				made := e.refreshed(t, minimal(nil))
				transport := e.Transport()
				block := test.block(e)
				if block["endpoint"] != nil {
					transport = withoutPath(simulator.New(simulator.Config{}).Transport(), "/gateway")
				}
				r := made.On(prototest.Configured(t, transport, block))

				want := append([]string{idOf(r), "proves nothing", "stays in the state", "terraform state rm", "Error code: SIGNATURE_NOT_EXIST"}, test.want...)
				prototest.WantError(t, r.Refresh(t.Context()), append(want, "Unable to Read Liveness Session")...)
				prototest.WantError(t, r.Destroy(t.Context()), append(want, "Unable to Erase Liveness Session")...)
				if !r.Exists() {
					t.Error("the session left the state")
				}

				// At home all is well.
				e.finish(t, made, simulator.ResultPass)
				refresh(t, made)
				prototest.WantNothing(t, destroy(t, e, r.On(e.server)))
			})
		})
	}
}

// Two tokens that tell no account are not of the same one.
func TestOriginMismatch_unknownAccount(t *testing.T) {
	t.Parallel()
	withAccounts(t, func(t *testing.T, e env) {
		e.server = e.another(t, blockOfToken(e.opaque(simulator.Account{})))
		r := e.refreshed(t, minimal(nil))
		foreign := r.On(e.another(t, blockOfToken(e.opaque(otherAccount))))
		prototest.WantError(t, foreign.Refresh(t.Context()), "by an account that is not known", "proves nothing")
		prototest.WantError(t, foreign.Destroy(t.Context()), "by an account that is not known", "proves nothing")

		// The same token proves as little once the session is gone.
		e.finish(t, r, simulator.ResultPass)
		e.Forget(idOf(r))
		prototest.WantError(t, r.Refresh(t.Context()), "by an account that is not known")
	})
}

// Within one destroy a SUCCESS of get-result stands for the rest of it: the
// answer of clear-data may be lost.
func TestDestroy_unknownAccountLosesAnAnswer(t *testing.T) {
	t.Parallel()
	withAccounts(t, func(t *testing.T, e env) {
		e.server = e.another(t, blockOfToken(e.opaque(simulator.Account{})))
		r := e.create(t, minimal(nil))
		e.finish(t, r, simulator.ResultPass)
		e.inject(t, simulator.Fault{Operation: simulator.OpClear, Kind: "reset", AfterEffect: true})
		prototest.WantWarning(t, destroy(t, e, r), "Liveness Session Was Gone")
	})
}

// A SUCCESS teaches: keys can be rotated, even where tokens tell no account, and
// an import takes the origin of whoever reads it.
func TestOrigin_successTeaches(t *testing.T) {
	t.Parallel()
	for _, opaque := range []bool{false, true} {
		t.Run(fmt.Sprintf("opaque %t", opaque), func(t *testing.T) {
			t.Parallel()
			withAccounts(t, func(t *testing.T, e env) {
				e.SetBehaviour(simulator.Behaviour{OpaqueTokens: opaque})
				second := e.another(t, blockOf(secondPair))
				r := e.create(t, minimal(nil)).On(second)
				refresh(t, r)
				imported := second.NewResource(typeName)
				prototest.WantNothing(t, imported.Import(t.Context(), idOf(r)))
				e.Forget(idOf(r))
				prototest.WantWarning(t, r.Refresh(t.Context()), "Liveness Session Is Gone")
				prototest.WantWarning(t, imported.Refresh(t.Context()), "Liveness Session Is Gone")
				prototest.WantWarning(t, destroy(t, e, r), "Liveness Session Was Gone")
			})
		})
	}
}

// States of the first releases have the access key's fingerprint, which says
// nothing of the account: a SUCCESS has to tell first.
func TestOrigin_ofFirstReleases(t *testing.T) {
	t.Parallel()
	withAccounts(t, func(t *testing.T, e env) {
		r := e.create(t, minimal(nil))
		r.Private = []byte(`{"session":"` + "eyJvcmlnaW4iOnsiZW5kcG9pbnQiOiJodHRwOi8vMTI3LjAuMC4xIiwiYWNjZXNzX2tleV9maW5nZXJwcmludCI6IjhiYjdlODRmZjgyYjQ5OTYifX0=" + `"}`)
		old := *r
		refresh(t, r)
		e.Forget(idOf(r))
		prototest.WantWarning(t, r.Refresh(t.Context()), "Liveness Session Is Gone")
		prototest.WantError(t, old.Refresh(t.Context()), "by an account that is not known")
		prototest.WantError(t, old.Destroy(t.Context()), "by an account that is not known")
	})
}

// A session that is still known is read and erased from wherever that is: only
// "not known" is a matter of where one asks.
func TestOriginMismatch_known(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T, e env) {
		r := e.create(t, minimal(nil)).On(e.another(t, prototest.Object{"endpoint": "http://localhost"}))
		e.finish(t, r, simulator.ResultPass)
		refresh(t, r)
		prototest.WantNothing(t, destroy(t, e, r))
	})
}

// asker is a way to call the API: one of the accounts by one of its keys or by a
// token, whose claims can be read or not.
type asker struct {
	key     string // of a key pair; "" is a token
	foreign bool   // of the other account
	opaque  bool
}

// identity is what is known of the asker, "" for nothing.
func (a asker) identity() string {
	switch {
	case !a.opaque:
		return fmt.Sprintf("account, foreign %t", a.foreign)
	case a.key != "":
		return "key " + a.key
	default:
		return ""
	}
}

func (e env) as(t *testing.T, a asker) *prototest.Server {
	t.Helper()
	account := simulator.Account{}
	if a.foreign {
		account = otherAccount
	}
	behaviour := simulator.Behaviour{OpaqueTokens: a.opaque}
	e.SetBehaviour(behaviour)
	switch a.key {
	case secondPair.AccessKey:
		return e.another(t, blockOf(secondPair))
	case otherPair.AccessKey:
		return e.another(t, blockOf(otherPair))
	case simulator.DefaultAccessKey:
		return e.another(t, nil)
	default:
		return e.another(t, blockOfToken(e.MintToken(account, 24*time.Hour)))
	}
}

var askers = []asker{
	{key: simulator.DefaultAccessKey},
	{key: simulator.DefaultAccessKey, opaque: true},
	{key: secondPair.AccessKey},
	{key: secondPair.AccessKey, opaque: true},
	{key: otherPair.AccessKey, foreign: true},
	{key: otherPair.AccessKey, foreign: true, opaque: true},
	{},
	{opaque: true},
	{foreign: true},
	{foreign: true, opaque: true},
}

// Whoever asks in whatever order, "not known" counts only from those that were
// seen to know the session, and from the last of them it does count.
func TestOrigin_randomSequences(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		maker := rapid.SampledFrom(askers).Draw(rt, "maker")
		before := rapid.SliceOfN(rapid.SampledFrom(askers), 0, 5).Draw(rt, "refreshes")
		forgotten := rapid.Bool().Draw(rt, "forgotten")
		after := rapid.SliceOfN(rapid.SampledFrom(askers), 1, 5).Draw(rt, "refreshes after that")
		last := rapid.SampledFrom(askers).Draw(rt, "destroyed by")
		var broken string
		withAccounts(t, func(t *testing.T, e env) {
			e.server = e.as(t, maker)
			r := e.create(t, minimal(nil))
			id := idOf(r)
			e.finish(t, r, simulator.ResultPass)
			sees := func(a asker) bool { return a.foreign == maker.foreign }
			origin := maker.identity()
			check := func(what string, a asker, claims, want bool, diags prototest.Diagnostics) {
				if claims != want && broken == "" {
					broken = fmt.Sprintf("%s by %+v counts as gone: %t, want %t; it said:\n%s", what, a, claims, want, diags)
				}
			}
			for i, a := range append(before, after...) {
				if i == len(before) && forgotten {
					e.Forget(id)
				}
				known := sees(a) && (!forgotten || i < len(before))
				r = r.On(e.as(t, a))
				diags := r.Refresh(t.Context())
				proves := !known && origin != "" && a.identity() == origin
				check("a refresh", a, strings.Contains(diags.String(), "Is Gone"), proves, diags)
				if !r.Exists() || diags.HasError() == (known || proves) {
					broken = fmt.Sprintf("a refresh by %+v, which sees it: %t; in the state: %t; it said:\n%s", a, known, r.Exists(), diags)
				}
				if known && (a.identity() != "" || origin == "") {
					origin = a.identity()
				}
			}
			values := r.Values()
			r = r.On(e.as(t, last))
			diags := r.Apply(t.Context(), r.Plan(t.Context(), nil))
			proves := forgotten && origin != "" && last.identity() == origin
			check("a destroy", last, strings.Contains(diags.String(), "Was Gone"), proves, diags)
			if erased := sees(last) && !forgotten; r.Exists() == (erased || proves) {
				broken = fmt.Sprintf("after a destroy by %+v the session is in the state: %t; it said:\n%s", last, r.Exists(), diags)
			}
			if fault := checkErasure(e.Simulator, values, r, diags); fault != "" {
				broken = fault
			}
		})
		if broken != "" {
			rt.Fatal(broken)
		}
	})
}
