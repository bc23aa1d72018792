import {
  to = advance_liveness_session.example
  id = "ed8b21c0c87ad617"
}
