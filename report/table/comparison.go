package table

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"apigee-audit/audit/finding"
	"apigee-audit/report"
)

// WriteComparison writes what changed as one table for each list that has findings, and what sums it up.
func WriteComparison(w io.Writer, c *report.Comparison, o report.Options) error {
	var b strings.Builder
	for _, s := range c.Changes() {
		if len(s.Findings) == 0 {
			continue
		}
		// What surrounds the findings is that of both reports. A status is that within one of them, and says nothing here.
		d := &report.Document{Findings: s.Findings, Organizations: slices.Concat(c.Old.Organizations, c.New.Organizations)}
		fmt.Fprintf(&b, "%s:\n\n", s.Heading)
		if _, err := writeFindings(&b, report.NewFirst(s.Findings), d, func(*finding.Finding) string { return "" }, o); err != nil {
			return err
		}
		b.WriteString("\n")
	}
	for _, l := range c.Closing() {
		b.WriteString(paragraph("", l, o.Width))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
