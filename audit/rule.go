package audit

import "strings"

// Rule is one thing the audit looks for. Rules are values without state, listed in one slice by package audit/rules.
type Rule struct {
	ID         string     // "RT101"
	Name       string     // "refresh-token-never-refreshed"; never equal to the ID
	Severity   Severity   // of all its findings, unless configuration says otherwise
	Confidence Confidence // usual confidence; SARIF's precision
	Summary    string     // one sentence: what it finds
	CWE        []int      // Common Weakness Enumeration numbers
	References []Reference
	Standards  []Standard // the entries of CWE first, then by catalogue
	Page       string     // Markdown: what, why, bad, good, references
	// PartedFrom is the ID of the rule that this one was part of, "" for none. Fingerprints are made with that ID, and what
	// names it (suppressions, --rule, baselines) covers this rule too.
	PartedFrom string
	// NeedsWhole tells that the rule rests on having seen the whole organization: what could not be read makes it less sure.
	NeedsWhole bool
	// Inputs are what the rule judges by besides bundles.
	Inputs []Input
	// Check reports the findings of a whole organization.
	Check func(*Pass)
}

// Reference is a public document that a rule rests on.
type Reference struct {
	Title string
	URL   string
}

// FindRule finds a rule by its ID or name in any case, nil when there is none.
func FindRule(all []*Rule, word string) *Rule {
	for _, r := range all {
		if strings.EqualFold(word, r.ID) || strings.EqualFold(word, r.Name) {
			return r
		}
	}
	return nil
}
