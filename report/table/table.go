// Package table writes a report for people at a terminal: the findings as a table, what could not be looked at, and what sums
// it up; [Explain] writes one finding in full.
package table

import (
	"io"
	"strings"

	"apigee-audit/audit/finding"
	"apigee-audit/report"
)

// Write writes the report for people: the findings, what could not be looked at, and what sums it up. stdout carries nothing but
// the report, so the summary is part of it, and comes last: the end is what a terminal shows.
func Write(w io.Writer, d *report.Document, o report.Options) error {
	var b strings.Builder
	if l := report.ChangeText(d); l != "" {
		b.WriteString(paragraph("", l, o.Width) + "\n")
	}
	findings := listed(d, o)
	standing := func(f *finding.Finding) string {
		if f.Status == finding.StatusKnown {
			return report.KnownFrom(d)
		}
		return ""
	}
	first, err := writeFindings(&b, findings, d, standing, o)
	if err != nil {
		return err
	}
	if o.Verbose {
		for _, list := range [][]finding.Finding{findings, accepted(d)} {
			for i := range list {
				b.WriteString("\n" + Detail(&list[i], d, o))
			}
		}
	}
	totals, err := summary(d, o)
	if err != nil {
		return err
	}
	blocks := []string{
		knownText(d, o),
		acceptedList(d, o),
		gone(report.FixedTitle(d), d.Fixed, len(d.Fixed), o),
		gone(report.NotLookedAtTitle(d), d.NotLookedAt, mostNotLookedAt, o),
		problemList("Not looked at", d.Problems, d, o),
		problemList("Notices", d.Notices, d, o),
		storedList(d, o),
	}
	for _, block := range append(append(blocks, totals...), closing(d, first, o)) {
		if block != "" && b.Len() > 0 && !strings.HasSuffix(b.String(), "\n\n") {
			b.WriteString("\n")
		}
		b.WriteString(block)
	}
	_, err = io.WriteString(w, b.String())
	return err
}

// writeFindings writes a line a finding for scripts, and sections for people. It returns the one that comes first, nil for none.
func writeFindings(b *strings.Builder, findings []finding.Finding, d *report.Document, standing func(*finding.Finding) string, o report.Options) (first *finding.Finding, err error) {
	switch {
	case len(findings) == 0:
		return nil, nil
	case o.Width > 0:
		return sections(b, findings, d, standing, o)
	}
	lines, err := piped(findings, d, o)
	if err != nil {
		return nil, err
	}
	b.WriteString(strings.Join(lines, "\n") + "\n")
	return &findings[0], nil
}
