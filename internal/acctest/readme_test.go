package acctest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// TestReadmeBlocksWork runs every fenced block of the README, in its order and
// in one folder, as a reader would who follows it from top to bottom. Between
// two blocks the people who got a link pass.
//
// A block in a language that it does not know how to run is a failure, so that
// none can be added that nobody runs.
func TestReadmeBlocksWork(t *testing.T) {
	t.Parallel()

	w := newCLI(t).newWorkspace(t)
	blocks := fencedBlocks(t, filepath.Join(w.root, "README.md"))
	if len(blocks) < 5 {
		t.Fatalf("only %d blocks found", len(blocks))
	}
	for _, b := range blocks {
		switch b.language {
		case "shell":
			for _, line := range strings.Split(strings.TrimSpace(b.content), "\n") {
				w.runReadmeCommand(t, line)
			}
		case "terraform":
			w.write(t, "main.tf", b.content)
			w.terraform(t, "fmt", "-check", "-diff")
		default:
			t.Errorf("no way to run a block of language %q:\n%s", b.language, b.content)
		}
		w.finishSessions(t)
	}

	// The README's own story has come to its end: made, and erased.
	if len(w.simulator.Sessions()) != 1 {
		t.Errorf("the README made %d sessions, want 1", len(w.simulator.Sessions()))
	}
	w.wantCleared(t)
}

// runReadmeCommand runs one line of a shell block.
//
// The make targets are only checked to exist and to be made of commands that
// make can read (make -n): "make test" would run this very test, "make demo" has
// its own test in internal/cmd/demo, lint and docs are run by .ci/run, and
// "make simulator" does not end.
func (w *workspace) runReadmeCommand(t *testing.T, line string) {
	t.Helper()

	if target, ok := strings.CutPrefix(line, "make "); ok {
		if plan := w.run(t, 0, "make", "-n", "-C", w.root, target); strings.TrimSpace(plan) == "" {
			t.Errorf("make %s does nothing", target)
		}
		return
	}
	w.run(t, 0, "sh", "-euc", line)
}

// TestDocumentationLinksLead checks that every relative link of the README, of
// the pages beside it and of docs/ leads to a file.
func TestDocumentationLinksLead(t *testing.T) {
	t.Parallel()

	root := filepath.Join("..", "..")
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md"} {
		pages, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		if len(pages) == 0 {
			t.Errorf("no page is called %s", pattern)
		}
		for _, page := range pages {
			for _, link := range links(t, page) {
				path, _, _ := strings.Cut(link, "#")
				if path == "" || strings.Contains(path, "://") {
					continue
				}
				if _, err := os.Stat(filepath.Join(filepath.Dir(page), path)); err != nil {
					t.Errorf("%s: the link %s leads nowhere", page, link)
				}
			}
		}
	}
}

// block is a fenced block of a page.
type block struct {
	language string
	content  string
}

func fencedBlocks(t *testing.T, page string) []block {
	t.Helper()

	var blocks []block
	walk(t, page, func(node ast.Node, source []byte) {
		fence, ok := node.(*ast.FencedCodeBlock)
		if !ok {
			return
		}
		var content strings.Builder
		for i := range fence.Lines().Len() {
			line := fence.Lines().At(i)
			content.Write(line.Value(source))
		}
		blocks = append(blocks, block{language: string(fence.Language(source)), content: content.String()})
	})
	return blocks
}

func links(t *testing.T, page string) []string {
	t.Helper()

	var found []string
	walk(t, page, func(node ast.Node, _ []byte) {
		if link, ok := node.(*ast.Link); ok {
			found = append(found, string(link.Destination))
		}
	})
	return found
}

// walk calls visit for every node of a page, in order.
func walk(t *testing.T, page string, visit func(node ast.Node, source []byte)) {
	t.Helper()

	source, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	document := goldmark.New().Parser().Parse(text.NewReader(source))
	err = ast.Walk(document, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			visit(node, source)
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
