package acctest

import (
	"path/filepath"
	"testing"
)

// TestAccGuide_terraformTest runs every block of the guide in its order. The
// session of the test passes by itself, and is erased at its end.
func TestAccGuide_terraformTest(t *testing.T) {
	t.Parallel()
	Require(t, "1.6", "1.8") // terraform test came after the provider's lowest version

	r := newReader(t)
	for _, b := range fencedBlocks(readPage(t, filepath.Join(root, "templates", "guides", "terraform-test.md"))) {
		switch b.language {
		case "terraform":
			r.Configure(b.content)
		case "hcl":
			r.Write("liveness.tftest.hcl", b.content)
		default:
			r.Run("fmt", "-check", "-diff")
			r.shell(t, b.content)
		}
	}
	r.wantCleared(t, 1)
}
