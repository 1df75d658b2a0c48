package audit

import (
	"fmt"
	"slices"

	"apigee-audit/apigee"
)

// unusedComments says which comments accept nothing. Where something could not be read nobody can know.
func unusedComments(all []Exception, used map[int]bool, offset int, ran []*Rule, problems []apigee.Problem) []apigee.Problem {
	if len(problems) > 0 {
		return nil
	}
	var out []apigee.Problem
	for i := range all {
		e := &all[i]
		if used[offset+i] || FindRule(ran, e.Rule) == nil {
			continue
		}
		out = append(out, e.comment.notice("the comment that accepts %s matched no finding; it can go", e.Rule))
	}
	return out
}

// ReportUnused adds a notice for every exception of the configuration that was about nothing, where it could have been:
// its rule ran, an organization it speaks of was audited without problems, and the bundle it names was among those
// looked at. The notices go to the first such organization.
func ReportUnused(results []*Result, o Options) {
	for i := range o.Exceptions {
		e := &o.Exceptions[i]
		if FindRule(o.Rules, e.Rule) == nil {
			continue
		}
		var home *Result
		doubtful := false
		for _, r := range results {
			switch {
			case !glob(e.Organization, r.Organization.Name):
			case r.used[i], len(r.Problems) > 0:
				doubtful = true
			case home == nil && r.couldMatch(e):
				home = r
			}
		}
		if home == nil || doubtful {
			continue
		}
		text := e.Label + " matched no finding; it can go"
		if !e.Expires.IsZero() {
			text = fmt.Sprintf("%s, which is to hold until %s, matched no finding; it can go", e.Label, e.Expires.Format(Date))
		}
		home.Notices = append(home.Notices, apigee.Problem{
			Organization: home.Organization.Name, Operation: "suppress findings", Error: text,
		})
	}
}

// couldMatch tells whether the bundles an exception names were looked at. All of a live organization is; offline, what is
// not there may be elsewhere.
func (r *Result) couldMatch(e *Exception) bool {
	return !r.Organization.Offline || e.Name == "" || slices.ContainsFunc(r.Inventory, func(ev Evidence) bool {
		return glob(e.Name, ev.Name) && (e.Kind == "" || e.Kind == ev.Kind)
	})
}
