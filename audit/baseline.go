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
}

// Compare holds the results against the findings of an earlier audit: those that were there already become known. A
// finding is the same when its organization and fingerprint are; what was suppressed earlier counts as new once it is not
// any more, because the suppression was the reason to leave it alone.
func Compare(results []*Result, earlier []Finding, o Options) Comparison {
	type key struct{ organization, fingerprint string }
	before := map[key]bool{}
	for _, f := range earlier {
		if f.Status != StatusSuppressed {
			before[key{f.Organization, f.Fingerprint}] = true
		}
	}
	now := map[key]bool{}
	byName := map[string]*Result{}
	for _, r := range results {
		byName[r.Organization.Name] = r
		for i := range r.Findings {
			f := &r.Findings[i]
			k := key{f.Organization, f.Fingerprint}
			now[k] = true
			if f.Status == StatusNew && before[k] {
				f.Status = StatusKnown
			}
		}
	}
	var c Comparison
	for _, f := range earlier {
		k := key{f.Organization, f.Fingerprint}
		if f.Status == StatusSuppressed || now[k] {
			continue
		}
		now[k] = true // an earlier report may hold it twice
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
	if r.leftOut[f.Fingerprint] || !o.shows(f) || FindRule(o.Rules, f.RuleID) == nil {
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
