package result

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
)

func inputParametersAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		MarkdownDescription: "The parameters that the session was created with, under this provider's names, as the API echoes them. Null where it echoes none; what it leaves out of the echo is null.",
		Computed:            true,
		Attributes: map[string]schema.Attribute{
			"return_url":      echoedString("Where the person goes after a success. Privacy: its query may say who the person is."),
			"fail_return_url": echoedString("Where the person goes after a failure. Privacy: its query may say who the person is."),
			"callback_url": schema.StringAttribute{
				MarkdownDescription: "Where the vendor posts its notification. Sensitive, because its query carries the receiver's authorization.",
				Computed:            true,
				Sensitive:           true,
			},
			"biz_id":                echoedString("The caller's id of the transaction."),
			"user_id":               echoedString("The caller's id of the person. Privacy: the state of a data source keeps it in plain text."),
			"region":                echoedString("Country, as an ISO 3166-1 alpha-3 code."),
			"language":              echoedString("Language of the page."),
			"prefers_color_scheme":  echoedString("`light` or `dark`."),
			"biz_code":              echoedString("The caller's business code."),
			"iframe_enabled":        echoedBool("Whether the page may be embedded. The documented echo leaves it out."),
			"product_level":         echoedString("`STANDARD` or `PRO`."),
			"liveness_type":         echoedString("Liveness type that was asked for. The documented echo leaves it out."),
			"ignore_fail_when_jump": echoedBool("Whether a failure leads to `return_url` too. The API tells it; it cannot be set."),
		},
	}
}

func echoedString(description string) schema.Attribute {
	return schema.StringAttribute{MarkdownDescription: description, Computed: true}
}

func echoedBool(description string) schema.Attribute {
	return schema.BoolAttribute{MarkdownDescription: description, Computed: true}
}

type inputParametersModel struct {
	ReturnURL          types.String `tfsdk:"return_url"`
	FailReturnURL      types.String `tfsdk:"fail_return_url"`
	CallbackURL        types.String `tfsdk:"callback_url"`
	BizID              types.String `tfsdk:"biz_id"`
	UserID             types.String `tfsdk:"user_id"`
	Region             types.String `tfsdk:"region"`
	Language           types.String `tfsdk:"language"`
	PrefersColorScheme types.String `tfsdk:"prefers_color_scheme"`
	BizCode            types.String `tfsdk:"biz_code"`
	IframeEnabled      types.Bool   `tfsdk:"iframe_enabled"`
	ProductLevel       types.String `tfsdk:"product_level"`
	LivenessType       types.String `tfsdk:"liveness_type"`
	IgnoreFailWhenJump types.Bool   `tfsdk:"ignore_fail_when_jump"`
}

func newInputParametersModel(p *advance.InputParameters) *inputParametersModel {
	if p == nil {
		return nil
	}
	return &inputParametersModel{
		ReturnURL:          types.StringPointerValue(p.ReturnURL),
		FailReturnURL:      types.StringPointerValue(p.FailReturnURL),
		CallbackURL:        types.StringPointerValue(p.CallbackURL),
		BizID:              types.StringPointerValue(p.BizID),
		UserID:             types.StringPointerValue(p.UserID),
		Region:             types.StringPointerValue(p.Region),
		Language:           types.StringPointerValue(p.Language),
		PrefersColorScheme: types.StringPointerValue(p.PrefersColorScheme),
		BizCode:            types.StringPointerValue(p.BizCode),
		IframeEnabled:      types.BoolPointerValue(p.IframeEnabled),
		ProductLevel:       types.StringPointerValue(p.ProductLevel),
		LivenessType:       types.StringPointerValue(p.LivenessType),
		IgnoreFailWhenJump: types.BoolPointerValue(p.IgnoreFailWhenJump),
	}
}
