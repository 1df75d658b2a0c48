package report

import (
	"fmt"
	"slices"
	"strings"

	"apigee-audit/audit"
)

// message is the finding in words with whatever lowers its weight.
func message(f *audit.Finding) string {
	m := f.Message
	if f.Confidence < audit.HighConfidence {
		m += fmt.Sprintf(" (%s confidence)", f.Confidence)
	}
	if f.Traffic != nil {
		m += " [" + f.Traffic.Note + "]"
	}
	switch {
	case f.Suppression != nil:
		m += " (" + accepted(f.Suppression) + ")"
	case f.Status != audit.StatusNew:
		m += " (" + string(f.Status) + ")"
	}
	return m
}

// shown leaves out what was accepted, unless everything is asked for.
func shown(d *Document, o Options) []audit.Finding {
	return slices.DeleteFunc(slices.Clone(d.Findings), func(f audit.Finding) bool {
		return f.Status == audit.StatusSuppressed && !o.Verbose
	})
}

// hidden are the accepted findings that shown leaves out.
func hidden(d *Document, o Options) []audit.Finding {
	return slices.DeleteFunc(slices.Clone(d.Findings), func(f audit.Finding) bool {
		return f.Status != audit.StatusSuppressed || o.Verbose
	})
}

// standing is "1 new, 2 known from the baseline, 1 fixed, 3 not looked at, 1 suppressed."; "" where there is nothing to
// tell apart.
func standing(d *Document) string {
	s := d.Summary
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

// accepted is a suppression in words: "suppressed until 2027-01-31: clients move in January".
func accepted(s *audit.Suppression) string {
	line := "suppressed"
	if s.Expires != "" {
		line += " until " + s.Expires
	}
	return line + ": " + s.Reason
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
