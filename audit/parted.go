package audit

import (
	"cmp"
	"slices"
)

// A rule that parted from another one was part of it in earlier versions. What was written against the older rule keeps its
// effect: both make the same fingerprint at one place, and suppressions, --rule, severities and baselines that name the
// older one cover the newer one.

// Alias is one use of a rule's ID for a rule that parted from it.
type Alias struct {
	Older, Newer string
	Where        string // `suppression 2 (RT106)`
}

// lineage is the ID that a rule's fingerprints are made with.
func (r *Rule) lineage() string { return cmp.Or(r.PartedFrom, r.ID) }

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
func WithParted(all []*Rule, chosen map[string]bool) (rules []*Rule, covered []Alias) {
	for _, r := range all {
		switch {
		case chosen[r.ID]:
		case chosen[r.PartedFrom]:
			covered = append(covered, Alias{Older: r.PartedFrom, Newer: r.ID})
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
func CoverParted(all []*Rule, severities map[string]Severity) (out map[string]Severity, covered []Alias) {
	out = map[string]Severity{}
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
			covered = append(covered, Alias{Older: r.PartedFrom, Newer: r.ID})
		}
	}
	return out, covered
}

// Fingerprints are those by which the finding may be known: its own, and the one that it shares.
func (f *Finding) Fingerprints() []string {
	if f.SharedFingerprint == "" {
		return []string{f.Fingerprint}
	}
	return []string{f.Fingerprint, f.SharedFingerprint}
}

// FindingSet is the findings of a report, each with its rule, by what makes findings the same: organization and
// fingerprint.
type FindingSet map[identity][]string

type identity struct{ organization, fingerprint string }

// Add notes a finding.
func (s FindingSet) Add(f *Finding) {
	for _, fp := range f.Fingerprints() {
		id := identity{f.Organization, fp}
		if !slices.Contains(s[id], f.RuleID) {
			s[id] = append(s[id], f.RuleID)
		}
	}
}

// Rule is the rule under which a finding was noted, its own where it was noted under several, and whether it was.
func (s FindingSet) Rule(f *Finding) (id string, noted bool) {
	var rules []string
	for _, fp := range f.Fingerprints() {
		rules = append(rules, s[identity{f.Organization, fp}]...)
	}
	switch {
	case len(rules) == 0:
		return "", false
	case slices.Contains(rules, f.RuleID):
		return f.RuleID, true
	}
	return rules[0], true
}

// addAlias notes a use once.
func addAlias(all []Alias, a Alias) []Alias {
	if slices.Contains(all, a) {
		return all
	}
	return append(all, a)
}
