package sessionargs

import (
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/advance-community/terraform-provider-advance/internal/erase"
	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

// Attributes returns the schema of [Arguments] and of own. forcesNew is a
// sentence, after a space, that says what a change does.
func Attributes(forcesNew string, own map[string]schema.Attribute) map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{
		"return_url": schema.StringAttribute{
			MarkdownDescription: "Where the page goes on success: a URL with scheme and host, app schemes (`myapp://callback/done`) allowed, at most 2048 characters." + forcesNew,
			Required:            true,
			Validators:          []validator.String{returnURL()},
		},
		"fail_return_url": schema.StringAttribute{
			MarkdownDescription: "Where the page goes on failure, with an `errorCode` in its query. The rules are those of `return_url`." + forcesNew,
			Required:            true,
			Validators:          []validator.String{returnURL()},
		},
		"region": schema.StringAttribute{
			MarkdownDescription: "ISO 3166-1 alpha-3 code of the user's country, in upper case, such as `PHL`. The account must be entitled to it." + forcesNew,
			Required:            true,
			Validators:          []validator.String{region()},
		},
		"callback_url": schema.StringAttribute{
			MarkdownDescription: "Where ADVANCE.AI reports that the session is finished: `https`, or `http` with a warning. Callbacks are not signed, so the URL should carry its own authorization in its query. It is sensitive for this reason, but it is in the state. To keep it out of the state, use `callback_url_wo`." + forcesNew,
			Optional:            true,
			Sensitive:           true,
			Validators:          []validator.String{callbackURL{}},
		},
		"callback_url_wo": schema.StringAttribute{
			MarkdownDescription: "The same as `callback_url`, in neither the plan nor the state. It can be an ephemeral value. It needs `callback_url_wo_version`, and conflicts with `callback_url`. A change of it alone is not noticed.",
			Optional:            true,
			Sensitive:           true,
			WriteOnly:           true,
			Validators: []validator.String{
				callbackURL{},
				stringvalidator.ConflictsWith(path.MatchRoot("callback_url")),
				stringvalidator.AlsoRequires(path.MatchRoot("callback_url_wo_version")),
			},
		},
		"callback_url_wo_version": schema.Int64Attribute{
			MarkdownDescription: "A number of your choice: change it when `callback_url_wo` has changed." + forcesNew,
			Optional:            true,
		},
		"language": schema.StringAttribute{
			MarkdownDescription: "Language of the page, as a tag such as `en`, `fil` or `en-US`. An unsupported one falls back to the browser's, then to English." + forcesNew,
			Optional:            true,
			Validators:          []validator.String{language()},
		},
		"prefers_color_scheme": schema.StringAttribute{
			MarkdownDescription: "`light` or `dark`. The API's default is `light`." + forcesNew,
			Optional:            true,
			Validators:          []validator.String{stringvalidator.OneOf("light", "dark")},
		},
		"biz_code": schema.StringAttribute{
			MarkdownDescription: "A label of yours for the kind of transaction: 1 to 32 letters and digits." + forcesNew,
			Optional:            true,
			Validators:          []validator.String{bizCode()},
		},
		"iframe_enabled": schema.BoolAttribute{
			MarkdownDescription: "`true` lets the page be embedded; it then reports by `postMessage` instead of a redirect." + forcesNew,
			Optional:            true,
		},
		"product_level": schema.StringAttribute{
			MarkdownDescription: "`STANDARD` or `PRO`; the account must be entitled to it." + forcesNew,
			Optional:            true,
			Validators:          []validator.String{stringvalidator.OneOf("STANDARD", "PRO")},
		},
		"liveness_type": schema.StringAttribute{
			MarkdownDescription: "How liveness is tested: `DISTANT_NEAR` (the API's default), `DISTANT_NEAR_ACTION`, `ACTION`, `SILENT`, or a name that the vendor has set up for the account. No control characters, and no white space at either end." + forcesNew,
			Optional:            true,
			Validators:          []validator.String{PlainText()},
		},
	}
	maps.Copy(attributes, own)
	return attributes
}

// DeletionPolicy returns the attribute deletion_policy.
func DeletionPolicy(description string) schema.Attribute {
	return schema.StringAttribute{
		MarkdownDescription: description,
		Optional:            true,
		Computed:            true,
		Default:             stringdefault.StaticString(string(erase.PolicyWait)),
		Validators:          []validator.String{stringvalidator.OneOf(string(erase.PolicyWait), string(erase.PolicyFail), string(erase.PolicyAbandon))},
	}
}

// Timeouts returns the library's attribute timeouts, with validators that refuse
// durations of zero and below. operations are the descriptions, by name.
func Timeouts(operations map[string]string) schema.Attribute {
	attributes, ty := map[string]schema.Attribute{}, map[string]attr.Type{}
	for name, description := range operations {
		attributes[name] = schema.StringAttribute{
			MarkdownDescription: description,
			Optional:            true,
			Validators:          []validator.String{tfutil.DurationAboveZero()},
		}
		ty[name] = types.StringType
	}
	return schema.SingleNestedAttribute{
		MarkdownDescription: "How long each operation may take, as Go durations such as `30s` or `2h45m`.",
		Optional:            true,
		CustomType:          timeouts.Type{ObjectType: types.ObjectType{AttrTypes: ty}},
		Attributes:          attributes,
	}
}
