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
	// Fixed are findings of the old report that are gone, and that the new one would have shown, see [View.BlindTo].
	Fixed []finding.Finding
	// NotLookedAt are findings of the old report that are not in the new one, and may still be there.
	NotLookedAt []finding.Finding
	// Unchanged are known to the old report, as the new one describes them.
	Unchanged []finding.Finding
	// Aliases are those of Unchanged that belonged to another rule in the old report; the caller decides where that
	// matters.
	Aliases []finding.Alias
}

// Compare compares two reports and leaves them as they are. A finding is known too where the older report has it under the
// rule that its own parted from: that rule may have been all there was when the report was made.
func Compare(old, new *Document) *Comparison { return compare(old, new, anyRule) }

// countsAs reports whether a finding is known that was noted under some rule.
type countsAs func(noted string, f *finding.Finding) bool

func anyRule(string, *finding.Finding) bool          { return true }
func sameRule(noted string, f *finding.Finding) bool { return noted == f.RuleID } // both reports know the same rules

// knowing are findings, and under which rules others are the same.
type knowing struct {
	finding.Set
	counts countsAs
}

// rule is the rule under which a finding is known, and whether it is.
func (k knowing) rule(f *finding.Finding) (id string, known bool) {
	id, noted := k.Rule(f)
	return id, noted && k.counts(id, f)
}

func compare(old, new *Document, counts countsAs) *Comparison {
	c := &Comparison{Old: old, New: new}
	before, after := old.known(counts), knowing{finding.Set{}, counts}
	for _, f := range new.Findings {
		after.Add(&f)
		rule, known := before.rule(&f)
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
		if _, still := after.rule(&f); still || f.Status == finding.StatusSuppressed {
			continue
		}
		after.Add(&f) // an earlier report may hold it twice
		if sees.BlindTo(&f, old.ScopeOf(f.Organization)) == "" {
			c.Fixed = append(c.Fixed, withoutFixes(f))
		} else {
			c.NotLookedAt = append(c.NotLookedAt, withoutFixes(f))
		}
	}
	for _, list := range [][]finding.Finding{c.Added, c.Fixed, c.NotLookedAt, c.Unchanged} {
		slices.SortStableFunc(list, finding.Compare)
	}
	return c
}

// withoutFixes is a finding of an earlier report that is gone, or that nobody looked at: what would mend it was proved of bundles
// that may be others by now.
func withoutFixes(f finding.Finding) finding.Finding {
	f.Fixes, f.NoFix = nil, ""
	return f
}

// CompareWith makes another report the baseline of this one: findings that it contains become known, and what became of
// the others in it is noted.
func (d *Document) CompareWith(baseline *Document) *Comparison {
	c := d.compareWith(baseline, anyRule)
	d.noteFirstSeen(baseline)
	d.Baseline = &Baseline{StartedAt: baseline.StartedAt.UTC()}
	d.Normalize()
	return c
}

// compareWith notes what became of the findings of an earlier report, beside those of others that the report was compared with.
func (d *Document) compareWith(earlier *Document, counts countsAs) *Comparison {
	c := compare(earlier, d, counts)
	before := earlier.known(counts)
	for i := range d.Findings {
		f := &d.Findings[i]
		if _, known := before.rule(f); known && f.Status == finding.StatusNew {
			f.Status = finding.StatusKnown
		}
	}
	noted := knowing{finding.Set{}, sameRule}
	for _, f := range slices.Concat(d.Fixed, d.NotLookedAt) {
		noted.Add(&f)
	}
	further := func(f finding.Finding) bool { _, is := noted.rule(&f); return !is }
	d.Fixed, d.NotLookedAt = append(d.Fixed, only(c.Fixed, further)...), append(d.NotLookedAt, only(c.NotLookedAt, further)...)
	return c
}

// earlier is what a report knows: its findings, and those it could not look at itself and took over from its baseline.
func (d *Document) earlier() []finding.Finding { return slices.Concat(d.Findings, d.NotLookedAt) }

// known are the findings that a report knows and that nobody accepted.
func (d *Document) known(counts countsAs) knowing {
	set := knowing{finding.Set{}, counts}
	for _, f := range d.earlier() {
		if f.Status != finding.StatusSuppressed {
			set.Add(&f)
		}
	}
	for _, l := range d.LeftOut {
		if l.Status == finding.StatusKnown {
			set.Add(l.Finding())
		}
	}
	return set
}

// ScopeOf is the scope of the audit of an organization by its name; nil if unknown, which stands for everything.
func (d *Document) ScopeOf(organization string) *Scope {
	if org := d.organization(organization); org != nil {
		return d.scopeOf(org)
	}
	return d.Scope
}
