package result

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

// sharedAttributes returns the attributes that the data source and the
// ephemeral resource have in common. The descriptions of return_image_type and
// wait_for_completion have a note on what each of the two means by it.
func sharedAttributes(imagesNote, waitNote string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"signature_id": schema.StringAttribute{
			MarkdownDescription: "Signature id of the session. An id that the API does not know, in two calls, is an error.",
			Required:            true,
			Validators:          []validator.String{tfutil.NotBlank()},
		},
		"return_image_type": schema.StringAttribute{
			MarkdownDescription: "Form in which images are read: `URL`, links that expire after a day and differ at every read, or `BASE64`, the pictures themselves, " +
				imagesNote + " Unset by default: the image attributes are null.",
			Optional:   true,
			Validators: []validator.String{stringvalidator.OneOf(string(advance.ImageURL), string(advance.ImageBase64))},
		},
		"wait_for_completion": schema.BoolAttribute{
			MarkdownDescription: "Whether to wait until the transaction is finished, which takes up to an hour. Default: `false`. " +
				waitNote + " An outage does not end the wait.",
			Optional: true,
		},
		"poll_interval": schema.StringAttribute{
			MarkdownDescription: "Time between two calls while waiting, as a Go duration of at least `1s`. Default: `15s`. " +
				"For production traffic the vendor advises 10 minutes or more.",
			Optional:   true,
			Validators: []validator.String{tfutil.DurationAtLeast(time.Second)},
		},
		"id": schema.StringAttribute{
			MarkdownDescription: "The signature id.",
			Computed:            true,
		},
		"finished": schema.BoolAttribute{
			MarkdownDescription: "Whether the transaction has its final result: `PASS`, `FAIL`, or `INCOMPLETE` with an error code.",
			Computed:            true,
		},
		"passed": schema.BoolAttribute{
			MarkdownDescription: "Whether the transaction is finished and its overall result is `PASS`. ADVANCE.AI decides this; the provider does not derive it from the score.",
			Computed:            true,
		},
		"overall_result": schema.StringAttribute{
			MarkdownDescription: "`PASS`, `FAIL` or `INCOMPLETE`, as the API says. `INCOMPLETE` without an error code is not final. Null while the API says nothing.",
			Computed:            true,
		},
		"error_code": schema.StringAttribute{
			MarkdownDescription: "Why the transaction ended as it did: `SUCCESS` for a pass; `LIVENESS_ATTACK`, `RISK_STRATEGY_HIT`, `USER_TIMEOUT` and others. Null while there is no final result.",
			Computed:            true,
		},
		"country_code_iso3": schema.StringAttribute{
			MarkdownDescription: "Country of the session, as an ISO 3166-1 alpha-3 code. Null while the API says nothing.",
			Computed:            true,
		},
		"face_detail":      faceDetailAttribute(),
		"input_parameters": inputParametersAttribute(),
	}
}

func faceDetailAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		MarkdownDescription: "Result of the capture. Null where nothing was captured. Which of its values the API tells depends on the liveness flow and the account; the others are null. " +
			"With `return_image_type = \"URL\"` its links differ at every read, so an output of the whole object is never without changes.",
		Computed: true,
		Attributes: map[string]schema.Attribute{
			"face_result": schema.StringAttribute{
				MarkdownDescription: "`PASS` or `FAIL` of the liveness check alone. The verdict on the session is `overall_result`.",
				Computed:            true,
			},
			"face_liveness_score": schema.Float64Attribute{
				MarkdownDescription: "Liveness score, 0 to 100; below 50 suggests an attack.",
				Computed:            true,
			},
			"liveness_attack_type": schema.Int64Attribute{
				MarkdownDescription: "Kind of the attack: `1` presentation, `2` injection, `3` unsure. Null where there was none.",
				Computed:            true,
			},
			"liveness_type": schema.StringAttribute{
				MarkdownDescription: "Liveness type that was used, such as `DISTANT_NEAR`.",
				Computed:            true,
			},
			"liveness_flow_category": schema.StringAttribute{
				MarkdownDescription: "Flow that was used, such as `DISTANT_CLOSE`. It decides which images there are.",
				Computed:            true,
			},
			"event_details": schema.ListNestedAttribute{
				MarkdownDescription: "Steps of the capture. Empty where the API tells none.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{
					Attributes: map[string]schema.Attribute{
						"event": schema.StringAttribute{
							MarkdownDescription: "Name of the step, as the API says. The names are not documented.",
							Computed:            true,
						},
						"result": schema.StringAttribute{
							MarkdownDescription: "Result of the step, as the API says.",
							Computed:            true,
						},
						"created_at": schema.StringAttribute{
							MarkdownDescription: "When it happened, RFC 3339 in UTC.",
							Computed:            true,
						},
					},
				},
			},
			"face_image":      imageAttribute("Main picture of the face."),
			"face_image_far":  imageAttribute("Picture from a distance."),
			"face_image_near": imageAttribute("Picture from near."),
			"silent_image":    imageAttribute("Picture of the silent and action flows."),
			"audit_image_url": imageAttribute("Link to a ZIP of audit images, with `BASE64` too. It expires after a day."),
			"face_video_url":  imageAttribute("Link to a video, which expires after a day; or `PENDING` while it is being produced, or `ERROR`."),
		},
	}
}

func imageAttribute(what string) schema.Attribute {
	return schema.StringAttribute{
		MarkdownDescription: what + " Null unless `return_image_type` is set. Privacy: it shows the person, and the state of a data source keeps it in plain text.",
		Computed:            true,
		Sensitive:           true,
	}
}
