package audit

import (
	"slices"

	"apigee-audit/apigee"
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
	facts *flow.Facts
	pools map[poolKey]*records.Pool
	ties  *records.Ties
	// Whatever refreshes, and the indexes of those that are revisions of a proxy; see candidates.
	known []records.Candidate
	of    map[apigee.Ref][]int
}

// poolKey names the candidates of an environment, or those of all others.
type poolKey struct {
	environment *flow.Environment
	others      bool
}

func newJudge(f *flow.Facts, rec *records.Records) *judge {
	return &judge{facts: f, pools: map[poolKey]*records.Pool{}, ties: records.NewTies(rec)}
}

// candidates are whatever refreshes, once a verdict depends on it.
func (j *judge) candidates() []records.Candidate {
	if j.of != nil {
		return j.known
	}
	j.of = map[apigee.Ref][]int{}
	for i, r := range j.facts.Refreshers() {
		j.known = append(j.known, records.Candidate{Refresher: r})
		proxy := r.Trace.Program.Revision.Ref()
		j.of[proxy] = append(j.of[proxy], i)
	}
	return j.known
}

// pool are the candidates of an environment, or those of all others.
func (j *judge) pool(e *flow.Environment, others bool) *records.Pool {
	key := poolKey{e, others}
	if j.pools[key] == nil {
		var all []records.Candidate
		for _, r := range j.candidates() {
			if (r.Environment != e) == others {
				all = append(all, r)
			}
		}
		j.pools[key] = j.ties.NewPool(all)
	}
	return j.pools[key]
}

// same are the candidates that are revisions of one of some proxies.
func (j *judge) same(proxies []*flow.Trace) []records.Candidate {
	all := j.candidates()
	var found []int
	for _, w := range proxies {
		found = append(found, j.of[w.Program.Revision.Ref()]...)
	}
	slices.Sort(found)
	var out []records.Candidate
	for _, i := range slices.Compact(found) {
		out = append(out, all[i])
	}
	return out
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
	e := is.Environment
	// In the same environment only offline: another copy of the bundle, of which one alone may be deployed.
	if v.Refreshers = j.same(v.Lacking); len(v.Refreshers) > 0 {
		v.Rule, v.Drift = finding.RefreshElsewhere, true
		return v
	}
	if v.Refreshers, v.Untied = j.ties.Choose(j.pool(e, false), e, v.Lacking); len(v.Refreshers) > 0 {
		v.Rule = finding.RefreshInAnotherProxy
		if len(v.Untied) > 0 {
			v.Rule = finding.RefreshUnrelated
		}
		return v
	}
	v.Untied = nil
	v.Refreshers, _ = j.ties.Choose(j.pool(e, true), e, v.Lacking)
	switch {
	case len(v.Refreshers) > 0:
		v.Rule = finding.RefreshElsewhere
	case is.Imports():
		v.Rule = finding.ImportedNeverRefreshed
	default:
		v.Rule = finding.NeverRefreshed
	}
	j.bar(v)
	return v
}

// bar notes which refreshers of the verdict's environment do not count, and why; where there are none and nothing else
// refreshes either, those of others. It is for verdicts that say that nothing refreshes there: had any counted, the verdict
// would be another.
func (j *judge) bar(v *Verdict) {
	v.Barred = j.pool(v.Environment, false).All
	if len(v.Barred) == 0 && len(v.Refreshers) == 0 {
		v.Barred = j.candidates()
	}
	if len(v.Barred) > 0 {
		v.Products = j.ties.Opening(v.Environment, v.Lacking)
	}
}
