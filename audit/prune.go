package audit

import (
	"slices"

	"apigee-audit/apigee"
)

// prune drops what cannot matter any more once the whole bundle is read. Most proxies of an organization only verify
// tokens, and most policies of the rest only shape messages, so this decides how much memory a large organization takes.
func (u *Unit) prune() {
	calls := slices.ContainsFunc(u.Policies, func(p *Policy) bool { return p.SharedFlow != "" })
	slices.Sort(u.reads)
	u.reads = slices.Clone(slices.Compact(u.reads))
	if u.Revision.Kind == apigee.KindProxy && !calls {
		// Nothing outside of the bundle runs in between, so only its own conditions can see what it writes. Shared flows
		// of hooks run before and behind it; the walk takes all variables as unknown there.
		u.forgetful = true
		if !u.handlesTokens {
			u.clear()
			return
		}
		for _, p := range u.Policies {
			p.writes = keep(p.writes, u.sees)
		}
	}
	for _, e := range u.endpoints {
		e.eachList(func(list []step) []step {
			return keep(list, func(s step) bool { return s.policy.matters(u) || len(s.faults) > 0 })
		})
	}
	u.Policies = keep(u.Policies, func(p *Policy) bool { return p.matters(u) })
}

// keep copies what is wanted, so that the rest can be freed.
func keep[T any](list []T, wanted func(T) bool) []T {
	n := 0
	for _, v := range list {
		if wanted(v) {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	out := make([]T, 0, n)
	for _, v := range list {
		if wanted(v) {
			out = append(out, v)
		}
	}
	return out
}

// clear keeps of a bundle without tokens and calls only that it is there and which targets it has, for the flow hooks.
func (u *Unit) clear() {
	u.Policies, u.reads = nil, nil
	for _, e := range u.endpoints {
		e.flows, e.eventFlows, e.faultRules, e.defaultFault, e.steps = nil, nil, nil, nil, nil
		e.preFlow, e.postFlow, e.postClient = flow{}, flow{}, flow{}
	}
}

// sees tells whether a condition of the bundle reads a variable that a write may set.
func (u *Unit) sees(w write) bool {
	w.name = canonical(w.name)
	a := assignment{write: w}
	return slices.ContainsFunc(u.reads, a.covers) || a.covers(grantTypeForm) || a.covers(grantTypeQuery)
}

// matters tells whether leaving a policy out of the walk could change a verdict.
func (p *Policy) matters(u *Unit) bool {
	shared := u.Revision.Kind == apigee.KindSharedFlow
	return p.handlesTokens() || p.SharedFlow != "" || p.Type == "RaiseFault" || len(p.writes) > 0 || p.PostsRefresh ||
		(u.handlesTokens || shared) && p.bearsOnTokens()
}

// eachList replaces every step list of an endpoint.
func (e *endpoint) eachList(change func([]step) []step) {
	pair := func(f *flow) { f.request, f.response = change(f.request), change(f.response) }
	for _, f := range []*flow{&e.preFlow, &e.postFlow, &e.postClient} {
		pair(f)
	}
	for i := range e.flows {
		pair(&e.flows[i])
	}
	for i := range e.eventFlows {
		pair(&e.eventFlows[i])
	}
	for i := range e.faultRules {
		e.faultRules[i].steps = change(e.faultRules[i].steps)
	}
	if e.defaultFault != nil {
		e.defaultFault.steps = change(e.defaultFault.steps)
	}
	e.steps = change(e.steps)
}

// Policy finds a kept policy by name, nil when there is none.
func (u *Unit) Policy(name string) *Policy {
	i := slices.IndexFunc(u.Policies, func(p *Policy) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return u.Policies[i]
}
