package result_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/advance-community/terraform-provider-advance/internal/acctest"
	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

func TestLivenessResultDataSource_request(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		imageType any
		want      map[string]any
	}{
		"unset":  {nil, map[string]any{}},
		"URL":    {"URL", map[string]any{"returnImageType": "URL"}},
		"BASE64": {"BASE64", map[string]any{"returnImageType": "BASE64"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := simulator.New(simulator.Config{})
			id := newSession(t, sim, "sim-pass-1")
			calls := &recorder{next: sim.Transport()}
			server := prototest.Configured(t, calls, nil)
			_, diags := server.ReadDataSource(t.Context(), typeName, prototest.Object{"signature_id": id, "return_image_type": tc.imageType})
			if diags.HasError() {
				t.Fatal(diags)
			}
			tc.want["signatureId"] = id
			if diff := cmp.Diff([]map[string]any{tc.want}, calls.bodies); diff != "" {
				t.Errorf("bodies of get-result (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLivenessResultDataSource_state is about the whole of a state.
func TestLivenessResultDataSource_state(t *testing.T) {
	t.Parallel()
	sim := simulator.New(simulator.Config{})
	id := newSession(t, sim, "user-1")
	server := prototest.Configured(t, sim.Transport(), nil)
	got, diags := server.ReadDataSource(t.Context(), typeName, prototest.Object{
		"signature_id":  id,
		"poll_interval": "90s",
		"timeouts":      prototest.Object{"read": "5m"},
	})
	if diags.HasError() {
		t.Fatal(diags)
	}
	parameters := prototest.Object{"ignore_fail_when_jump": false}
	for _, f := range acctest.RequestFields {
		parameters[f.Argument] = nil
		if f.Required || f.Argument == "biz_id" {
			parameters[f.Argument] = f.Value
		}
	}
	want := prototest.Object{
		"signature_id":        id,
		"return_image_type":   nil,
		"wait_for_completion": nil,
		"poll_interval":       "90s",
		"timeouts":            prototest.Object{"read": "5m"},
		"id":                  id,
		"finished":            false,
		"passed":              false,
		"overall_result":      "INCOMPLETE",
		"error_code":          nil,
		"country_code_iso3":   "PHL",
		"face_detail":         nil,
		"input_parameters":    parameters,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("state (-want +got):\n%s", diff)
	}
}

// Each parameter that the API echoes is read.
func TestLivenessResultDataSource_inputParameters(t *testing.T) {
	t.Parallel()
	for _, echo := range []string{simulator.EchoDocumented, simulator.EchoAll} {
		t.Run(echo, func(t *testing.T) {
			t.Parallel()
			sim := simulator.New(simulator.Config{})
			sim.SetBehaviour(simulator.Behaviour{EchoParameters: echo})
			id := newSessionOf(t, sim, everyField(t))
			got, diags := prototest.Configured(t, sim.Transport(), nil).ReadDataSource(t.Context(), typeName, prototest.Object{"signature_id": id})
			if diags.HasError() {
				t.Fatal(diags)
			}
			want := prototest.Object{"ignore_fail_when_jump": false}
			for _, f := range acctest.RequestFields {
				want[f.Argument] = nil
				if f.Echoed || echo == simulator.EchoAll {
					want[f.Argument] = f.Value
				}
			}
			if diff := cmp.Diff(want, got["input_parameters"]); diff != "" {
				t.Errorf("input_parameters (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLivenessResultDataSource_cleared is about the sessions whose data is
// gone while the API still knows them.
func TestLivenessResultDataSource_cleared(t *testing.T) {
	t.Parallel()
	sim := simulator.New(simulator.Config{})
	sim.SetBehaviour(simulator.Behaviour{AfterClear: simulator.AfterClearBlanked})
	id := newSession(t, sim, "sim-pass-1")
	if _, err := newClient(t, sim).ClearData(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	server := prototest.Configured(t, sim.Transport(), nil)
	got, diags := server.ReadDataSource(t.Context(), typeName, prototest.Object{"signature_id": id, "return_image_type": "URL"})
	if diags.HasError() {
		t.Fatal(diags)
	}
	if got["passed"] != true {
		t.Errorf("passed is %v, want true", got["passed"])
	}
	parameters, ok := got["input_parameters"].(prototest.Object)
	if !ok || parameters["user_id"] != nil || parameters["biz_id"] != "order-1" {
		t.Errorf("input_parameters are %v, want them without the user's id", got["input_parameters"])
	}
	face, ok := got["face_detail"].(prototest.Object)
	if !ok {
		t.Fatalf("face_detail is %v, want an object", got["face_detail"])
	}
	for _, name := range imageNames {
		if face[name] != nil {
			t.Errorf("%s is %v, want null", name, face[name])
		}
	}
}

// imageNames are the attributes of face_detail that show the person.
var imageNames = []string{"face_image", "face_image_far", "face_image_near", "silent_image", "audit_image_url", "face_video_url"}

func TestLivenessResultDataSource_notKnown(t *testing.T) {
	t.Parallel()
	for name, wait := range map[string]bool{"a single read": false, "a wait": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := simulator.New(simulator.Config{})
				server := prototest.Configured(t, sim.Transport(), nil)
				_, diags := server.ReadDataSource(t.Context(), typeName, prototest.Object{"signature_id": "0123456789abcdef", "wait_for_completion": wait})
				checkError(t, diags, tftypes.NewAttributePath().WithAttributeName("signature_id"), "SIGNATURE_NOT_EXIST", "Transaction id: ")
				if got := sim.CallCount(simulator.OpResult); got != 2 {
					t.Errorf("%d calls, want 2", got)
				}
			})
		})
	}
}

// One stray "not known" is not believed.
func TestLivenessResultDataSource_strayNotKnown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Config{})
		id := newSession(t, sim, "sim-pass")
		if err := sim.Inject(simulator.Fault{Operation: simulator.OpResult, Kind: "signature-not-exist"}); err != nil {
			t.Fatal(err)
		}
		state, diags := prototest.Configured(t, sim.Transport(), nil).ReadDataSource(t.Context(), typeName, prototest.Object{"signature_id": id})
		if len(diags) > 0 || state["passed"] != true {
			t.Errorf("passed is %v, and:\n%s", state["passed"], diags)
		}
	})
}

// A result of another session is no result.
func TestLivenessResultDataSource_crossed(t *testing.T) {
	t.Parallel()
	for name, wait := range map[string]bool{"a single read": false, "a wait": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := simulator.New(simulator.Config{})
				id := newSession(t, sim, "user-1")
				if err := sim.Inject(simulator.Fault{Operation: simulator.OpResult, Kind: "crossed", Count: -1}); err != nil {
					t.Fatal(err)
				}
				state, diags := prototest.Configured(t, sim.Transport(), nil).ReadDataSource(t.Context(), typeName, prototest.Object{"signature_id": id, "wait_for_completion": wait})
				checkError(t, diags, nil, "its signatureId is not the one that was asked for", id, "Transaction id: ")
				if state != nil {
					t.Errorf("state is %v, want none", state)
				}
			})
		})
	}
}

func TestLivenessResultDataSource_unknownProviderArgument(t *testing.T) {
	t.Parallel()
	sim := simulator.New(simulator.Config{})
	server := prototest.Configured(t, sim.Transport(), prototest.Object{"endpoint": prototest.Unknown})
	_, diags := server.ReadDataSource(t.Context(), typeName, prototest.Object{"signature_id": "0123456789abcdef"})
	if len(diags) != 1 || !strings.Contains(diags[0].Detail, `"endpoint"`) || !strings.Contains(diags[0].Detail, "depends_on") {
		t.Errorf("diagnostics are %s\nwant one that names endpoint and suggests depends_on", diags)
	}
	if calls := sim.Calls(); len(calls) != 0 {
		t.Errorf("calls are %v, want none", calls)
	}
}

func TestLivenessResultDataSource_validate(t *testing.T) {
	t.Parallel()
	root := tftypes.NewAttributePath().WithAttributeName
	for name, tc := range map[string]struct {
		config    prototest.Object
		attribute *tftypes.AttributePath // nil where the value is good
	}{
		"no signature_id":               {prototest.Object{"signature_id": ""}, root("signature_id")},
		"blank signature_id":            {prototest.Object{"signature_id": " \t\n"}, root("signature_id")},
		"other return_image_type":       {prototest.Object{"return_image_type": "JPEG"}, root("return_image_type")},
		"lower-case return_image_type":  {prototest.Object{"return_image_type": "url"}, root("return_image_type")},
		"empty return_image_type":       {prototest.Object{"return_image_type": ""}, root("return_image_type")},
		"poll_interval below a second":  {prototest.Object{"poll_interval": "999ms"}, root("poll_interval")},
		"negative poll_interval":        {prototest.Object{"poll_interval": "-15s"}, root("poll_interval")},
		"poll_interval without a unit":  {prototest.Object{"poll_interval": "15"}, root("poll_interval")},
		"empty poll_interval":           {prototest.Object{"poll_interval": ""}, root("poll_interval")},
		"timeouts.read of zero":         {prototest.Object{"timeouts": prototest.Object{"read": "0s"}}, root("timeouts").WithAttributeName("read")},
		"timeouts.read below zero":      {prototest.Object{"timeouts": prototest.Object{"read": "-1m"}}, root("timeouts").WithAttributeName("read")},
		"timeouts.read of no duration":  {prototest.Object{"timeouts": prototest.Object{"read": "soon"}}, root("timeouts").WithAttributeName("read")},
		"a signature_id of digits only": {prototest.Object{"signature_id": "1234567890"}, nil},
		"poll_interval of a second":     {prototest.Object{"poll_interval": "1s"}, nil},
		"compound durations":            {prototest.Object{"poll_interval": "1m30s", "timeouts": prototest.Object{"read": "1h15m"}}, nil},
		"empty timeouts":                {prototest.Object{"timeouts": prototest.Object{}}, nil},
		"URL":                           {prototest.Object{"return_image_type": "URL"}, nil},
		"BASE64":                        {prototest.Object{"return_image_type": "BASE64"}, nil},
		"unknown values": {prototest.Object{
			"signature_id": prototest.Unknown, "return_image_type": prototest.Unknown, "wait_for_completion": prototest.Unknown,
			"poll_interval": prototest.Unknown, "timeouts": prototest.Object{"read": prototest.Unknown},
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, ok := tc.config["signature_id"]; !ok {
				tc.config["signature_id"] = "0123456789abcdef"
			}
			// What is valid gets as far as to a provider that can't call yet.
			server := prototest.Configured(t, nil, prototest.Object{"endpoint": prototest.Unknown})
			_, diags := server.ReadDataSource(t.Context(), typeName, tc.config)
			if tc.attribute == nil {
				if len(diags) != 1 || diags[0].Attribute != nil {
					t.Errorf("a good value was refused: %s", diags)
				}
				return
			}
			if len(diags) != 1 || !diags[0].Attribute.Equal(tc.attribute) {
				t.Errorf("diagnostics are %s\nwant one at %s", diags, tc.attribute)
			}
		})
	}
}
