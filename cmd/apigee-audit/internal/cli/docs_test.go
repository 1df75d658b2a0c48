package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"apigee-audit/apigee/xmltree"
	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/report/format"
)

// blocks are the fenced blocks of one language in a page.
func blocks(t *testing.T, page, language string) []string {
	t.Helper()
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, part := range strings.Split(string(data), "```"+language+"\n")[1:] {
		block, _, ok := strings.Cut(part, "```")
		if !ok {
			t.Fatalf("%s: a block of %s is not closed", page, language)
		}
		all = append(all, block)
	}
	return all
}

func TestDocumentedConfigurationsAreValid(t *testing.T) {
	configurations := blocks(t, "../../../../docs/suppressions.md", "yaml")
	example, err := os.ReadFile("../../../../config.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"severities", "suppressions"} {
		_, rest, ok := strings.Cut(string(example), "# "+key+":\n")
		if !ok {
			t.Fatalf("config.example.yaml has no example of %s", key)
		}
		text, _, _ := strings.Cut(rest, "\n"+key+":")
		configurations = append(configurations, key+":\n"+strings.ReplaceAll(text, "# ", "")+"\n")
	}
	for _, c := range configurations {
		file := filepath.Join(t.TempDir(), "c.yaml")
		if err := os.WriteFile(file, []byte(c), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := config.Load(nil, config.ScanFlags(), config.FileChoice{Name: file})
		if err != nil {
			t.Errorf("%v in:\n%s", err, c)
		} else if len(s.Suppressions)+len(s.Severities) == 0 {
			t.Errorf("nothing is set by:\n%s", c)
		}
	}
}

func TestDocumentedCommandsParse(t *testing.T) {
	pages, err := filepath.Glob("../../../../docs/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatal(pages, err)
	}
	commands := 0
	for _, page := range pages {
		for _, block := range blocks(t, page, "sh") {
			for line := range strings.Lines(block) {
				words := strings.Fields(strings.NewReplacer(`"`, "").Replace(line))
				if len(words) == 0 || words[0] != toolName {
					continue
				}
				commands++
				cmd, args, err := newRoot(&app{}).Find(words[1:])
				if err == nil {
					err = cmd.ParseFlags(args)
				}
				if err != nil {
					t.Errorf("%s: %s: %v", page, line, err)
				}
			}
		}
	}
	if commands < 4 {
		t.Errorf("only %d commands were found", commands)
	}
}

func TestDocumentedCommentIsADirective(t *testing.T) {
	for _, block := range blocks(t, "../../../../docs/suppressions.md", "xml") {
		d, err := xmltree.Parse("a.xml", []byte(block+"</OAuthV2>"), 10)
		if err != nil || len(d.Directives) != 1 {
			t.Errorf("%v in:\n%s", err, block)
		}
	}
}

func TestEveryFormatIsDocumented(t *testing.T) {
	data, err := os.ReadFile("../../../../docs/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range format.Formats() {
		if !strings.Contains(string(data), "| `"+f+"` |") {
			t.Errorf("docs/formats.md lacks %s", f)
		}
	}
}
