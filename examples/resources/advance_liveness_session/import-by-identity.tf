import {
  to = advance_liveness_session.example
  identity = {
    signature_id = "ed8b21c0c87ad617"
  }
}
