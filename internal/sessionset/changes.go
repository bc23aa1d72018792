package sessionset

import (
	"maps"
	"slices"
)

// changes are what an update has to do.
type changes struct {
	create  []string   // keys without a session
	replace []string   // keys whose session is not the one that is wanted
	remove  []string   // keys that are not wanted any more
	erase   []*session // of uncleared, those that are gone or should be finished
}

// changes compares the sessions with the digests of those that are wanted, by
// key. A digest that is not known yet, "", may be another one. renew says whether
// expired sessions are replaced.
//
// It goes by the marks of the last Read and never by the clock, so that a saved
// plan is still the same when it is applied.
func (s *set) changes(wanted map[string]string, renew bool) changes {
	var c changes
	for _, key := range slices.Sorted(maps.Keys(wanted)) {
		switch one := s.current[key]; {
		case one == nil:
			c.create = append(c.create, key)
		case one.digest != wanted[key] || wanted[key] == "" || renew && one.Expired:
			c.replace = append(c.replace, key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(s.current)) {
		if _, ok := wanted[key]; !ok {
			c.remove = append(c.remove, key)
		}
	}
	for _, one := range s.uncleared {
		// A link that has expired ends the transaction, whatever get-result says.
		if one.Gone || !one.Unfinished || one.Expired {
			c.erase = append(c.erase, one)
		}
	}
	sortByID(c.erase)
	return c
}

// isEmpty reports whether there is nothing to do.
func (c changes) isEmpty() bool {
	return len(c.create)+len(c.replace)+len(c.remove)+len(c.erase) == 0
}
