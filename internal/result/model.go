package result

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
)

// dataSourceModel is the data source's configuration and state.
type dataSourceModel struct {
	argumentsModel
	Timeouts timeouts.Value `tfsdk:"timeouts"`
	resultModel
}

// patience is how long the whole read may take.
func (m dataSourceModel) patience(ctx context.Context) (time.Duration, diag.Diagnostics) {
	if m.WaitForCompletion.ValueBool() {
		return m.Timeouts.Read(ctx, defaultWait)
	}
	return m.Timeouts.Read(ctx, defaultRead)
}

// argumentsModel is what says which result to read, and how.
type argumentsModel struct {
	SignatureID       types.String `tfsdk:"signature_id"`
	ReturnImageType   types.String `tfsdk:"return_image_type"`
	WaitForCompletion types.Bool   `tfsdk:"wait_for_completion"`
	PollInterval      types.String `tfsdk:"poll_interval"`
}

// images is empty where no images are asked for.
func (m argumentsModel) images() advance.ImageType {
	return advance.ImageType(m.ReturnImageType.ValueString())
}

func (m argumentsModel) pollInterval() (time.Duration, error) {
	if m.PollInterval.IsNull() {
		return defaultPollInterval, nil
	}
	return time.ParseDuration(m.PollInterval.ValueString())
}

// resultModel is what the API says of a session.
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

// imagesModel is everything of a result that shows the person.
type imagesModel struct {
	FaceImage     types.String `tfsdk:"face_image"`
	FaceImageFar  types.String `tfsdk:"face_image_far"`
	FaceImageNear types.String `tfsdk:"face_image_near"`
	SilentImage   types.String `tfsdk:"silent_image"`
	AuditImageURL types.String `tfsdk:"audit_image_url"`
	FaceVideoURL  types.String `tfsdk:"face_video_url"`
}

// newResultModel maps the API's answer. The API sends links to images unasked;
// without images they are dropped here, before anything can store them.
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

// newEventModels never gives nil: a list that is empty rather than null can be
// gone through in an expression without a case of its own.
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
