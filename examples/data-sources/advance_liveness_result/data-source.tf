resource "advance_liveness_session" "example" {
  return_url      = "https://app.example.com/verified"
  fail_return_url = "https://app.example.com/not-verified"
  user_id         = "user-1"
  region          = "PHL"
}

# Terraform reads this in every plan. Until the person has finished, the result
# is finished = false, which is not an error.
data "advance_liveness_result" "example" {
  signature_id = advance_liveness_session.example.signature_id
}

# FAIL is a result too. A check shows a warning about it. A postcondition on the
# data source would stop the run.
check "person_passed" {
  assert {
    condition     = !data.advance_liveness_result.example.finished || data.advance_liveness_result.example.passed
    error_message = "The liveness check ended without a pass."
  }
}

# Use single values. An output of the whole object would change with every read,
# because its image links do.
output "passed" {
  value = data.advance_liveness_result.example.passed
}
