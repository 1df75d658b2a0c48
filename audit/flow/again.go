package flow

import (
	"context"
	"iter"
	"maps"
	"slices"
	"sync"

	"apigee-audit/apigee"
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

// difference is what sets facts apart from those before, where the same revisions are deployed.
type difference struct {
	before  *Facts
	changed map[*Program]*Program // by what was there before
	// walked are the walks that take the place of others, gone are those.
	walked, gone map[*Trace]bool
}

func newDifference(before *Facts) *difference {
	return &difference{before: before, changed: map[*Program]*Program{}, walked: map[*Trace]bool{}, gone: map[*Trace]bool{}}
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
	d := newDifference(before)
	d.changed = changed
	f := &Facts{
		ctx: a.ctx, Organization: before.Organization, sharedFlows: before.sharedFlows, Revisions: before.Revisions,
		deployed: before.deployed, traces: a.traces, difference: d,
	}
	for _, b := range before.Environments {
		e := *b
		e.facts, e.exchanged, e.sorted = f, map[apigee.Ref][]*Program{}, b.sorted.again()
		e.follows(b)
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
	f.noteAgain()
	a.conclude(f, unread)
	return f
}

// noteAgain notes what the walks come to where some have others in their place.
func (f *Facts) noteAgain() {
	d := f.difference
	for i, e := range f.Environments {
		e.noteIssuersAgain(d.before.index().position[i])
		if e.notices = e.before.notices; e.callsMissing(d) || e.before.callsMissing(d) {
			e.notices = e.noticing()
		}
	}
	if f.mayRefresh = d.before.mayRefresh; d.any(func(w *Trace) bool { return w.MayRefresh() != nil }) {
		f.mayRefresh = sync.OnceValue(f.findMayRefresh)
	}
	revokes := func(r *Site) bool { return r.Policy.revokesAny() }
	if f.revoking = d.before.revoking; d.any(func(w *Trace) bool { return slices.ContainsFunc(w.Sites, revokes) }) {
		f.revoking = sync.OnceValue(f.listRevoking)
	}
	if f.Simplified = d.before.Simplified; d.any(func(w *Trace) bool { return w.Simplified }) {
		f.noteSimplified()
	}
}

// follows makes the environment the one before with a few walks in the place of others.
func (e *Environment) follows(before *Environment) {
	e.before, e.walks, e.handling = before, before.walks.again(), before.handling
	e.refreshing, e.runnable, e.through = before.refreshing.again(), before.runnable.again(), before.through.again()
}

// exchangeWalk puts a walk in the place of another one.
func (e *Environment) exchangeWalk(d *difference, i int, now *Trace) {
	was := e.walks.at(i)
	d.gone[was], d.walked[now] = true, true
	e.walks.instead[i] = now
	e.countRefreshes(was, -1)
	e.countRefreshes(now, 1)
	if k, handles := slices.BinarySearch(e.handling, i); now.HandlesTokens && !handles {
		e.handling = slices.Insert(slices.Clone(e.handling), k, i)
	} else if !now.HandlesTokens && handles {
		e.handling = slices.Delete(slices.Clone(e.handling), k, k+1)
	}
}

// align makes the facts those before with a few walks in the place of others, where they were put together anew because more than
// proxies has other programs. It reports false where not the same revisions are walked.
func (f *Facts) align(before *Facts) bool {
	if before == nil || before.incomplete || len(f.units) != len(before.units) || len(f.Environments) != len(before.Environments) {
		return false
	}
	d := newDifference(before)
	for r, u := range f.units {
		if was := before.units[r]; was == nil {
			return false
		} else if was != u {
			d.changed[was] = u
		}
	}
	for i, e := range f.Environments {
		b := before.Environments[i]
		if e.Name != b.Name ||
			!slices.EqualFunc(e.Programs(), b.Programs(), func(u, was *Program) bool { return u.Revision == was.Revision }) ||
			!slices.EqualFunc(e.Traces(), b.Traces(), func(w, was *Trace) bool {
				return w.Program.Revision == was.Program.Revision && w.Presumed == was.Presumed
			}) {
			return false
		}
	}
	for i, e := range f.Environments {
		now := e.Traces()
		e.follows(before.Environments[i])
		for k, w := range now {
			if w != e.before.walks.at(k) {
				e.exchangeWalk(d, k, w)
			}
		}
	}
	f.difference = d
	return true
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
func (f *Facts) walkAgain(a *analysis, was, u *Program, space *workspace) bool {
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
		e.exchangeWalk(d, at.i, now)
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
