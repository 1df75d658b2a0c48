package table

import (
	"fmt"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
)

// mostNotLookedAt bounds what the table lists of findings that a narrowed audit leaves out, mostAccepted of those that are
// accepted.
const (
	mostNotLookedAt = 10
	mostAccepted    = 10
)

// acceptedList lists findings that are accepted, each with the reason: what is not counted must be visible without
// asking for it.
func acceptedList(d *report.Document, o report.Options) string {
	findings := report.Hidden(d, o)
	if len(findings) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("Accepted:\n")
	for i := range findings {
		if i == mostAccepted {
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
	b.WriteString(title + ":\n")
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

// problemList lists problems or notices, one a line; the organization is named where there are several.
func problemList(title string, problems []apigee.Problem, d *report.Document, o report.Options) string {
	if len(problems) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(title + ":\n")
	several := len(d.Subjects()) > 1
	for _, p := range problems {
		b.WriteString(paragraph("  - ", report.ProblemSubject(p, several)+": "+p.Operation+": "+p.Error, o.Width))
	}
	return b.String()
}
