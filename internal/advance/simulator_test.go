package advance

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// The four operations against the stand-in, which is strict and was written
// from the API reference alone.
func TestSimulator_operations(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Config{})
		c := newClient(t, sim.Transport())

		r := sampleRequest()
		r.Language, r.PrefersColorScheme, r.BizCode = new("en-US"), new("dark"), new("WhiteCard")
		r.IframeEnabled, r.ProductLevel, r.LivenessType = new(true), new("PRO"), new("login")
		s, err := c.GenerateURL(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		if want := time.Now().Add(LinkLifetime); s.URL == "" || s.TransactionID == "" || !s.ExpiresAt.Equal(want) {
			t.Errorf("got %+v, want a link that expires at %v", s, want)
		}

		res, err := c.GetResult(t.Context(), s.SignatureID, "")
		if err != nil {
			t.Fatal(err)
		}
		if res.Finished() || res.HoldsImages {
			t.Errorf("got a transaction that is finished %t and holds images %t, want neither", res.Finished(), res.HoldsImages)
		}
		if p := res.InputParameters; p == nil || value(p.UserID) != r.UserID || value(p.BizCode) != "WhiteCard" {
			t.Errorf("got parameters %+v, want those of the request", p)
		}
		_, err = c.ClearData(t.Context(), s.SignatureID)
		if got := ClassifyClear(err); got != ClearNotFinished {
			t.Errorf("got state %d of the erasure, want ClearNotFinished", got)
		}

		if err := sim.Finish(s.SignatureID, simulator.Outcome{Result: simulator.ResultPass}); err != nil {
			t.Fatal(err)
		}
		for _, images := range []ImageType{"", ImageURL, ImageBase64} {
			res, err = c.GetResult(t.Context(), s.SignatureID, images)
			if err != nil {
				t.Fatal(err)
			}
			if !res.Finished() || !res.Passed() || !res.HoldsImages {
				t.Errorf("got a transaction that is finished %t, passed %t and holds images %t, want all of them",
					res.Finished(), res.Passed(), res.HoldsImages)
			}
		}

		sim.RevokeTokens() // The client mints another without a word.
		if _, err := c.ClearData(t.Context(), s.SignatureID); err != nil {
			t.Fatal(err)
		}
		if held, _ := sim.Session(s.SignatureID); held.HoldsPersonalData {
			t.Error("got personal data that is still held, want it to be erased")
		}
		if res, err := c.GetResult(t.Context(), s.SignatureID, ""); err == nil && res.HoldsImages {
			t.Error("got images after the erasure, want none")
		}

		sim.Forget(s.SignatureID)
		if _, err := c.GetResult(t.Context(), s.SignatureID, ""); !IsNotKnown(err) {
			t.Errorf("got error %v, want an id that is not known", err)
		}
		_, err = c.ClearData(t.Context(), s.SignatureID)
		if got := ClassifyClear(err); got != ClearNotExist {
			t.Errorf("got state %d of the erasure, want ClearNotExist", got)
		}
		if got := sim.CallCount(simulator.OpToken); got != 2 {
			t.Errorf("got %d mints, want 2", got)
		}
	})
}

// A clock that is off by more than the API tolerates is put right by its Date.
func TestSimulator_clockSkew(t *testing.T) {
	t.Parallel()

	for _, skew := range []time.Duration{4 * time.Minute, 6 * time.Minute, -3 * time.Hour} {
		t.Run(skew.String(), func(t *testing.T) {
			t.Parallel()

			synctest.Test(t, func(t *testing.T) {
				sim := simulator.New(simulator.Config{})
				sim.SetSkew(skew)
				c := newClient(t, sim.Transport())
				s, err := c.GenerateURL(t.Context(), sampleRequest())
				if err != nil {
					t.Fatal(err)
				}
				want := synctestEpoch.Add(skew + LinkLifetime) // On the API's clock.
				if !s.ExpiresAt.Equal(want) {
					t.Errorf("got a link that expires at %v, want %v", s.ExpiresAt, want)
				}
			})
		})
	}
}
