package cli

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// TestPromisesHaveTests looks up the tests that the page on security names: a promise without its test is not kept.
func TestPromisesHaveTests(t *testing.T) {
	page, err := os.ReadFile("../../../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	err = filepath.WalkDir("../../../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		data, err := os.ReadFile(path)
		for _, m := range declared.FindAllSubmatch(data, -1) {
			tests[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`((?:Test|Fuzz)\\w+)(/\\w+)?`").FindAllStringSubmatch(string(page), -1)
	for _, m := range named {
		if !tests[m[1]] {
			t.Errorf("docs/security.md names %s, which no package has", m[1])
		}
		if m[2] != "" {
			if _, err := os.Stat("testdata/script" + m[2] + ".txtar"); err != nil {
				t.Errorf("docs/security.md names the script %s: %v", m[2], err)
			}
		}
	}
	if len(named) < 40 {
		t.Errorf("only %d tests were found", len(named))
	}
}

// TestEveryFlagIsDocumented looks for every flag of every command in the pages and in config.example.yaml.
func TestEveryFlagIsDocumented(t *testing.T) {
	var text strings.Builder
	for _, page := range append(markdownPages(t), "../../../../config.example.yaml") {
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(data)
	}
	words := regexp.MustCompile(`(?m)--([a-z][a-z-]*)|^#? ?([a-z][a-z-]*):`)
	documented := map[string]bool{}
	for _, m := range words.FindAllStringSubmatch(text.String(), -1) {
		documented[m[1]], documented[m[2]] = true, true
	}
	var check func(*cobra.Command)
	check = func(c *cobra.Command) {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Name == "version" { // as the command of that name
				return
			}
			if !f.Hidden && !documented[f.Name] {
				t.Errorf("no page names --%s of %s", f.Name, c.CommandPath())
			}
		})
		for _, sub := range c.Commands() {
			if !sub.Hidden {
				check(sub)
			}
		}
	}
	check(newRoot(&app{}))
}
