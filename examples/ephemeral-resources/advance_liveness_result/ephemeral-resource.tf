resource "advance_liveness_session" "example" {
  return_url      = "https://app.example.com/verified"
  fail_return_url = "https://app.example.com/not-verified"
  user_id         = "user-1"
  region          = "PHL"
}

# The data source reads the verdict, which may be in the state.
data "advance_liveness_result" "example" {
  signature_id = advance_liveness_session.example.signature_id
}

# The ephemeral resource reads the link to the picture, which must not be there.
ephemeral "advance_liveness_result" "example" {
  signature_id      = advance_liveness_session.example.signature_id
  return_image_type = "URL"
}

# This runs again in the first apply after the person has passed. Put the command
# of your tool here. Until there is a picture, FACE_URL is empty.
resource "terraform_data" "match" {
  triggers_replace = data.advance_liveness_result.example.passed

  provisioner "local-exec" {
    command = "test -z \"$FACE_URL\" || echo \"There is a picture.\""

    environment = {
      FACE_URL = try(ephemeral.advance_liveness_result.example.face_detail.face_image, "")
    }
  }
}
