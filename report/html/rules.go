package html

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
	"apigee-audit/report"
)

// rulePage is one rule with its page.
type rulePage struct {
	Link, ID, Name, Severity, Summary string
	Page                              template.HTML
	Standards                         []standard
	Count                             string
}

func rulePages(d *report.Document, rules []*finding.Rule, ids *anchors) ([]rulePage, error) {
	counts, sees := countByRule(d), report.NewView(d)
	var out []rulePage
	for _, r := range rules {
		page, err := renderMarkdown(withoutHeading(r.Page))
		if err != nil {
			return nil, fmt.Errorf("render the page of rule %s: %w", r.ID, err)
		}
		h := rulePage{Link: ids.rule(r.ID), ID: r.ID, Name: r.Name, Severity: r.Severity.String(), Summary: r.Summary, Page: page, Standards: standardsOf(r), Count: "no finding"}
		if n := counts[r.ID]; n > 0 {
			h.Count = text.Count(n, "finding")
		} else if sees.BlindSomewhere(r.ID) {
			h.Count = "not shown"
		}
		out = append(out, h)
	}
	return out, nil
}

// withoutHeading leaves out a page's first heading, which repeats the rule's name.
func withoutHeading(page string) string {
	page = strings.TrimSpace(page)
	if strings.HasPrefix(page, "# ") {
		_, page, _ = strings.Cut(page, "\n")
	}
	return page
}

func countByRule(d *report.Document) map[string]int {
	counts := map[string]int{}
	for _, f := range d.Findings {
		if f.Status != finding.StatusSuppressed {
			counts[f.RuleID]++
		}
	}
	return counts
}

// ruleCount is one line of the summary.
type ruleCount struct {
	Link, ID, Name, Summary, Severity string
	Count, Share                      int // Share is of the most frequent rule, in percent
	severity                          finding.Severity
}

// countsByRule counts findings by rule, the most severe and most frequent first.
func countsByRule(d *report.Document, ids *anchors, rules []*finding.Rule) []ruleCount {
	counts, most := countByRule(d), 0
	byID := map[string]*ruleCount{}
	for _, f := range d.Findings {
		if counts[f.RuleID] == 0 {
			continue
		}
		c := byID[f.RuleID]
		if c == nil {
			c = &ruleCount{Link: ids.rule(f.RuleID), ID: f.RuleID, Name: f.RuleName, Count: counts[f.RuleID]}
			byID[f.RuleID] = c
		}
		c.severity, most = max(c.severity, f.Severity), max(most, c.Count)
	}
	for _, r := range rules {
		if c := byID[r.ID]; c != nil {
			c.Summary = r.Summary
		}
	}
	var out []ruleCount
	for _, c := range byID {
		c.Severity, c.Share = c.severity.String(), max(100*c.Count/most, 2)
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b ruleCount) int {
		return cmp.Or(cmp.Compare(b.severity, a.severity), cmp.Compare(b.Count, a.Count), cmp.Compare(a.ID, b.ID))
	})
	return out
}
