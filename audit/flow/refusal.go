package flow

import (
	"slices"
	"strings"
	"sync"

	"apigee-audit/apigee/condition"
)

// Refusal is a request that passes two places of a walk: a policy serves its grant at one, and at the other a policy faults on it, so that
// its client gets an error whatever the first has done. One of the two refreshes; where it is both, it faults on whatever is no refresh
// request, and nothing around it keeps that away.
type Refusal struct{ Served, By *Site }

// maxPairs bounds the pairs of places that are looked at for refusals.
const maxPairs = 5_000

// Refusals lists the requests to refresh that an issuing policy sends away, and those for tokens that a refreshing one does; and where
// no request that is refreshed gets past a RaiseFault, and others do, these too. It reports false where there are too many places to
// look at each with each. It is for several goroutines, and looks once: several environments, and all that is supposed of one proxy, share
// a walk.
func (w *Trace) Refusals() (all []Refusal, ok bool) {
	w.refused.once.Do(func() { w.refused.all, w.refused.ok = w.findRefusals() })
	return w.refused.all, w.refused.ok
}

// refused are the answers of [Trace.Refusals].
type refused struct {
	once sync.Once
	all  []Refusal
	ok   bool
}

func (w *Trace) findRefusals() (all []Refusal, ok bool) {
	var refreshing, issuing, raising []*Site
	for _, r := range w.Sites {
		switch o := r.Policy.OAuth; {
		case r.at == nil || r.spot.inFault:
		case r.Refreshes():
			refreshing = append(refreshing, r)
		case o != nil && o.checksGrant():
			issuing = append(issuing, r)
		case r.Policy.stops():
			raising = append(raising, r)
		}
	}
	if len(refreshing)*len(issuing)+(len(refreshing)+len(issuing))*len(raising) > maxPairs {
		return nil, false
	}
	for _, a := range refreshing {
		if a.FailureStops() && a.way.cond == nil {
			all = append(all, Refusal{Served: a, By: a})
		}
		for _, b := range issuing {
			all = w.refusals(all, a, b)
		}
	}
	if len(w.raised(issuing, raising)) == 0 { // else no client gets a token at all, and refreshing fares no worse
		all = append(all, w.raised(refreshing, raising)...)
	}
	return all, true
}

// refusals adds those of a place that refreshes and one that issues.
func (w *Trace) refusals(all []Refusal, a, b *Site) []Refusal {
	if a.spot.excludes(b.spot) {
		return all
	}
	if b.FailureStops() && w.passes(a, b, a, grantRefreshToken) {
		all = append(all, Refusal{Served: a, By: b})
	}
	others := slices.DeleteFunc(slices.Clone(b.Policy.OAuth.Grants), func(g string) bool { return g == grantRefreshToken })
	if a.FailureStops() && slices.ContainsFunc(others, func(g string) bool { return w.passes(a, b, b, g) }) {
		all = append(all, Refusal{Served: b, By: a})
	}
	return all
}

// raised are a RaiseFault behind each of some places, where there is one behind all.
func (w *Trace) raised(places, raising []*Site) []Refusal {
	var out []Refusal
	for _, a := range places {
		i := slices.IndexFunc(raising, func(b *Site) bool { return b.Order > a.Order && b.FailureStops() && w.Certain(a, b) })
		if i < 0 {
			return nil
		}
		out = append(out, Refusal{Served: a, By: raising[i]})
	}
	return out
}

// passes reports whether one request passes two places with a grant, which it has where the policy at one of them looks for it.
func (w *Trace) passes(a, b, at *Site, grant string) bool {
	variable := canonical(at.Policy.OAuth.grantVariable())
	if strings.HasPrefix(variable, messagePrefix) {
		variable = canonical(requestPrefix + strings.TrimPrefix(variable, messagePrefix))
	}
	bind := func(conds []*condition.Expr, suffix string) condition.Formula {
		var all []condition.Formula
		for _, c := range conds {
			all = append(all, c.Bind(func(v string) condition.Term {
				v = canonical(v)
				if v != variable && !constant(v) && !strings.HasPrefix(v, requestPrefix) {
					v += suffix
				}
				return free(v)
			}))
		}
		return condition.And(all...)
	}
	return condition.Satisfiable(bind(a.way.conds(), "@1"), bind(b.way.conds(), "@2"), condition.Equal(free(variable), grant))
}
