package table

import (
	"fmt"
	"strings"

	"apigee-audit/audit/finding"
	"apigee-audit/report"
)

// closing sums the report up: what was found, what was looked at, what was not, and what to do next about the first finding, nil for
// none.
func closing(d *report.Document, first *finding.Finding, o report.Options) string {
	lines := []string{report.FoundLine(d)}
	if d.Summary.Findings.Total == 0 {
		for _, org := range d.Organizations {
			lines = append(lines, report.LookedAtLine(d, org))
		}
	}
	lines = append(lines, report.CoverageLine(d))
	if l := report.ScopeText(d); l != "" {
		lines = append(lines, l)
	}
	if l := report.RequestText(d); l != "" && o.Verbose {
		lines = append(lines, l)
	}
	if l := report.Standing(d); l != "" {
		lines = append(lines, l)
	}
	if !d.Complete {
		lines = append(lines, "The audit is incomplete: there may be findings that it does not show.")
	}
	if first != nil {
		lines = append(lines, fmt.Sprintf("Run `apigee-audit rules %s` for what it means and how to fix it.", first.RuleID))
		if !o.Verbose {
			lines = append(lines, fmt.Sprintf("`scan` and `render` show the finding in full with --explain %s.", beginning(first)))
		}
	}
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(paragraph("", l, o.Width))
	}
	return b.String()
}
