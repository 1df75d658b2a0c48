// Package table writes a report for people at a terminal: the findings as a table, what could not be looked at, and what sums
// it up; [Explain] writes one finding in full.
package table

import (
	"io"
	"slices"
	"strings"

	"apigee-audit/audit/finding"
	"apigee-audit/report"
)

// Write writes the report for people: the findings, what could not be looked at, and one line that sums up. stdout
// carries nothing but the report, so the summary is part of it.
func Write(w io.Writer, d *report.Document, o report.Options) error {
	var b strings.Builder
	t := newFindingTable(d, o)
	if l := report.ChangeText(d); l != "" {
		b.WriteString(paragraph("", l, o.Width) + "\n")
	}
	for i, org := range t.groups(d) {
		lines, err := t.draw(org.holds)
		if err != nil {
			return err
		}
		if i > 0 {
			b.WriteString("\n")
		}
		if org.heading != "" {
			b.WriteString(org.heading + "\n\n")
		}
		b.WriteString(strings.Join(lines, "\n") + "\n")
	}
	if o.Verbose {
		for _, list := range [][]finding.Finding{t.findings, accepted(d)} {
			for i := range list {
				b.WriteString("\n" + Detail(&list[i], d, o))
			}
		}
	}
	blocks := []string{
		knownList(d, o),
		acceptedList(d, o),
		gone(report.FixedTitle(d), d.Fixed, len(d.Fixed), o),
		gone(report.NotLookedAtTitle(d), d.NotLookedAt, mostNotLookedAt, o),
		problemList("Not looked at", d.Problems, d, o),
		problemList("Notices", d.Notices, d, o),
		storedList(d, o),
		closing(d, o),
	}
	for _, block := range blocks {
		if block != "" && b.Len() > 0 && !strings.HasSuffix(b.String(), "\n\n") {
			b.WriteString("\n")
		}
		b.WriteString(block)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// group is the part of the table under one heading.
type group struct {
	heading string
	holds   func(*finding.Finding) bool
}

// weight is how many findings of each severity are in a part of the table, new ones first: what the reader should see first has
// more of the first number.
func (t *findingTable) weight(holds func(*finding.Finding) bool) []int {
	severities := finding.Severities()
	n := make([]int, 2*len(severities))
	for i := range t.findings {
		f := &t.findings[i]
		at := slices.Index(severities, f.Severity)
		if !holds(f) || at < 0 {
			continue
		}
		if f.Status != finding.StatusNew {
			at += len(severities)
		}
		n[at]++
	}
	return n
}

// compareWeights puts the severest first.
func compareWeights(a, b []int) int { return slices.Compare(b, a) }

// groups splits the findings by organization, severest first, where people read several; scripts get one table with a column for it.
func (t *findingTable) groups(d *report.Document) []group {
	switch subjects := d.Subjects(); {
	case len(t.findings) == 0:
		return nil
	case t.options.Width == 0 || len(subjects) == 1:
		return []group{{holds: func(*finding.Finding) bool { return true }}}
	default:
		var all []group
		for _, org := range subjects {
			holds := func(f *finding.Finding) bool { return f.Organization == org.Name }
			for i := range t.findings {
				if holds(&t.findings[i]) {
					all = append(all, group{report.OrganizationTitle(org.Name), holds})
					break
				}
			}
		}
		slices.SortStableFunc(all, func(a, b group) int { return compareWeights(t.weight(a.holds), t.weight(b.holds)) })
		return all
	}
}
