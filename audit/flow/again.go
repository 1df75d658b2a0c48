package flow

import (
	"context"
	"iter"
	"maps"
	"slices"
	"sync"

	"apigee-audit/apigee"
	"apigee-audit/apigee/condition"
)

// Again is [Analyze] of the same organization with other programs in place of some of its own. Only what these can influence
// is walked, and is in scope: the rest comes out as it did before. It may be called from several goroutines.
func (f *Facts) Again(ctx context.Context, others map[apigee.Revision]*Program, unread []apigee.Problem) *Facts {
	a := newAnalysis(ctx)
	a.known, a.before = f.traces, f
	again := a.replace(others, unread)
	if again == nil {
		units := maps.Clone(f.units)
		maps.Copy(units, others)
		again = a.facts(f.deployed, units, unread)
	}
	again.narrow(f)
	return again
}

// difference is what sets facts apart from those before, where only proxies have other programs.
type difference struct {
	before  *Facts
	changed map[*Program]*Program // by what was there before
	// walked are the walks that take the place of others, gone are those.
	walked, gone map[*Trace]bool
}

// replace works out the facts where nothing but proxies have other programs; nil where more is different. No other proxy walks
// through them, so all other walks stay, and so does what is deployed: the work does not grow with the organization as it does
// from the beginning, and an organization has many fixes to be tried.
func (a *analysis) replace(others map[apigee.Revision]*Program, unread []apigee.Problem) *Facts {
	before := a.before
	changed, ok := before.otherProxies(others)
	if !ok {
		return nil
	}
	d := &difference{before: before, changed: changed, walked: map[*Trace]bool{}, gone: map[*Trace]bool{}}
	f := &Facts{
		ctx: a.ctx, Organization: before.Organization, sharedFlows: before.sharedFlows, Revisions: before.Revisions,
		deployed: before.deployed, traces: a.traces, difference: d,
	}
	for _, b := range before.Environments {
		e := *b
		e.facts, e.before, e.exchanged = f, b, map[apigee.Ref][]*Program{}
		e.sorted, e.walks = b.sorted.again(), b.walks.again()
		e.refreshing, e.runnable, e.through = b.refreshing.again(), b.runnable.again(), b.through.again()
		f.Environments = append(f.Environments, &e)
	}
	for was, u := range changed {
		u.apart = was.apart
		f.exchange(was, u)
	}
	space := a.workspace()
	for was, u := range changed {
		if !f.walkAgain(a, was, u, space) {
			return nil
		}
	}
	for i, e := range f.Environments {
		e.noteIssuersAgain(before.index().position[i])
		if b := before.Environments[i]; e.callsMissing(d) || b.callsMissing(d) {
			e.notices = e.noticing()
		}
	}
	if f.mayRefresh = before.mayRefresh; d.any(func(w *Trace) bool { return w.MayRefresh() != nil }) {
		f.mayRefresh = sync.OnceValue(f.findMayRefresh)
	}
	revokes := func(r *Site) bool { return r.Policy.revokesAny() }
	if f.revoking = before.revoking; d.any(func(w *Trace) bool { return slices.ContainsFunc(w.Sites, revokes) }) {
		f.revoking = sync.OnceValue(f.listRevoking)
	}
	if f.Simplified = before.Simplified; d.any(func(w *Trace) bool { return w.Simplified }) {
		f.noteSimplified()
	}
	a.conclude(f, unread)
	return f
}

// walks yields those that came or went.
func (d *difference) walks() iter.Seq[*Trace] {
	return func(yield func(*Trace) bool) {
		for _, one := range []map[*Trace]bool{d.walked, d.gone} {
			for w := range one {
				if !yield(w) {
					return
				}
			}
		}
	}
}

// any reports whether something is true of any walk that came or went.
func (d *difference) any(is func(*Trace) bool) bool {
	for w := range d.walks() {
		if is(w) {
			return true
		}
	}
	return false
}

// otherProxies are the programs that others take the place of. ok is false where anything but proxies is different, and offline also
// where other shared flows are called, because those that nobody calls are walked by themselves there.
func (f *Facts) otherProxies(others map[apigee.Revision]*Program) (changed map[*Program]*Program, ok bool) {
	if f.incomplete {
		return nil, false
	}
	changed = map[*Program]*Program{}
	for r, u := range others {
		was := f.units[r]
		if was == nil || r.Kind != apigee.KindProxy || f.Organization.Offline && !slices.Equal(was.callees(), u.callees()) {
			return nil, false
		}
		changed[was] = u
	}
	return changed, true
}

// callees are the shared flows that policies of the program name, sorted.
func (u *Program) callees() []string {
	var out []string
	for _, p := range u.Policies {
		if p.SharedFlow != "" {
			out = append(out, p.SharedFlow)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// exchange puts a program in the place of another one wherever that is deployed.
func (f *Facts) exchange(was, u *Program) {
	ref := was.Revision.Ref()
	for _, at := range f.difference.before.index().deployed[ref] {
		e := f.Environments[at.environment]
		if e.sorted.at(at.i) != was {
			continue
		}
		e.sorted.instead[at.i] = u
		list := slices.Clone(e.Revisions(ref))
		list[slices.Index(list, was)] = u
		e.exchanged[ref] = list
	}
}

// walkAgain follows a program wherever the one before was followed. It reports whether it could.
func (f *Facts) walkAgain(a *analysis, was, u *Program, space *condition.Effort) bool {
	d := f.difference
	for _, at := range d.before.index().passed[was.Revision.Ref()] {
		e := f.Environments[at.environment]
		w := e.walks.at(at.i)
		if w.Program != was {
			continue
		}
		now := a.walk(e, u, w.Presumed, space)
		if now == nil {
			return false
		}
		d.gone[w], d.walked[now] = true, true
		e.walks.instead[at.i] = now
		e.countRefreshes(w, -1)
		e.countRefreshes(now, 1)
		if i, handles := slices.BinarySearch(e.handling, at.i); now.HandlesTokens && !handles {
			e.handling = slices.Insert(slices.Clone(e.handling), i, at.i)
		} else if !now.HandlesTokens && handles {
			e.handling = slices.Delete(slices.Clone(e.handling), i, i+1)
		}
	}
	return true
}

// callsMissing reports whether a walk that came or went calls a shared flow that is not deployed here.
func (e *Environment) callsMissing(d *difference) bool {
	return d.any(func(w *Trace) bool { return slices.ContainsFunc(w.Sites, e.missesCallee) })
}

// index says where things are in the facts of a whole organization.
type index struct {
	deployed map[apigee.Ref][]spotIn // programs in the order of [Environment.Programs]
	passed   map[apigee.Ref][]spotIn // walks that pass a program of the bundle, in the order of Traces
	// By environment, of the walks that handle tokens: their places in Traces, and whether any hands requests over.
	position []map[*Trace]int
	chained  []bool
}

// spotIn is a place in a list that each environment has.
type spotIn struct{ environment, i int }

func (f *Facts) indexed() *index {
	x := &index{deployed: map[apigee.Ref][]spotIn{}, passed: map[apigee.Ref][]spotIn{}}
	for n, e := range f.Environments {
		for i, u := range e.Programs() {
			ref := u.Revision.Ref()
			x.deployed[ref] = append(x.deployed[ref], spotIn{n, i})
		}
		for i, w := range e.Traces() {
			for j, u := range w.programs {
				ref := u.Revision.Ref()
				if slices.ContainsFunc(w.programs[:j], func(other *Program) bool { return other.Revision.Ref() == ref }) {
					continue
				}
				x.passed[ref] = append(x.passed[ref], spotIn{n, i})
			}
		}
		position := make(map[*Trace]int, len(e.handling))
		chained := false
		for _, i := range e.handling {
			w := e.walks.at(i)
			position[w], chained = i, chained || len(w.chained) > 0
		}
		x.position, x.chained = append(x.position, position), append(x.chained, chained)
	}
	return x
}
