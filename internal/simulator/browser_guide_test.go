package simulator_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/advance-community/terraform-provider-advance/internal/simulator/browsertest"
)

// TestBrowser_guideExample runs the end-to-end test that the guide shows.
func TestBrowser_guideExample(t *testing.T) {
	t.Parallel()
	chromium := browsertest.Find(t)
	l := newLab(t)
	cmd := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-v", "./examples/end-to-end")
	cmd.Dir = filepath.Join("..", "..")
	cmd.Env = append(os.Environ(), "SIMULATOR_URL="+l.URL, "PATH="+filepath.Dir(chromium)+string(filepath.ListSeparator)+os.Getenv("PATH"))
	output, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(output), "--- PASS: TestPerson_passes") {
		t.Errorf("%v\n%s", err, output)
	}
	if sessions := l.sim.Sessions(); len(sessions) != 1 || sessions[0].OverallResult != "PASS" || !sessions[0].HoldsPersonalData {
		t.Errorf("sessions %+v", sessions)
	}
}

// TestGuide_shellBlocks runs what the guide tells the reader to type, against a
// simulator of its own. Unlike the reader's curl, this one fails when the answer
// is an error.
func TestGuide_shellBlocks(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	guide, err := os.ReadFile(filepath.Join("..", "..", "templates", "guides", "rehearse-without-an-account.md.tmpl"))
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, ".curlrc"), []byte("fail\nsilent\nshow-error\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var ran int
	for _, part := range strings.Split(string(guide), "```shell\n")[1:] {
		block, _, _ := strings.Cut(part, "```")
		if !strings.HasPrefix(block, "curl ") {
			continue // Starts the simulator, or sets the reader's environment.
		}
		cmd := exec.CommandContext(t.Context(), "sh", "-euc", strings.ReplaceAll(block, "http://127.0.0.1:8787", l.URL))
		cmd.Env = append(os.Environ(), "CURL_HOME="+home)
		if output, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s\n%v\n%s", block, err, output)
		}
		ran++
	}
	if ran < 7 {
		t.Errorf("only %d blocks were run", ran)
	}
}
