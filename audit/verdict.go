package audit

import (
	"slices"
)

// Verdict is what the core family says of one issuing bundle in one environment.
type Verdict struct {
	*Issuer
	Rule string
	// Lacking are the proxies through which the bundle issues and that have no refresh operation of their own.
	Lacking []*Walk
	// Dead is the refresh policy that cannot run (RT104).
	Dead *DeadRefresh
	// Refreshers are those that could serve, best tie first: proxies of the same environment (RT106, RT110) or of others
	// (RT107).
	Refreshers []Candidate
	// Untied are those of Lacking to which nothing ties any of the refreshers (RT110).
	Untied []*Walk
	// Barred are refreshers that do not count because no API product opens any together with the proxies of Lacking;
	// Products are those that open these (RT101, RT103, RT107).
	Barred   []Candidate
	Products []string
	// Drift tells that the proxy itself refreshes in another environment, or offline in another copy (RT107).
	Drift bool
}

// judgeAll judges every issuing bundle of the organization, once its flows are walked and its records read.
func judgeAll(f *Facts, rec *Records) []*Verdict {
	t := NewTies(f, rec)
	all := make([]Candidate, len(f.Refreshers))
	for i, r := range f.Refreshers {
		all[i] = Candidate{Refresher: r}
	}
	var out []*Verdict
	for _, e := range f.Environments {
		for _, is := range e.Issuers() {
			if v := judge(is, all, t); v != nil {
				out = append(out, v)
			}
		}
	}
	return out
}

// judge finds the member of the core family that fits one issuing bundle, nil for none. The order of the tests is the
// family's contract.
func judge(is *Issuer, all []Candidate, t *Ties) *Verdict {
	v := &Verdict{Issuer: is}
	for _, w := range is.Walks() {
		if !is.Environment.Refreshes(w) {
			v.Lacking = append(v.Lacking, w)
		}
	}
	if len(v.Lacking) == 0 {
		return nil
	}
	for _, w := range v.Lacking {
		if d := is.DeadRefresh(w); d != nil {
			v.Rule, v.Dead = RefreshUnreachable, d
			return v
		}
	}
	same := func(r Candidate) bool {
		return slices.ContainsFunc(v.Lacking, func(w *Walk) bool { return w.Unit.Revision.Ref() == r.Walk.Unit.Revision.Ref() })
	}
	elsewhere := func(r Candidate) bool { return r.Environment != is.Environment }
	usable := func(r Candidate) bool { return t.Usable(is.Environment, v.Lacking, r) }
	choose := func(rule string, keep func(Candidate) bool) bool {
		for _, r := range all {
			if keep(r) {
				v.Refreshers = append(v.Refreshers, r)
			}
		}
		if len(v.Refreshers) > 0 {
			v.Rule = rule
		}
		return len(v.Refreshers) > 0
	}
	switch {
	// In the same environment only offline: another copy of the bundle, of which one alone may be deployed.
	case choose(RefreshElsewhere, same):
		v.Drift = true
	case choose(RefreshInAnotherProxy, func(r Candidate) bool { return !elsewhere(r) && usable(r) }):
		v.Refreshers, v.Untied = t.Grade(is.Environment, v.Lacking, v.Refreshers)
		if len(v.Untied) > 0 {
			v.Rule = RefreshUnrelated
		}
	case choose(RefreshElsewhere, func(r Candidate) bool { return elsewhere(r) && usable(r) }):
		v.Refreshers, _ = t.Grade(is.Environment, v.Lacking, v.Refreshers)
		v.bar(all, t)
	case is.Imports():
		v.Rule = ImportedNeverRefreshed
		v.bar(all, t)
	default:
		v.Rule = NeverRefreshed
		v.bar(all, t)
	}
	return v
}

// bar notes which refreshers of the verdict's environment do not count, and why; where there are none and nothing else
// refreshes either, those of others. It is for verdicts that say that nothing refreshes there: had any counted, the verdict
// would be another.
func (v *Verdict) bar(all []Candidate, t *Ties) {
	for _, r := range all {
		if r.Environment == v.Environment {
			v.Barred = append(v.Barred, r)
		}
	}
	if len(v.Barred) == 0 && len(v.Refreshers) == 0 {
		v.Barred = all
	}
	if len(v.Barred) > 0 {
		v.Products = t.Opening(v.Environment, v.Lacking)
	}
}
