package table

import (
	"io"
	"strings"

	"apigee-audit/report"
)

// WriteIncident writes what to know and do when refresh tokens leaked, for people.
func WriteIncident(w io.Writer, in *report.Incident, o report.Options) error {
	var b strings.Builder
	b.WriteString(paragraph("", in.Title(), o.Width))
	if l := report.ChangeText(in.Document); l != "" {
		b.WriteString(paragraph("", l, o.Width))
	}
	for i := range in.Organizations {
		org := &in.Organizations[i]
		b.WriteString("\n" + report.OrganizationTitle(org.Organization) + " (" + org.Platform.Traits().Title + ")\n")
		for _, s := range org.Sections() {
			b.WriteString("\n" + s.Heading + ":\n")
			for _, l := range s.Lines {
				b.WriteString(paragraph("  - ", l.Text, o.Width))
				for _, more := range l.Below {
					b.WriteString(paragraph("      ", more, o.Width))
				}
				if l.XML != "" {
					b.WriteString(indented("      ", string(l.XML)))
				}
			}
		}
	}
	if l := problemList("Not looked at", in.Problems, in.Document, o); l != "" {
		b.WriteString("\n" + l)
	}
	if !in.Complete {
		b.WriteString(paragraph("", "The audit is incomplete: what could not be looked at may issue, refresh or revoke.", o.Width))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// indented is text of several lines, each behind an indent; empty ones stay empty.
func indented(indent, lines string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(strings.TrimSuffix(lines, "\n"), "\n") {
		if line != "" {
			b.WriteString(indent + line)
		}
		b.WriteString("\n")
	}
	return b.String()
}
