# The URL carries a secret in its query. It reaches neither the state nor a
# saved plan. This needs Terraform 1.11 or OpenTofu 1.11.
variable "callback_url" {
  type      = string
  sensitive = true
  ephemeral = true
}

resource "advance_liveness_session" "private" {
  return_url      = "https://app.example.com/verified"
  fail_return_url = "https://app.example.com/not-verified"
  user_id         = "user-1"
  region          = "PHL"

  callback_url_wo         = var.callback_url
  callback_url_wo_version = 1 # change it when the URL has changed
}
