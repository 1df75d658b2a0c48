package report

import (
	"io"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit"
)

// writeTable writes the report for people: the findings, what could not be looked at, and one line that sums up. stdout
// carries nothing but the report, so the summary is part of it.
func writeTable(w io.Writer, d *Document, o Options) error {
	var b strings.Builder
	t := newFindingTable(d, o)
	if l := changeText(d); l != "" {
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
		for i := range t.findings {
			b.WriteString("\n" + detail(&t.findings[i], d, o))
		}
	}
	blocks := []string{
		acceptedList(d, o),
		gone(fixedTitle(d), d.Fixed, len(d.Fixed), o),
		gone(notLookedAtTitle(d), d.NotLookedAt, mostNotLookedAt, o),
		problemList("Not looked at", d.Problems, d, o),
		problemList("Worth knowing", d.Notices, d, o),
		storedTokens(d, o),
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
	holds   func(*audit.Finding) bool
}

// groups parts the findings by organization where people read several; scripts get one table with a column for it.
func (t *findingTable) groups(d *Document) []group {
	switch subjects := d.Subjects(); {
	case len(t.findings) == 0:
		return nil
	case t.options.Width == 0 || len(subjects) == 1:
		return []group{{holds: func(*audit.Finding) bool { return true }}}
	default:
		var all []group
		for _, org := range subjects {
			holds := func(f *audit.Finding) bool { return f.Organization == org.Name }
			for i := range t.findings {
				if holds(&t.findings[i]) {
					all = append(all, group{organizationTitle(org.Name), holds})
					break
				}
			}
		}
		return all
	}
}

func organizationTitle(name string) string {
	if name == "" {
		return "Bundles from disk"
	}
	return "Organization " + name
}

// problemList lists problems or notices, one a line; the organization is named where there are several.
func problemList(title string, problems []apigee.Problem, d *Document, o Options) string {
	if len(problems) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(title + ":\n")
	several := len(d.Subjects()) > 1
	for _, p := range problems {
		line := p.Subject() + ": " + p.Operation + ": " + p.Error
		if p.Environment != "" && p.Name != "" {
			line = p.Subject() + " in " + p.Environment + ": " + p.Operation + ": " + p.Error
		}
		if several && p.Organization != "" && (p.Name != "" || p.Environment != "" || len(p.Subjects) > 0) {
			line = "organization " + p.Organization + ", " + line
		}
		b.WriteString(paragraph("  - ", line, o.Width))
	}
	return b.String()
}
