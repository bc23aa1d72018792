# Import by the signature id of the session
terraform import advance_liveness_session.example ed8b21c0c87ad617
