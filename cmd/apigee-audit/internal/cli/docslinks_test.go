package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// markdownPages are all pages of the documentation.
func markdownPages(t *testing.T) []string {
	t.Helper()
	var pages []string
	for _, pattern := range []string{"../../../../*.md", "../../../../docs/*.md", "../../../../docs/rules/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatal(pattern, err)
		}
		pages = append(pages, found...)
	}
	return pages
}

// TestLinksInTheDocumentation follows every link within the repository, and to headings.
func TestLinksInTheDocumentation(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	followed := 0
	for _, page := range markdownPages(t) {
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(data), -1) {
			if strings.HasPrefix(m[1], "https://") {
				continue
			}
			followed++
			path, heading, _ := strings.Cut(m[1], "#")
			target := page
			if path != "" {
				target = filepath.Join(filepath.Dir(page), path)
			}
			if text, err := os.ReadFile(target); err != nil {
				if info, statErr := os.Stat(target); statErr != nil || !info.IsDir() {
					t.Errorf("%s links %s: %v", page, m[1], err)
				}
			} else if heading != "" && !anchors(string(text))[heading] {
				t.Errorf("%s links %s, and there is no such heading", page, m[1])
			}
		}
	}
	if followed < 50 {
		t.Errorf("only %d links were found", followed)
	}
}

// anchors are the names that GitHub gives to the headings of a page.
func anchors(page string) map[string]bool {
	drop := regexp.MustCompile(`[^a-z0-9 _-]`)
	names := map[string]bool{}
	for line := range strings.Lines(page) {
		if title, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && strings.HasPrefix(line, "#") {
			name := drop.ReplaceAllString(strings.ToLower(strings.TrimSpace(title)), "")
			names[strings.ReplaceAll(name, " ", "-")] = true
		}
	}
	return names
}

// TestPapersAtTheRoot keeps the papers that people look for in a repository where they look for them, linked by the README.
func TestPapersAtTheRoot(t *testing.T) {
	readme, err := os.ReadFile("../../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, paper := range []string{"LICENSE", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"} {
		if info, err := os.Stat("../../../../" + paper); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", paper, err)
		}
		if !strings.Contains(string(readme), "]("+paper+")") {
			t.Errorf("README.md does not link %s", paper)
		}
	}
}

// TestEveryPageIsListed keeps the index of the documentation whole.
func TestEveryPageIsListed(t *testing.T) {
	index, err := os.ReadFile("../../../../docs/README.md")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob("../../../../docs/*.md")
	if err != nil || len(pages) < 8 {
		t.Fatal(pages, err)
	}
	for _, page := range pages {
		if name := filepath.Base(page); name != "README.md" && !strings.Contains(string(index), "]("+name+")") {
			t.Errorf("docs/README.md does not list %s", name)
		}
	}
}
