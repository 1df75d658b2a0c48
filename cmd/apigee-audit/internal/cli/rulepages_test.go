package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/audit"
	"apigee-audit/audit/rules"
)

// TestRulePagesInTheDocumentation keeps docs/rules what `apigee-audit rules ID -f markdown` prints, with an index.
func TestRulePagesInTheDocumentation(t *testing.T) {
	const folder = "../../../../docs/rules/"
	want := map[string]string{folder + "README.md": ruleIndex(rules.All())}
	for _, r := range rules.All() {
		want[folder+r.ID+".md"] = rulePage(r)
	}
	for file, text := range want {
		if *update {
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		have, err := os.ReadFile(file)
		if err != nil {
			t.Errorf("%v; run this test with -update", err)
		} else if diff := cmp.Diff(text, string(have)); diff != "" {
			t.Errorf("%s is not what the program says; run this test with -update (-program +file):\n%s", file, diff)
		}
	}
	files, err := filepath.Glob(folder + "*")
	if err != nil || len(files) != len(want) {
		t.Errorf("%d files, want %d: %v, %v", len(files), len(want), files, err)
	}
}

// ruleIndex lists the rules, and the entries of standards with their rules.
func ruleIndex(all []*audit.Rule) string {
	var b strings.Builder
	b.WriteString("# Rules\n\n`apigee-audit rules` lists them, `apigee-audit rules RT101` prints one of these pages. They are written by\n" +
		"`go test ./cmd/apigee-audit/internal/cli -run TestRulePages -update`; edit `audit/rules`, not these files.\n\n" +
		"| rule | severity | name | what it finds |\n|---|---|---|---|\n")
	for _, r := range all {
		fmt.Fprintf(&b, "| [%s](%s.md) | %s | %s | %s |\n", r.ID, r.ID, r.Severity, r.Name, r.Summary)
	}
	b.WriteString("\n## Standards\n\nWhat the rules bear on in public catalogues. An entry stands here only where its own text covers what a rule finds;\n" +
		"the rule's page says how, and when. A report without findings is no proof that a requirement is met.\n\n" +
		"| catalogue | entry | title | rules |\n|---|---|---|---|\n")
	type row struct{ head, rules string }
	var rows []row
	for _, r := range all {
		for _, s := range r.Standards {
			head := fmt.Sprintf("| %s | [%s](%s) | %s |", s.Catalogue, s.ID, s.URL, s.Title)
			link := fmt.Sprintf(" [%s](%s.md)", r.ID, r.ID)
			i := 0
			for i < len(rows) && rows[i].head != head {
				i++
			}
			if i == len(rows) {
				rows = append(rows, row{head: head})
			}
			rows[i].rules += link
		}
	}
	for _, catalogue := range []string{"OWASP", "PCI", "NIST", "CWE"} {
		for _, r := range rows {
			if strings.HasPrefix(r.head, "| "+catalogue) {
				b.WriteString(r.head + r.rules + " |\n")
			}
		}
	}
	return b.String()
}
