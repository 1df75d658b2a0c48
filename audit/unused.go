package audit

import (
	"cmp"
	"slices"
	"strings"

	"apigee-audit/apigee"
)

// SuppressionUses says what became of the suppressions of the configuration. everywhere says that the organizations asked
// for are all that they can be about; without, one that names none in full may be about another.
func SuppressionUses(results []*Result, o Options, everywhere bool) []SuppressionUse {
	var out []SuppressionUse
	for i := range o.Exceptions {
		e := &o.Exceptions[i]
		u := SuppressionUse{Label: e.Label, RuleID: e.Rule, State: SuppressionElsewhere}
		if !e.Expires.IsZero() {
			u.Expires = e.Expires.Format(Date)
		}
		for _, r := range results {
			state := SuppressionElsewhere
			switch {
			case r.Matched[i]:
				state = SuppressionMatched
			case !glob(e.Organization, r.Organization.Name):
			case !o.conclusive(e.Rule, r), !(everywhere || r.Organization.Offline || isName(e.Organization)):
				state = SuppressionUnknown
			case couldMatch(r, e):
				state = SuppressionUnmatched
				u.Organization = cmp.Or(u.Organization, r.Organization.Name)
			}
			u.State = u.State.Join(state)
		}
		if u.State != SuppressionUnmatched {
			u.Organization = ""
		}
		out = append(out, u)
	}
	return out
}

// unusedComments says which comments accept nothing, where nothing outside this audit could tell otherwise.
func (o Options) unusedComments(all []Exception, used map[int]bool, offset int, r *Result) []apigee.Problem {
	var out []apigee.Problem
	for i := range all {
		if e := &all[i]; !used[offset+i] && o.conclusive(e.Rule, r) {
			out = append(out, e.comment.notice("the comment that accepts %s matched no finding and can be removed", e.Rule))
		}
	}
	return out
}

// conclusive reports whether a rule without findings in a result has none in its organization: the rule had what it judges
// by, everything could be read, and everything was asked for.
func (o Options) conclusive(rule string, r *Result) bool {
	ran := FindRule(o.Rules, rule)
	narrowed := len(o.Environments) > 0 || len(o.Proxies) > 0 || o.MinSeverity > Info || o.MinConfidence > LowConfidence
	return ran != nil && enough(o.Evidence, ran) && len(r.Problems) == 0 && !narrowed
}

// enough reports whether the records that were asked for are all that a rule needs.
func enough(e EvidenceOptions, r *EngineRule) bool {
	return !slices.ContainsFunc(r.Inputs, func(i Input) bool {
		return i == InputTraffic && e.Traffic == 0 || i == InputDebugMasks && !e.DebugMasks
	})
}

// isName reports whether a pattern matches one name only.
func isName(pattern string) bool { return pattern != "" && !strings.ContainsAny(pattern, `*?[\`) }

// couldMatch reports whether the bundles an exception names were looked at. All of a live organization is; offline, what is
// not there may be elsewhere.
func couldMatch(r *Result, e *Exception) bool {
	return !r.Organization.Offline || slices.ContainsFunc(r.Inventory, func(ev Evidence) bool {
		return glob(e.Name, ev.Name) && (e.Kind == "" || e.Kind == ev.Kind) && glob(e.Environment, ev.Environment)
	})
}
