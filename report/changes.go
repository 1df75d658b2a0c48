package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"apigee-audit/audit/finding"
)

// Section is one of the lists under its heading.
type Section struct {
	Heading  string
	Findings []finding.Finding
}

// Changes are the lists that people read; what is unchanged is only counted.
func (c *Comparison) Changes() []Section {
	return []Section{
		{"New", c.Added},
		{"Fixed", c.Fixed},
		{"Not looked at", c.NotLookedAt},
	}
}

// Closing is "2 new, 1 fixed, 23 unchanged findings." and what limits its meaning.
func (c *Comparison) Closing() []string {
	line := fmt.Sprintf("%d new, %d fixed, ", len(c.Added), len(c.Fixed))
	if n := len(c.NotLookedAt); n > 0 {
		line += fmt.Sprintf("%d not looked at, ", n)
	}
	lines := []string{line + fmt.Sprintf("%d unchanged.", len(c.Unchanged))}
	if l := c.blindness(); l != "" {
		lines = append(lines, l)
	}
	for _, side := range []struct {
		name string
		*Document
	}{{"old", c.Old}, {"new", c.New}} {
		if l := ScopeText(side.Document); l != "" {
			lines = append(lines, "The scope of the "+side.name+" report: "+l)
		}
	}
	if !c.Old.Complete {
		lines = append(lines, "The old report is incomplete: findings counted as new may not be new.")
	}
	if !c.New.Complete {
		lines = append(lines, "The new report is incomplete: there may be new findings that it does not show.")
	}
	return lines
}

// blindness counts why the new report does not show findings that may still be there: "Not looked at: 3 (the rule did
// not run), 1 (part of it could not be read)."
func (c *Comparison) blindness() string {
	counts := map[string]int{}
	sees := NewView(c.New)
	for i := range c.NotLookedAt {
		f := &c.NotLookedAt[i]
		counts[sees.BlindTo(f, c.Old.ScopeOf(f.Organization))]++
	}
	var parts []string
	for _, why := range slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	}) {
		parts = append(parts, fmt.Sprintf("%d (%s)", counts[why], why))
	}
	if len(parts) == 0 {
		return ""
	}
	return "Not looked at: " + strings.Join(parts, ", ") + "."
}
