package table

import (
	"fmt"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
	"apigee-audit/report"
)

// mostNotLookedAt bounds what the table lists of findings that a narrowed audit leaves out, mostAccepted of those that are
// accepted.
const (
	mostNotLookedAt = 10
	mostAccepted    = 10
)

// accepted are the findings that are suppressed.
func accepted(d *report.Document) []finding.Finding {
	var all []finding.Finding
	for i := range d.Findings {
		if d.Findings[i].Status == finding.StatusSuppressed {
			all = append(all, d.Findings[i])
		}
	}
	return all
}

// listed are the findings that have a row: new ones first, then known ones where they were asked for.
func listed(d *report.Document, o report.Options) []finding.Finding {
	known := listsKnown(d, o)
	return report.NewFirst(slices.DeleteFunc(slices.Clone(d.Findings), func(f finding.Finding) bool {
		return f.Status == finding.StatusSuppressed || f.Status == finding.StatusKnown && !known
	}))
}

// knownText counts the known findings where they have no rows: what is new must not drown in them.
func knownText(d *report.Document, o report.Options) string {
	if d.Change != nil || d.Summary.Known == 0 || listsKnown(d, o) {
		return ""
	}
	said := ""
	if d.Summary.New == 0 {
		said = "No new findings.\n"
	}
	return said + paragraph("", text.Count(d.Summary.Known, "finding")+" known from the baseline, which --status known lists.", o.Width)
}

// listsKnown reports whether known findings have rows.
func listsKnown(d *report.Document, o report.Options) bool {
	return o.Verbose || report.ListsStatus(d, finding.StatusKnown)
}

// acceptedList lists findings that are accepted, each with the reason: what is not counted must be visible without
// asking for it.
func acceptedList(d *report.Document, o report.Options) string {
	findings := accepted(d)
	if len(findings) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("Accepted:\n")
	for i := range findings {
		if i == mostAccepted && !o.Verbose && !report.ListsStatus(d, finding.StatusSuppressed) {
			fmt.Fprintf(&b, "  and %d more\n", len(findings)-i)
			break
		}
		f := &findings[i]
		b.WriteString(paragraph("  - ", f.Severity.String()+" "+f.RuleID+" "+report.SubjectOf(f)+", "+
			report.WithPosition(report.ShortPath(f.File, false), f.Place)+": "+report.Acceptance(f), o.Width))
	}
	return b.String()
}

// gone lists findings of the baseline that are not in the report's table, at most so many unless everything is asked for.
func gone(title string, findings []finding.Finding, most int, o report.Options) string {
	if len(findings) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(paragraph("", title+":", o.Width))
	for i := range findings {
		if i == most && !o.Verbose {
			fmt.Fprintf(&b, "  and %d more\n", len(findings)-most)
			break
		}
		f := &findings[i]
		b.WriteString(paragraph("  - ", f.Severity.String()+" "+f.RuleID+" "+report.SubjectOf(f)+", "+
			report.WithPosition(report.ShortPath(f.File, false), f.Place), o.Width))
	}
	return b.String()
}

// mostSubjects is how many things a line names that failed alike.
const mostSubjects = 5

// problemList lists problems or notices, one line for each cause; the organization is named where there are several.
func problemList(title string, problems []apigee.Problem, d *report.Document, o report.Options) string {
	if len(problems) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(title + ":\n")
	several := len(d.Subjects()) > 1
	type cause struct{ operation, err string }
	var order []cause
	subjects := map[cause][]string{}
	for _, p := range problems {
		c := cause{p.Operation, p.Error}
		if subjects[c] == nil {
			order = append(order, c)
		}
		subjects[c] = append(subjects[c], report.ProblemSubject(p, several))
	}
	for _, c := range order {
		who := subjects[c]
		about := who[0]
		if len(who) > 1 {
			about = text.ListSome(who, mostSubjects)
		}
		b.WriteString(paragraph("  - ", about+": "+c.operation+": "+c.err, o.Width))
	}
	return b.String()
}
