package audit

import (
	"slices"

	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
	"apigee-audit/audit/records"
)

// mostHolders bounds through how many bundles one proxy is said to do the same thing.
const mostHolders = 100

// edges lists the relations that findings are made from, and those of what is as it should be: what the flows of each proxy do, and
// what becomes of the tokens that each bundle issues.
func edges(f *flow.Facts, verdicts []*Verdict, found []merged) []finding.Edge {
	l := &edgeList{
		facts: f, verdicts: map[*flow.Issuer]*Verdict{}, lacking: map[lackingAt]string{}, found: map[foundAt]string{},
		known: map[edgeKey]bool{}, held: map[heldKey]int{}, distinct: map[endsOf]int{}, all: []finding.Edge{},
	}
	for _, v := range verdicts {
		l.verdicts[v.Issuer] = v
		for _, w := range v.Lacking {
			l.lacking[lackingAt{v.Environment, v.Program, w}] = v.Rule
		}
	}
	for i := range found {
		if m := &found[i]; m.RuleID == onlyRead || m.RuleID == withoutIssuer {
			for _, at := range m.Deployments {
				l.found[foundAt{at.Environment, m.bundle, relationOf(m.RuleID)}] = m.RuleID
			}
		}
	}
	revokers := revokersOf(f)
	for _, e := range f.Environments {
		clear(l.known)
		clear(l.held)
		for _, w := range e.Traces() {
			if w.HandlesTokens && !f.Over() {
				l.takeTrace(e, w)
			}
		}
		for _, is := range e.Issuers() {
			if f.Over() {
				break
			}
			l.takeIssuer(is)
			l.takeRevoker(is, revokers)
		}
	}
	slices.SortStableFunc(l.all, finding.CompareEdges)
	return l.all
}

// Rules outside the core family that are about a relation: reading alone, and refreshing what nothing issues.
const (
	onlyRead      = "RT102"
	withoutIssuer = "RT109"
)

func relationOf(rule string) finding.Relation {
	if rule == onlyRead {
		return finding.RelationReads
	}
	return finding.RelationRefreshes
}

type edgeList struct {
	facts    *flow.Facts
	verdicts map[*flow.Issuer]*Verdict
	lacking  map[lackingAt]string
	found    map[foundAt]string
	known    map[edgeKey]bool // in the environment
	held     map[heldKey]int  // likewise
	distinct map[endsOf]int
	all      []finding.Edge
}

// endsOf is a list of candidates, which several issuers of an environment may share.
type endsOf struct {
	environment *flow.Environment
	first       *records.Candidate
	length      int
}

// lackingAt is a proxy that issues in an environment through a program and does not refresh there.
type lackingAt struct {
	environment *flow.Environment
	program     *flow.Program
	trace       *flow.Trace
}

// foundAt is where one of the rules about a relation found something.
type foundAt struct {
	environment string
	bundle      flow.BundleID
	relation    finding.Relation
}

type edgeKey struct {
	from, to finding.Endpoint
	relation finding.Relation
	rule     string
}

type heldKey struct {
	trace    *flow.Trace
	relation finding.Relation
}

// endpoint is a program as an end of edges.
func (l *edgeList) endpoint(u *flow.Program) finding.Endpoint {
	n := finding.Endpoint{Kind: u.Revision.Kind, Name: u.Revision.Name, Source: u.Bundle().Root}
	if l.facts.Organization.Offline { // copies may differ, also those whose revision is known
		n.Source = u.Revision.Root
	}
	return n
}

// add takes an edge that is not listed already: several policies, and on Edge several revisions, can make the same.
func (l *edgeList) add(e *flow.Environment, edge finding.Edge) bool {
	key := edgeKey{from: edge.From, relation: edge.Relation, rule: edge.RuleID}
	if edge.To != nil {
		key.to = *edge.To
	}
	if l.known[key] {
		return false
	}
	l.known[key] = true
	edge.Organization, edge.Environment = l.facts.Organization.Name, e.Name
	l.all = append(l.all, edge)
	return true
}

// takeTrace lists what a proxy does with refresh tokens, and through which bundle.
func (l *edgeList) takeTrace(e *flow.Environment, w *flow.Trace) {
	for _, r := range w.Sites {
		for _, relation := range r.Does() {
			key := heldKey{w, relation}
			if l.held[key] >= mostHolders {
				continue
			}
			to := l.endpoint(r.Policy.Program)
			edge := finding.Edge{From: l.endpoint(w.Program), To: &to, Relation: relation}
			switch relation {
			case finding.RelationIssues, finding.RelationImports:
				edge.RuleID = l.lacking[lackingAt{e, r.Policy.Program, w}]
			default:
				edge.RuleID = l.found[foundAt{e.Name, r.Policy.Program.Bundle(), relation}]
			}
			if l.add(e, edge) {
				l.all[len(l.all)-1].Through = w.Between(r)
				l.held[key]++
			}
		}
	}
}

// takeIssuer lists what becomes of the tokens that a bundle issues, where the proxy through which it issues does not refresh them
// itself.
func (l *edgeList) takeIssuer(is *flow.Issuer) {
	e := is.Environment
	for _, w := range is.Traces() {
		if w.Refresh() != nil {
			continue
		}
		if chain := e.ChainToRefresh(w); chain != nil {
			last := len(chain) - 1
			to := l.endpoint(chain[last].Program)
			edge := finding.Edge{From: l.endpoint(w.Program), To: &to, Relation: finding.RelationRefreshes}
			for _, next := range chain[:last] {
				edge.Through = append(edge.Through, finding.Via{Kind: finding.ViaProxy, Name: next.Program.Revision.Name})
			}
			l.add(e, edge)
		}
	}
	v := l.verdicts[is]
	if v == nil {
		return
	}
	edge := finding.Edge{From: l.endpoint(is.Program), RuleID: v.Rule}
	switch {
	case v.Dead != nil:
		to := l.endpoint(v.Dead.Policy.Program)
		to.Policy = v.Dead.Policy.Name
		edge.Relation, edge.To, edge.Cause = finding.RelationCannotRefresh, &to, v.Dead.Reason.Kind
		l.add(e, edge)
	case len(v.Refreshers) > 0:
		edge.Relation = finding.RelationRefreshedBy
		l.takeCandidates(e, edge, v.Refreshers)
	default:
		edge.Relation = finding.RelationNeverRefreshed
		l.add(e, edge)
	}
	l.takeCandidates(e, finding.Edge{From: edge.From, Relation: finding.RelationBarred}, v.Barred)
}

// takeCandidates lists an edge to each of the best few, and counts the rest at the last.
func (l *edgeList) takeCandidates(e *flow.Environment, edge finding.Edge, all []records.Candidate) {
	if len(all) == 0 {
		return
	}
	var ends []finding.Endpoint
	var ties []*finding.Tie
	for _, c := range all {
		if to := l.endTo(e, c); !slices.Contains(ends, to) {
			var tie *finding.Tie
			if known := c.Tie; known.Kind != "" { // a copy: the candidate would keep the whole organization in memory
				tie = &known
			}
			ends, ties = append(ends, to), append(ties, tie)
		}
		if len(ends) == records.MostNamed {
			break
		}
	}
	key := endsOf{e, &all[0], len(all)}
	distinct, known := l.distinct[key]
	if !known {
		seen := map[finding.Endpoint]bool{}
		for _, c := range all {
			seen[l.endTo(e, c)] = true
		}
		distinct = len(seen)
		l.distinct[key] = distinct
	}
	for i := range ends {
		one := edge
		one.To, one.Tie = &ends[i], ties[i]
		if i == len(ends)-1 {
			one.Others = distinct - len(ends)
		}
		l.add(e, one)
	}
}

// endTo is a candidate as the end of an edge from an environment.
func (l *edgeList) endTo(e *flow.Environment, c records.Candidate) finding.Endpoint {
	to := l.endpoint(c.Trace.Program)
	if c.Environment != e {
		to.Environment = c.Environment.Name
	}
	return to
}

// revoker is a proxy with a policy that revokes refresh tokens.
type revoker struct {
	trace  *flow.Trace
	policy *flow.Policy
}

// revokersOf are the proxies that revoke refresh tokens, by environment; of those that revoke alike the first is enough.
func revokersOf(f *flow.Facts) map[*flow.Environment][]revoker {
	out := map[*flow.Environment][]revoker{}
	for e, w := range f.TokenTracesInScope() {
		for _, r := range w.Sites {
			if r.Policy.Revokes() && !slices.ContainsFunc(out[e], func(o revoker) bool { return o.policy.RevokesAlike(r.Policy) }) {
				out[e] = append(out[e], revoker{w, r.Policy})
			}
		}
	}
	return out
}

// takeRevoker names one proxy that can revoke what a bundle issues, where none does through which it issues: one of its environment,
// else of another one, because tokens belong to the organization.
func (l *edgeList) takeRevoker(is *flow.Issuer, revokers map[*flow.Environment][]revoker) {
	issuing := is.Policies()
	could := func(p *flow.Policy) bool {
		return p.Revokes() && slices.ContainsFunc(issuing, func(i *flow.Policy) bool { return p.CanRevoke(i.OAuth) == finding.Revocable })
	}
	if slices.ContainsFunc(is.Traces(), func(w *flow.Trace) bool {
		return slices.ContainsFunc(w.Sites, func(r *flow.Site) bool { return could(r.Policy) })
	}) {
		return
	}
	for _, e := range slices.Concat([]*flow.Environment{is.Environment}, l.facts.Environments) {
		for _, r := range revokers[e] {
			if !could(r.policy) {
				continue
			}
			to := l.endpoint(r.trace.Program)
			if e != is.Environment {
				to.Environment = e.Name
			}
			l.add(is.Environment, finding.Edge{From: l.endpoint(is.Program), To: &to, Relation: finding.RelationRevokedBy})
			return
		}
	}
}
