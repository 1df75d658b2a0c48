package audit

import (
	"strings"

	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
)

// Rule is one thing the audit looks for. Rules are values without state, listed in one slice by package audit/rules.
type Rule struct {
	finding.Rule
	// Everywhere reports whether what the rule says of bundles out of scope may be something else than before [flow.Facts.Again], apart
	// from what the core family decides; nil where it depends on nothing but the bundles themselves.
	Everywhere func(*flow.Facts) bool
	// Check reports the findings of a whole organization, as far as it is in scope: see [flow.Facts.InScope].
	Check func(*Pass)
}

// Metadata is what reports need of rules.
func Metadata(all []*Rule) []*finding.Rule {
	out := make([]*finding.Rule, len(all))
	for i, r := range all {
		out[i] = &r.Rule
	}
	return out
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
