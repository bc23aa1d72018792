resource "advance_liveness_session" "tester" {
  for_each        = toset(["tester-1", "tester-2", "tester-3"])
  return_url      = "https://app.example.com/verified"
  fail_return_url = "https://app.example.com/not-verified"
  user_id         = each.value
  region          = "PHL"
}

# One data source for all sessions. A block with for_each would refer to all
# sessions once for each session, which takes Terraform the square of the time.
data "advance_liveness_results" "testers" {
  signature_ids = { for key, session in advance_liveness_session.tester : key => session.signature_id }
}

# A check shows a warning. A postcondition on the data source would stop the run.
check "all_passed" {
  assert {
    condition     = alltrue([for result in data.advance_liveness_results.testers.results : !result.finished || result.passed])
    error_message = "A liveness check ended without a pass."
  }
}

output "passed" {
  value = { for key, result in data.advance_liveness_results.testers.results : key => result.passed }
}

# Sensitive as a whole: marking each link costs Terraform the square of the time.
output "links" {
  value     = { for key, session in advance_liveness_session.tester : key => session.url }
  sensitive = true
}
