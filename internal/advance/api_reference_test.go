package advance_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestAPIReference checks that every "API §n" of the module names a section of
// API.md. The section sign is used for nothing else, so that lists ("API §4.3,
// §5") and references that a line break divides are checked too.
func TestAPIReference(t *testing.T) {
	t.Parallel()

	reference, err := os.ReadFile("API.md")
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]bool{"n": true} // "API §n" stands for any section
	for _, heading := range regexp.MustCompile(`(?m)^##+ (\d+(?:\.\d+)?)\b`).FindAllSubmatch(reference, -1) {
		sections[string(heading[1])] = true
	}

	sign := regexp.MustCompile(`\x{A7}(n|[\d.]*)`)
	references := 0
	for _, file := range textFiles(t, filepath.Join("..", "..")) {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(content), "\n") {
			for _, match := range sign.FindAllStringSubmatch(line, -1) {
				references++
				if section := strings.TrimRight(match[1], "."); !sections[section] {
					t.Errorf("%s:%d: API.md has no section %q", file, i+1, section)
				}
			}
		}
	}
	if references < 50 {
		t.Errorf("only %d references found", references)
	}
}

// textFiles returns the files below root that can refer to the API: code,
// pages, templates and examples.
func textFiles(t *testing.T, root string) []string {
	t.Helper()

	var files []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{".git", ".terraform-bin", "build"}, entry.Name()):
			return fs.SkipDir
		case slices.Contains([]string{".go", ".md", ".tmpl", ".tf", ".html", ".js", ".yml"}, filepath.Ext(path)):
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
