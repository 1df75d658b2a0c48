package rules_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"apigee-audit/audit"
	"apigee-audit/audit/rules"
)

func TestCatalogue(t *testing.T) {
	all := rules.All()
	if !slices.IsSortedFunc(all, func(a, b *audit.Rule) int { return strings.Compare(a.ID, b.ID) }) {
		t.Error("the rules are not in the order of their IDs")
	}
	seen := map[string]bool{}
	for _, r := range all {
		t.Run(r.ID, func(t *testing.T) {
			if seen[r.ID] || seen[r.Name] {
				t.Error("ID or name is taken")
			}
			seen[r.ID], seen[r.Name] = true, true
			if !regexp.MustCompile(`^RT\d{3}$`).MatchString(r.ID) {
				t.Errorf("ID %q", r.ID)
			}
			if !regexp.MustCompile(`^[a-z]+(-[a-z]+)+$`).MatchString(r.Name) {
				t.Errorf("name %q", r.Name)
			}
			if !strings.HasSuffix(r.Summary, ".") || strings.Count(r.Summary, ". ") > 0 {
				t.Errorf("summary is not one sentence: %q", r.Summary)
			}
			if r.Severity == 0 || r.Confidence == 0 || r.Check == nil {
				t.Error("severity, confidence or check is missing")
			}
			if len(r.CWE) == 0 || slices.Min(r.CWE) <= 0 {
				t.Errorf("CWE %v", r.CWE)
			}
			if len(r.References) == 0 {
				t.Error("no references")
			}
			for _, ref := range r.References {
				if ref.Title == "" || !strings.HasPrefix(ref.URL, "https://") {
					t.Errorf("reference %+v", ref)
				}
			}
			if _, err := os.Stat("testdata/" + r.ID + ".txtar"); err != nil {
				t.Errorf("no fixture: %v", err)
			}
		})
	}
}

func TestFind(t *testing.T) {
	all := rules.All()
	for _, name := range []string{"RT301", "rt301", "refresh-token-not-rotated", "Refresh-Token-Not-Rotated"} {
		if r := audit.FindRule(all, name); r == nil || r.ID != "RT301" {
			t.Errorf("Find(%q) = %v", name, r)
		}
	}
	if r := audit.FindRule(all, "RT999"); r != nil {
		t.Errorf("Find found %s", r.ID)
	}
}
