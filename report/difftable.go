package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

func writeComparisonTable(w io.Writer, c *Comparison, o Options) error {
	var b strings.Builder
	for _, s := range c.changes() {
		if len(s.findings) == 0 {
			continue
		}
		// The table of a report about these findings alone, without what surrounds it.
		d := &Document{Findings: s.findings, Organizations: slices.Concat(c.Old.Organizations, c.New.Organizations)}
		t := newFindingTable(d, o)
		fmt.Fprintf(&b, "%s:\n\n", s.heading)
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
	for _, l := range c.closing() {
		b.WriteString(paragraph("", l, o.Width))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
