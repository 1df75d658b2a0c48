package audit

import (
	"slices"

	"apigee-audit/audit/finding"
)

// A rule that parted from another one was part of it in earlier versions. What was written against the older rule keeps its
// effect: both make the same fingerprint at one place, and suppressions, --rule, severities and baselines that name the
// older one cover the newer one.

// parted maps the rules that parted from another one to that one.
func parted(all []*Rule) map[string]string {
	out := map[string]string{}
	for _, r := range all {
		if r.PartedFrom != "" {
			out[r.ID] = r.PartedFrom
		}
	}
	return out
}

// WithParted adds to chosen rules those that parted from one of them, and says which came in that way.
func WithParted(all []*Rule, chosen map[string]bool) (rules []*Rule, covered []finding.Alias) {
	for _, r := range all {
		switch {
		case chosen[r.ID]:
		case chosen[r.PartedFrom]:
			covered = append(covered, finding.Alias{Older: r.PartedFrom, Newer: r.ID})
		default:
			continue
		}
		rules = append(rules, r)
	}
	return rules, covered
}

// CoverParted adds to severities by rule ID those of the rules that parted from one that has a severity and have none of
// their own, and says which. A rule that is milder than the one it parted from does not become more severe: as a part of
// it, it was not raised either.
func CoverParted(all []*Rule, severities map[string]finding.Severity) (out map[string]finding.Severity, covered []finding.Alias) {
	out = map[string]finding.Severity{}
	for _, r := range all {
		asked, ok := severities[r.ID]
		if ok {
			out[r.ID] = asked
			continue
		}
		if asked, ok = severities[r.PartedFrom]; !ok {
			continue
		}
		if older := FindRule(all, r.PartedFrom); older != nil && r.Severity < older.Severity {
			asked = min(asked, r.Severity)
		}
		if asked != r.Severity {
			out[r.ID] = asked
			covered = append(covered, finding.Alias{Older: r.PartedFrom, Newer: r.ID})
		}
	}
	return out, covered
}

// addAlias notes a use once.
func addAlias(all []finding.Alias, a finding.Alias) []finding.Alias {
	if slices.Contains(all, a) {
		return all
	}
	return append(all, a)
}
