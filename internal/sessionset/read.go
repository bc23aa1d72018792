package sessionset

import (
	"context"
	"fmt"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/erase"
	"github.com/advance-community/terraform-provider-advance/internal/sessionargs"
	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

// Read marks what get-result says of each session. One that the API does not
// know leaves the maps, so that its key is planned anew, and becomes uncleared:
// the next apply or destroy proves what became of it. A failure changes nothing.
func (r *setResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	if r.data.Client == nil {
		return // no call can be made before the provider is configured: the prior state stays
	}
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	timeout, diags := state.Timeouts.Read(ctx, defaultReadTimeout)
	resp.Diagnostics.Append(diags...)
	s := load(ctx, &state, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	all := s.all()
	seen, failures := r.getResults(ctx, all, state.parallelism())
	if len(failures) > 0 {
		resp.Diagnostics.Append(readErrors(failures, all)...)
		return
	}
	gone := s.mark(all, seen, r.data)
	if len(gone) > 0 {
		resp.Diagnostics.AddWarning("Liveness Sessions Are Gone", fmt.Sprintf(
			"The API does not know %s any more, in two calls each. They may have been erased or dropped outside of this run; nothing was erased by this run. Their ids are in \"uncleared\", and the plan makes a new session for each key without one. The next apply or destroy asks the API again, and says what it found: %s.",
			of(len(gone), len(all)), list(gone, len(gone))))
		state.Complete = types.BoolValue(state.Complete.ValueBool() && len(s.current) == len(state.SignatureIDs.Elements()))
		s.write(&state)
		resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	}
	s.save(ctx, &state, resp.Private, &resp.Diagnostics)
}

// getResults asks get-result for sessions side by side. It returns the results,
// nil for a session that the API does not know, and the errors of the others, by
// signature id.
func (r *setResource) getResults(ctx context.Context, all []*session, parallelism int) (map[string]*advance.Result, map[string]error) {
	ids, byID := make([]string, len(all)), make(map[string]*session, len(all))
	for i, one := range all {
		ids[i], byID[one.id] = one.id, one
	}
	var mu sync.Mutex
	seen := make(map[string]*advance.Result, len(all))
	failures := tfutil.ForEach(ctx, ids, parallelism, advance.IsAccountWide, func(ctx context.Context, id string) error {
		one := byID[id]
		res, err := r.data.Client.GetResult(ctx, id, "", one.confidential...)
		if advance.IsNotKnown(err) {
			if asked := r.data.Origin(); !one.Origin.Same(asked) {
				return &erase.OriginError{Made: one.Origin, Asked: asked, Err: err}
			}
		} else if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		seen[id] = res
		return nil
	})
	return seen, failures
}

// mark updates the marks of the sessions, and returns those that the API does not
// know.
func (s *set) mark(all []*session, seen map[string]*advance.Result, data *tfutil.ProviderData) (gone []*session) {
	asked, now := data.Origin(), data.Client.Now()
	for _, one := range all {
		if res := seen[one.id]; res != nil {
			one.Update(res, asked, sessionargs.Expiry(one.expiresAt), now)
			continue
		}
		one.Gone = true
		gone = append(gone, one)
		if s.current[one.key] == one {
			s.retire(one.key)
		}
	}
	return gone
}

// readErrors returns an error for each reason why sessions could not be read.
func readErrors(failures map[string]error, all []*session) (diags diag.Diagnostics) {
	for _, f := range groups(failures, all) {
		situation := fmt.Sprintf("%s could not be read; the state is as it was: %s.", of(len(f.sessions), len(all)), list(f.sessions, maxListed))
		diags.AddError("Unable to Read Liveness Sessions", f.detail(tfutil.RefreshDetail(situation, f.err), situation))
	}
	return diags
}
