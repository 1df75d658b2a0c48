package audit

import "strings"

// FindRule finds a rule by its ID or name in any case, nil when there is none.
func FindRule(all []*EngineRule, word string) *EngineRule {
	for _, r := range all {
		if strings.EqualFold(word, r.ID) || strings.EqualFold(word, r.Name) {
			return r
		}
	}
	return nil
}

// EngineRule is one thing the audit looks for. Rules are values without state, listed in one slice by package audit/rules.
type EngineRule struct {
	Rule
	// Check reports the findings of a whole organization.
	Check func(*Pass)
}

// Metadata is what reports need of rules.
func Metadata(all []*EngineRule) []*Rule {
	out := make([]*Rule, len(all))
	for i, r := range all {
		out[i] = &r.Rule
	}
	return out
}
