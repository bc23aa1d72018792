package sessionset

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/advance-community/terraform-provider-advance/internal/erase"
)

func TestChanges(t *testing.T) {
	t.Parallel()
	// keys and ids are what is to be done, in the order of changes.
	type todo struct{ create, replace, remove, erase []string }
	one := func(id, digest string, marks erase.Marks) *session {
		return &session{id: id, digest: digest, Marks: marks}
	}
	unfinished, expired := erase.Marks{Unfinished: true}, erase.Marks{Expired: true}
	for name, test := range map[string]struct {
		current, uncleared map[string]*session
		wanted             map[string]string
		renew              bool
		want               todo
	}{
		"nothing":                 {},
		"all new":                 {wanted: map[string]string{"b": "1", "a": "2"}, want: todo{create: []string{"a", "b"}}},
		"the same":                {current: map[string]*session{"a": one("1", "x", unfinished)}, wanted: map[string]string{"a": "x"}},
		"another request":         {current: map[string]*session{"a": one("1", "x", unfinished)}, wanted: map[string]string{"a": "y"}, want: todo{replace: []string{"a"}}},
		"a request not known yet": {current: map[string]*session{"a": one("1", "x", unfinished)}, wanted: map[string]string{"a": ""}, want: todo{replace: []string{"a"}}},
		"a session of which nothing is known": {
			current: map[string]*session{"a": one("1", "", unfinished)}, wanted: map[string]string{"a": "x"}, want: todo{replace: []string{"a"}},
		},
		"a session and a request of which nothing is known": {
			current: map[string]*session{"a": one("1", "", unfinished)}, wanted: map[string]string{"a": ""}, want: todo{replace: []string{"a"}},
		},
		"not wanted":       {current: map[string]*session{"b": one("1", "x", unfinished), "a": one("2", "x", unfinished)}, want: todo{remove: []string{"a", "b"}}},
		"expired":          {current: map[string]*session{"a": one("1", "x", expired)}, wanted: map[string]string{"a": "x"}},
		"expired, renewed": {current: map[string]*session{"a": one("1", "x", expired)}, wanted: map[string]string{"a": "x"}, renew: true, want: todo{replace: []string{"a"}}},
		"not expired":      {current: map[string]*session{"a": one("1", "x", unfinished)}, wanted: map[string]string{"a": "x"}, renew: true},
		"uncleared": {
			uncleared: map[string]*session{
				"4": one("4", "", erase.Marks{}), "1": one("1", "", unfinished), "3": one("3", "", erase.Marks{Gone: true, Unfinished: true}), "2": one("2", "", erase.Marks{Ended: true}),
				"5": one("5", "", erase.Marks{Unfinished: true, Expired: true}),
			},
			want: todo{erase: []string{"2", "3", "4", "5"}},
		},
	} {
		s := &set{current: test.current, uncleared: test.uncleared}
		c := s.changes(test.wanted, test.renew)
		got := todo{create: c.create, replace: c.replace, remove: c.remove}
		for _, one := range c.erase {
			got.erase = append(got.erase, one.id)
		}
		if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(todo{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if want := cmp.Equal(test.want, todo{}, cmp.AllowUnexported(todo{})); c.isEmpty() != want {
			t.Errorf("%s: is empty %t, want %t", name, c.isEmpty(), want)
		}
	}
}

func TestSet_isComplete(t *testing.T) {
	t.Parallel()
	s := &set{current: map[string]*session{"a": {digest: "x"}, "b": {digest: "y"}}}
	for name, test := range map[string]struct {
		wanted map[string]string
		want   bool
	}{
		"all":             {map[string]string{"a": "x", "b": "y"}, true},
		"more than all":   {map[string]string{"a": "x"}, true},
		"one missing":     {map[string]string{"a": "x", "b": "y", "c": "z"}, false},
		"another request": {map[string]string{"a": "x", "b": "z"}, false},
	} {
		if got := s.isComplete(test.wanted); got != test.want {
			t.Errorf("%s: %t, want %t", name, got, test.want)
		}
	}
}
