package audit

import (
	"slices"

	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
	"apigee-audit/audit/records"
)

// Verdict is what the core family says of one issuing bundle in one environment.
type Verdict struct {
	*flow.Issuer
	Rule string
	// Lacking are the proxies through which the bundle issues and that have no refresh operation of their own.
	Lacking []*flow.Trace
	// Dead is the refresh policy that cannot run (RT104).
	Dead *flow.DeadRefresh
	// Refreshers are those that could serve, best tie first: proxies of the same environment (RT106, RT110) or of others
	// (RT107).
	Refreshers []records.Candidate
	// Untied are those of Lacking to which nothing ties any of the refreshers (RT110).
	Untied []*flow.Trace
	// Barred are refreshers that do not count because no API product opens any together with the proxies of Lacking;
	// Products are those that open these (RT101, RT103, RT107).
	Barred   []records.Candidate
	Products []string
	// Drift reports whether the proxy itself refreshes in another environment, or offline in another copy (RT107).
	Drift bool
}

// judgeAll judges every issuing bundle of the organization, once its flows are walked and its records read.
func judgeAll(f *flow.Facts, rec *records.Records) []*Verdict {
	j := newJudge(f, rec)
	var out []*Verdict
	for _, e := range f.Environments {
		for _, is := range e.Issuers() {
			if v := j.judge(is); v != nil {
				out = append(out, v)
			}
		}
	}
	return out
}

// judge makes the verdicts on an organization.
type judge struct {
	candidates []records.Candidate // whatever refreshes
	ties       *records.Ties
}

func newJudge(f *flow.Facts, rec *records.Records) *judge {
	j := &judge{candidates: make([]records.Candidate, len(f.Refreshers)), ties: records.NewTies(rec)}
	for i, r := range f.Refreshers {
		j.candidates[i] = records.Candidate{Refresher: r}
	}
	return j
}

// lackingOf are the proxies through which a bundle issues and that have no refresh operation of their own.
func lackingOf(is *flow.Issuer) []*flow.Trace {
	var out []*flow.Trace
	for _, w := range is.Traces() {
		if !is.Environment.Refreshes(w) {
			out = append(out, w)
		}
	}
	return out
}

// judge finds the member of the core family that fits one issuing bundle, nil for none. The order of the tests is the
// family's contract.
func (j *judge) judge(is *flow.Issuer) *Verdict {
	all, t := j.candidates, j.ties
	v := &Verdict{Issuer: is, Lacking: lackingOf(is)}
	if len(v.Lacking) == 0 {
		return nil
	}
	for _, w := range v.Lacking {
		if d := is.DeadRefresh(w); d != nil {
			v.Rule, v.Dead = finding.RefreshUnreachable, d
			return v
		}
	}
	same := func(r records.Candidate) bool {
		return slices.ContainsFunc(v.Lacking, func(w *flow.Trace) bool { return w.Program.Revision.Ref() == r.Trace.Program.Revision.Ref() })
	}
	elsewhere := func(r records.Candidate) bool { return r.Environment != is.Environment }
	usable := func(r records.Candidate) bool { return t.Usable(is.Environment, v.Lacking, r) }
	choose := func(rule string, keep func(records.Candidate) bool) bool {
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
	case choose(finding.RefreshElsewhere, same):
		v.Drift = true
	case choose(finding.RefreshInAnotherProxy, func(r records.Candidate) bool { return !elsewhere(r) && usable(r) }):
		v.Refreshers, v.Untied = t.Grade(is.Environment, v.Lacking, v.Refreshers)
		if len(v.Untied) > 0 {
			v.Rule = finding.RefreshUnrelated
		}
	case choose(finding.RefreshElsewhere, func(r records.Candidate) bool { return elsewhere(r) && usable(r) }):
		v.Refreshers, _ = t.Grade(is.Environment, v.Lacking, v.Refreshers)
		v.bar(all, t)
	case is.Imports():
		v.Rule = finding.ImportedNeverRefreshed
		v.bar(all, t)
	default:
		v.Rule = finding.NeverRefreshed
		v.bar(all, t)
	}
	return v
}

// bar notes which refreshers of the verdict's environment do not count, and why; where there are none and nothing else
// refreshes either, those of others. It is for verdicts that say that nothing refreshes there: had any counted, the verdict
// would be another.
func (v *Verdict) bar(all []records.Candidate, t *records.Ties) {
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
