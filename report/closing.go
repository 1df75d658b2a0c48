package report

import (
	"fmt"
	"strings"
)

// closing sums the report up: what was found, what was looked at, what was not, and what to do next.
func closing(d *Document, o Options) string {
	lines := []string{foundLine(d)}
	if d.Summary.Findings.Total == 0 {
		for _, org := range d.Organizations {
			lines = append(lines, scopeLine(d, org))
		}
	}
	lines = append(lines, coverageLine(d))
	if l := scopeText(d); l != "" {
		lines = append(lines, l)
	}
	if l := request(d); l != "" && o.Verbose {
		lines = append(lines, l)
	}
	if l := standing(d); l != "" {
		lines = append(lines, l)
	}
	if !d.Complete {
		lines = append(lines, "The audit is incomplete: there may be findings that it does not show.")
	}
	if first := shown(d, o); len(first) > 0 {
		lines = append(lines, fmt.Sprintf("Run `apigee-audit rules %s` for what it means and how to fix it.", first[0].RuleID))
	}
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(paragraph("", l, o.Width))
	}
	return b.String()
}
