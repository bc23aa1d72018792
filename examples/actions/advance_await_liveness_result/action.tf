resource "advance_liveness_session" "example" {
  return_url      = "https://app.example.com/verified"
  fail_return_url = "https://app.example.com/not-verified"
  user_id         = "user-1"
  region          = "PHL"
}

# Give the link to the person, then wait for the result:
#   terraform apply -invoke=action.advance_await_liveness_result.example
action "advance_await_liveness_result" "example" {
  config {
    signature_id = advance_liveness_session.example.signature_id
    timeouts = {
      invoke = "30m"
    }
  }
}
