package erase

import "github.com/advance-community/terraform-provider-advance/internal/advance"

// State returns what clear-data said last of data that is not erased yet.
func (j *Job) State() advance.ClearState { return j.state }
