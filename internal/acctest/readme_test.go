package acctest

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestAccReadme runs every fenced block of the README, in its order and in one
// folder, as a reader does who follows it from top to bottom. Between two
// blocks the people who got a link pass.
//
// A block in a language that it cannot run is a failure, so that none can be
// added that nobody runs.
func TestAccReadme(t *testing.T) {
	t.Parallel()

	r := newReader(t)
	blocks := fencedBlocks(readPage(t, filepath.Join(root, "README.md")))
	if len(blocks) < 5 {
		t.Fatalf("only %d blocks found", len(blocks))
	}
	for _, b := range blocks {
		switch b.language {
		case "shell":
			for line := range strings.Lines(b.content) {
				if target, ok := strings.CutPrefix(line, "make "); ok {
					checkTarget(t, strings.TrimSpace(target))
				} else {
					r.shell(t, line)
				}
			}
		case "terraform":
			r.Configure(b.content)
			r.Run("fmt", "-check", "-diff")
		default:
			t.Errorf("no way to run a block of language %q:\n%s", b.language, b.content)
		}
		r.passAll(t)
	}
	r.wantCleared(t, 4)
}

// checkTarget checks that make can run a target. It does not: "make test" would
// run this very test, "make simulator" does not end, and the others are run by
// .ci/run.
func checkTarget(t *testing.T, target string) {
	t.Helper()

	plan, err := exec.CommandContext(t.Context(), "make", "-n", "-C", root, target).CombinedOutput()
	if err != nil || strings.TrimSpace(string(plan)) == "" {
		t.Errorf("make %s: %v; it would do:\n%s", target, err, plan)
	}
}

// TestDocumentation_links checks that every relative link of the README, of the
// pages beside it and of docs/ leads to a file.
func TestDocumentation_links(t *testing.T) {
	t.Parallel()

	var found int
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md"} {
		pages, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		if len(pages) == 0 {
			t.Errorf("no page is called %s", pattern)
		}
		for _, page := range pages {
			for _, link := range links(readPage(t, page)) {
				path, _, _ := strings.Cut(link, "#")
				if path == "" || strings.Contains(path, "://") {
					continue
				}
				found++
				if _, err := os.Stat(filepath.Join(filepath.Dir(page), path)); err != nil {
					t.Errorf("%s: the link %s leads nowhere", page, link)
				}
			}
		}
	}
	if found < 5 {
		t.Errorf("only %d relative links found", found)
	}
}

func readPage(t *testing.T, path string) string {
	t.Helper()

	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// block is a fenced block of a page.
type block struct {
	language string
	content  string
}

// fence matches a fenced block. The project's pages indent none.
var fence = regexp.MustCompile("(?s)(?:^|\n)```([^\n]*)\n(.*?)\n```")

func fencedBlocks(page string) (blocks []block) {
	for _, match := range fence.FindAllStringSubmatch(page, -1) {
		blocks = append(blocks, block{language: match[1], content: match[2] + "\n"})
	}
	return blocks
}

// link matches an inline link or the definition of a reference.
var link = regexp.MustCompile(`\]\(([^)\s]+)|(?m:^\[[^\]]+\]: (\S+))`)

func links(page string) (targets []string) {
	for _, match := range link.FindAllStringSubmatch(fence.ReplaceAllString(page, ""), -1) {
		targets = append(targets, match[1]+match[2])
	}
	return targets
}
