# A token for another tool. It ends by itself after five minutes.
ephemeral "advance_access_token" "tool" {
  period_seconds = 300
}

# Put the command of your tool here. The token is in its environment, not in the
# plan or the state.
resource "terraform_data" "tool" {
  provisioner "local-exec" {
    command = "test -n \"$X_ACCESS_TOKEN\""

    environment = {
      X_ACCESS_TOKEN = ephemeral.advance_access_token.tool.token
    }
  }
}
