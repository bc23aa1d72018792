package sessionset

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/advance-community/terraform-provider-advance/internal/erase"
)

// privateState holds what the provider keeps of the sessions for itself, in
// Terraform's private state. What many sessions share is in it once: a message
// of Terraform has at most 64 MiB.
type privateState struct {
	Origins  []erase.Origin    `json:"origins,omitempty"`
	Texts    []string          `json:"texts,omitempty"`
	Sessions map[string]record `json:"sessions,omitempty"` // by signature id
}

// record is what privateState holds of one session.
type record struct {
	erase.Marks

	Origin int    `json:"origin"` // index in Origins; it hides that of Marks
	Digest string `json:"digest,omitempty"`
	BizID  string `json:"biz_id,omitempty"`

	// Key is the one that an uncleared session had.
	Key string `json:"key,omitempty"`

	// Confidential are indexes in Texts: what must not be quoted of a session,
	// where the state does not tell it, because the arguments have changed
	// since, or the session has left the maps.
	Confidential []int `json:"confidential,omitempty"`
}

const privateStateKey = "sessions"

// The framework's type of private state is in an internal package.
type (
	privateGetter interface {
		GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	}
	privateSetter interface {
		SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
	}
)

// load returns the sessions of a state.
func load(ctx context.Context, state *model, from privateGetter, diags *diag.Diagnostics) *set {
	var private privateState
	data, found := from.GetKey(ctx, privateStateKey)
	diags.Append(found...)
	if len(data) > 0 {
		if err := json.Unmarshal(data, &private); err != nil {
			diags.AddError("Unreadable Private State", fmt.Sprintf("The provider cannot read what it has kept about these sessions: %v. This is always a bug in the provider, please report it.", err))
		}
	}
	userIDs, urls, expiries := state.UserIDs.Elements(), state.URLs.Elements(), state.ExpiresAt.Elements()
	ids, uncleared := state.SignatureIDs.Elements(), state.Uncleared.Elements()

	s := newSet()
	for key := range ids {
		one := private.session(text(ids, key))
		one.key, one.url, one.expiresAt = key, text(urls, key), text(expiries, key)
		if one.confidential == nil {
			one.confidential = state.Confidential(text(userIDs, key), one.url)
		}
		s.current[key] = one
	}
	for id := range uncleared {
		one := private.session(id)
		one.expiresAt = text(uncleared, id)
		s.uncleared[id] = one
	}
	return s
}

// session returns what is kept of a session. Where nothing is, all of it is
// unknown.
func (p *privateState) session(id string) *session {
	kept := p.Sessions[id]
	one := &session{Marks: kept.Marks, id: id, key: kept.Key, digest: kept.Digest, bizID: kept.BizID}
	if 0 <= kept.Origin && kept.Origin < len(p.Origins) {
		one.Origin = p.Origins[kept.Origin]
	}
	for _, i := range kept.Confidential {
		if 0 <= i && i < len(p.Texts) {
			one.confidential = append(one.confidential, p.Texts[i])
		}
	}
	return one
}

// save keeps what the state does not tell of the sessions.
func (s *set) save(ctx context.Context, state *model, to privateSetter, diags *diag.Diagnostics) {
	private := privateState{Sessions: make(map[string]record, len(s.current)+len(s.uncleared))}
	origins, texts := table[erase.Origin]{}, table[string]{}
	userIDs := state.UserIDs.Elements()
	for _, one := range s.all() {
		kept := record{Marks: one.Marks, Origin: origins.index(one.Origin), Digest: one.digest, BizID: one.bizID}
		current := s.current[one.key] == one
		if !current {
			kept.Key = one.key
		}
		if !current || !slices.Equal(one.confidential, state.Confidential(text(userIDs, one.key), one.url)) {
			for _, secret := range one.confidential {
				kept.Confidential = append(kept.Confidential, texts.index(secret))
			}
		}
		private.Sessions[one.id] = kept
	}
	private.Origins, private.Texts = origins.values, texts.values
	data, err := json.Marshal(private)
	if err != nil {
		diags.AddError("Unable to Keep Private State", "Encoding it failed: "+err.Error()+". This is always a bug in the provider, please report it.")
		return
	}
	diags.Append(to.SetKey(ctx, privateStateKey, data)...)
}

// table numbers values, each of them once.
type table[T comparable] struct {
	values  []T
	indexes map[T]int
}

// index returns the index of v in values, to which it is added if it is new.
func (t *table[T]) index(v T) int {
	i, found := t.indexes[v]
	if found {
		return i
	}
	if t.indexes == nil {
		t.indexes = map[T]int{}
	}
	t.indexes[v] = len(t.values)
	t.values = append(t.values, v)
	return len(t.values) - 1
}
