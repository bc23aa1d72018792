# The configuration that "make demo" applies: a session, its result, and outputs
# of both.

terraform {
  required_version = ">= 1.5"

  required_providers {
    advance = {
      source  = "advance-community/advance"
      version = "~> 0.1"
    }
  }
}

# All settings come from the environment: ADVANCE_ACCESS_KEY,
# ADVANCE_SECRET_KEY and, in the demo, ADVANCE_ENDPOINT.
provider "advance" {}

# Terraform creates a resource once and keeps it in the state.
resource "advance_liveness_session" "person" {
  return_url      = "https://app.example.com/verified"
  fail_return_url = "https://app.example.com/not-verified"
  user_id         = "demo-person"
  region          = "PHL"
}

# The result of the session. Terraform reads it in every plan.
data "advance_liveness_result" "person" {
  signature_id = advance_liveness_session.person.signature_id
}

output "signature_id" {
  description = "The id of the session at the API."
  value       = advance_liveness_session.person.signature_id
}

output "link" {
  description = "The link for the person. It contains a token, so it is sensitive."
  value       = advance_liveness_session.person.url
  sensitive   = true
}

output "finished" {
  description = "Whether the person has finished, or the link has expired."
  value       = data.advance_liveness_result.person.finished
}

output "passed" {
  description = "Whether the person has passed."
  value       = data.advance_liveness_result.person.passed
}
