package result

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
)

func TestNewResultModel(t *testing.T) {
	t.Parallel()
	pending := resultModel{
		ID:       types.StringValue("ed8b21c0c87ad617"),
		Finished: types.BoolValue(false),
		Passed:   types.BoolValue(false),
	}
	for name, tc := range map[string]struct {
		answer advance.Result
		images advance.ImageType
		want   resultModel
	}{
		"no data": {
			want: pending,
		},
		"INCOMPLETE without an error code is pending": {
			answer: advance.Result{OverallResult: new("INCOMPLETE")},
			want:   with(pending, func(m *resultModel) { m.OverallResult = types.StringValue("INCOMPLETE") }),
		},
		"a result of no known kind is pending": {
			answer: advance.Result{OverallResult: new("REVIEW"), ErrorCode: new("SUCCESS")},
			want: with(pending, func(m *resultModel) {
				m.OverallResult = types.StringValue("REVIEW")
				m.ErrorCode = types.StringValue("SUCCESS")
			}),
		},
		"INCOMPLETE with an error code is finished": {
			answer: advance.Result{OverallResult: new("INCOMPLETE"), ErrorCode: new("USER_TIMEOUT"), CountryCodeISO3: new("PHL")},
			want: with(pending, func(m *resultModel) {
				m.Finished = types.BoolValue(true)
				m.OverallResult = types.StringValue("INCOMPLETE")
				m.ErrorCode = types.StringValue("USER_TIMEOUT")
				m.CountryCodeISO3 = types.StringValue("PHL")
			}),
		},
		"a verdict without an error code": {
			answer: advance.Result{OverallResult: new("PASS")},
			want: with(pending, func(m *resultModel) {
				m.Finished = types.BoolValue(true)
				m.Passed = types.BoolValue(true)
				m.OverallResult = types.StringValue("PASS")
			}),
		},
		"empty objects are not null": {
			answer: advance.Result{FaceDetail: &advance.FaceDetail{}, InputParameters: &advance.InputParameters{}},
			images: advance.ImageURL,
			want: with(pending, func(m *resultModel) {
				m.FaceDetail = &faceDetailModel{EventDetails: []eventModel{}}
				m.InputParameters = &inputParametersModel{}
			}),
		},
		"full, images withheld": {
			answer: fullResult(),
			want:   fullModel(),
		},
		"full, images asked for": {
			answer: fullResult(),
			images: advance.ImageURL,
			want: with(fullModel(), func(m *resultModel) {
				m.FaceDetail.imagesModel = imagesModel{
					FaceImage:     types.StringValue("https://img.example/face.jpg"),
					FaceImageFar:  types.StringValue("https://img.example/far.jpg"),
					FaceImageNear: types.StringValue("https://img.example/near.jpg"),
					SilentImage:   types.StringValue("https://img.example/silent.jpg"),
					AuditImageURL: types.StringValue("https://img.example/audit.zip"),
					FaceVideoURL:  types.StringValue("PENDING"),
				}
			}),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tc.answer.SignatureID = "ed8b21c0c87ad617"
			if diff := cmp.Diff(tc.want, newResultModel(&tc.answer, tc.images), cmp.AllowUnexported(resultModel{}, faceDetailModel{})); diff != "" {
				t.Errorf("newResultModel (-want +got):\n%s", diff)
			}
		})
	}
}

// with returns a changed copy of a model.
func with(m resultModel, change func(*resultModel)) resultModel {
	change(&m)
	return m
}

func fullResult() advance.Result {
	// Elsewhere than in UTC, and with a fraction: both must go.
	at := time.Date(2022, 10, 17, 15, 58, 42, 952e6, time.FixedZone("", 8*3600))
	return advance.Result{
		OverallResult:   new("FAIL"),
		ErrorCode:       new("LIVENESS_ATTACK"),
		CountryCodeISO3: new("PHL"),
		TransactionID:   "d3fde1547eeaf226",
		HoldsImages:     true,
		FaceDetail: &advance.FaceDetail{
			FaceResult:           new("FAIL"),
			FaceImage:            new("https://img.example/face.jpg"),
			FaceImageTime:        &at,
			FaceImageFar:         new("https://img.example/far.jpg"),
			FaceImageFarTime:     &at,
			FaceImageNear:        new("https://img.example/near.jpg"),
			FaceImageNearTime:    &at,
			SilentImage:          new("https://img.example/silent.jpg"),
			SilentImageTime:      &at,
			AuditImageURL:        new("https://img.example/audit.zip"),
			FaceLivenessScore:    new(12.5),
			LivenessAttackType:   new(int64(2)),
			LivenessType:         new("DISTANT_NEAR"),
			LivenessFlowCategory: new("DISTANT_CLOSE"),
			FaceVideoURL:         new("PENDING"),
			FaceSimilarityScore:  new(88.0),
			EventDetails: []advance.Event{
				{Event: new("FE_DOCUMENT_SCAN"), Result: new("PASS"), CreatedAt: &at},
				{},
			},
		},
		InputParameters: &advance.InputParameters{IgnoreFailWhenJump: new(true)}, // the rest is tested on the data source
	}
}

func fullModel() resultModel {
	return resultModel{
		ID:              types.StringValue("ed8b21c0c87ad617"),
		Finished:        types.BoolValue(true),
		Passed:          types.BoolValue(false),
		OverallResult:   types.StringValue("FAIL"),
		ErrorCode:       types.StringValue("LIVENESS_ATTACK"),
		CountryCodeISO3: types.StringValue("PHL"),
		FaceDetail: &faceDetailModel{
			FaceResult:           types.StringValue("FAIL"),
			FaceLivenessScore:    types.Float64Value(12.5),
			LivenessAttackType:   types.Int64Value(2),
			LivenessType:         types.StringValue("DISTANT_NEAR"),
			LivenessFlowCategory: types.StringValue("DISTANT_CLOSE"),
			EventDetails: []eventModel{
				{
					Event:     types.StringValue("FE_DOCUMENT_SCAN"),
					Result:    types.StringValue("PASS"),
					CreatedAt: types.StringValue("2022-10-17T07:58:42Z"),
				},
				{},
			},
		},
		InputParameters: &inputParametersModel{IgnoreFailWhenJump: types.BoolValue(true)},
	}
}

func TestPollInterval(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		value types.String
		want  time.Duration
	}{
		"default":    {types.StringNull(), 15 * time.Second},
		"configured": {types.StringValue("10m"), 10 * time.Minute},
	} {
		got, err := argumentsModel{PollInterval: tc.value}.pollInterval()
		if err != nil || got != tc.want {
			t.Errorf("%s: pollInterval() = %s, %v; want %s", name, got, err, tc.want)
		}
	}
}
