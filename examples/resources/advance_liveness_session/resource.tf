# One session for one person: apply makes it, destroy clears its personal data.
resource "advance_liveness_session" "example" {
  return_url      = "https://app.example.com/verified"
  fail_return_url = "https://app.example.com/not-verified"
  user_id         = "user-1"
  region          = "PHL"

  # A session that nobody has finished can't be cleared before its link has
  # expired, about an hour after it was made. Destroy waits for that.
  deletion_policy = "wait"

  # A changed argument makes a new session. Without this the new link comes only
  # after the old session could be cleared.
  lifecycle {
    create_before_destroy = true
  }
}

# The link for the person. It bears a token, so it is as good as a password
# until it expires: terraform output -raw link
output "link" {
  value     = advance_liveness_session.example.url
  sensitive = true
}
