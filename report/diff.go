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
}

// Compare compares two reports and leaves them as they are.
func Compare(old, new *Document) *Comparison {
	c := &Comparison{Old: old, New: new}
	type identity struct{ organization, fingerprint string }
	before, after := map[identity]bool{}, map[identity]bool{}
	for _, f := range old.Findings {
		before[identity{f.Organization, f.Fingerprint}] = true
	}
	for _, f := range new.Findings {
		id := identity{f.Organization, f.Fingerprint}
		after[id] = true
		switch {
		case f.Status == audit.StatusSuppressed:
		case before[id]:
			c.Unchanged = append(c.Unchanged, f)
		default:
			c.Added = append(c.Added, f)
		}
	}
	for _, f := range old.Findings {
		switch {
		case f.Status == audit.StatusSuppressed || after[identity{f.Organization, f.Fingerprint}]:
		case new.lookedFor(f):
			c.Fixed = append(c.Fixed, f)
		default:
			c.Unseen = append(c.Unseen, f)
		}
	}
	for _, list := range [][]audit.Finding{c.Added, c.Fixed, c.Unseen, c.Unchanged} {
		slices.SortStableFunc(list, compareFindings)
	}
	return c
}

// lookedFor tells whether the report would have the finding if it were still there.
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
