package audit

import "slices"

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

// Alias is one use of a rule's ID for a rule that parted from it.
type Alias struct {
	Older, Newer string
	Where        string // `suppression 2 (RT106)`
}

// LeftOut is a finding that the audit made and the options keep out of the report: enough for a later comparison not to
// call it fixed.
type LeftOut struct {
	Organization string `json:"organization"`
	RuleID       string `json:"ruleId"`
	Fingerprint  string `json:"fingerprint"`
	// SharedFingerprint is as in [Finding].
	SharedFingerprint string `json:"sharedFingerprint,omitempty"`
}
