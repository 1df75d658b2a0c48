package table

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"apigee-audit/report"
)

// WriteComparison writes what changed as one table for each list that has findings, and what sums it up.
func WriteComparison(w io.Writer, c *report.Comparison, o report.Options) error {
	var b strings.Builder
	for _, s := range c.Changes() {
		if len(s.Findings) == 0 {
			continue
		}
		// The table of a report about these findings alone, without what surrounds it.
		d := &report.Document{Findings: s.Findings, Organizations: slices.Concat(c.Old.Organizations, c.New.Organizations)}
		t := newFindingTable(d, o)
		fmt.Fprintf(&b, "%s:\n\n", s.Heading)
		for _, g := range t.groups(d) {
			lines, err := t.draw(g.holds)
			if err != nil {
				return err
			}
			if g.heading != "" {
				b.WriteString(g.heading + "\n\n")
			}
			b.WriteString(strings.Join(lines, "\n") + "\n\n")
		}
	}
	for _, l := range c.Closing() {
		b.WriteString(paragraph("", l, o.Width))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
