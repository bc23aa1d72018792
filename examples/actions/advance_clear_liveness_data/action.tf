resource "advance_liveness_session" "example" {
  return_url      = "https://app.example.com/verified"
  fail_return_url = "https://app.example.com/not-verified"
  user_id         = "user-1"
  region          = "PHL"
}

# Erase the data now, and keep the session in the state:
#   terraform apply -invoke=action.advance_clear_liveness_data.example
action "advance_clear_liveness_data" "example" {
  config {
    signature_id = advance_liveness_session.example.signature_id
  }
}
