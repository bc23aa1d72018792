package result_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// The ephemeral resource gives what the data source gives, images included, and
// costs one call.
func TestLivenessResultEphemeral_asDataSource(t *testing.T) {
	t.Parallel()
	for name, user := range map[string]string{"pending": "user-1", "passed": "sim-pass-1", "failed": "sim-fail-1"} {
		for _, imageType := range []any{nil, "URL", "BASE64"} {
			t.Run(fmt.Sprintf("%s, %v", name, imageType), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					sim := simulator.New(simulator.Config{})
					id := newSession(t, sim, user)
					server := prototest.Configured(t, sim.Transport(), nil)
					config := prototest.Object{"signature_id": id, "return_image_type": imageType}
					got, diags := server.OpenEphemeral(t.Context(), typeName, config)
					if len(diags) > 0 {
						t.Fatal(diags)
					}
					if calls := sim.CallCount(simulator.OpResult); calls != 1 {
						t.Errorf("%d calls, want 1", calls)
					}
					want, diags := server.ReadDataSource(t.Context(), typeName, config)
					if len(diags) > 0 {
						t.Fatal(diags)
					}
					if face, ok := got["face_detail"].(prototest.Object); ok && (face["face_image"] != nil) != (imageType != nil) {
						t.Errorf("face_image is %.20v with return_image_type %v", face["face_image"], imageType)
					}
					ignoreLinks := cmp.FilterValues(func(a, b string) bool { return strings.HasPrefix(a, "http") && strings.HasPrefix(b, "http") }, cmp.Ignore())
					if diff := cmp.Diff(want, got, ignoreLinks); diff != "" {
						t.Errorf("result (-data source +ephemeral):\n%s", diff)
					}
				})
			})
		}
	}
}

func TestLivenessResultEphemeral_waits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Config{})
		id := newSession(t, sim, "user-1")
		time.AfterFunc(40*time.Second, func() { finish(t, sim, id, simulator.Outcome{Result: simulator.ResultPass}) })
		started := time.Now()
		got, diags := prototest.Configured(t, sim.Transport(), nil).OpenEphemeral(t.Context(), typeName, prototest.Object{
			"signature_id": id, "wait_for_completion": true, "poll_interval": "30s",
		})
		if len(diags) > 0 || got["passed"] != true {
			t.Errorf("passed is %v, and:\n%s", got["passed"], diags)
		}
		if took := time.Since(started); took != time.Minute {
			t.Errorf("took %s, want 1m0s", took)
		}
	})
}

func TestLivenessResultEphemeral_timeout(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		config prototest.Object
		took   time.Duration
		want   string
	}{
		"a single read":             {prototest.Object{}, time.Minute, "could not be read"},
		"a single read, configured": {prototest.Object{"timeouts": prototest.Object{"open": "5s"}}, 5 * time.Second, "could not be read"},
		"a wait":                    {prototest.Object{"wait_for_completion": true}, 75 * time.Minute, "after a wait of 1h15m0s"},
		"a wait, configured": {
			prototest.Object{"wait_for_completion": true, "timeouts": prototest.Object{"open": "20s"}}, 20 * time.Second, "after a wait of 20s",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := simulator.New(simulator.Config{})
				tc.config["signature_id"] = newSession(t, sim, "user-1")
				if err := sim.Inject(simulator.Fault{Operation: simulator.OpResult, Kind: "timeout", Count: -1}); err != nil {
					t.Fatal(err)
				}
				started := time.Now()
				_, diags := prototest.Configured(t, sim.Transport(), nil).OpenEphemeral(t.Context(), typeName, tc.config)
				if took := time.Since(started); took != tc.took {
					t.Errorf("took %s, want %s", took, tc.took)
				}
				checkError(t, diags, nil, tc.want, "timeout passed")
				if strings.Contains(diags.String(), "-refresh=false") {
					t.Errorf("the error advises -refresh=false, which is for data sources: %s", diags)
				}
			})
		})
	}
}

func TestLivenessResultEphemeral_notKnown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Config{})
		_, diags := prototest.Configured(t, sim.Transport(), nil).OpenEphemeral(t.Context(), typeName, prototest.Object{"signature_id": "0123456789abcdef"})
		checkError(t, diags, tftypes.NewAttributePath().WithAttributeName("signature_id"), "SIGNATURE_NOT_EXIST", "Transaction id: ")
		if strings.Contains(diags.String(), "-refresh=false") {
			t.Errorf("the error advises -refresh=false, which is for data sources: %s", diags)
		}
	})
}

func TestLivenessResultEphemeral_unknownProviderArgument(t *testing.T) {
	t.Parallel()
	sim := simulator.New(simulator.Config{})
	server := prototest.Configured(t, sim.Transport(), prototest.Object{"endpoint": prototest.Unknown})
	_, diags := server.OpenEphemeral(t.Context(), typeName, prototest.Object{"signature_id": "0123456789abcdef"})
	if len(diags) != 1 || !strings.Contains(diags[0].Detail, `"endpoint"`) || !strings.Contains(diags[0].Detail, "-target") {
		t.Errorf("diagnostics are %s\nwant one that names endpoint and suggests -target", diags)
	}
	if calls := sim.Calls(); len(calls) != 0 {
		t.Errorf("calls are %v, want none", calls)
	}
}

// The arguments are validated as those of the data source.
func TestLivenessResultEphemeral_validate(t *testing.T) {
	t.Parallel()
	root := tftypes.NewAttributePath().WithAttributeName
	for name, tc := range map[string]struct {
		config    prototest.Object
		attribute *tftypes.AttributePath
	}{
		"blank signature_id":           {prototest.Object{"signature_id": " "}, root("signature_id")},
		"other return_image_type":      {prototest.Object{"return_image_type": "JPEG"}, root("return_image_type")},
		"poll_interval below a second": {prototest.Object{"poll_interval": "999ms"}, root("poll_interval")},
		"timeouts.open of zero":        {prototest.Object{"timeouts": prototest.Object{"open": "0s"}}, root("timeouts").WithAttributeName("open")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, ok := tc.config["signature_id"]; !ok {
				tc.config["signature_id"] = "0123456789abcdef"
			}
			server := prototest.Configured(t, nil, prototest.Object{"endpoint": prototest.Unknown})
			_, diags := server.OpenEphemeral(t.Context(), typeName, tc.config)
			if len(diags) != 1 || !diags[0].Attribute.Equal(tc.attribute) {
				t.Errorf("diagnostics are %s\nwant one at %s", diags, tc.attribute)
			}
		})
	}
}
