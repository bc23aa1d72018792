package result

import (
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

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
		MarkdownDescription: what + " Null unless `return_image_type` is set. Privacy: it shows the person, and the state keeps it in plain text.",
		Computed:            true,
		Sensitive:           true,
	}
}

func notBlank() validator.String {
	return tfutil.StringFunc("must not be empty", func(s string) error {
		if strings.TrimSpace(s) == "" {
			return errors.New("must not be empty")
		}
		return nil
	})
}
