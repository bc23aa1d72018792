package sessionset

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/advance-community/terraform-provider-advance/internal/erase"
	"github.com/advance-community/terraform-provider-advance/internal/sessionargs"
)

// model is the resource's configuration, plan or state.
type model struct {
	sessionargs.Arguments

	UserIDs          types.Map      `tfsdk:"user_ids"`
	Parallelism      types.Int64    `tfsdk:"parallelism"`
	DeletionPolicy   types.String   `tfsdk:"deletion_policy"`
	RenewWhenExpired types.Bool     `tfsdk:"renew_when_expired"`
	Timeouts         timeouts.Value `tfsdk:"timeouts"`
	ID               types.String   `tfsdk:"id"`
	Complete         types.Bool     `tfsdk:"complete"`
	SignatureIDs     types.Map      `tfsdk:"signature_ids"`
	ExpiresAt        types.Map      `tfsdk:"expires_at"`
	URLs             types.Map      `tfsdk:"urls"`
	Uncleared        types.Map      `tfsdk:"uncleared"`
}

func (m *model) policy() erase.Policy { return erase.Policy(m.DeletionPolicy.ValueString()) }

func (m *model) parallelism() int { return int(m.Parallelism.ValueInt64()) }

// digests returns the digest of each session that m wants, by key: "" where it
// is not known yet. known says whether all arguments but the user ids are known.
func (m *model) digests(known bool) map[string]string {
	wanted := map[string]string{}
	for key, v := range m.UserIDs.Elements() {
		wanted[key] = ""
		if userID, ok := v.(types.String); ok && known && !userID.IsUnknown() {
			wanted[key] = digest(&m.Arguments, userID.ValueString())
		}
	}
	return wanted
}

// session is one session of a set.
type session struct {
	erase.Marks

	key       string // in user_ids, now or before
	id        string // signature id
	url       string
	expiresAt string // as in the state

	digest       string   // of its request, "" if it is not known
	bizID        string   // "" if it is not known
	confidential []string // what must not be quoted of it
}

// set are the sessions of a resource.
type set struct {
	current   map[string]*session // those that are wanted, by key
	uncleared map[string]*session // those that are not, by signature id
	retired   []*session          // those of uncleared that this run has put there
}

func newSet() *set { return &set{current: map[string]*session{}, uncleared: map[string]*session{}} }

// all returns every session, in the order of their signature ids.
func (s *set) all() []*session {
	sessions := slices.AppendSeq(slices.Collect(maps.Values(s.current)), maps.Values(s.uncleared))
	sortByID(sessions)
	return sessions
}

// retire moves the session of a key, if there is one, to those that are no
// longer wanted.
func (s *set) retire(key string) {
	if old := s.current[key]; old != nil {
		s.uncleared[old.id] = old
		s.retired = append(s.retired, old)
		delete(s.current, key)
	}
}

// remove drops a session.
func (s *set) remove(old *session) {
	delete(s.uncleared, old.id)
	if s.current[old.key] == old {
		delete(s.current, old.key)
	}
}

// isComplete reports whether each key has the session that is wanted for it.
func (s *set) isComplete(wanted map[string]string) bool {
	for key, digest := range wanted {
		if one := s.current[key]; one == nil || one.digest != digest {
			return false
		}
	}
	return true
}

// write sets the attributes of m that tell of the sessions.
func (s *set) write(m *model) {
	ids, urls, expiries := make(elements, len(s.current)), make(elements, len(s.current)), make(elements, len(s.current))
	for key, one := range s.current {
		ids[key] = types.StringValue(one.id)
		urls[key] = types.StringValue(one.url)
		expiries[key] = types.StringValue(one.expiresAt)
	}
	uncleared := make(elements, len(s.uncleared))
	for id, one := range s.uncleared {
		uncleared[id] = types.StringValue(one.expiresAt)
	}
	m.SignatureIDs, m.URLs, m.ExpiresAt, m.Uncleared = ids.value(), urls.value(), expiries.value(), uncleared.value()
}

// elements are those of a map of strings. It is built from values and never by
// reflection: a set has many thousands.
type elements map[string]attr.Value

func (e elements) value() types.Map { return types.MapValueMust(types.StringType, e) }

// text returns a string of a map, "" for none.
func text(m map[string]attr.Value, key string) string {
	s, _ := m[key].(types.String)
	return s.ValueString()
}

func sortByID(sessions []*session) {
	slices.SortFunc(sessions, func(a, b *session) int { return strings.Compare(a.id, b.id) })
}
