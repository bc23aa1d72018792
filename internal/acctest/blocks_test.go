package acctest

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// pages returns the content of every page that a reader gets: the pages beside
// the README and those of docs/, by path from the root of the project.
func pages(t *testing.T) map[string]string {
	t.Helper()

	found := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md"} {
		names, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		if len(names) == 0 {
			t.Errorf("no page is called %s", pattern)
		}
		for _, name := range names {
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			path, err := filepath.Rel(root, name)
			if err != nil {
				t.Fatal(err)
			}
			found[filepath.ToSlash(path)] = string(content)
		}
	}
	return found
}

// block is a fenced block of a page.
type block struct {
	language string
	content  string
}

// fence matches a fenced block that is not indented.
var fence = regexp.MustCompile("(?s)(?:^|\n)```([^\n]*)\n(.*?)\n```")

func fencedBlocks(page string) (blocks []block) {
	for _, match := range fence.FindAllStringSubmatch(page, -1) {
		blocks = append(blocks, block{language: match[1], content: match[2] + "\n"})
	}
	return blocks
}

// firstLine identifies a block in the tables of this package.
func (b block) firstLine() string {
	line, _, _ := strings.Cut(b.content, "\n")
	return line
}

var fileComment = regexp.MustCompile(`^# (\S+\.(?:tf|hcl))$`)

// file returns the name of the file that a block is for: the one in the comment
// of its first line, else main.tf.
func (b block) file() string {
	if match := fileComment.FindStringSubmatch(b.firstLine()); match != nil {
		return match[1]
	}
	return "main.tf"
}

var exitComment = regexp.MustCompile(`(?m)# exit status (\d+)\b`)

// exitStatus returns the exit status that a shell block must have: the one in a
// comment of the block, else 0.
func (b block) exitStatus() int {
	match := exitComment.FindStringSubmatch(b.content)
	if match == nil {
		return 0
	}
	status, _ := strconv.Atoi(match[1]) // digits
	return status
}

// personSession is what a page is about where its blocks do not say it.
const personSession = `resource "advance_liveness_session" "person" {
  return_url      = "https://app.example.com/verified"
  fail_return_url = "https://app.example.com/not-verified"
  user_id         = "user-1"
  region          = "PHL"
`

// prelude returns the configuration that the files of a page leave out: where
// the provider comes from, and the session "person" with its link.
func prelude(files map[string]string) string {
	var all strings.Builder
	for _, content := range files {
		all.WriteString(content)
	}
	var missing string
	if !strings.Contains(all.String(), "required_providers") {
		missing += "terraform {\n  required_providers {\n    advance = {\n      source = \"advance-community/advance\"\n    }\n  }\n}\n"
	}
	if !strings.Contains(all.String(), `resource "advance_`) && !strings.Contains(all.String(), "import {") {
		missing += personSession + "}\n\noutput \"link\" {\n  value     = advance_liveness_session.person.url\n  sensitive = true\n}\n"
	}
	return missing
}

// complete returns the content of a block as a file: settings of a resource are
// put into the session "person".
func complete(content string) string {
	if strings.HasPrefix(content, "lifecycle {") {
		return personSession + content + "}\n"
	}
	return content
}

// features are texts in a block or an example that need a newer CLI than the
// provider itself, and which. Without a version no release has the feature.
var features = []struct{ text, terraform, opentofu string }{
	{`action "`, "1.14", ""},
	{`list "`, "1.14", ""},
	{"  identity = {", "1.12", "1.12"},
	{"_wo ", "1.11", "1.11"},
	{`ephemeral "`, "1.10", "1.11"},
	{"terraform test", "1.6", "1.8"},
	{"removed {", "1.7", "1.8"},
}

// requireFeatures skips a test unless the CLI has the features in content.
func requireFeatures(t *testing.T, content string) {
	t.Helper()

	for _, feature := range features {
		if strings.Contains(content, feature.text) {
			Require(t, feature.terraform, feature.opentofu)
		}
	}
}

func TestBlock(t *testing.T) {
	t.Parallel()

	for _, test := range []struct {
		content string
		file    string
		status  int
	}{
		{"resource {}\n", "main.tf", 0},
		{"# results.tf\ndata {}\n", "results.tf", 0},
		{"# A test.\n# a.tftest.hcl\n", "main.tf", 0},
		{"# a.tftest.hcl\nrun {}\n", "a.tftest.hcl", 0},
		{"terraform plan # exit status 2: changes\n", "main.tf", 2},
	} {
		b := fencedBlocks("text\n```shell\n" + test.content + "```\n")[0]
		if file, status := b.file(), b.exitStatus(); file != test.file || status != test.status {
			t.Errorf("%q is for the file %s with exit status %d, want %s and %d", test.content, file, status, test.file, test.status)
		}
	}
}
