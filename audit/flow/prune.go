package flow

import (
	"maps"
	"slices"

	"apigee-audit/apigee"
)

// prune drops what cannot matter any more once the whole bundle is read. Most proxies of an organization only verify
// tokens, and most policies of the rest only shape messages, so this decides how much memory a large organization takes.
func (r *programReader) prune() {
	u := r.program
	if u.untouched() {
		r.clear()
		return
	}
	u.reads = slices.AppendSeq(make([]string, 0, len(r.variables)), maps.Keys(r.variables))
	slices.Sort(u.reads)
	if u.Revision.Kind == apigee.KindProxy {
		r.keepWrites()
		r.keepCopies()
	} else {
		r.keepDataFlow()
	}
	for i := range r.drafts {
		d := &r.drafts[i]
		d.effects = r.shared.effectsOf(d.taken, d.sets, d.speaks)
	}
	for _, e := range u.endpoints {
		e.eachList(func(list []step) []step {
			return keepIn(r.kept.steps.Slice, list, func(s step) bool { return s.policy.matters(u) || s.faults != nil })
		})
		e.flows = append(r.kept.flows.Slice(len(e.flows))[:0], e.flows...)
	}
	u.Policies = keep(u.Policies, func(p *Policy) bool { return p.matters(u) })
}

// keepDataFlow spells out all writes and copies: a shared flow is read before those that may ask for them.
func (r *programReader) keepDataFlow() {
	for i := range r.drafts {
		d := &r.drafts[i]
		d.sets = spelledOut(d.changes)
		for k := range d.fills {
			d.taken = d.fills[k].copies(d.taken, r.spelled(d.fills[k].holder), func(int) bool { return true })
		}
		d.taken = slices.Clip(d.taken)
	}
}

// keepWrites spells out those writes of a proxy that something can see: a condition, or a policy whose variables are traced back, of
// its own or of some shared flow. Any of these may be called or attached to a flow hook, which is a setting of the environment.
func (r *programReader) keepWrites() {
	u, elsewhere := r.program, r.shared.read.inOrder()
	visible := func(w *write) bool { return w.seenBy(u.reads) || w.setsOneOf(elsewhere) }
	var kept []write
	for i := range r.drafts {
		d := &r.drafts[i]
		kept = kept[:0]
		for k := range d.changes {
			c := &d.changes[k]
			s := r.spelled(c.holder)
			s.judge(c.prefix, visible)
			for n := range s.n {
				if s.visible[n] {
					kept = append(kept, c.write(s.names[n], n == s.n-1))
				} else {
					u.drops = true
				}
			}
		}
		if len(kept) > 0 {
			d.sets = slices.Clone(kept)
		}
	}
}

// keepCopies spells out those copies of a proxy that a rule may ask for: into variables whose values are followed back from some sink,
// of policies that speak of tokens ([Policy.CopiesInto]), and out of a field of a body.
func (r *programReader) keepCopies() {
	f := followed{r: r, own: map[string]bool{}, elsewhere: r.shared.followed.inOrder()}
	f.find()
	for i := range r.drafts {
		d := &r.drafts[i]
		had := len(d.taken)
		d.taken = keep(d.taken, func(c Copy) bool { return len(d.Mentions) > 0 || f.has(canonical(c.To)) })
		for k := range d.fills {
			one := &d.fills[k]
			had += one.count
			all := len(d.Mentions) > 0 || one.takesField(d.silent)
			if all || !f.nothing() {
				s := r.spelled(one.holder)
				d.taken = one.copies(d.taken, s, func(i int) bool { return all || f.hasName(s, i) })
			}
		}
		d.taken = slices.Clip(d.taken)
		r.program.drops = r.program.drops || len(d.taken) < had
	}
}

// followed are the variables whose values rules may follow back through the copies of a proxy: of its own and, sorted, of the shared
// flows.
type followed struct {
	r         *programReader
	own       map[string]bool
	elsewhere []string
}

func (f *followed) nothing() bool { return len(f.own)+len(f.elsewhere) == 0 }

func (f *followed) has(variable string) bool { return f.own[variable] || f.hasElsewhere(variable) }

func (f *followed) hasElsewhere(variable string) bool {
	_, found := slices.BinarySearch(f.elsewhere, variable)
	return found
}

// hasName is has for one of the names of what is filled.
func (f *followed) hasName(s *spelling, i int) bool {
	if !s.looked {
		s.looked = true
		for k, name := range s.canonical[:s.n] {
			s.elsewhere[k] = f.hasElsewhere(name)
		}
	}
	return s.elsewhere[i] || len(f.own) > 0 && f.own[s.canonical[i]]
}

// find finds what the policies take to their sinks, and through which copies that gets there.
func (f *followed) find() {
	for i := range f.r.drafts {
		for _, t := range f.r.drafts[i].followed() {
			f.add(t)
		}
	}
	again := !f.nothing()
	for pass := 0; again && pass < maxCopies; pass++ { // a copy may itself be copied
		again = false
		for i := range f.r.drafts {
			d := &f.r.drafts[i]
			for _, c := range d.taken {
				again = f.has(canonical(c.To)) && f.add(c.From...) || again
			}
			for k := range d.fills {
				again = f.fills(&d.fills[k]) && f.add(d.fills[k].sources()...) || again
			}
		}
	}
}

// fills reports whether a copy fills one of the variables.
func (f *followed) fills(one *fill) bool {
	if one.template == "" && len(one.from) == 0 { // it leads no further
		return false
	}
	s := f.r.spelled(one.holder)
	for i := range one.count {
		if f.hasName(s, i) {
			return true
		}
	}
	return false
}

// add reports whether some of the variables are followed that were not before.
func (f *followed) add(list ...Taken) bool {
	added := false
	for _, t := range list {
		if v := canonical(t.Variable); t.followed() && !f.has(v) {
			f.own[v], added = true, true
		}
	}
	return added
}

// followed reports whether it matters where the value was copied from: a field says what it is, and rules know what makes the body of
// a message.
func (t Taken) followed() bool { return t.Field == "" && bodyOf(canonical(t.Variable)) == "" }

// setsOneOf reports whether one of some variables, sorted, is what a write may set, whose name is canonical.
func (w *write) setsOneOf(variables []string) bool {
	if w.name == "" {
		return slices.ContainsFunc(variables, w.covers)
	}
	i, _ := slices.BinarySearch(variables, w.name) // what begins with a name comes right behind it
	return i < len(variables) && w.covers(variables[i])
}

// seenBy reports whether one of the variables, sorted, is what a write may set. Grant types always are.
func (w *write) seenBy(reads []string) bool {
	return w.setsOneOf(reads) || w.setsOneOf([]string{grantTypeForm, grantTypeQuery})
}

// keep copies what is wanted, so that the rest can be freed.
func keep[T any](list []T, wanted func(T) bool) []T {
	return keepIn(func(n int) []T { return make([]T, n) }, list, wanted)
}

// keepIn is keep in memory for n elements that somebody makes.
func keepIn[T any](memory func(n int) []T, list []T, wanted func(T) bool) []T {
	n := 0
	for _, v := range list {
		if wanted(v) {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	out := memory(n)[:0]
	for _, v := range list {
		if wanted(v) {
			out = append(out, v)
		}
	}
	return out
}

// clear keeps of a bundle that is far from tokens only which shared flows and targets it has, and to which proxies these hand requests
// over: the first for notices of missing ones, the second for the flow hooks, the third for chains that lead through the bundle.
func (r *programReader) clear() {
	u := r.program
	u.cleared = true
	calls := func(s step) bool { return s.policy.SharedFlow != "" }
	for _, e := range u.endpoints {
		e.eachList(func(list []step) []step { return keepIn(r.kept.steps.Slice, list, calls) })
		e.flows = keepIn(r.kept.flows.Slice, e.flows, func(f flow) bool { return len(f.request)+len(f.response) > 0 })
		e.eventFlows = keep(e.eventFlows, func(f flow) bool { return len(f.response) > 0 })
		e.faultRules = keep(e.faultRules, func(f faultRule) bool { return len(f.steps) > 0 })
		e.addresses = keep(e.addresses, func(a Address) bool { return a.Local })
		for i := range e.routes {
			e.routes[i].addresses = nil
		}
	}
	u.Policies = keep(u.Policies, func(p *Policy) bool { return p.SharedFlow != "" })
}
