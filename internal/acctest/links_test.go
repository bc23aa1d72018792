package acctest

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// TestDocumentation_links checks that every relative link of the pages leads to
// a file, and its anchor to a heading or an anchor of that file.
func TestDocumentation_links(t *testing.T) {
	t.Parallel()

	all := pages(t)
	var found int
	for name, content := range all {
		for _, link := range links(content) {
			target, anchor, _ := strings.Cut(link, "#")
			if strings.Contains(target, "://") {
				continue
			}
			found++
			to := name
			if target != "" {
				to = path.Join(path.Dir(name), target)
			}
			if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(to))); err != nil {
				t.Errorf("%s: the link %s leads nowhere", name, link)
			}
			if anchor != "" && !anchors(all[to])[anchor] {
				t.Errorf("%s: the link %s leads to no heading of %s", name, link, to)
			}
		}
	}
	if found < 50 {
		t.Errorf("only %d relative links found", found)
	}
}

// link matches an inline link or the definition of a reference.
var link = regexp.MustCompile(`\]\(([^)\s]+)|(?m:^\[[^\]]+\]: (\S+))`)

func links(page string) (targets []string) {
	for _, match := range link.FindAllStringSubmatch(fence.ReplaceAllString(page, ""), -1) {
		targets = append(targets, match[1]+match[2])
	}
	return targets
}

var (
	heading   = regexp.MustCompile(`(?m)^#+ (.+)$`)
	idElement = regexp.MustCompile(`<a id="([^"]+)">`)
)

// anchors returns the anchors of a page: those of its headings, as GitHub and
// the Terraform Registry make them, and those that the page sets.
func anchors(page string) map[string]bool {
	page = fence.ReplaceAllString(page, "")
	found := map[string]bool{}
	for _, match := range heading.FindAllStringSubmatch(page, -1) {
		found[slug(match[1])] = true
	}
	for _, match := range idElement.FindAllStringSubmatch(page, -1) {
		found[match[1]] = true
	}
	return found
}

// slug returns the anchor of a heading: lower case, blanks as hyphens, without
// punctuation.
func slug(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
			return unicode.ToLower(r)
		case r == ' ':
			return '-'
		default:
			return -1
		}
	}, strings.TrimSpace(heading))
}

func TestAnchors(t *testing.T) {
	t.Parallel()

	found := anchors("# The `audit` log, and more\n```shell\n# no heading\n```\n<a id=\"nested--x\"></a>\n")
	for _, want := range []string{"the-audit-log-and-more", "nested--x"} {
		if !found[want] {
			t.Errorf("no anchor %s in %v", want, found)
		}
	}
	if len(found) != 2 {
		t.Errorf("anchors: %v, want 2", found)
	}
}
