# Sessions for a load test: 20 times 15. range() alone ends at 1,024 values.
locals {
  testers = { for n in setproduct(range(20), range(15)) : format("tester-%02d-%02d", n...) => format("load-test-%02d-%02d", n...) }
}

resource "advance_liveness_session_set" "example" {
  return_url      = "https://app.example.com/verified"
  fail_return_url = "https://app.example.com/not-verified"
  region          = "PHL"
  user_ids        = local.testers

  # An apply that could make only some of the sessions ends with exit status 1,
  # and keeps those that were made. The next apply makes the rest.
  lifecycle {
    postcondition {
      condition     = self.complete
      error_message = "Not every key has its session. Apply again."
    }
  }
}

# The links, by key. They contain tokens, so treat them like passwords. Hand them
# out with: terraform output -json links
output "links" {
  value     = advance_liveness_session_set.example.urls
  sensitive = true
}

# All results in one data source.
data "advance_liveness_results" "example" {
  signature_ids = advance_liveness_session_set.example.signature_ids
}

output "passed" {
  value = length([for r in values(data.advance_liveness_results.example.results) : r if r.passed])
}
