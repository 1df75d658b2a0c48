package flow

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"

	"apigee-audit/apigee"
)

// scope is what an edit can have made a difference to; nil is everything.
type scope struct {
	bundles map[BundleID]bool
	has     map[*Program]bool // those of the bundles, before and after
	// programs are those of the bundles, by environment, walks those that pass one of them, before and after.
	programs      [][]*Program
	before, walks [][]*Trace
	sites         map[*Trace][]*Site // of walks, those of the programs
}

// InScope reports whether anything about a program can be different from before [Facts.Again]. Of facts that were worked out from
// the beginning, everything is in scope. A policy that is missing has no program.
func (f *Facts) InScope(u *Program) bool {
	return f.scope == nil || f.scope.has[u]
}

// HasInScope is [Facts.InScope] for a bundle.
func (f *Facts) HasInScope(b BundleID) bool { return f.scope == nil || f.scope.bundles[b] }

// BundlesInScope yields the bundles in scope, where not everything is, in no order.
func (f *Facts) BundlesInScope() iter.Seq[BundleID] { return maps.Keys(f.scope.bundles) }

// EverInScope yields the programs in scope, where not everything is, and those that they take the place of, in no order.
func (f *Facts) EverInScope() iter.Seq[*Program] { return maps.Keys(f.scope.has) }

// TracesInScope yields, environment by environment, the walks that pass a program in scope.
func (f *Facts) TracesInScope() iter.Seq2[*Environment, *Trace] {
	return func(yield func(*Environment, *Trace) bool) {
		for i, e := range f.Environments {
			for _, w := range f.tracesInScope(i) {
				if !yield(e, w) {
					return
				}
			}
		}
	}
}

// TokenTracesInScope yields those of them that handle tokens.
func (f *Facts) TokenTracesInScope() iter.Seq2[*Environment, *Trace] {
	return func(yield func(*Environment, *Trace) bool) {
		for i, e := range f.Environments {
			walks := e.handlingTraces()
			if f.scope != nil {
				walks = slices.Values(f.scope.walks[i])
			}
			for w := range walks {
				if w.HandlesTokens && !yield(e, w) {
					return
				}
			}
		}
	}
}

// WalksInScope yields what TracesInScope does, each walk once, with all environments where it comes out like that.
func (f *Facts) WalksInScope() iter.Seq2[[]*Environment, *Trace] { return eachOf(f.walksInScope) }

// TokenWalksInScope yields those of them that handle tokens.
func (f *Facts) TokenWalksInScope() iter.Seq2[[]*Environment, *Trace] { return eachOf(f.tokenWalks) }

// walkIn is a walk, and where it comes out like that.
type walkIn struct {
	trace        *Trace
	environments []*Environment
}

func eachOf(list func() []walkIn) iter.Seq2[[]*Environment, *Trace] {
	return func(yield func([]*Environment, *Trace) bool) {
		for _, w := range list() {
			if !yield(w.environments, w.trace) {
				return
			}
		}
	}
}

// listWalks readies the lists of walks, for whoever asks first: what is supposed of an organization is mostly not asked.
func (f *Facts) listWalks() {
	f.walksInScope = sync.OnceValue(func() []walkIn { return together(f.TracesInScope()) })
	f.tokenWalks = sync.OnceValue(func() []walkIn { return together(f.TokenTracesInScope()) })
}

func together(all iter.Seq2[*Environment, *Trace]) []walkIn {
	var out []walkIn
	at := map[*Trace]int{}
	for e, w := range all {
		i, known := at[w]
		if !known {
			i, out = len(out), append(out, walkIn{trace: w})
			at[w] = i
		}
		out[i].environments = append(out[i].environments, e)
	}
	return out
}

// SitesInScope are the places of a walk in scope at which policies of programs in scope can run.
func (f *Facts) SitesInScope(w *Trace) []*Site {
	if f.scope == nil {
		return w.Sites
	}
	return f.scope.sites[w]
}

// tracesInScope are the walks of one environment that pass a program in scope.
func (f *Facts) tracesInScope(environment int) []*Trace {
	if f.scope == nil {
		return f.Environments[environment].Traces()
	}
	return f.scope.walks[environment]
}

// programsInScope are the programs in scope of one environment.
func (f *Facts) programsInScope(environment int) []*Program {
	if f.scope == nil {
		return f.Environments[environment].Programs()
	}
	return f.scope.programs[environment]
}

// IssuersInScope are the issuers of one environment whose programs are in scope, sorted.
func (f *Facts) IssuersInScope(environment int) []*Issuer {
	e := f.Environments[environment]
	if f.scope == nil {
		return e.Issuers()
	}
	var out []*Issuer
	for _, u := range f.scope.programs[environment] {
		if is := e.Issuer(u); is != nil {
			out = append(out, is)
		}
	}
	return out
}

// Whole are the same facts with everything in scope.
func (f *Facts) Whole() *Facts {
	whole := *f
	whole.scope = nil
	whole.listWalks()
	return &whole
}

// Partial reports whether not everything is in scope.
func (f *Facts) Partial() bool { return f.scope != nil }

// narrow works out the scope from the walks that are not the same as before: what these pass and passed, and what was replaced. A shared
// flow into which no finding can point has none before or after, whoever calls it, and everybody may call it. Where nothing issues any
// more, or something does now, that makes a difference to every bundle.
func (f *Facts) narrow(before *Facts) {
	if (len(f.RefreshersWithoutIssuer()) > 0) != (len(before.RefreshersWithoutIssuer()) > 0) || f.Issues() != before.Issues() {
		return
	}
	s := &scope{bundles: map[BundleID]bool{}}
	f.eachDifferent(before, func(w *Trace) {
		for _, u := range w.programs {
			if u.Revision.Kind == apigee.KindProxy || slices.ContainsFunc(u.Policies, (*Policy).findable) {
				s.bundles[u.Bundle()] = true
			}
		}
	})
	if f.difference != nil {
		for _, u := range f.difference.changed {
			s.bundles[u.Bundle()] = true
		}
	} else {
		for r, u := range f.units {
			if before.units[r] != u {
				s.bundles[u.Bundle()] = true
			}
		}
	}
	f.scope = s
	s.find(f, before)
}

// eachDifferent calls do for each walk that is not the same before and after.
func (f *Facts) eachDifferent(before *Facts, do func(*Trace)) {
	if d := f.difference; d != nil {
		for w := range d.walks() {
			do(w)
		}
		return
	}
	for _, one := range []struct{ walks, others *Facts }{{before, f}, {f, before}} {
		for w := range one.walks.walked {
			if !one.others.walked[w] {
				do(w)
			}
		}
	}
}

// find finds the programs of the bundles in scope, and the walks that pass them.
func (s *scope) find(f, before *Facts) {
	n := len(f.Environments)
	s.programs, s.before, s.walks = make([][]*Program, n), make([][]*Trace, n), make([][]*Trace, n)
	s.has, s.sites = map[*Program]bool{}, map[*Trace][]*Site{}
	for _, at := range s.spots(f, before, (*index).deployedAt) {
		b, e := before.Environments[at.environment], f.Environments[at.environment]
		if at.i < b.sorted.len() {
			if u := b.sorted.at(at.i); s.bundles[u.Bundle()] {
				s.has[u] = true
			}
		}
		if at.i < e.sorted.len() {
			if u := e.sorted.at(at.i); s.bundles[u.Bundle()] {
				s.has[u] = true
				s.programs[at.environment] = append(s.programs[at.environment], u)
			}
		}
	}
	passes := func(w *Trace) bool { return slices.ContainsFunc(w.programs, f.InScope) }
	for _, at := range s.spots(f, before, (*index).passedAt) {
		b, e := before.Environments[at.environment], f.Environments[at.environment]
		if at.i < b.walks.len() {
			if w := b.walks.at(at.i); passes(w) {
				s.before[at.environment] = append(s.before[at.environment], w)
			}
		}
		if at.i < e.walks.len() {
			if w := e.walks.at(at.i); passes(w) {
				s.walks[at.environment] = append(s.walks[at.environment], w)
				s.sites[w] = keep(w.Sites, func(r *Site) bool { return s.has[r.Policy.Program] })
			}
		}
	}
}

func (x *index) deployedAt(b apigee.Ref) []spotIn { return x.deployed[b] }
func (x *index) passedAt(b apigee.Ref) []spotIn   { return x.passed[b] }

// spots are places where something of the bundles in scope is, before or after, in order. Those before are indexed; where more is
// different than programs, there are others after, and all places are looked at.
func (s *scope) spots(f, before *Facts, of func(*index, apigee.Ref) []spotIn) []spotIn {
	var out []spotIn
	if f.difference == nil {
		for i, e := range f.Environments {
			b := before.Environments[i]
			for j := range max(e.sorted.len(), e.walks.len(), b.sorted.len(), b.walks.len()) {
				out = append(out, spotIn{i, j})
			}
		}
		return out
	}
	for b := range s.bundles {
		out = append(out, of(before.index(), b.Ref)...)
	}
	return inOrder(out)
}

// inOrder sorts places of lists, and drops those that are there twice.
func inOrder(places []spotIn) []spotIn {
	slices.SortFunc(places, func(a, b spotIn) int { return cmp.Or(cmp.Compare(a.environment, b.environment), cmp.Compare(a.i, b.i)) })
	return slices.Compact(places)
}

// WalksApart yields the walks that other facts do not have: those of two that were worked out one from the other share some.
func (f *Facts) WalksApart(others *Facts) iter.Seq2[*Environment, *Trace] {
	return func(yield func(*Environment, *Trace) bool) {
		for i, e := range f.Environments {
			for _, w := range f.mayBeApart(others, i) {
				if !others.has(w) && !yield(e, w) {
					return
				}
			}
		}
	}
}

// mayBeApart are the walks of one environment that other facts may not have.
func (f *Facts) mayBeApart(others *Facts, environment int) []*Trace {
	switch {
	case f.scope != nil && f.difference != nil && f.difference.before == others:
		return f.scope.walks[environment]
	case others.scope != nil && others.difference != nil && others.difference.before == f:
		return others.scope.before[environment]
	}
	return f.Environments[environment].Traces()
}

// has reports whether a walk is one of these facts.
func (f *Facts) has(w *Trace) bool {
	if d := f.difference; d != nil {
		return d.walked[w] || !d.gone[w] && d.before.has(w)
	}
	return f.walked[w]
}

// Issues reports whether anything in the organization issues refresh tokens.
func (f *Facts) Issues() bool {
	return slices.ContainsFunc(f.Environments, (*Environment).issues)
}

// SameRevocations reports whether the policies in scope that can run and revoke refresh tokens are the same as before, as far as it
// matters to others which they are. Of facts in which everything is in scope, there is no before.
func (f *Facts) SameRevocations() bool {
	return f.scope != nil && slices.Equal(f.revocations(f.scope.before), f.revocations(f.scope.walks))
}

// revocations are such policies, on some walks of each environment, sorted.
func (f *Facts) revocations(walks [][]*Trace) []string {
	var out []string
	for _, list := range walks {
		for _, w := range list {
			for _, r := range w.Sites {
				p := r.Policy
				if o := p.OAuth; f.InScope(p.Program) && (p.Revoke != nil || o != nil && o.Operation == InvalidateToken) {
					s := fmt.Sprintf("%v %s", p.Program.Bundle(), p.Name)
					if p.Revoke != nil {
						s += fmt.Sprintf(" %t %t", p.Revoke.ByApp, p.Revoke.ByEndUser)
					} else {
						s += fmt.Sprintf(" %t %d", o.RevokesRefreshTokens(), len(o.Tokens))
					}
					out = append(out, s)
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// RefreshersApart are the refreshers whose walks others came in the place of, by environment: was is the zero value where there was
// none, and now where there is none. ok is false where more than these is different of those that refresh, or of what ties them to
// others.
func (f *Facts) RefreshersApart() (pairs [][2]Refresher, ok bool) {
	if f.difference == nil {
		return nil, false
	}
	for i, e := range f.Environments {
		for proxy := range e.through.differ {
			if e.refreshing.has(proxy) && !f.exchanged(i, proxy) {
				return nil, false
			}
		}
		for _, at := range slices.Sorted(maps.Keys(e.walks.instead)) {
			var pair [2]Refresher
			if w := e.walks.items[at]; w.Refresh() != nil {
				pair[0] = Refresher{e.before, w, w.Refresh()}
			}
			if w := e.walks.instead[at]; w.Refresh() != nil {
				pair[1] = Refresher{e, w, w.Refresh()}
			}
			if pair != [2]Refresher{} {
				pairs = append(pairs, pair)
			}
		}
	}
	return pairs, true
}

// SameWithoutRefresh reports whether the environments in which nothing refreshes are the same as before.
func (f *Facts) SameWithoutRefresh() bool {
	if f.difference == nil {
		return false
	}
	return !slices.ContainsFunc(f.Environments, func(e *Environment) bool { return e.AnyRefreshes() != e.before.AnyRefreshes() })
}

// exchanged reports whether all walks of a proxy in an environment have others in their place.
func (f *Facts) exchanged(environment int, proxy apigee.Ref) bool {
	return !slices.ContainsFunc(f.difference.before.index().passed[proxy], func(at spotIn) bool {
		return at.environment == environment && f.Environments[environment].walks.instead[at.i] == nil
	})
}

// SameRunnable reports whether the refresh policies of programs that stay, as far as they can run in one environment, are the same as
// before.
func (f *Facts) SameRunnable(environment int) bool {
	d := f.difference
	if d == nil {
		return false
	}
	e := f.Environments[environment]
	for u := range d.changed { // what is called and not deployed here is known from elsewhere
		if u.Revision.Kind == apigee.KindSharedFlow && len(e.sharedFlow(u.Revision.Name)) == 0 {
			return false
		}
	}
	for p := range e.runnable.differ {
		if d.changed[p.Program] == nil && !d.comes(p.Program) {
			return false
		}
	}
	return true
}

// SameRefreshing reports whether the proxies in one environment that issue and stay refresh there as they did before: themselves, in
// another revision, or through a proxy that they are chained to.
func (f *Facts) SameRefreshing(environment int) bool {
	d, e := f.difference, f.Environments[environment]
	if d == nil || d.before.index().chained[environment] {
		return false
	}
	for proxy := range e.refreshing.differ {
		if !f.exchanged(environment, proxy) {
			return false
		}
	}
	return true
}

// comes reports whether a program takes the place of another one.
func (d *difference) comes(u *Program) bool {
	for _, other := range d.changed {
		if other == u {
			return true
		}
	}
	return false
}
