package audit

import (
	"slices"

	"apigee-audit/apigee"
)

// prune drops what cannot matter any more once the whole bundle is read. Most proxies of an organization only verify
// tokens, and most policies of the rest only shape messages, so this decides how much memory a large organization takes.
func (rd *Reader) prune(u *Unit) {
	slices.Sort(u.reads)
	u.reads = slices.Clone(slices.Compact(u.reads))
	if u.Revision.Kind == apigee.KindProxy {
		if u.far() {
			u.clear()
			return
		}
		for _, p := range u.Policies {
			seen := keep(p.writes, func(w write) bool { return w.seenBy(u.reads) || rd.sharedFlowsRead(w) })
			u.dropsWrites = u.dropsWrites || len(seen) < len(p.writes)
			p.writes = seen
		}
	}
	for _, e := range u.endpoints {
		e.eachList(func(list []step) []step {
			return keep(list, func(s step) bool { return s.policy.matters(u) || len(s.faults) > 0 })
		})
	}
	u.Policies = keep(u.Policies, func(p *Policy) bool { return p.matters(u) })
}

// sharedFlowsRead reports whether some shared flow reads what a write may set. Any of them may be called or attached to a
// flow hook, which is a setting of the environment.
func (rd *Reader) sharedFlowsRead(w write) bool {
	rd.mu.Lock()
	defer rd.mu.Unlock()
	w.name = canonical(w.name)
	if !w.prefix {
		return rd.read[w.name]
	}
	a := assignment{write: w}
	for variable := range rd.read {
		if a.covers(variable) {
			return true
		}
	}
	return false
}

// near reports whether a shared flow that a bundle may call handles tokens.
func (rd *Reader) near(u *Unit) bool {
	rd.mu.Lock()
	defer rd.mu.Unlock()
	seen := map[string]bool{}
	var visit func(u *Unit) bool
	visit = func(u *Unit) bool {
		return slices.ContainsFunc(u.Policies, func(p *Policy) bool {
			if p.SharedFlow == "" || seen[p.SharedFlow] {
				return false
			}
			seen[p.SharedFlow] = true
			return slices.ContainsFunc(rd.sharedFlows[p.SharedFlow], func(s *Unit) bool { return s.handlesTokens || visit(s) })
		})
	}
	return visit(u)
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

// clear keeps of a bundle that is far from tokens only which shared flows and targets it has: the first for notices of
// missing ones, the second for the flow hooks.
func (u *Unit) clear() {
	u.cleared = true
	calls := func(s step) bool { return s.policy.SharedFlow != "" }
	for _, e := range u.endpoints {
		e.eachList(func(list []step) []step { return keep(list, calls) })
		e.flows = keep(e.flows, func(f flow) bool { return len(f.request)+len(f.response) > 0 })
		e.eventFlows = keep(e.eventFlows, func(f flow) bool { return len(f.response) > 0 })
		e.faultRules = keep(e.faultRules, func(f faultRule) bool { return len(f.steps) > 0 })
		e.addresses = nil
		for i := range e.routes {
			e.routes[i].addresses = nil
		}
	}
	u.Policies, u.reads = keep(u.Policies, func(p *Policy) bool { return p.SharedFlow != "" }), nil
	for _, p := range u.Policies {
		p.writes = nil
	}
}

// seenBy tells whether one of the variables is what a write may set. Grant types always are.
func (w write) seenBy(reads []string) bool {
	w.name = canonical(w.name)
	a := assignment{write: w}
	return slices.ContainsFunc(reads, a.covers) || a.covers(grantTypeForm) || a.covers(grantTypeQuery)
}

// eachList replaces every step list of an endpoint.
func (e *endpoint) eachList(change func([]step) []step) {
	pair := func(f *flow) { f.request, f.response = change(f.request), change(f.response) }
	for _, f := range e.eachFlow() {
		pair(f)
	}
	for i := range e.faultRules {
		e.faultRules[i].steps = change(e.faultRules[i].steps)
	}
	if e.defaultFault != nil {
		e.defaultFault.steps = change(e.defaultFault.steps)
	}
	e.steps = change(e.steps)
}
