package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"apigee-audit/audit/finding"
)

// Claim is what the finding says, and how sure that is.
func Claim(f *finding.Finding) string { return weighed(f, f.Message) }

// Gist is the same for all findings that claim one thing of different policies, as sure as each other.
func Gist(f *finding.Finding) string { return weighed(f, cmp.Or(f.Gist, f.Message)) }

func weighed(f *finding.Finding, words string) string {
	if f.Confidence < finding.HighConfidence {
		words += fmt.Sprintf(" (%s confidence)", f.Confidence)
	}
	return words
}

// Message is the finding in words, with everything that lowers its weight.
func Message(f *finding.Finding) string {
	m := Claim(f)
	if f.Traffic != nil {
		m += " [" + f.Traffic.Note + "]"
	}
	switch {
	case f.Suppression != nil:
		m += " (" + SuppressionText(f.Suppression) + ")"
	case f.Status != finding.StatusNew:
		m += " (" + string(f.Status) + ")"
	}
	return m
}

// Shown leaves out what was accepted and what a change leaves as it is, unless everything is asked for. What a change
// introduces comes first.
func Shown(d *Document, o Options) []finding.Finding {
	all := slices.DeleteFunc(slices.Clone(d.Findings), func(f finding.Finding) bool {
		return !o.Verbose && (f.Status == finding.StatusSuppressed || d.Change != nil && f.Status == finding.StatusKnown)
	})
	if d.Change == nil {
		return all
	}
	introduced := func(f finding.Finding) bool { return f.Status == finding.StatusNew }
	return slices.Concat(only(all, introduced), only(all, func(f finding.Finding) bool { return !introduced(f) }))
}

// ListsStatus reports whether the findings of a status were asked for by its name.
func ListsStatus(d *Document, s finding.Status) bool {
	asks := func(scope *Scope) bool { return scope != nil && slices.Contains(scope.Statuses, s) }
	return asks(d.Scope) || slices.ContainsFunc(d.Organizations, func(o Organization) bool { return asks(o.Scope) })
}

// NewFirst puts what is new before what is known, and what is accepted last; otherwise the order stays.
func NewFirst(findings []finding.Finding) []finding.Finding {
	rank := func(f finding.Finding) int {
		return slices.Index([]finding.Status{finding.StatusNew, finding.StatusKnown, finding.StatusSuppressed}, f.Status)
	}
	all := slices.Clone(findings)
	slices.SortStableFunc(all, func(a, b finding.Finding) int { return cmp.Compare(rank(a), rank(b)) })
	return all
}

// Hidden are the accepted findings that [Shown] leaves out.
func Hidden(d *Document, o Options) []finding.Finding {
	return slices.DeleteFunc(slices.Clone(d.Findings), func(f finding.Finding) bool {
		return f.Status != finding.StatusSuppressed || o.Verbose
	})
}

// Standing is "1 new, 2 known from the baseline, 1 fixed, 3 not looked at, 1 suppressed."; "" where all findings have
// the same status.
func Standing(d *Document) string {
	s := d.Summary
	if d.Change != nil {
		return changeStanding(d)
	}
	var parts []string
	say := func(status finding.Status, format string, n int) { // of what is left out, the number is unknown
		if d.Scope == nil || len(d.Scope.Statuses) == 0 || slices.Contains(d.Scope.Statuses, status) {
			parts = append(parts, fmt.Sprintf(format, n))
		}
	}
	if d.Baseline != nil || s.Known > 0 {
		say(finding.StatusNew, "%d new", s.New)
		say(finding.StatusKnown, "%d known from the baseline", s.Known)
	}
	if d.Baseline != nil {
		parts = append(parts, fmt.Sprintf("%d fixed", s.Fixed))
	}
	if s.NotLookedAt > 0 {
		parts = append(parts, fmt.Sprintf("%d from the baseline not looked at", s.NotLookedAt))
	}
	if s.Suppressed > 0 {
		if len(parts) == 0 {
			say(finding.StatusNew, "%d new", s.New)
		}
		parts = append(parts, fmt.Sprintf("%d suppressed", s.Suppressed))
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, ", ") + "."
}

// SuppressionText is a suppression in words: "suppressed until 2027-01-31: clients move in January (ticket SEC-12, owner identity
// team)".
func SuppressionText(s *finding.Suppression) string {
	line := "suppressed"
	if s.Expires != "" {
		line += " until " + s.Expires
	}
	line += ": " + s.Reason
	if record := suppressionRecord(s); len(record) > 0 {
		line += " (" + strings.Join(record, ", ") + ")"
	}
	return line
}

// SuppressionTerms is what goes with the reason of a suppression: "until 2027-01-31, ticket SEC-12, owner identity team", "" for
// nothing.
func SuppressionTerms(s *finding.Suppression) string {
	var terms []string
	if s.Expires != "" {
		terms = append(terms, "until "+s.Expires)
	}
	return strings.Join(append(terms, suppressionRecord(s)...), ", ")
}

// suppressionRecord says where an agreement is recorded, and who is responsible for it.
func suppressionRecord(s *finding.Suppression) (record []string) {
	if s.Ticket != "" {
		record = append(record, "ticket "+s.Ticket)
	}
	if s.Owner != "" {
		record = append(record, "owner "+s.Owner)
	}
	return record
}

// Acceptance says why a finding is accepted, and where that was said.
func Acceptance(f *finding.Finding) string {
	switch s := f.Suppression; {
	case s == nil:
		return "suppressed"
	case s.Source == finding.FromPolicy:
		return SuppressionText(s) + " (a comment in the policy)"
	default:
		return SuppressionText(s)
	}
}
