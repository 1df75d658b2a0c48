package audit

import (
	"cmp"
	"slices"
	"strings"

	"apigee-audit/apigee"
)

// SuppressionUse is a suppression of the configuration and what became of it.
type SuppressionUse struct {
	Label  string `json:"label"` // what notices call it
	RuleID string `json:"ruleId"`
	// Expires is the last day on which it holds, YYYY-MM-DD; absent without an end.
	Expires string           `json:"expires,omitempty"`
	State   SuppressionState `json:"state"`
	// Organization is the first one looked at that an unmatched suppression speaks of.
	Organization string `json:"organization,omitempty"`
}

// SuppressionState is what became of a suppression.
type SuppressionState string

// The states of a suppression.
const (
	SuppressionMatched   SuppressionState = "matched"   // it is about a finding, reported or not
	SuppressionUnknown   SuppressionState = "unknown"   // what it is about may not have been looked at
	SuppressionUnmatched SuppressionState = "unmatched" // it is about none, and all that it speaks of was looked at
	SuppressionElsewhere SuppressionState = "elsewhere" // it speaks of nothing that was looked at
)

// SuppressionStates lists the states; of several audits with one suppression, the one that stands first decides.
func SuppressionStates() []SuppressionState {
	return []SuppressionState{SuppressionMatched, SuppressionUnknown, SuppressionUnmatched, SuppressionElsewhere}
}

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
			case r.used[i]:
				state = SuppressionMatched
			case !glob(e.Organization, r.Organization.Name):
			case !o.conclusive(e.Rule, r), !(everywhere || r.Organization.Offline || isName(e.Organization)):
				state = SuppressionUnknown
			case r.couldMatch(e):
				state = SuppressionUnmatched
				u.Organization = cmp.Or(u.Organization, r.Organization.Name)
			}
			u.State = strongest(u.State, state)
		}
		if u.State != SuppressionUnmatched {
			u.Organization = ""
		}
		out = append(out, u)
	}
	return out
}

// strongest is the state that decides of two.
func strongest(a, b SuppressionState) SuppressionState {
	all := SuppressionStates()
	return all[min(slices.Index(all, a), slices.Index(all, b))]
}

// Join is what became of one suppression in two audits.
func (u SuppressionUse) Join(v SuppressionUse) SuppressionUse {
	u.State = strongest(u.State, v.State)
	u.Organization = cmp.Or(u.Organization, v.Organization)
	if u.State != SuppressionUnmatched {
		u.Organization = ""
	}
	return u
}

// Notice says that the suppression can be removed.
func (u SuppressionUse) Notice() apigee.Problem {
	text := u.Label
	if u.Expires != "" {
		text += ", which is to hold until " + u.Expires + ","
	}
	return apigee.Problem{Organization: u.Organization, Operation: "suppress findings", Error: text + " matched no finding and can be removed"}
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
	return ran != nil && o.Evidence.enough(ran) && len(r.Problems) == 0 && !narrowed
}

// enough reports whether the records that were asked for are all that a rule needs.
func (e EvidenceOptions) enough(r *Rule) bool {
	return !slices.ContainsFunc(r.Inputs, func(i Input) bool {
		return i == InputTraffic && e.Traffic == 0 || i == InputDebugMasks && !e.DebugMasks
	})
}

// isName reports whether a pattern matches one name only.
func isName(pattern string) bool { return pattern != "" && !strings.ContainsAny(pattern, `*?[\`) }

// couldMatch reports whether the bundles an exception names were looked at. All of a live organization is; offline, what is
// not there may be elsewhere.
func (r *Result) couldMatch(e *Exception) bool {
	return !r.Organization.Offline || slices.ContainsFunc(r.Inventory, func(ev Evidence) bool {
		return glob(e.Name, ev.Name) && (e.Kind == "" || e.Kind == ev.Kind) && glob(e.Environment, ev.Environment)
	})
}
