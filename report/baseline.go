package report

import (
	"fmt"
	"strings"
	"time"

	"apigee-audit/audit"
)

// Baseline is the earlier report that a report was compared with.
type Baseline struct {
	StartedAt time.Time `json:"startedAt"`
}

// standing is "1 new, 2 known from the baseline, 1 fixed, 3 not looked at, 1 suppressed."; "" where there is nothing to
// tell apart.
func standing(d *Document) string {
	s := d.Summary
	if d.Change != nil {
		return changeStanding(d)
	}
	var parts []string
	if d.Baseline != nil || s.Known > 0 {
		parts = append(parts, fmt.Sprintf("%d new", s.New), fmt.Sprintf("%d known from the baseline", s.Known))
	}
	if d.Baseline != nil {
		parts = append(parts, fmt.Sprintf("%d fixed", s.Fixed))
	}
	if s.NotLookedAt > 0 {
		parts = append(parts, fmt.Sprintf("%d of the baseline not looked at", s.NotLookedAt))
	}
	if s.Suppressed > 0 {
		if len(parts) == 0 {
			parts = append(parts, fmt.Sprintf("%d new", s.New))
		}
		parts = append(parts, fmt.Sprintf("%d suppressed", s.Suppressed))
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, ", ") + "."
}

// mostNotLookedAt bounds what the table lists of findings that a narrowed audit leaves out, mostAccepted of those that are
// accepted.
const (
	mostNotLookedAt = 10
	mostAccepted    = 10
)

// acceptedList lists findings that are accepted, each with the reason: nobody should have to ask for them to see what is not
// counted.
func acceptedList(d *Document, o Options) string {
	findings := hidden(d, o)
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
		b.WriteString(paragraph("  - ", f.Severity.String()+" "+f.RuleID+" "+subject(f)+", "+
			withPosition(shortPath(f.File, false), f.Place)+": "+acceptance(f), o.Width))
	}
	return b.String()
}

// acceptance says why a finding is accepted, and where that was said.
func acceptance(f *audit.Finding) string {
	switch s := f.Suppression; {
	case s == nil:
		return "suppressed"
	case s.Source == audit.FromPolicy:
		return accepted(s) + " (a comment in the policy)"
	default:
		return accepted(s)
	}
}

// gone lists findings of the baseline that are not in the report's table, at most so many unless everything is asked for.
func gone(title string, findings []audit.Finding, most int, o Options) string {
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
		b.WriteString(paragraph("  - ", f.Severity.String()+" "+f.RuleID+" "+subject(f)+", "+
			withPosition(shortPath(f.File, false), f.Place), o.Width))
	}
	return b.String()
}

// accepted is a suppression in words: "suppressed until 2027-01-31: clients move in January".
func accepted(s *audit.Suppression) string {
	line := "suppressed"
	if s.Expires != "" {
		line += " until " + s.Expires
	}
	return line + ": " + s.Reason
}
