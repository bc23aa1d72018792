terraform {
  required_providers {
    advance = {
      source  = "advance-community/advance"
      version = "~> 0.1"
    }
  }
}

# The key pair comes from ADVANCE_ACCESS_KEY and ADVANCE_SECRET_KEY, so that it
# is in no file. Arguments of the block take precedence over the environment.
provider "advance" {
  endpoint = "https://sg-api.advance.ai"
}
