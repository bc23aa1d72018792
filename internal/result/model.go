package result

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	ephemeraltimeouts "github.com/hashicorp/terraform-plugin-framework-timeouts/ephemeral/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

// dataSourceModel is the data source's configuration and state.
type dataSourceModel struct {
	argumentsModel
	Timeouts timeouts.Value `tfsdk:"timeouts"`
	resultModel
}

// ephemeralModel is the ephemeral resource's configuration and result.
type ephemeralModel struct {
	argumentsModel
	Timeouts ephemeraltimeouts.Value `tfsdk:"timeouts"`
	resultModel
}

// argumentsModel holds the arguments that say which result to read, and how.
type argumentsModel struct {
	SignatureID       types.String `tfsdk:"signature_id"`
	ReturnImageType   types.String `tfsdk:"return_image_type"`
	WaitForCompletion types.Bool   `tfsdk:"wait_for_completion"`
	PollInterval      types.String `tfsdk:"poll_interval"`
}

// images returns the form of images, empty if none are asked for.
func (m argumentsModel) images() advance.ImageType {
	return advance.ImageType(m.ReturnImageType.ValueString())
}

// defaultTimeout returns how long the whole read may take by default.
func (m argumentsModel) defaultTimeout() time.Duration {
	if m.WaitForCompletion.ValueBool() {
		return tfutil.DefaultWait
	}
	return defaultRead
}

func (m argumentsModel) pollInterval() (time.Duration, error) {
	if m.PollInterval.IsNull() {
		return tfutil.DefaultPollInterval, nil
	}
	return time.ParseDuration(m.PollInterval.ValueString())
}

// resultModel holds what the API says of a session.
type resultModel struct {
	ID              types.String          `tfsdk:"id"`
	Finished        types.Bool            `tfsdk:"finished"`
	Passed          types.Bool            `tfsdk:"passed"`
	OverallResult   types.String          `tfsdk:"overall_result"`
	ErrorCode       types.String          `tfsdk:"error_code"`
	CountryCodeISO3 types.String          `tfsdk:"country_code_iso3"`
	FaceDetail      *faceDetailModel      `tfsdk:"face_detail"`
	InputParameters *inputParametersModel `tfsdk:"input_parameters"`
}

type faceDetailModel struct {
	FaceResult           types.String  `tfsdk:"face_result"`
	FaceLivenessScore    types.Float64 `tfsdk:"face_liveness_score"`
	LivenessAttackType   types.Int64   `tfsdk:"liveness_attack_type"`
	LivenessType         types.String  `tfsdk:"liveness_type"`
	LivenessFlowCategory types.String  `tfsdk:"liveness_flow_category"`
	EventDetails         []eventModel  `tfsdk:"event_details"`
	imagesModel
}

type eventModel struct {
	Event     types.String `tfsdk:"event"`
	Result    types.String `tfsdk:"result"`
	CreatedAt types.String `tfsdk:"created_at"`
}

// imagesModel holds all of a result that shows the person.
type imagesModel struct {
	FaceImage     types.String `tfsdk:"face_image"`
	FaceImageFar  types.String `tfsdk:"face_image_far"`
	FaceImageNear types.String `tfsdk:"face_image_near"`
	SilentImage   types.String `tfsdk:"silent_image"`
	AuditImageURL types.String `tfsdk:"audit_image_url"`
	FaceVideoURL  types.String `tfsdk:"face_video_url"`
}

// newResultModel returns the model of a result. The API sends links to images
// unasked. If images is empty they are dropped here, so that nothing stores
// them.
func newResultModel(r *advance.Result, images advance.ImageType) resultModel {
	return resultModel{
		ID:              types.StringValue(r.SignatureID),
		Finished:        types.BoolValue(r.Finished()),
		Passed:          types.BoolValue(r.Finished() && r.Passed()),
		OverallResult:   types.StringPointerValue(r.OverallResult),
		ErrorCode:       types.StringPointerValue(r.ErrorCode),
		CountryCodeISO3: types.StringPointerValue(r.CountryCodeISO3),
		FaceDetail:      newFaceDetailModel(r.FaceDetail, images),
		InputParameters: newInputParametersModel(r.InputParameters),
	}
}

func newFaceDetailModel(f *advance.FaceDetail, images advance.ImageType) *faceDetailModel {
	if f == nil {
		return nil
	}
	m := &faceDetailModel{
		FaceResult:           types.StringPointerValue(f.FaceResult),
		FaceLivenessScore:    types.Float64PointerValue(f.FaceLivenessScore),
		LivenessAttackType:   types.Int64PointerValue(f.LivenessAttackType),
		LivenessType:         types.StringPointerValue(f.LivenessType),
		LivenessFlowCategory: types.StringPointerValue(f.LivenessFlowCategory),
		EventDetails:         newEventModels(f.EventDetails),
	}
	if images != "" {
		m.imagesModel = newImagesModel(f)
	}
	return m
}

func newImagesModel(f *advance.FaceDetail) imagesModel {
	return imagesModel{
		FaceImage:     types.StringPointerValue(f.FaceImage),
		FaceImageFar:  types.StringPointerValue(f.FaceImageFar),
		FaceImageNear: types.StringPointerValue(f.FaceImageNear),
		SilentImage:   types.StringPointerValue(f.SilentImage),
		AuditImageURL: types.StringPointerValue(f.AuditImageURL),
		FaceVideoURL:  types.StringPointerValue(f.FaceVideoURL),
	}
}

// newEventModels never returns nil, so that an expression can range over the
// list without a check for null.
func newEventModels(events []advance.Event) []eventModel {
	models := make([]eventModel, 0, len(events))
	for _, e := range events {
		m := eventModel{
			Event:  types.StringPointerValue(e.Event),
			Result: types.StringPointerValue(e.Result),
		}
		if e.CreatedAt != nil {
			m.CreatedAt = types.StringValue(e.CreatedAt.UTC().Format(time.RFC3339))
		}
		models = append(models, m)
	}
	return models
}
