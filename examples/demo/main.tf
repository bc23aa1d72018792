# What "make demo" applies: a session, its result, and what is worth knowing of
# both.

terraform {
  required_version = ">= 1.5"

  required_providers {
    advance = {
      source  = "advance-community/advance"
      version = "~> 0.1"
    }
  }
}

# All of its settings come from the environment: ADVANCE_ACCESS_KEY,
# ADVANCE_SECRET_KEY and, in the demo, ADVANCE_ENDPOINT.
provider "advance" {}

# A call that creates something belongs in a resource: once, and in the state.
resource "advance_liveness_session" "person" {
  return_url      = "https://app.example.com/verified"
  fail_return_url = "https://app.example.com/not-verified"
  user_id         = "demo-person"
  region          = "PHL"
}

# What became of it. Read in every plan; finished = false is an answer too.
data "advance_liveness_result" "person" {
  signature_id = advance_liveness_session.person.signature_id
}

output "signature_id" {
  description = "The handle of the session, at the API and in its logs."
  value       = advance_liveness_session.person.signature_id
}

output "link" {
  description = "Where the person goes. It bears a token, so Terraform hides it."
  value       = advance_liveness_session.person.url
  sensitive   = true
}

output "finished" {
  description = "Whether the person is done, or the link's hour is over."
  value       = data.advance_liveness_result.person.finished
}

output "passed" {
  description = "Whether the person has passed."
  value       = data.advance_liveness_result.person.passed
}
