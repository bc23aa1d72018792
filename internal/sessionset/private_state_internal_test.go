package sessionset

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/advance-community/terraform-provider-advance/internal/erase"
	"github.com/advance-community/terraform-provider-advance/internal/sessionargs"
)

// memory is private state.
type memory map[string][]byte

func (m memory) GetKey(_ context.Context, key string) ([]byte, diag.Diagnostics) { return m[key], nil }

func (m memory) SetKey(_ context.Context, key string, value []byte) diag.Diagnostics {
	m[key] = value
	return nil
}

var (
	here  = erase.Origin{Endpoint: "https://api.advance.ai", Account: "0123456789abcdef"}
	there = erase.Origin{Endpoint: "https://vn-api.advance.ai"}
)

// testSet has a session that the arguments tell all of, one that was made with
// others before, and one that is uncleared.
func testSet() *set {
	s := newSet()
	s.current["a"] = &session{
		Marks: erase.Marks{Origin: here, Unfinished: true}, key: "a", id: "1", url: "link-a", expiresAt: "2026-02-03T04:05:06Z",
		digest: "1:aa", bizID: "biz-a", confidential: []string{"user-a", "return", "fail", "", "link-a"},
	}
	s.current["b"] = &session{
		Marks: erase.Marks{Origin: here, Ended: true}, key: "b", id: "2", url: "link-b", expiresAt: "2026-02-03T04:05:07Z",
		digest: "1:bb", bizID: "biz-b", confidential: []string{"user-b", "other", "fail", "", "link-b"},
	}
	s.uncleared["3"] = &session{
		Marks: erase.Marks{Origin: there, Expired: true, Gone: true}, key: "a", id: "3", expiresAt: "2026-02-03T04:05:08Z",
		digest: "1:cc", bizID: "biz-c", confidential: []string{"user-a", "other", "fail", "", "link-c"},
	}
	return s
}

func testModel() *model {
	return &model{
		Arguments: sessionargs.Arguments{ReturnURL: types.StringValue("return"), FailReturnURL: types.StringValue("fail")},
		UserIDs:   types.MapValueMust(types.StringType, map[string]attr.Value{"a": types.StringValue("user-a"), "b": types.StringValue("user-b")}),
	}
}

// What is saved is what is loaded again, and later releases must be able to read
// it. What the state has is not in it a second time.
func TestPrivateState_save(t *testing.T) {
	t.Parallel()
	want, state, private := testSet(), testModel(), memory{}
	var diags diag.Diagnostics
	want.write(state)
	want.save(t.Context(), state, private, &diags)
	got := load(t.Context(), state, private, &diags)
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(set{}, session{})); diff != "" || len(diags) > 0 {
		t.Errorf("loaded (-want +got):\n%s\ndiagnostics: %v", diff, diags)
	}
	const kept = `{"origins":[{"endpoint":"https://api.advance.ai","account":"0123456789abcdef"},{"endpoint":"https://vn-api.advance.ai"}],` +
		`"texts":["user-b","other","fail","","link-b","user-a","link-c"],` +
		`"sessions":{"1":{"unfinished":true,"origin":0,"digest":"1:aa","biz_id":"biz-a"},` +
		`"2":{"ended":true,"origin":0,"digest":"1:bb","biz_id":"biz-b","confidential":[0,1,2,3,4]},` +
		`"3":{"expired":true,"gone":true,"origin":1,"digest":"1:cc","biz_id":"biz-c","key":"a","confidential":[5,1,2,3,6]}}}`
	if diff := cmp.Diff(kept, string(private[privateStateKey])); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
}

// Without private state, or with indexes that are not there, all that the state
// does not tell is unknown.
func TestPrivateState_missing(t *testing.T) {
	t.Parallel()
	state := testModel()
	testSet().write(state)
	for name, content := range map[string]string{
		"none":       "",
		"no session": "{}",
		"no origins": `{"sessions":{"1":{"origin":1,"confidential":[]},"3":{"origin":-1,"confidential":[7,-1]}}}`,
	} {
		var diags diag.Diagnostics
		s := load(t.Context(), state, memory{privateStateKey: []byte(content)}, &diags)
		if len(diags) > 0 || len(s.current) != 2 || len(s.uncleared) != 1 {
			t.Fatalf("%s: %d and %d sessions, %v", name, len(s.current), len(s.uncleared), diags)
		}
		a := s.current["a"]
		if a.id != "1" || a.digest != "" || a.Origin != (erase.Origin{}) || !slices.Contains(a.confidential, "user-a") || !slices.Contains(a.confidential, "link-a") {
			t.Errorf("%s: session of key a is %+v", name, a)
		}
	}
	var diags diag.Diagnostics
	if load(t.Context(), state, memory{privateStateKey: []byte("[]")}, &diags); diags.ErrorsCount() != 1 {
		t.Errorf("of what can't be read: %v, want an error", diags)
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	var values table[string]
	for i, v := range []struct {
		text string
		want int
	}{{"a", 0}, {"b", 1}, {"a", 0}, {"", 2}, {"", 2}} {
		if got := values.index(v.text); got != v.want {
			t.Errorf("%d: index of %q is %d, want %d", i, v.text, got, v.want)
		}
	}
	if diff := cmp.Diff([]string{"a", "b", ""}, values.values); diff != "" {
		t.Error(diff)
	}
}
