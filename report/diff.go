package report

import (
	"slices"

	"apigee-audit/audit"
)

// Comparison is what changed from one report to a later one. Findings are the same when organization and fingerprint are:
// a redeploy or a reformat changes neither. Accepted (suppressed) findings are in none of the lists.
type Comparison struct {
	Old, New *Document
	// Added are findings of the new report that the old one does not have.
	Added []audit.Finding
	// Fixed are findings of the old report that the new one looked for and did not find.
	Fixed []audit.Finding
	// Unseen are findings of the old report that are not in the new one, which did not look everywhere: the organization is
	// not in it, or something of the bundle, its environments or the whole organization could not be read.
	Unseen []audit.Finding
	// Unchanged are in both, as the new report tells them.
	Unchanged []audit.Finding
	// Aliases are those of Unchanged that another rule had in the old report.
	Aliases []audit.Alias
}

// Compare compares two reports and leaves them as they are.
func Compare(old, new *Document) *Comparison {
	c := &Comparison{Old: old, New: new}
	before, after := audit.FindingSet{}, audit.FindingSet{}
	for i := range old.Findings {
		before.Add(&old.Findings[i])
	}
	for _, f := range new.Findings {
		after.Add(&f)
		rule, known := before.Rule(&f)
		switch {
		case f.Status == audit.StatusSuppressed:
		case known:
			c.Unchanged = append(c.Unchanged, f)
			if rule != f.RuleID {
				c.Aliases = append(c.Aliases, audit.Alias{Older: rule, Newer: f.RuleID, Where: "the old report"})
			}
		default:
			c.Added = append(c.Added, f)
		}
	}
	for _, f := range old.Findings {
		_, still := after.Rule(&f)
		switch {
		case f.Status == audit.StatusSuppressed || still:
		case new.lookedFor(f):
			c.Fixed = append(c.Fixed, f)
		default:
			c.Unseen = append(c.Unseen, f)
		}
	}
	for _, list := range [][]audit.Finding{c.Added, c.Fixed, c.Unseen, c.Unchanged} {
		slices.SortStableFunc(list, audit.CompareFindings)
	}
	return c
}

// lookedFor reports whether the report would have the finding if it were still there.
func (d *Document) lookedFor(f audit.Finding) bool {
	if !slices.ContainsFunc(d.Organizations, func(o Organization) bool { return o.Name == f.Organization }) {
		return false
	}
	for _, all := range d.Problems {
		for p := range all.Each() {
			if p.Organization == f.Organization && (p.Name == "" || p.Kind == f.Kind && p.Name == f.Name) {
				return false
			}
		}
	}
	return true
}
