package report

import (
	"slices"

	"apigee-audit/audit/finding"
)

// Comparison is what changed from one report to a later one. Findings are the same when organization and fingerprint are:
// a redeploy or a reformat changes neither. Accepted (suppressed) findings are in none of the lists; what was accepted in
// the old report and is not any more counts as added, because the suppression was the reason to leave it alone.
type Comparison struct {
	Old, New *Document
	// Added are findings of the new report that the old one does not know.
	Added []finding.Finding
	// Fixed are findings of the old report that are gone, and that the new one would have shown, see [Document.WouldShow].
	Fixed []finding.Finding
	// NotLookedAt are findings of the old report that are not in the new one, and may still be there.
	NotLookedAt []finding.Finding
	// Unchanged are known to the old report, as the new one describes them.
	Unchanged []finding.Finding
	// Aliases are those of Unchanged that belonged to another rule in the old report; the caller decides where that
	// matters.
	Aliases []finding.Alias
}

// Compare compares two reports and leaves them as they are.
func Compare(old, new *Document) *Comparison {
	c := &Comparison{Old: old, New: new}
	before, after := old.known(), finding.Set{}
	for _, f := range new.Findings {
		after.Add(&f)
		rule, known := before.Rule(&f)
		switch {
		case f.Status == finding.StatusSuppressed:
		case known:
			c.Unchanged = append(c.Unchanged, f)
			if a := (finding.Alias{Older: rule, Newer: f.RuleID}); rule != f.RuleID && !slices.Contains(c.Aliases, a) {
				c.Aliases = append(c.Aliases, a)
			}
		default:
			c.Added = append(c.Added, f)
		}
	}
	sees := NewView(new)
	for _, f := range old.earlier() {
		if _, still := after.Rule(&f); still || f.Status == finding.StatusSuppressed {
			continue
		}
		after.Add(&f) // an earlier report may hold it twice
		if sees.BlindTo(&f, old.scopeOfFinding(&f)) == "" {
			c.Fixed = append(c.Fixed, f)
		} else {
			c.NotLookedAt = append(c.NotLookedAt, f)
		}
	}
	for _, list := range [][]finding.Finding{c.Added, c.Fixed, c.NotLookedAt, c.Unchanged} {
		slices.SortStableFunc(list, finding.Compare)
	}
	return c
}

// CompareWith makes another report the baseline of this one: findings that it contains become known, and what became of
// the others in it is noted.
func (d *Document) CompareWith(baseline *Document) *Comparison {
	c := Compare(baseline, d)
	before := baseline.known()
	for i := range d.Findings {
		if _, known := before.Rule(&d.Findings[i]); known && d.Findings[i].Status == finding.StatusNew {
			d.Findings[i].Status = finding.StatusKnown
		}
	}
	d.Baseline = &Baseline{StartedAt: baseline.StartedAt.UTC()}
	d.Fixed, d.NotLookedAt = c.Fixed, c.NotLookedAt
	d.Normalize()
	return c
}

// earlier is what a report knows: its findings, and those it could not look at itself and took over from its baseline.
func (d *Document) earlier() []finding.Finding { return slices.Concat(d.Findings, d.NotLookedAt) }

// known are the findings that a report knows and that nobody accepted.
func (d *Document) known() finding.Set {
	set := finding.Set{}
	for _, f := range d.earlier() {
		if f.Status != finding.StatusSuppressed {
			set.Add(&f)
		}
	}
	return set
}

// scopeOfFinding is the scope of the audit that made a finding, nil if unknown.
func (d *Document) scopeOfFinding(f *finding.Finding) *Scope {
	if org := d.organization(f.Organization); org != nil {
		return d.scopeOf(org)
	}
	return d.Scope
}
