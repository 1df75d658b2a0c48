package audit

import (
	"cmp"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/records"
)

// SuppressionUses says what became of the suppressions of the configuration. everywhere says that the organizations asked
// for are all that they can be about; without, one that names none in full may be about another.
func SuppressionUses(results []*finding.Result, o Options, everywhere bool) []finding.SuppressionUse {
	var out []finding.SuppressionUse
	for i := range o.Exceptions {
		e := &o.Exceptions[i]
		u := finding.SuppressionUse{Label: e.Label, RuleID: e.Rule, State: finding.SuppressionElsewhere}
		if !e.Expires.IsZero() {
			u.Expires = e.Expires.Format(finding.Date)
		}
		for _, r := range results {
			state := finding.SuppressionElsewhere
			switch {
			case r.Matched[i]:
				state = finding.SuppressionMatched
			case !glob(e.Organization, r.Organization.Name):
			case !o.conclusive(e.Rule, r), !(everywhere || r.Organization.Offline || isName(e.Organization)):
				state = finding.SuppressionUnknown
			case couldMatch(r, e):
				state = finding.SuppressionUnmatched
				u.Organization = cmp.Or(u.Organization, r.Organization.Name)
			}
			u.State = u.State.Join(state)
		}
		if u.State != finding.SuppressionUnmatched {
			u.Organization = ""
		}
		out = append(out, u)
	}
	return out
}

// unusedComments says which comments accept nothing, where nothing outside this audit could tell otherwise.
func (o Options) unusedComments(all []Exception, used map[int]bool, offset int, r *finding.Result) []apigee.Problem {
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
func (o Options) conclusive(rule string, r *finding.Result) bool {
	ran := FindRule(o.Rules, rule)
	narrowed := len(o.Environments) > 0 || len(o.Proxies) > 0 || o.MinSeverity > finding.Info || o.MinConfidence > finding.LowConfidence
	return ran != nil && enough(o.Evidence, ran) && len(r.Problems) == 0 && !narrowed
}

// enough reports whether the records that were asked for are all that a rule needs.
func enough(e records.Options, r *Rule) bool {
	return !slices.ContainsFunc(r.Inputs, func(i finding.Input) bool {
		return i == finding.InputTraffic && e.Traffic == 0 || i == finding.InputDebugMasks && !e.DebugMasks
	})
}

// isName reports whether a pattern matches one name only.
func isName(pattern string) bool { return pattern != "" && !strings.ContainsAny(pattern, `*?[\`) }

// couldMatch reports whether the bundles an exception names were looked at. All of a live organization is; offline, what is
// not there may be elsewhere.
func couldMatch(r *finding.Result, e *Exception) bool {
	return !r.Organization.Offline || slices.ContainsFunc(r.Inventory, func(ev finding.Evidence) bool {
		return glob(e.Name, ev.Name) && (e.Kind == "" || e.Kind == ev.Kind) && glob(e.Environment, ev.Environment)
	})
}
