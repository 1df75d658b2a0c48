package audit

import (
	"slices"
	"strings"

	"apigee-audit/apigee"
)

// Comparison is what became of the findings of an earlier audit that are not among those of this one.
type Comparison struct {
	// Fixed are gone, and would have been seen.
	Fixed []Finding
	// NotLookedAt may still be there: their organization, environment or bundle was not looked at, their rule did not
	// run, or the options leave them out.
	NotLookedAt []Finding
	// Aliases are findings that were known under the rule that theirs parted from.
	Aliases []Alias
}

// Compare holds the results against the findings of an earlier audit: those that were there already become known. A
// finding is the same when its organization and fingerprint are; what was suppressed earlier counts as new once it is not
// any more, because the suppression was the reason to leave it alone.
func Compare(results []*Result, earlier []Finding, o Options) Comparison {
	var c Comparison
	before, now := FindingSet{}, FindingSet{}
	for i := range earlier {
		if f := &earlier[i]; f.Status != StatusSuppressed {
			before.Add(f)
		}
	}
	byName := map[string]*Result{}
	for _, r := range results {
		byName[r.Organization.Name] = r
		for i := range r.Findings {
			f := &r.Findings[i]
			now.Add(f)
			if rule, known := before.Rule(f); known && f.Status == StatusNew {
				f.Status = StatusKnown
				if rule != f.RuleID {
					c.Aliases = addAlias(c.Aliases, Alias{rule, f.RuleID, "the baseline"})
				}
			}
		}
	}
	for _, f := range earlier {
		if _, still := now.Rule(&f); still || f.Status == StatusSuppressed {
			continue
		}
		now.Add(&f) // an earlier report may hold it twice
		if r := byName[f.Organization]; r != nil && r.wouldSee(&f, o) {
			c.Fixed = append(c.Fixed, f)
		} else {
			c.NotLookedAt = append(c.NotLookedAt, f)
		}
	}
	return c
}

// wouldSee tells whether a finding would be in the result if it were still there.
func (r *Result) wouldSee(f *Finding, o Options) bool {
	if slices.ContainsFunc(f.Fingerprints(), func(fp string) bool { return r.leftOut[fp] }) || !o.shows(f) || FindRule(o.Rules, f.RuleID) == nil {
		return false
	}
	for _, all := range r.Problems {
		for p := range all.Each() {
			if clouds(p, f) {
				return false
			}
		}
	}
	if r.Organization.Offline { // what is not among the paths may be elsewhere
		return slices.ContainsFunc(r.Inventory, func(e Evidence) bool { return e.Kind == f.Kind && e.Name == f.Name })
	}
	return !slices.ContainsFunc(f.Deployments, func(d Deployed) bool {
		return !slices.Contains(r.Organization.Environments, d.Environment)
	})
}

// clouds tells whether a problem may hide a finding: it is about the organization as a whole, about one of the finding's
// environments, or about a bundle that the finding's proof leads through.
func clouds(p apigee.Problem, f *Finding) bool {
	about := func(h Hop) bool { return p.Kind == h.Kind && p.Name == h.Name }
	if p.Name != "" && !(p.Kind == f.Kind && p.Name == f.Name) && !slices.ContainsFunc(f.Path, about) && !slices.ContainsFunc(f.Related, about) {
		return false
	}
	if p.Environment == "" {
		return true
	}
	in := strings.Split(p.Environment, ", ") // a bundle's problem names all that have it
	return slices.ContainsFunc(f.Deployments, func(d Deployed) bool { return slices.Contains(in, d.Environment) })
}
