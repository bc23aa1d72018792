list "advance_liveness_session" "lost" {
  provider = advance
  limit    = 1000

  config {
    audit_log = "advance-audit.jsonl"
  }
}
