package result_test

import (
	"testing"

	"github.com/advance-community/terraform-provider-advance/internal/acctest"
)

func TestMain(m *testing.M) { acctest.Main(m) }
