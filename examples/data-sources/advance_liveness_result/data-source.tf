resource "advance_liveness_session" "example" {
  return_url      = "https://app.example.com/verified"
  fail_return_url = "https://app.example.com/not-verified"
  user_id         = "user-1"
  region          = "PHL"
}

# Read in every plan. Until the person is done it says finished = false, which
# is an answer and no error.
data "advance_liveness_result" "example" {
  signature_id = advance_liveness_session.example.signature_id
}

# FAIL is a result too. A check warns about it; a postcondition on the data
# source would stop the run.
check "person_passed" {
  assert {
    condition     = !data.advance_liveness_result.example.finished || data.advance_liveness_result.example.passed
    error_message = "The liveness check ended without a pass."
  }
}

# Single values only: the image links inside the whole object would differ at
# every read.
output "passed" {
  value = data.advance_liveness_result.example.passed
}
