# A session for one person. Apply creates it, destroy erases its personal data.
resource "advance_liveness_session" "example" {
  return_url      = "https://app.example.com/verified"
  fail_return_url = "https://app.example.com/not-verified"
  user_id         = "user-1"
  region          = "PHL"

  # The data of an unfinished session cannot be erased before its link has
  # expired, about one hour after its creation. Destroy waits for that.
  deletion_policy = "wait"

  # A changed argument replaces the session. Without this setting you get the
  # new link only after the old session is destroyed.
  lifecycle {
    create_before_destroy = true
  }
}

# The link for the person. It contains a token, so treat it like a password
# until it expires. Print it with: terraform output -raw link
output "link" {
  value     = advance_liveness_session.example.url
  sensitive = true
}
